"""Applying a plan: the door of this room."""

from __future__ import annotations

import hashlib
import os
import socket
from collections.abc import Callable

import msgspec

from mcflow import __version__
from mcflow.engine.actor import ci_link, commit, who
from mcflow.engine.apply.closing import Resources, record_known, record_outputs
from mcflow.engine.apply.graph import tasks_of
from mcflow.engine.apply.life import TaskLife
from mcflow.engine.apply.machine import Machine
from mcflow.engine.apply.outcome import Outcome, Status
from mcflow.engine.options import ApplyOptions
from mcflow.engine.ports import Ports, Stop
from mcflow.engine.resolve import Resolver
from mcflow.engine.sessions import Sessions
from mcflow.model.diagnostic import Diagnostic, Rejected
from mcflow.model.plan import Plan
from mcflow.state.records import Ended, Run
from mcflow.state.writer import Writer


def run(plan: Plan, writer: Writer, sessions: Sessions, ports: Ports, options: ApplyOptions, run_id: str = "",
        begun: Callable[[], None] = lambda: None) -> Outcome:
    """Walk the plan's execution graph under the writer's lease and say what became of it. ``begun`` is called when what planning found is
    recorded, before the first step.

    Raises Rejected only for a graph that cannot be walked; everything a cloud or the disk does is in the outcome.
    """
    began = ports.clock.monotonic()
    run_id = run_id or f"{ports.random.getrandbits(64):016x}"
    tasks = tasks_of(plan.steps)
    resolver = Resolver(writer.state, writer.sealer.unseal, plan.resources, sessions.driver)
    machine = Machine(
        TaskLife(), writer, sessions, ports, run_id, resolver, parallelism=options.parallelism,
        stop_on_failure=options.on_failure != "continue", probe=options.probe)
    machine.ledger.append(audit_record(plan.mode, run_id, writer, ports, options.reason, _digest(plan)))
    record_known(machine, plan)
    machine.ledger.flush()
    begun()
    machine.blocked = frozenset(opened.intent.address for opened in writer.state.open.values())
    machine.on_done = Resources(machine, plan).step_done
    for step in plan.steps:
        if step.verb == "delete":
            machine.removing[step.connection] = machine.removing.get(step.connection, 0) + 1
    machine.know(tasks.values())
    for task in tasks.values():
        if task.waiting_for == 0:
            machine.begin(task)
    machine.drive()
    return _close(plan, machine, ports, began)


def _close(plan: Plan, machine: Machine, ports: Ports, began: float) -> Outcome:
    unfinished = machine.unfinished
    untouched = [task for task in machine.remaining if task not in set(unfinished)]
    status = _status(plan, machine, interrupted=bool(unfinished or untouched) and ports.cancel.level > Stop.NO)
    outputs = {}
    diagnostics: list[Diagnostic] = []
    saved = machine.ledger.sound
    if machine.ledger.sound and ports.cancel.level < Stop.NOW:
        outputs = record_outputs(machine, plan, complete=status in ("done", "nothing"))
        machine.ledger.append(Ended(run=machine.run, outcome="done" if status == "declined" else status, at=ports.clock.now()))
        machine.ledger.flush()
        if machine.ledger.failure is not None:
            # What the run ends with (outputs, its end) is not written: it did not do everything.
            status = _status(plan, machine, interrupted=False)
        diagnostics, saved = checkpoint(machine)
    diagnostics = [*machine.warnings, *machine.ledger.settle(), *diagnostics]
    seconds = ports.clock.monotonic() - began
    machine.report.tell("run_end", {
        "status": status, "done": len(machine.done), "failed": len(machine.failed), "skipped": len(machine.skipped) + len(untouched),
        "state_saved": saved, "duration_seconds": round(seconds, 3),
    })
    return Outcome(
        status, tuple(task.step for task in machine.done), tuple((task.step, finding) for task, finding in machine.failed),
        (*(task.step for task in machine.skipped), *(task.step for task in untouched)), tuple(task.step for task in unfinished),
        tuple(diagnostics), outputs, saved, seconds, machine.run, imported=len(plan.adopted) if saved else 0,
        moved=sum(new in machine.state.natives for new in plan.moved.values()) if saved else 0)


def checkpoint(machine: Machine) -> tuple[list[Diagnostic], bool]:
    """Write the snapshot; what goes wrong is told, and nothing is lost by it: the journal has everything."""
    if not machine.ledger.sound:
        return [], False
    try:
        machine.writer.checkpoint()
    except Rejected as failed:
        return list(failed.diagnostics), False
    machine.report.tell("state_saved", {"serial": machine.state.serial})
    return [], True


def _status(plan: Plan, machine: Machine, *, interrupted: bool) -> Status:
    if interrupted:
        return "interrupted"
    if not machine.ledger.sound:
        return "partial" if machine.done else "failed"
    if machine.failed or machine.skipped:
        return "partial" if machine.done else "failed"
    return "done" if plan.steps or plan.moved or plan.adopted else "nothing"


def audit_record(mode: str, run_id: str, writer: Writer, ports: Ports, reason: str, digest: str = "") -> Run:
    """Who runs what, where and why: the audit log's entry. The writer adds epoch and chain."""
    environ = ports.environ
    return Run(
        run=run_id, epoch=writer.epoch, mode=mode, plan_digest=digest, who=who(environ), host=socket.gethostname(), pid=os.getpid(),
        ci=ci_link(environ), commit=commit(environ), reason=reason, mcflow_version=__version__, at=ports.clock.now())


def _digest(plan: Plan) -> str:
    """Names the plan in the audit log: its inputs and the ids of its steps (values may hold secrets and are left out)."""
    told = msgspec.json.encode([plan.inputs, [[step.id, step.verb, step.address, step.group] for step in plan.steps],
                                 plan.moved, {address: record.id for address, record in plan.adopted.items()}])
    return hashlib.sha256(told).hexdigest()
