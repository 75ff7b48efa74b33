"""Destroying what nobody manages: in order, whole or not at all, and never something else."""

from __future__ import annotations

import pytest
from tests.unit.engine.discover.yard import Yard, environment

from mcflow.model.diagnostic import Rejected
from mcflow.model.plan import Plan


class Killed(BaseException):
    """The process is gone."""


def codes(rejected: pytest.ExceptionInfo[Rejected]) -> list[str]:
    return [finding.code for finding in rejected.value.diagnostics]


def test_a_whole_environment_goes_in_order(yard: Yard) -> None:
    ids = environment(yard)
    seen: list[Plan] = []
    outcome = yard.destroy(types=("*",), approve=lambda plan: not seen.append(plan))
    assert outcome.status == "done"
    assert {change.id for change in seen[0].resource_changes} == set(ids.values())
    assert not yard.objects()
    assert not yard.state().natives


def test_parts_go_with_what_they_join(yard: Yard) -> None:
    ids = environment(yard)
    assert yard.destroy(ids=(ids["address"], ids["volume"])).status == "done"
    assert set(ids.values()) - yard.objects() == {ids[role] for role in ("address", "mapped", "volume", "plugged")}


def test_what_is_used_by_something_that_stays_is_refused_as_a_whole(yard: Yard) -> None:
    ids = environment(yard)
    with pytest.raises(Rejected) as rejected:
        yard.destroy(ids=(ids["vpc"],))
    assert codes(rejected) == ["MC0689"]
    assert set(ids.values()) == yard.objects()


def test_nothing_happens_where_the_answer_is_no(yard: Yard) -> None:
    ids = environment(yard)
    assert yard.destroy(types=("*",), approve=lambda plan: False).status == "declined"
    assert set(ids.values()) == yard.objects()
    assert not yard.state().natives


def test_what_a_state_manages_is_not_touched(yard: Yard) -> None:
    other = yard.stranger("other")
    for each in (yard, other):
        each.write(each.text("mcflow.yaml") + "resources:\n  net:\n    type: vpc\n    properties: {cidr: 10.0.0.0/16}\n")
        each.apply()
    note = yard.make("note", text="nobody's")
    before = yard.objects()
    seen: list[Plan] = []
    assert yard.destroy(types=("*",), approve=lambda plan: not seen.append(plan)).status == "done"
    assert [finding.code for finding in seen[0].diagnostics] == ["MC0691"]
    assert yard.objects() == before - {note}
    with pytest.raises(Rejected) as rejected:
        yard.destroy(types=("*",))
    assert codes(rejected) == ["MC0687"]
    assert yard.destroy(types=("*",), take_over=True).status == "done"
    assert set(yard.whose().values()) == {"here"}


@pytest.mark.slow
@pytest.mark.parametrize("point", ["before intent", "intent durable", "call returned", "done durable"])
@pytest.mark.parametrize("nth", [1, 4, 9])
def test_a_kill_in_the_middle_loses_nothing(yard: Yard, point: str, nth: int) -> None:
    environment(yard)
    count = 0

    def probe(name: str, address: str) -> None:
        nonlocal count
        count += name == point
        if name == point and count == nth:
            raise Killed

    with pytest.raises(Killed):
        yard.destroy(types=("*",), probe=probe)
    left = yard.objects()
    known = {record.id for record in yard.state().natives.values()}
    assert left <= known, "in the cloud and in nobody's state"
    assert yard.destroy(types=("*",)).ok
    assert not yard.objects()
    assert not yard.state().natives


def test_what_was_begun_may_as_well_be_ended_by_apply(yard: Yard) -> None:
    environment(yard)

    def probe(name: str, address: str) -> None:
        if name == "done durable":
            raise Killed

    with pytest.raises(Killed):
        yard.destroy(types=("*",), probe=probe)
    assert yard.apply().ok
    assert not yard.objects()
