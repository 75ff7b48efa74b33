"""Settling what was left open, under a lease: every operation goes on where it stopped."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from mcflow.engine.apply.advice import commands
from mcflow.engine.apply.life import TaskLife
from mcflow.engine.apply.machine import Machine
from mcflow.engine.apply.run import audit_record
from mcflow.engine.apply.task import Task
from mcflow.engine.options import ApplyOptions
from mcflow.engine.ports import Ports
from mcflow.engine.recover.opening import found_by, task_of, undecidable
from mcflow.engine.recover.operated import ends, to_settle, unknown
from mcflow.engine.resolve import Resolver
from mcflow.engine.sessions import Sessions
from mcflow.model.diagnostic import Diagnostic, Rejected
from mcflow.model.plan import Recovery
from mcflow.state.records import Ended
from mcflow.state.writer import Writer


@dataclass(frozen=True)
class Finished:
    """What recovery settled. ``diagnostics``: warnings, and why what is still open is. ``sound``: the journal took everything."""

    entries: tuple[Recovery, ...] = ()
    diagnostics: tuple[Diagnostic, ...] = ()
    sound: bool = True
    interrupted: bool = False


def finish(writer: Writer, sessions: Sessions, ports: Ports, options: ApplyOptions, run_id: str = "") -> Finished:
    """Settle every open operation; what cannot be decided stays open, quarantined with advice, and planning goes on.

    Never raises for what a cloud, a driver or the disk does. Killed at any point, it can be run again.
    """
    if not writer.state.open:
        return Finished()
    opened, told = to_settle(writer.state), unknown(writer.state)
    run_id = run_id or f"{ports.random.getrandbits(64):016x}"
    resolver = Resolver(writer.state, writer.sealer.unseal, None, sessions.driver)
    machine = Machine(TaskLife(), writer, sessions, ports, run_id, resolver, parallelism=options.parallelism, probe=options.probe)
    machine.ledger.append(audit_record("recover", run_id, writer, ports, options.reason))
    for end in list(ends(writer.state, ports.clock.now())):
        machine.ledger.append(end)
    entries: dict[str, Recovery] = {}
    tasks: dict[str, Task] = {}
    for op, each in opened.items():
        try:
            tasks[op] = task_of(each, writer.state, sessions, resolver)
        except Rejected as rejected:
            entries[op] = undecidable(each, rejected)
    machine.know(tasks.values())
    for task in tasks.values():
        _prepare(machine, task)
        machine.begin(task)
    machine.drive()
    failed = dict(machine.failed)
    entries.update((op, _entry(machine, task, failed.get(task))) for op, task in tasks.items())
    machine.ledger.append(Ended(run=run_id, outcome=_outcome(machine), at=ports.clock.now()))
    machine.ledger.flush()
    ordered = tuple(entries[op] for op in opened)
    for entry in ordered:
        _tell(machine, entry)
    still_open = [finding for task, finding in machine.failed if task.intent is not None and task.intent.op in writer.state.open]
    findings = (*told, *machine.warnings, *still_open, *machine.ledger.settle())
    return Finished(ordered, findings, machine.ledger.sound, bool(ports.cancel.level))


def _prepare(machine: Machine, task: Task) -> None:
    settings = task.step.settings
    seconds = {"create": settings.create_timeout, "update": settings.update_timeout}.get(task.step.verb, settings.delete_timeout)
    task.began = machine.now()
    task.deadline = task.began + max(seconds, machine.window(task) * 2)
    machine.redactor.learn(machine.resolver.decode(task.intent.request) if task.intent is not None else {})


def _entry(machine: Machine, task: Task, finding: Diagnostic | None) -> Recovery:
    intent = task.intent
    assert intent is not None
    outcome: Any = "unfinished"
    advice: tuple[str, ...] = ()
    if intent.op not in machine.state.open:
        outcome = "failed" if finding is not None else "adopted" if intent.action == "create" and not task.sends else "finished"
    elif finding is not None and finding.code == "MC0824":
        outcome = "quarantined"
    if finding is not None:
        advice = (finding.message, finding.help)
    return Recovery(
        op=intent.op, address=intent.address, type=intent.type, action=intent.action, outcome=outcome, id=task.id, found_by=found_by(task),
        advice=advice, commands=commands(intent, task.candidates) if outcome == "quarantined" else (),
        record=machine.state.natives.get(intent.address) if outcome == "adopted" else None)


def _tell(machine: Machine, entry: Recovery) -> None:
    data: dict[str, Any] = {"op": entry.op, "action": entry.action, "outcome": entry.outcome}
    if entry.id:
        data |= {"id": entry.id, "found_by": entry.found_by}
    if entry.advice:
        data["advice"] = list(entry.advice)
    if entry.commands:
        data["commands"] = list(entry.commands)
    machine.report.tell("recovery", data, address=entry.address, level="warn" if entry.outcome in ("quarantined", "unfinished") else "info")


def _outcome(machine: Machine) -> Any:
    if machine.ports.cancel.level:
        return "interrupted"
    return "partial" if machine.failed else "done"
