"""How an apply ends: the plan is walked; after a failure what was done is undone if that was asked for; the sweep proves the result."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import replace as updated

import msgspec

from mcflow.engine.apply import Outcome
from mcflow.engine.apply import run as run_plan
from mcflow.engine.apply.ledger import Ledger
from mcflow.engine.apply.outcome import Status
from mcflow.engine.options import ApplyOptions
from mcflow.engine.plan.back import way_back
from mcflow.engine.ports import Ports
from mcflow.engine.recover import finish, prove
from mcflow.engine.sessions import Sessions
from mcflow.model.diagnostic import Diagnostic, Rejected
from mcflow.model.event import Event
from mcflow.model.plan import Plan, Step
from mcflow.state.records import Recorded, State
from mcflow.state.writer import Writer

_NAMED = 10


def conclude(plan: Plan, writer: Writer, sessions: Sessions, ports: Ports, options: ApplyOptions, run_id: str) -> Outcome:
    """Walk the plan, then do what the options say of a failure and of the sweep."""
    before: list[State] = []
    outcome = run_plan(plan, writer, sessions, ports, options, run_id, lambda: before.append(_kept(writer.state)))
    steps: Sequence[Step] = plan.steps
    if options.on_failure == "rollback" and outcome.failed and outcome.state_saved and not ports.cancel.level:
        outcome = _undo(before[0], outcome, writer, sessions, ports, options, run_id)
        steps = (*steps, *outcome.undone)
    elif options.on_failure == "rollback" and outcome.failed and ports.cancel.level:
        # What it did was to be undone, and is not.
        outcome = updated(outcome, status="interrupted")
    if options.sweep and outcome.state_saved and not ports.cancel.level:
        found = prove(writer.state, sessions, ports, steps, plan.recovered, parallelism=options.parallelism)
        outcome = updated(outcome, diagnostics=(*outcome.diagnostics, *found))
    return outcome


def warned(plan: Plan, options: ApplyOptions) -> list[Diagnostic]:
    """Before anybody approves: what a rollback could not bring back."""
    doomed = [step.address for step in plan.steps if step.verb == "delete"]
    if options.on_failure != "rollback" or not doomed:
        return []
    return [Diagnostic("MC0849", {"addresses": _some(doomed)})]


def _kept(state: State) -> State:
    """The state as it is: records do not change, the tables of them do."""
    return msgspec.structs.replace(
        state, natives=dict(state.natives), resources=dict(state.resources), outputs=dict(state.outputs), open=dict(state.open))


def _undo(before: State, outcome: Outcome, writer: Writer, sessions: Sessions, ports: Ports, options: ApplyOptions, run_id: str) -> Outcome:
    """Undo what the run did. What it left open is settled first, as a next run would; killed in here, the next run goes on from the
    journal, as ever."""
    options = updated(options, on_failure="continue", sweep=False)
    settled = finish(writer, sessions, ports, options)
    if not settled.sound or settled.interrupted:
        told = (*outcome.diagnostics, *settled.diagnostics)
        return updated(outcome, status="interrupted" if settled.interrupted else outcome.status, diagnostics=told)
    try:
        back = way_back(before, writer.state, sessions, writer.sealer)
    except Rejected as rejected:
        return updated(outcome, diagnostics=(*outcome.diagnostics, *rejected.diagnostics, _incomplete(["all of it"])))
    back_id = f"{ports.random.getrandbits(64):016x}"
    ports.events(Event("rollback_start", ports.clock.now(), run_id, level="warn", data={"run": back_id, "steps": len(back.plan.steps)}))
    undoing = run_plan(back.plan, writer, sessions, updated(ports, events=_but_its_end(ports)), options, back_id)
    findings = [*settled.diagnostics, *back.findings, *(finding for _, finding in undoing.failed), *undoing.diagnostics]
    left = (*(step for step, _ in undoing.failed), *undoing.skipped, *undoing.unfinished)
    whole = undoing.ok and not back.findings and not writer.state.open
    saved = undoing.state_saved
    if whole:
        lost, saved = _restore(before, writer, saved)
        findings += lost
    short = [*dict.fromkeys([*(step.address for step in left), *_held_up(writer.state), *back.remade])]
    if short or not whole:
        findings.append(_incomplete(short))
    status: Status = "interrupted" if undoing.status == "interrupted" else "failed" if whole and not back.remade else "partial"
    return updated(
        outcome, status=status, diagnostics=(*outcome.diagnostics, *findings),
        undone=undoing.done, not_undone=left, state_saved=saved, seconds=outcome.seconds + undoing.seconds)


def _but_its_end(ports: Ports) -> Callable[[Event], None]:
    """The run that is told to have ended is the one that failed."""
    return lambda event: None if event.type == "run_end" else ports.events(event)


def _held_up(state: State) -> list[str]:
    return [opened.intent.address for opened in state.open.values()]


def _restore(before: State, writer: Writer, saved: bool) -> tuple[list[Diagnostic], bool]:
    """Outputs that the run wrote before it failed."""
    names = {**before.outputs, **writer.state.outputs}
    outputs = {name: before.outputs.get(name) for name in names if before.outputs.get(name) != writer.state.outputs.get(name)}
    if not outputs:
        return [], saved
    ledger = Ledger(writer)
    ledger.append(Recorded(outputs=outputs))
    ledger.flush()
    if not ledger.sound:
        return ledger.settle(), False
    try:
        writer.checkpoint()
    except Rejected as failed:
        return list(failed.diagnostics), False
    return [], saved


def _incomplete(what: Sequence[str]) -> Diagnostic:
    return Diagnostic("MC0848", {"what": _some(what) or "see above"})


def _some(addresses: Sequence[str]) -> str:
    shown = ", ".join(addresses[:_NAMED])
    return f"{shown} and {len(addresses) - _NAMED} more" if len(addresses) > _NAMED else shown
