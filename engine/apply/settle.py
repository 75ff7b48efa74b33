"""What ends (or moves on) every kind of mutation: the id is known, it is done, it is gone, time is up."""

from __future__ import annotations

from mcflow.drivers.sdk import Observed
from mcflow.engine.apply.machine import Machine
from mcflow.engine.apply.task import Task
from mcflow.engine.apply.trees import observed_wire
from mcflow.model.diagnostic import Diagnostic
from mcflow.state.records import Done, Identified

_RARER = 7.0
"""Times the age of a look after which the next one comes."""


def finding(task: Task, code: str, **args: str) -> Diagnostic:
    """A diagnostic about the task's object."""
    step = task.step
    what = {"what": f"{step.address} ({step.type})", "action": step.verb, "address": step.address, "type": step.type, "id": task.id}
    return Diagnostic(code, {**what, **args}, address=step.address, request_id=task.request_id or None)


def identify(machine: Machine, task: Task, id: str, operation: str | None) -> None:
    """The cloud said which object (or operation) it is: durable before anything is waited for."""
    assert task.intent is not None
    task.id = id or task.id
    task.operation = operation
    task.identified = machine.now()
    task.attempt = 0
    machine.made[task.step.address] = task.identified

    def durable() -> None:
        machine.crash_point("identified durable", task)
        if not task.ended:
            machine.watch(task)

    machine.ledger.append(
        Identified(op=task.intent.op, id=task.id, operation=operation, request_id=task.request_id, at=machine.ports.clock.now()), durable)


def done(machine: Machine, task: Task, shown: Observed | None) -> None:
    """It is as it shall be."""
    assert task.intent is not None
    attributes = {} if shown is None else observed_wire(task.type, shown.attributes, task.secrets, machine.sealer)
    machine.ledger.append(Done(op=task.intent.op, id=task.id, attributes=attributes, at=machine.ports.clock.now()))
    machine.finish(task)

    def durable() -> None:
        machine.crash_point("done durable", task)
        if not task.recovered:
            machine.report.completed(task, machine.now())

    machine.ledger.after(durable)


def missing(machine: Machine, task: Task) -> bool:
    """True if a look that did not show the object counts as gone: the visibility lag is over (or the cloud accepted to delete it), and it
    is the second such look in a row, at least one poll interval after the first."""
    now = machine.now()
    deleted = task.step.verb == "delete" and task.accepted
    if not deleted and _age(machine, task) < task.live.lag(task.type):
        return False
    if task.missed == float("-inf"):
        task.missed = now
        return False
    return now - task.missed >= machine.watch_interval(task) * 0.999


def pause(machine: Machine, task: Task, window: float) -> float:
    """Seconds until the next look within a window of that many seconds, in which a request may still take effect: each at eight times the
    age of the one before, as what was carried out mostly shows at once; one is at the window's end."""
    waited = machine.now() - (task.window - window)
    return max(0.0, min(max(machine.watch_interval(task), _RARER * waited), task.window - machine.now()))


def _age(machine: Machine, task: Task) -> float:
    """Seconds since the object became known."""
    known = max(task.identified, machine.made.get(task.step.address, float("-inf")))
    record = machine.state.natives.get(task.step.address)
    made = float("inf") if record is None else machine.ports.clock.now() - record.created_at
    return min(machine.now() - known, made) if task.step.verb != "create" else machine.now() - known


def gone(machine: Machine, task: Task, id: str) -> None:
    """It was there and is not any more, and not by our hand."""
    machine.give_up(task, finding(task, "MC0822", id=machine.redactor.text(id)), certain=True)


def expired(machine: Machine, task: Task, goal: str, status: str = "") -> None:
    """The time-out of the blueprint is over. The operation stays open: the next run goes on waiting."""
    settings = task.step.settings
    seconds = {"create": settings.create_timeout, "update": settings.update_timeout}.get(task.step.verb, settings.delete_timeout)
    shown = status or (f" (it is {task.seen})" if task.seen else "")
    machine.give_up(task, finding(task, "MC0820", goal=goal, seconds=f"{seconds:g}", status=shown), certain=False)


def resend_allowed(machine: Machine, task: Task) -> bool:
    """Before a call is made once more: the lease must still stand."""
    machine.ledger.beat()
    if machine.ledger.sound:
        return True
    machine.free(task)
    return False
