"""Importing a whole connection marks what it takes and says in the new file which objects its resources are: a kill loses neither."""

from __future__ import annotations

from pathlib import Path

import pytest
from tests.unit.engine.discover.yard import Yard, environment

from mcflow.drivers.sdk.native import MARK_OP, MARK_STATE
from mcflow.drivers.sdk.registry import load_driver
from mcflow.engine import api
from mcflow.engine.discover import adoption
from mcflow.engine.options import ApplyOptions


class Killed(BaseException):
    """The process ends here."""


def marks(yard: Yard) -> dict[str, str]:
    """id → the state in its mark, of everything that carries one."""
    return {item.id: item.observed.tags[MARK_STATE] for item in yard.discover("found.yaml").every
            if item.observed is not None and MARK_STATE in item.observed.tags}


def bare(yard: Yard) -> set[str]:
    """Objects of the state whose type can be marked and whose record or tags say nothing of it."""
    natives = load_driver("mock").natives
    markable = {name for name, native in natives.items()
                if native.identity.marked and native.attributes.get("tags", {}).get("group") and native.offers("update")}
    marked = marks(yard)
    return {record.id for record in yard.state().natives.values()
            if record.type in markable and (not record.op or marked.get(record.id) != yard.state().lineage)}


def test_everything_imported_is_marked_and_other_states_see_whose_it_is(yard: Yard) -> None:
    ids = environment(yard)
    made = yard.adopt()
    assert made.outcome is not None
    assert made.outcome.ok
    assert made.marked >= 10
    assert not bare(yard)
    seen = {item.id: item.managed for item in yard.stranger("other").discover().items}
    assert {seen[id] for id in ids.values()} == {"elsewhere"}
    checks = [each for each in api.examine(yard.project(), ApplyOptions()).checks if each.name in ("marks", "objects")]
    assert [each.health for each in checks] == ["ok", "ok"]
    assert yard.plan().empty


def test_tags_that_were_there_stay(yard: Yard) -> None:
    id = yard.make("vpc", {"Name": "net", "team": "core"}, cidr_block="10.0.0.0/16")
    yard.adopt()
    shown, = (item for item in yard.discover("found.yaml").items if item.id == id)
    assert shown.observed is not None
    assert {key: value for key, value in shown.observed.tags.items() if key not in (MARK_STATE, MARK_OP)} == {"Name": "net", "team": "core"}
    assert yard.state().natives["net"].op == shown.observed.tags[MARK_OP]


@pytest.mark.slow
@pytest.mark.parametrize("point", ["before intent", "intent durable", "call returned", "done durable"])
@pytest.mark.parametrize("nth", [1, 5])
@pytest.mark.parametrize("same", [True, False])
def test_a_kill_between_the_marks_is_made_good(yard: Yard, point: str, nth: int, same: bool) -> None:
    ids = environment(yard)
    before = yard.objects()
    count = 0

    def probe(name: str, address: str) -> None:
        nonlocal count
        count += name == point
        if name == point and count == nth:
            raise Killed

    with pytest.raises(Killed):
        yard.adopt(probe=probe)
    assert {record.id for record in yard.state().natives.values()} == set(ids.values())
    assert bare(yard)
    if same:
        made = yard.adopt()
        assert made.outcome is not None
        assert made.outcome.ok
        assert not made.resources
    else:
        assert yard.apply("found.yaml").ok
    assert not bare(yard)
    assert yard.plan().empty
    assert yard.objects() == before


def test_after_a_kill_before_the_state_a_plan_over_the_file_imports(yard: Yard, monkeypatch: pytest.MonkeyPatch) -> None:
    ids = environment(yard)
    before = yard.objects()
    publish = adoption._publish

    def killed(text: str, file: Path) -> None:
        publish(text, file)
        raise Killed

    with monkeypatch.context() as patch:
        patch.setattr(adoption, "_publish", killed)
        with pytest.raises(Killed):
            yard.adopt()
    assert not yard.state().natives
    plan = yard.plan()
    assert {change.actions for change in plan.resource_changes} == {("adopt",)}
    assert {record.id for record in plan.adopted.values()} == set(ids.values())
    assert yard.apply("found.yaml").ok
    assert yard.objects() == before
    assert not bare(yard)
    assert yard.plan().empty


def test_what_was_taken_over_is_forced_and_carries_our_mark(yard: Yard) -> None:
    other = yard.stranger("other")
    other.write(other.text("mcflow.yaml") + "resources:\n  net:\n    type: mock.vpc\n    properties: {cidr_block: 10.0.0.0/16}\n")
    other.apply()
    yard.adopt(take_over=True)
    assert "force: true" in yard.text()
    assert set(marks(yard).values()) == {yard.state().lineage}
    assert yard.plan().empty
