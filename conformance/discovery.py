"""What a listing of the account shows: all that was made, as it was made, and nothing that was destroyed; and that it can be taken over."""

from __future__ import annotations

import json
from dataclasses import replace
from pathlib import Path

from mcflow.conformance.rig import Rig, describe, expect
from mcflow.conformance.subject import Case
from mcflow.engine import api
from mcflow.engine.discover.findings import Discovery
from mcflow.engine.options import ApplyOptions, DiscoverOptions, PlanOptions

CONNECTION = "cloud"


def discovered(rig: Rig, case: Case) -> None:
    """Everything made is listed as this state's, without drift; another state sees it as somebody else's; after destroy it is gone."""
    rig.write(case.resources)
    rig.apply()
    made = _listable(rig)
    _wait(rig)
    types = tuple(sorted({type for type, _ in made}))
    found = discover(rig, types)
    for item in found.items:
        expect(not item.drift, f"{item.type} {item.id} is listed otherwise than it is observed: {item.drift}")
        expect(item.managed != "missing", f"{item.type} {item.id} is in the cloud and not listed")
    listed = {(item.type, item.id) for item in found.items if item.managed == "here"}
    expect(made <= listed, f"made and not listed: {sorted(made - listed)}")
    other = stranger(rig)
    theirs = {(item.type, item.id): item.managed for item in discover(other, types).items if (item.type, item.id) in made}
    marked = {key for key in theirs if _is_marked(rig, key[0])}
    wrong = sorted(key for key in marked if theirs[key] != "elsewhere")
    expect(not wrong, f"to another state these are not somebody else's: {wrong}")
    rig.destroy()
    left = {(item.type, item.id) for item in discover(rig, types).items if item.status not in ("gone", "deleting")} & made
    expect(not left, f"destroyed and still listed: {sorted(left)}")


def imported(rig: Rig, case: Case) -> None:
    """Another state takes everything over: the text that is made of it is valid, and a plan over text and state finds nothing to do."""
    rig.write(case.resources)
    rig.apply()
    made = _listable(rig)
    _wait(rig)
    other = stranger(rig)
    adoption = api.adopt_all(
        other.project(), _those(made), Path("found.yaml"), ApplyOptions(), lambda proposed: True)
    expect(adoption.outcome is not None and adoption.outcome.ok, f"the import ended {adoption.outcome}")
    taken = {(record.type, record.id) for record in other.state().natives.values()}
    expect(taken == made, f"imported is {sorted(taken)}, made was {sorted(made)}")
    expect(not adoption.ignored, f"the text had to leave alone: {adoption.ignored}")
    project = other.project()
    again = api.open_project(replace(project.options, file=Path("found.yaml")), project.ports)
    plan = api.plan(again, PlanOptions())
    expect(plan.empty, f"the plan after the import is not empty: {describe(plan)}")
    expect(not plan.resource_drift, f"the plan after the import shows drift: {describe(plan)}")
    rig.destroy()


def discover(rig: Rig, types: tuple[str, ...] = ()) -> Discovery:
    """What there is, of all types or of these; nothing may be unreadable."""
    found = api.discover(rig.project(), DiscoverOptions(CONNECTION, types=types))
    expect(not found.unread, f"could not be listed: {found.unread}")
    return found


def _those(made: set[tuple[str, str]]) -> DiscoverOptions:
    types, ids = (tuple(sorted(set(column))) for column in zip(*made, strict=True)) if made else ((), ())
    return DiscoverOptions(CONNECTION, types=types, ids=ids, take_over=True)


def stranger(rig: Rig) -> Rig:
    """Another blueprint with a state of its own, on the same account."""
    other = Rig(rig.directory.parent / "stranger", rig.cloud, "stranger")
    connection = {CONNECTION: dict(rig.cloud.connection)}
    (other.directory / "mcflow.yaml").write_text(json.dumps({"mcflow": 1, "name": other.name, "connections": connection}))
    return other


def _listable(rig: Rig) -> set[tuple[str, str]]:
    """Type and id of everything in the state whose type can be listed."""
    project, state = rig.project(), rig.state()
    sessions = project.sessions(state)
    try:
        able = {record.type for record in state.natives.values() if sessions.type(record.connection, record.type).offers("discover")}
    finally:
        sessions.close()
    return {(record.type, record.id) for record in state.natives.values() if record.type in able}


def _is_marked(rig: Rig, type: str) -> bool:
    project, state = rig.project(), rig.state()
    sessions = project.sessions(state)
    try:
        return bool(sessions.type(CONNECTION, type).identity.marked)
    finally:
        sessions.close()


def _wait(rig: Rig) -> None:
    """A listing may miss what is newer than the visibility lag."""
    for address in rig.state().natives:
        rig.outlive_lag(address)
