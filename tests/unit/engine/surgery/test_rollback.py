"""Rolling back: the clouds are again what the history recorded, by an ordinary plan."""

from __future__ import annotations

from typing import Any

import pytest

from mcflow.engine import api
from mcflow.engine.apply.outcome import Outcome
from mcflow.engine.options import ApplyOptions
from mcflow.model.diagnostic import Rejected
from mcflow.model.plan import Plan

WRITE = ApplyOptions(reason="back")
RED = "  store:\n    type: bucket\n    for_each: [red, blue]\n"


def back(place: Any, serial: int, *, agree: bool = True) -> tuple[Outcome, list[Plan]]:
    plans: list[Plan] = []
    outcome = api.rollback(place.project(), serial, WRITE, lambda plan: not plans.append(plan) and agree)
    return outcome, plans


def described(place: Any) -> dict[str, Any]:
    """What exists by address, without what a cloud picks anew each time."""
    state = place.state
    return {address: (record.type, record.status, record.origin, sorted(record.want)) for address, record in state.natives.items()}


def blocks(place: Any) -> str:
    return str((place.folder / "mcflow.yaml").read_text().partition("resources:\n")[2])


def changes(plan: Plan) -> dict[str, tuple[str, ...]]:
    return {change.address: change.actions for change in plan.resource_changes if change.actions != ("no-op",)}


def test_nothing_changed_nothing_to_do(applied: Any) -> None:
    outcome, plans = back(applied, applied.state.serial)
    assert outcome.ok
    assert plans == []


def test_what_was_added_goes_what_went_comes_back_what_changed_changes_back(applied: Any) -> None:
    serial, was, text = applied.state.serial, described(applied), blocks(applied)
    applied.write(text.replace("[red, blue]", "[blue, green]").replace("cidr: 10.0.1.0/24", "cidr: 10.0.2.0/24"))
    applied.apply()
    assert described(applied) != was
    outcome, (plan,) = back(applied, serial)
    assert outcome.ok, outcome
    done = changes(plan)
    assert done['store["red"]/bucket'] == ("create",)
    assert done['store["green"]/bucket'] == ("delete",)
    assert "delete" in done["app/subnet"]
    assert "create" in done["app/subnet"]
    assert "net/vpc" not in done
    assert described(applied) == was
    assert applied.state.natives["app/subnet"].want["cidr_block"] == "10.0.1.0/24"
    assert sorted(record.id for record in applied.state.natives.values() if record.id in applied.cloud) == sorted(applied.cloud)
    assert api.audit(applied.project())[0]["mode"] == "rollback"
    codes = {finding.code for finding in plan.diagnostics}
    assert {"MC0785", "MC0786"} <= codes
    # The earlier blueprint put back too: nothing is left to do.
    applied.write(text)
    assert applied.plan().empty


def test_after_everything_was_destroyed_everything_is_built_again(applied: Any) -> None:
    serial, was = applied.state.serial, described(applied)
    applied.apply("destroy")
    assert applied.cloud == {}
    outcome, (plan,) = back(applied, serial)
    assert outcome.ok, outcome
    assert described(applied) == was
    assert {action for actions in changes(plan).values() for action in actions} == {"create"}
    assert applied.plan().empty
    vpc, subnet = applied.state.natives["net/vpc"], applied.state.natives["app/subnet"]
    assert subnet.want["vpc_id"] == vpc.id


def test_what_was_forgotten_is_taken_back_and_not_made_twice(applied: Any) -> None:
    serial, before, natives = applied.state.serial, applied.cloud.keys(), applied.state.natives
    api.forget(applied.project(), ["store"], WRITE, lambda proposal: True)
    outcome, _ = back(applied, serial)
    assert outcome.ok
    assert applied.state.natives == natives
    assert applied.cloud.keys() == before
    assert applied.plan().empty


def test_what_was_moved_moves_back(applied: Any) -> None:
    serial, natives, resources = applied.state.serial, applied.state.natives, applied.state.resources
    api.move_state(applied.project(), "net", "lan", WRITE, lambda proposal: True)
    outcome, _ = back(applied, serial)
    assert outcome.ok
    assert applied.state.natives == natives
    assert applied.state.resources == resources


def test_outputs_go_back_too(place: Any) -> None:
    place.write(rest='outputs:\n  vpc: "{{ resources.net.id }}"\n').apply()
    serial, was = place.state.serial, place.state.outputs
    place.write(rest='outputs:\n  other: "{{ vars.x | default(1) }}"\nvariables: {x: {type: integer, default: 2}}\n').apply()
    outcome, _ = back(place, serial)
    assert outcome.ok
    assert place.state.outputs == was


def test_protection_holds(applied: Any) -> None:
    serial, text = applied.state.serial, blocks(applied)
    applied.write(text + "  safe:\n    type: bucket\n    lifecycle: {prevent_destroy: true}\n").apply()
    with pytest.raises(Rejected, match="MC0630") as refused:
        back(applied, serial)
    assert refused.value.exit_code == 6


def test_declined_means_nothing_happens(applied: Any) -> None:
    serial, text = applied.state.serial, blocks(applied)
    applied.write(text.replace("[red, blue]", "[red]")).apply()
    state, cloud = applied.state, applied.cloud.keys()
    outcome, plans = back(applied, serial, agree=False)
    assert outcome.status == "declined"
    assert (applied.state, applied.cloud.keys()) == (state, cloud)
    assert len(plans) == 1


def test_a_serial_that_is_not_kept(applied: Any) -> None:
    with pytest.raises(Rejected, match="MC0723"):
        back(applied, 99999)
