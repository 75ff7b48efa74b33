"""Runs: recover, refresh, plan, apply, in the order that loses nothing."""

from __future__ import annotations

from collections.abc import Callable, Collection, Mapping
from dataclasses import dataclass

from msgspec.structs import replace

from mcflow import __version__
from mcflow.engine.apply import Outcome
from mcflow.engine.apply import run as run_plan
from mcflow.engine.apply.outcome import Status
from mcflow.engine.conclude import conclude, warned
from mcflow.engine.leasing import new_run_id, take_lease
from mcflow.engine.options import ApplyOptions, PlanOptions
from mcflow.engine.plan.make import make_plan, plan_inputs
from mcflow.engine.plan.walk import Ground
from mcflow.engine.project import Project, renamed
from mcflow.engine.recover import finish, look, sweep
from mcflow.engine.recover.operated import unknown
from mcflow.engine.refresh import needed
from mcflow.engine.refresh import refresh as refresh_natives
from mcflow.engine.saved import moved
from mcflow.engine.sessions import Sessions, check_accounts
from mcflow.model.diagnostic import Diagnostic, Rejected, reject
from mcflow.model.plan import Drift, Plan, Recovery
from mcflow.model.record import ConnectionRecord, NativeRecord
from mcflow.state.records import State
from mcflow.state.workspace import Reading


@dataclass(frozen=True)
class Seen:
    """What recovery and refresh found, and the state as it is with that laid over it."""

    state: State
    recovered: list[Recovery]
    refreshed: dict[str, NativeRecord | None]
    drift: list[Drift]
    unread: list[Diagnostic]
    """What could not be read: its last known values were used."""


def plan(project: Project, options: PlanOptions) -> Plan:
    """Plan; writes nothing to the store."""
    reading = project.workspace.read()
    sessions = project.sessions(reading.state)
    try:
        alive = reading.holder is not None
        recovered = look(reading.state, sessions, project.ports, project.sealer, in_progress=alive) if reading.state.open else []
        swept = sweep(reading.state, sessions, project.ports, parallelism=options.parallelism) if reading.sweep else []
        made = _plan(project, options, see(project, reading.state, sessions, options, recovered), sessions)
    finally:
        sessions.close()
    untold = [] if alive else unknown(reading.state)
    findings = [*_reading_findings(reading), *renamed(project, reading.state), *untold, *swept, *_recovery_findings(recovered)]
    made.diagnostics = [*findings, *made.diagnostics]
    return made


def apply(
    project: Project, saved: Plan | None, plan_options: PlanOptions, options: ApplyOptions, approve: Callable[[Plan], bool]
) -> Outcome:
    """Apply under a lease. A saved plan is refused if anything it was made from has moved."""
    def make(state: State, sessions: Sessions, recovered: list[Recovery]) -> Plan:
        if saved is None:
            return _plan(project, plan_options, see(project, state, sessions, plan_options, recovered), sessions)
        _still_holds(project, saved, plan_options, state, sessions, recovered)
        return saved

    return carry_out(project, options, approve, make, lineage=saved.inputs.lineage if saved else "")


Make = Callable[[State, Sessions, list[Recovery]], Plan]
"""Makes the plan of a run from the state after recovery, the open sessions, and what recovery did."""


def carry_out(
    project: Project, options: ApplyOptions, approve: Callable[[Plan], bool], make: Make, *, lineage: str = "",
    connections: Mapping[str, ConnectionRecord] | None = None,
) -> Outcome:
    """Take the lease, recover, make the plan, ask, walk it. ``connections``: of earlier states that the plan may need."""
    run = new_run_id()
    with take_lease(project, options, run, lineage) as writer:
        sessions = project.sessions(replace(writer.state, connections={**(connections or {}), **writer.state.connections}))
        try:
            settled = finish(writer, sessions, project.ports, options, run)
            if settled.interrupted or not settled.sound:
                status: Status = "interrupted" if settled.interrupted else "failed"
                return Outcome(status, diagnostics=settled.diagnostics, state_saved=settled.sound, run=run)
            recovered = list(settled.entries)
            swept = sweep(writer.state, sessions, project.ports, parallelism=options.parallelism) if writer.sweep else []
            made = make(writer.state, sessions, recovered)
            findings = [*writer.findings, *renamed(project, writer.state), *swept, *settled.diagnostics, *_recovery_findings(recovered)]
            made.diagnostics = [*findings, *made.diagnostics]
            _applyable(made)
            made.diagnostics += warned(made, options)
            if not made.empty and not approve(made):
                return Outcome("declined", run=run)
            return conclude(made, writer, sessions, project.ports, options, run)
        finally:
            sessions.close()


def refresh(project: Project, options: ApplyOptions) -> Plan:
    """Record what the clouds show. Nothing in a cloud is changed, except what recovery must finish."""
    run = new_run_id()
    with take_lease(project, options, run) as writer:
        sessions = project.sessions(writer.state)
        try:
            settled = finish(writer, sessions, project.ports, options, run)
            recovered = list(settled.entries)
            seen = see(project, writer.state, sessions, PlanOptions(mode="refresh", parallelism=options.parallelism), recovered)
            made = Plan(
                mcflow_version=__version__, name=project.name, environment=project.environment, mode="refresh",
                created_at=project.ports.clock.now(), resource_drift=seen.drift, recovered=recovered, refreshed=seen.refreshed,
                diagnostics=[*writer.findings, *settled.diagnostics, *_recovery_findings(recovered), *seen.unread],
            )
            run_plan(made, writer, sessions, project.ports, options, run)
            return made
        finally:
            sessions.close()


def _plan(project: Project, options: PlanOptions, seen: Seen, sessions: Sessions) -> Plan:
    made, read = _made(project, options, seen, sessions), set[str]()
    # What is read may differ from what was recorded, so that the plan touches more: until it touches nothing that was not read.
    while options.refresh == "changed" and (more := needed(made, seen.state.natives) - read):
        read |= more
        seen = _looked(project, options, seen, sessions, more)
        made = _made(project, options, seen, sessions)
    made.diagnostics = [*seen.unread, *made.diagnostics]
    return made


def _made(project: Project, options: PlanOptions, seen: Seen, sessions: Sessions) -> Plan:
    ground = Ground(project.blueprint, seen.state, sessions, project.sealer, project.ports, options)
    return make_plan(ground, recovered=seen.recovered, refreshed=seen.refreshed, drift=seen.drift, version=__version__)


def _looked(project: Project, options: PlanOptions, seen: Seen, sessions: Sessions, only: Collection[str]) -> Seen:
    """With what the clouds show of these addresses beside."""
    found = refresh_natives(seen.state, sessions, project.ports, project.sealer, parallelism=options.parallelism, only=only)
    return Seen(replace(seen.state, natives=found.apply_to(seen.state)), seen.recovered, {**seen.refreshed, **found.records},
                [*seen.drift, *found.drift], [*seen.unread, *(each for each in found.diagnostics if each not in seen.unread)])


def see(project: Project, state: State, sessions: Sessions, options: PlanOptions, recovered: list[Recovery]) -> Seen:
    """The state with what recovery found and what the clouds show now. The state given is not touched."""
    adopted = {item.address: item.record for item in recovered if item.outcome in ("adopted", "finished") and item.record is not None}
    gone = {item.address for item in recovered if item.outcome == "finished" and item.action == "delete"}
    natives = {address: record for address, record in {**state.natives, **adopted}.items() if address not in gone or address in adopted}
    for item in recovered:
        if item.outcome == "failed" and item.action == "create" and item.op in state.open:
            _never_made(natives, item.address, state.open[item.op].aside)
    working = replace(state, natives=natives)
    check_accounts(working, sessions)
    found = refresh_natives(working, sessions, project.ports, project.sealer, options.refresh, parallelism=options.parallelism)
    for address, record in found.records.items():
        if record is None:
            natives.pop(address, None)
        else:
            natives[address] = record
    return Seen(working, recovered, dict(found.records), list(found.drift), found.diagnostics)


def _never_made(natives: dict[str, NativeRecord], address: str, aside: str) -> None:
    """As the journal will have it when apply ends the operation: no object, and what was moved aside for it is back."""
    natives.pop(address, None)
    moved = natives.pop(aside, None)
    if moved is not None:
        natives[address] = replace(moved, address=address)


def _still_holds(project: Project, saved: Plan, options: PlanOptions, state: State, sessions: Sessions, recovered: list[Recovery]) -> None:
    ground = Ground(project.blueprint, state, sessions, project.sealer, project.ports, options)
    different = moved(saved, plan_inputs(ground, saved.inputs.connections))
    if (saved.name, saved.environment) != (project.name, project.environment):
        different.insert(0, f"the state (the plan is for {saved.name}/{saved.environment})")
    if different or recovered:
        raise reject("MC0641", moved=", ".join(different or ["what an earlier run left unfinished"]))


def _applyable(made: Plan) -> None:
    """Refuse to apply what was planned without being able to open the state's sealed values: they would be overwritten."""
    unopened = [found for found in made.diagnostics if found.code == "MC0649"]
    if unopened:
        raise Rejected([Diagnostic("MC0650", dict(found.args)) for found in unopened])


def _reading_findings(reading: Reading) -> list[Diagnostic]:
    found = list(reading.findings)
    if reading.holder is not None:
        found.append(Diagnostic("MC0643", {"holder": str(reading.holder)}))
    return found


def _recovery_findings(recovered: list[Recovery]) -> list[Diagnostic]:
    return [
        Diagnostic("MC0644", {"advice": " · ".join(item.advice)}, address=item.address)
        for item in recovered if item.outcome == "quarantined"
    ]
