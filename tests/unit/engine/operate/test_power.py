"""Starting, stopping, rebooting: journalled, never sent twice, told truly."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest
from tests.unit.engine.operate.conftest import RESOURCES, Place

from mcflow.drivers.mock.operations import MockOperations
from mcflow.drivers.sdk import Progress
from mcflow.engine import api
from mcflow.engine.options import ApplyOptions, PlanOptions
from mcflow.model.diagnostic import Rejected
from mcflow.model.plan import Plan

Codes = Callable[[Any], list[str]]


class Killed(BaseException):
    """The process is gone."""


def killing(room: str, point: str) -> None:
    """A probe that kills the run when the deeds are in the journal and nothing was sent."""
    if (room, point) == ("operate", "journalled"):
        raise Killed


def test_stop_and_start_are_waited_for_and_audited(place: Place) -> None:
    ended = place.operate("stop")
    assert ended.ok
    assert [(row["address"], row["outcome"], row["status"]) for row in ended.rows] == [
        ('web["a"]', "done", "stopped"), ('web["b"]', "done", "stopped")]
    assert place.power() == ["stopped", "stopped"]
    assert place.operate("start", 'web["b"]').ok
    assert sorted(place.power()) == ["running", "stopped"]
    assert place.audited()[-2:] == [("vm stop", "done"), ("vm start", "done")]
    assert place.open_operations() == []


def test_nothing_of_the_wanted_state_changes(place: Place) -> None:
    before = api.read_state(place.project()).state
    place.operate("reboot")
    after = api.read_state(place.project()).state
    assert after.natives == before.natives
    assert after.serial > before.serial, "the audit log and the history show that something was done"
    plan = api.plan(place.project(), PlanOptions())
    assert plan.empty


def test_a_run_that_was_killed_is_told_and_not_repeated(place: Place, codes: Codes) -> None:
    with pytest.raises(Killed):
        place.operate("reboot", 'web["a"]', options=ApplyOptions(probe=killing))
    assert place.open_operations() == ["reboot"]
    plan = api.plan(place.project(), PlanOptions())
    assert "MC1040" in codes(plan.diagnostics)
    assert plan.empty
    seen: list[Plan] = []
    api.apply(place.project(), None, PlanOptions(), ApplyOptions(), lambda made: seen.append(made) is None)
    assert place.open_operations() == []
    assert place.calls("restart") == [], "a reboot of which nobody knows whether it happened was sent again"
    assert "MC1040" not in codes(api.plan(place.project(), PlanOptions()).diagnostics), "it is told once"
    assert ("vm reboot", "killed") in place.audited()


def test_the_doctor_tells_of_it(place: Place) -> None:
    with pytest.raises(Killed):
        place.operate("reboot", 'web["a"]', options=ApplyOptions(probe=killing))
    checks = [each for each in api.examine(place.project(), ApplyOptions()).checks if each.name == "open operations"]
    assert [(each.health, each.code) for each in checks] == [("warn", "MC1040")]
    api.examine(place.project(), ApplyOptions(), fix=True)
    assert place.open_operations() == []
    assert place.calls("restart") == []


def test_the_next_operation_tells_of_it_too_and_goes_on(place: Place, codes: Codes) -> None:
    with pytest.raises(Killed):
        place.operate("reboot", 'web["a"]', options=ApplyOptions(probe=killing))
    ended = place.operate("reboot", 'web["a"]')
    assert codes(ended.findings) == ["MC1040"]
    assert ended.ok
    assert place.calls("restart") == ["ok"]
    assert place.open_operations() == []


def test_a_lost_answer_is_unknown_and_not_sent_again(place: Place, codes: Codes) -> None:
    place.session.cloud.store.set_settings({"faults": {"lost_reply": 1.0}})
    ended = place.operate("reboot", 'web["a"]')
    assert [row["outcome"] for row in ended.rows] == ["unknown"]
    assert codes(ended.findings) == ["MC1041"]
    place.session.cloud.store.set_settings({})
    assert place.calls("restart") == ["lost_reply:ok"]


def test_what_was_certainly_not_done_is_asked_for_again(place: Place) -> None:
    place.session.cloud.store.set_settings({"faults": {"seed": 8, "throttle": 0.5}})
    assert place.operate("reboot").ok
    assert place.calls("restart").count("ok") == 2
    assert place.calls("restart").count("throttle") == 2


def test_a_refusal_is_told_with_the_clouds_words(place: Place, codes: Codes) -> None:
    place.operate("stop", 'web["a"]')
    ended = place.operate("reboot")
    assert [row["outcome"] for row in ended.rows] == ["failed", "done"]
    assert codes(ended.findings) == ["MC1045"]
    assert "does not run" in ended.findings[0].message
    assert place.audited()[-1] == ("vm reboot", "partial")


def test_what_does_not_fit_is_refused_with_what_would(place: Place) -> None:
    with pytest.raises(Rejected) as refused:
        place.operate("stop", "net")
    finding = refused.value.diagnostics[0]
    assert (finding.code, finding.help) == ("MC1031", 'these can: web["a"], web["b"]')
    with pytest.raises(Rejected, match="MC0773"):
        place.operate("stop", "wbe")
    assert place.audited() == [("apply", "done")]


def test_who_does_not_approve_changes_nothing(place: Place) -> None:
    ended = api.operate(place.project(), ["web"], "stop", ApplyOptions(), lambda rows, found: False)
    assert (ended.done, place.power()) == (False, ["running", "running"])
    assert place.audited() == [("apply", "done")]


def test_power_in_the_blueprint_is_warned_of(place: Place, codes: Codes) -> None:
    place.write(RESOURCES.replace("public_ip: true}", "public_ip: true, power: running}"))
    place.apply()
    assert codes(place.operate("stop", 'web["a"]').findings) == ["MC1034"]
    assert codes(place.operate("start", 'web["a"]').findings) == []


def test_not_waiting(place: Place) -> None:
    ended = place.operate("stop", wait=False)
    assert [row["outcome"] for row in ended.rows] == ["accepted", "accepted"]


def test_what_does_not_get_there_is_late_and_what_fails_has_failed(place: Place, codes: Codes, monkeypatch: pytest.MonkeyPatch) -> None:
    def told(self: Any, api: Any, type: str, ids: Any, verb: str) -> Any:
        return [Progress(id, "failed" if at else "running", "no capacity" if at else "stopping") for at, id in enumerate(ids)]

    monkeypatch.setattr(MockOperations, "progress", told)
    ended = place.operate("stop", timeout=0.03)
    assert [row["outcome"] for row in ended.rows] == ["late", "failed"]
    assert sorted(codes(ended.findings)) == ["MC1042", "MC1043"]
    progress = [event for event in place.events if event.type == "apply_progress"]
    assert progress[0].data["status"] == "stopping"
