"""The life of a create after its intent is durable: send, note the id, wait; and when the answer was lost, look before anything else."""

from __future__ import annotations

from msgspec.structs import replace

from mcflow.drivers.sdk import AlreadyExists, Ambiguous, DriverError, Natural, NotFound, Observed, Submitted, Token, UniqueName
from mcflow.engine.apply.advice import advice
from mcflow.engine.apply.hits import Found, judge
from mcflow.engine.apply.machine import Machine
from mcflow.engine.apply.settle import done, expired, finding, gone, identify, missing, pause, resend_allowed
from mcflow.engine.apply.task import Task
from mcflow.engine.apply.trees import observed_wire
from mcflow.engine.calls.call import Answer, HandlerFault
from mcflow.engine.calls.retry import READ_AGAIN, TRANSIENT
from mcflow.model.record import NativeRecord
from mcflow.state.records import Recorded

_SKEW = 0.9
"""Of a token's lifetime this much is trusted: clocks differ, and the time is counted from the intent."""


def send(machine: Machine, task: Task) -> None:
    """Make the call: the journalled request, the same operation and token, however often."""
    task.sends += 1
    task.attempt += 1
    machine.call(task, "create", lambda each, answer: _answered(machine, each, answer), want=task.request, intent=task.handler_intent)


def _answered(machine: Machine, task: Task, answer: Answer) -> None:
    machine.free(task)
    error = answer.error
    if error is None:
        _accepted(machine, task, answer.value)
    elif isinstance(error, Ambiguous):
        _unclear(machine, task, error)
    elif isinstance(error, HandlerFault):
        machine.refuse(task, error, certain=False)
    elif isinstance(error, TRANSIENT) or (isinstance(error, NotFound) and machine.is_young(task)):
        _try_again(machine, task, error)
    elif task.uncertain and (isinstance(error, AlreadyExists) or machine.now() < task.window):
        # What stands in the way may be what the lost answer was about.
        task.verdict = error
        task.window = max(task.window, machine.now() + machine.window(task)) if isinstance(error, AlreadyExists) else task.window
        look(machine, task)
    else:
        machine.refuse(task, error)


def _unclear(machine: Machine, task: Task, error: Ambiguous) -> None:
    """It may have been carried out. What the service itself answered is not on its way any more: where a second request cannot make a
    second object, it is made after a pause, with a token at once, by a name or a place only after a look."""
    task.uncertain = True
    task.window = machine.now() + machine.window(task)
    if error.answered and _token_holds(machine, task):
        _try_again(machine, task, error)
        return
    task.repeatable = error.answered and isinstance(task.type.identity, UniqueName | Natural)
    wait = machine.retry(task.live).delay(task.attempt, task.step.settings.attempts, error) if error.answered else None
    machine.report.retrying(task, error, wait or 0.0)
    if wait is None:
        look(machine, task)
    else:
        machine.later(wait, lambda: look(machine, task))


def _accepted(machine: Machine, task: Task, submitted: Submitted) -> None:
    task.accepted = True
    task.request_id = submitted.request_id
    if submitted.id or (submitted.operation and task.type.offers("poll")):
        identify(machine, task, submitted.id or "", submitted.operation)
    else:
        task.window = machine.now() + machine.window(task)
        look(machine, task)


def _try_again(machine: Machine, task: Task, error: DriverError) -> None:
    wait = machine.retry(task.live).delay(task.attempt, task.step.settings.attempts, error)
    if wait is None or machine.now() + wait > task.deadline:
        machine.refuse(task, error, certain=not task.uncertain)
        return
    machine.report.retrying(task, error, wait)
    machine.later(wait, lambda: _queue(machine, task))


def _queue(machine: Machine, task: Task) -> None:
    if not task.ended:
        machine.enqueue(task, lambda each: _repeat(machine, each))


def _repeat(machine: Machine, task: Task) -> None:
    if resend_allowed(machine, task):
        send(machine, task)


# The answer was lost (or the process was killed): what is there?


def resume(machine: Machine, task: Task) -> None:
    """Go on with a create that an earlier run left open. The request may have left as late as that run's death: count from now."""
    task.window = machine.now() + machine.window(task)
    if task.id or (task.operation and task.type.offers("poll")):
        task.accepted = True
        task.identified = machine.now()
        machine.watch(task)
        return
    task.uncertain = True
    look(machine, task)


def look(machine: Machine, task: Task) -> None:
    """Look for what this operation may have made."""
    if task.ended:
        return
    machine.search(task, lambda each, answer: _looked(machine, each, answer))


def _looked(machine: Machine, task: Task, answer: Answer) -> None:
    if task.ended:
        return
    error = answer.error
    if error is not None:
        if not isinstance(error, READ_AGAIN):
            machine.refuse(task, error, certain=False)
        elif machine.now() > task.deadline:
            expired(machine, task, "found")
        else:
            machine.later(machine.retry(task.live).delay(1, 2, error) or 0.0, lambda: look(machine, task))
        return
    found = judge(task, answer.value)
    if found.kept is not None:
        _bind(machine, task, found)
    elif found.foreign is not None:
        task.uncertain = False
        machine.give_up(task, finding(task, "MC0810", id=machine.redactor.text(found.foreign.id)), certain=True)
    elif found.undecided:
        task.candidates = found.candidates
        assert task.intent is not None
        told = finding(task, "MC0824", reason=found.reason, advice=advice(task.intent, found.candidates))
        machine.give_up(task, told, certain=False)
    elif found.dead is not None:
        gone(machine, task, found.dead.id)
    else:
        _nothing(machine, task)


def _bind(machine: Machine, task: Task, found: Found) -> None:
    assert found.kept is not None
    if found.others:
        machine.warn(finding(
            task, "MC0825", count=str(1 + len(found.others)), id=found.kept.id, others=", ".join(hit.id for hit in found.others)))
    if found.copies:
        machine.ledger.append(Recorded(natives=_copies(machine, task, found.copies), at=machine.ports.clock.now()))
    task.found = True
    identify(machine, task, found.kept.id, None)


def _copies(machine: Machine, task: Task, extra: list[Observed]) -> dict[str, NativeRecord | None]:
    """Records of exact copies that one operation made: the next plan shows them and deletes them."""
    found: dict[str, NativeRecord | None] = {}
    own = machine.state.natives[task.step.address]
    number = own.generation
    for shown in extra:
        number += 1
        while f"{own.address}@{number}" in machine.state.natives:
            number += 1
        address = f"{own.address}@{number}"
        attributes = observed_wire(task.type, shown.attributes, task.secrets, machine.sealer)
        found[address] = replace(own, address=address, id=shown.id, status="tainted", attributes=attributes, generation=number)
    return found


def _nothing(machine: Machine, task: Task) -> None:
    now = machine.now()
    if task.failure:
        machine.give_up(task, finding(task, "MC0821", reason=task.failure), certain=True)
    elif _token_holds(machine, task) and not task.accepted and task.verdict is None and task.tokens < task.sends + 1:
        # The cloud remembers the token: the same request makes one object, however often it is sent.
        task.tokens = task.sends + 1
        wait = 0.0 if task.sends <= 1 else machine.retry(task.live).delay(task.sends, task.step.settings.attempts) or 0.0
        machine.later(wait, lambda: _queue(machine, task))
    elif task.repeatable and task.verdict is None and task.sends < task.step.settings.attempts:
        task.repeatable = False
        _queue(machine, task)
    elif now < task.window:
        machine.later(pause(machine, task, machine.window(task)), lambda: look(machine, task))
    elif task.verdict is not None:
        machine.refuse(task, task.verdict, certain=not isinstance(task.verdict, AlreadyExists))
    elif task.accepted or now > task.deadline or task.sends >= task.step.settings.attempts:
        machine.give_up(task, finding(task, "MC0823", action="create", reason="nothing is to be seen of it"), certain=False)
    else:
        _queue(machine, task)


def _token_holds(machine: Machine, task: Task) -> bool:
    identity = task.type.identity
    if not isinstance(identity, Token) or task.intent is None or not task.intent.token or task.sends >= task.step.settings.attempts:
        return False
    age = machine.ports.clock.now() - task.intent.at
    trusted = identity.lifetime * _SKEW
    # What is still on its way must find the token remembered too.
    return 0 <= age < trusted and task.live.session.request_lifetime < trusted


# What looks and the cloud's operation show.


def observed(machine: Machine, task: Task, shown: Observed | None) -> None:
    """The object as it is now, None if it is not there."""
    if shown is None:
        if task.failure:
            machine.give_up(task, finding(task, "MC0821", reason=task.failure), certain=True)
        elif missing(machine, task):
            gone(machine, task, task.id)
        elif machine.now() > task.deadline:
            expired(machine, task, "ready")
        return
    task.seen = shown.status
    task.missed = float("-inf")
    if shown.status == "gone":
        gone(machine, task, task.id)
    elif shown.status == "failed" or task.failure:
        reason = machine.redactor.text(task.failure or shown.reason or "the cloud does not say why")
        machine.give_up(task, finding(task, "MC0821", reason=reason), certain=True, tainted=True)
    elif shown.status == "ready":
        done(machine, task, shown)
    elif machine.now() > task.deadline:
        expired(machine, task, "ready")
