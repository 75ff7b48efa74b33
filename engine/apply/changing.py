"""The life of an update or delete after its intent is durable. Both may be repeated: whatever was unclear is observed, and repeated only
when the request before it can no longer take effect: landing late, it would undo what came after it.
"""

from __future__ import annotations

from typing import Any

from mcflow.drivers.sdk import Again, Ambiguous, DriverError, InUse, NotFound, Observed, Stale
from mcflow.engine.apply.machine import Machine
from mcflow.engine.apply.settle import done, expired, finding, gone, identify, missing, pause, resend_allowed
from mcflow.engine.apply.task import Task
from mcflow.engine.calls.call import Answer, HandlerFault
from mcflow.engine.calls.retry import TRANSIENT
from mcflow.engine.compare import owned, same


def send(machine: Machine, task: Task) -> None:
    """Make the call."""
    task.sends += 1
    task.attempt += 1
    task.resend = task.again = False
    if task.step.verb == "delete":
        machine.call(task, "delete", lambda each, answer: _answered(machine, each, answer), id=task.id, last=task.last)
    else:
        machine.call(task, "update", lambda each, answer: _answered(machine, each, answer), id=task.id, want=task.request, last=_ours(task),
                     group=task.step.group)


def _ours(task: Task) -> dict[str, Any]:
    """What was last observed; of a map with owned keys and of a shared list only ours, so that no handler removes what others put there."""
    last = dict(task.last)
    for name, schema in task.type.attributes.items():
        if schema.get("shared") and isinstance(last.get(name), list):
            last[name] = owned(task.type, name, last[name], task.before.get(name), task.request.get(name))
        if schema.get("owned_keys") and isinstance(last.get(name), dict):
            mine = {*(task.before.get(name) or ()), *(task.request.get(name) or ())}
            last[name] = {key: value for key, value in last[name].items() if key in mine}
    return last


def _answered(machine: Machine, task: Task, answer: Answer) -> None:
    machine.free(task)
    error = answer.error
    if error is not None:
        _refused(machine, task, error)
        return
    if isinstance(answer.value, Again):
        task.again = True
        task.attempt = 0
        machine.watch(task)
        return
    task.accepted = True
    if answer.value.operation or (answer.value.id and answer.value.id != task.id):
        task.request_id = answer.value.request_id
        identify(machine, task, answer.value.id or task.id, answer.value.operation)
    else:
        task.request_id = answer.value.request_id
        machine.watch(task)


def _refused(machine: Machine, task: Task, error: DriverError) -> None:
    deleting = task.step.verb == "delete"
    if isinstance(error, HandlerFault):
        machine.refuse(task, error, certain=False)
    elif deleting and isinstance(error, NotFound):
        # Never believed by its name: gone is what two looks do not show.
        task.resend = True
        machine.watch(task)
    elif isinstance(error, Ambiguous | Stale):
        _look_then_repeat(machine, task, error)
    elif isinstance(error, TRANSIENT) or (isinstance(error, NotFound) and machine.is_young(task)) or (
            deleting and isinstance(error, InUse) and machine.removing.get(task.step.connection, 0) > 1):
        wait = _patience(machine, task, error)
        if wait is not None:
            machine.later(wait, lambda: _queue(machine, task))
    else:
        machine.refuse(task, error)


def _patience(machine: Machine, task: Task, error: DriverError) -> float | None:
    wait = machine.retry(task.live).delay(task.attempt, task.step.settings.attempts, error)
    if wait is None or machine.now() + wait > task.deadline:
        # An update or delete may be repeated by whoever comes next; a doubtful one stays open for recovery.
        machine.refuse(task, error, certain=not isinstance(error, Ambiguous) and not task.uncertain)
        return None
    machine.report.retrying(task, error, wait)
    return wait


def _look_then_repeat(machine: Machine, task: Task, error: DriverError) -> None:
    if isinstance(error, Ambiguous):
        task.uncertain = True
        if not error.answered:
            task.window = machine.now() + task.live.session.request_lifetime
    wait = _patience(machine, task, error)
    if wait is not None:
        task.resend = True
        machine.later(wait, lambda: None if task.ended else machine.watch(task))


def _queue(machine: Machine, task: Task) -> None:
    if not task.ended:
        machine.unwatch(task)
        machine.enqueue(task, lambda each: _once_more(machine, each))


def _once_more(machine: Machine, task: Task) -> None:
    if resend_allowed(machine, task):
        send(machine, task)


def resume(machine: Machine, task: Task) -> None:
    """Go on with what an earlier run left open: observe, and repeat only what is not settled. Its request may have left as late as that
    run's death."""
    task.uncertain = True
    task.window = machine.now() + task.live.session.request_lifetime
    task.resend = True
    machine.watch(task)


def observed(machine: Machine, task: Task, shown: Observed | None) -> None:
    """The object as it is now, None if it is not there."""
    if shown is not None:
        task.seen = shown.status
        if shown.status != "gone":
            task.missed = float("-inf")
            task.last = {**task.last, **shown.attributes}
    if task.step.verb == "delete":
        _deleting(machine, task, shown)
    else:
        _updating(machine, task, shown)


def _deleting(machine: Machine, task: Task, shown: Observed | None) -> None:
    if shown is None:
        if missing(machine, task):
            done(machine, task, None)
    elif shown.status == "gone":
        done(machine, task, None)
    elif task.failure:
        machine.give_up(task, finding(task, "MC0836", done="deleted", reason=task.failure), certain=True)
    elif machine.now() > task.deadline:
        expired(machine, task, "gone")
    elif (task.again or task.resend) and shown.status != "deleting":
        _repeat(machine, task)


def _updating(machine: Machine, task: Task, shown: Observed | None) -> None:
    if shown is None:
        if missing(machine, task):
            gone(machine, task, task.id)
    elif shown.status == "gone":
        gone(machine, task, task.id)
    elif task.failure or shown.status == "failed":
        reason = machine.redactor.text(task.failure or shown.reason or "the cloud does not say why")
        machine.give_up(task, finding(task, "MC0836", done="changed", reason=reason), certain=True)
    elif shown.status == "ready" and not (differing := unsettled(task, shown)):
        done(machine, task, shown)
    elif machine.now() > task.deadline:
        different = f": {', '.join(differing)} still differ" if shown.status == "ready" else ""
        expired(machine, task, "as wanted", different)
    elif (task.again or task.resend) and shown.status == "ready":
        _repeat(machine, task)


def unsettled(task: Task, shown: Observed) -> list[str]:
    """The attributes of this step that are not yet as asked. What cannot be read back is settled once a call was accepted."""
    doubtful = task.resend or task.again
    marking = task.intent is not None and bool(task.intent.marks)
    return [
        name for name in task.step.attributes
        if (doubtful and _unreadable(task, name))
        # Attributes never show marks; the tags as they are do.
        or not same(task.type, name, task.request.get(name), shown.tags if marking else shown.attributes.get(name),
                    last=task.before.get(name))
    ]


def _unreadable(task: Task, name: str) -> bool:
    return bool(task.type.attributes.get(name, {}).get("write_only"))


def _repeat(machine: Machine, task: Task) -> None:
    if machine.now() < task.window:
        machine.unwatch(task)
        wait = pause(machine, task, task.live.session.request_lifetime)
        machine.later(wait, lambda: None if task.ended else machine.watch(task))
        return
    if task.resend and task.attempt >= task.step.settings.attempts:
        machine.give_up(task, finding(task, "MC0823", reason="it was sent often enough and nothing came of it"), certain=False)
    else:
        _queue(machine, task)
