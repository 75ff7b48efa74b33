"""How a task begins: resolve what it wants, look where the type demands it, write the intent, then call."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from msgspec.structs import replace

from mcflow.drivers.sdk import Natural, NoIdentity, Observed, UniqueName
from mcflow.drivers.sdk.native import MARK_OP, MARK_STATE
from mcflow.engine.apply import changing, creating, noting
from mcflow.engine.apply.machine import Machine
from mcflow.engine.apply.task import Task
from mcflow.engine.apply.trees import fingerprints, in_clear, is_sent, present, sealed, secret_texts
from mcflow.engine.calls.call import Answer
from mcflow.engine.calls.retry import READ_AGAIN
from mcflow.engine.resolve import MissingValueError, UncomputableError
from mcflow.model.diagnostic import Diagnostic, Rejected
from mcflow.model.plan import Step
from mcflow.model.record import NativeRecord
from mcflow.model.values import Value
from mcflow.state.records import Intent

_NOTES: dict[str, Callable[[Machine, Task], None]] = {"forget": noting.forget, "record": noting.record, "decide": noting.decide}


def begin(machine: Machine, task: Task) -> None:
    """Take a task up. Comes again if it had to wait for a serial key; never raises for what the blueprint or a cloud did."""
    if task.decider is not None and task.decider.same is not _when_same(task.step):
        machine.finish(task)
        return
    if task.step.address in machine.blocked:
        machine.fail(task, _finding(task, "MC0838", action=task.action))
        return
    try:
        if task.step.verb in _NOTES:
            _NOTES[task.step.verb](machine, task)
        else:
            _open(machine, task)
            _PREPARE[task.step.verb](machine, task)
    except Rejected as rejected:
        machine.fail(task, replace(rejected.diagnostics[0], address=rejected.diagnostics[0].address or task.step.address))
    except MissingValueError as missing:
        machine.fail(task, _finding(task, "MC0826", reference=missing.reference))
    except UncomputableError as failure:
        machine.fail(task, _finding(task, "MC0827", reason=machine.redactor.text(failure.reason)))


def _when_same(step: Step) -> bool:
    """What a decide step that found nothing to replace leaves to do: changes in place. Otherwise: the rest."""
    return step.verb == "update" and step.purpose not in ("finish", "release")


def _open(machine: Machine, task: Task) -> None:
    task.live = machine.sessions.get(task.step.connection)
    task.type = machine.sessions.type(task.step.connection, task.step.type)


def _start(machine: Machine, task: Task, seconds: float) -> None:
    if not task.began:
        task.began = machine.now()
        task.deadline = task.began + seconds
        # Told behind the ends that made way for it: those are told when they are durable.
        machine.ledger.after(lambda: _tell_start(machine, task))


def _tell_start(machine: Machine, task: Task) -> None:
    if not (task.ended and any(failed is task for failed, _ in machine.failed)):
        machine.report.started(task)


def _finding(task: Task, code: str, **args: str) -> Diagnostic:
    return Diagnostic(code, {"what": f"{task.step.address} ({task.step.type})", **args}, address=task.step.address)


# Creates.


def _prepare_create(machine: Machine, task: Task) -> None:
    step = task.step
    want = _wanted(machine, task)
    task.request = in_clear(want)
    task.secrets = secret_texts(want)
    machine.redactor.learn(want)
    if step.ownership in ("adopted", "byproduct"):
        _start(machine, task, step.settings.create_timeout)
        noting.match(machine, task, want)
        return
    if not machine.acquire(task, _serial(task, task.request)):
        return
    _start(machine, task, step.settings.create_timeout)
    task.intent = _create_intent(machine, task, want)
    if isinstance(task.type.identity, UniqueName | Natural | NoIdentity):
        _look(machine, task)
    else:
        intend(machine, task, creating.send)


def _wanted(machine: Machine, task: Task) -> dict[str, Value]:
    step = task.step
    sent = {name: value for name, value in step.want.items() if is_sent(task.type, name, create=True)}
    want = present(machine.resolver.resolve(sent))
    identity = task.type.identity
    if isinstance(identity, UniqueName) and step.name and identity.attribute not in want:
        want[identity.attribute] = step.name
    for name in task.type.required:
        if name not in want and is_sent(task.type, name, create=True) and step.ownership not in ("adopted", "byproduct"):
            raise MissingValueError(f"a value for {name}")
    return want


def _create_intent(machine: Machine, task: Task, want: dict[str, Value]) -> Intent:
    step = task.step
    op = machine.new_op()
    marks = {MARK_STATE: machine.state.lineage, MARK_OP: op} if task.type.identity.marked else {}
    local = {name: value for name, value in step.want.items() if task.type.attributes.get(name, {}).get("local")}
    request = sealed(want, machine.sealer)
    driver = task.live.driver
    return Intent(
        op=op, run=machine.run, step=step.id, address=step.address, type=step.type, type_version=task.type.version, action="create",
        connection=step.connection, identity=str(task.live.identity), driver=driver.name, driver_version=driver.version, request=request,
        want={**request, **sealed(machine.resolver.resolve(local), machine.sealer)} if local else None,
        fingerprints=fingerprints(task.type, want, machine.sealer), token=_token(machine, op), marks=marks, name=step.name,
        edges=step.edges, origin=step.origin, ownership=step.ownership, generation=step.generation, settings=step.settings,
        at=machine.ports.clock.now(), purpose=step.purpose,
    )


def _token(machine: Machine, op: str) -> str:
    """Made once with the intent and stored in it. A UUID's 32 digits: some clouds take nothing else; the operation makes it unique."""
    from uuid import UUID, uuid5

    return uuid5(UUID("8c1f5d2e-5a0b-4c53-9d3f-6d63666c6f77"), f"{machine.state.lineage}/{op}").hex


def _look(machine: Machine, task: Task) -> None:
    """Before its intent: is it there already? Then it is somebody else's."""
    task.attempt += 1
    machine.call(task, "find", lambda each, answer: _looked(machine, each, answer), want=task.request, intent=task.handler_intent)


def _looked(machine: Machine, task: Task, answer: Answer) -> None:
    assert task.intent is not None
    if answer.error is not None:
        wait = None
        if isinstance(answer.error, READ_AGAIN):
            wait = machine.retry(task.live).delay(task.attempt, task.step.settings.attempts, answer.error)
        if wait is None:
            machine.fail(task, machine.explain(task, answer.error))
        else:
            machine.report.retrying(task, answer.error, wait)
            _look_later(machine, task, wait)
        return
    there = [hit for hit in answer.value if hit.status != "gone"]
    if isinstance(task.type.identity, NoIdentity):
        task.intent = replace(task.intent, listed=tuple(hit.id for hit in there))
    elif there and all(hit.status == "deleting" for hit in there) and machine.now() < task.deadline:
        task.attempt = 0
        _look_later(machine, task, machine.watch_interval(task))
        return
    elif there:
        machine.fail(task, _finding(task, "MC0810", id=machine.redactor.text(there[0].id), retryable="no"))
        return
    else:
        task.intent = replace(task.intent, looked="absent")
    task.attempt = 0
    intend(machine, task, creating.send)


def _look_later(machine: Machine, task: Task, seconds: float) -> None:
    machine.free(task)
    machine.later(seconds, lambda: machine.enqueue(task, lambda each: _look(machine, each), new=True))


# Updates and deletes.


def _prepare_update(machine: Machine, task: Task) -> None:
    record = _record(machine, task)
    step = task.step
    base = present(machine.resolver.decode(record.want))
    want = _changed_want(machine, task, base)
    op = machine.new_op()
    marks = {MARK_STATE: machine.state.lineage, MARK_OP: op} if step.purpose == "mark" else {}
    override = {"tags": {**base.get("tags", {}), **marks}} if marks else machine.resolver.resolve(step.override)
    names = step.attributes or tuple(override)
    whole = {**want, **override}
    task.step = step if step.attributes else _named(step, names)
    task.record = record
    task.id = record.id
    task.before = in_clear(base)
    shown = machine.resolver.decode(record.attributes)
    machine.redactor.learn([base, shown])
    task.last = {**task.before, **in_clear(shown)}
    task.request = in_clear(present(whole))
    task.secrets = secret_texts(whole)
    machine.redactor.learn(whole)
    if step.purpose == "finish" and _came_so(task, in_clear(shown)):
        intent = _update_intent(machine, task, record, whole, op, marks)
        noting.settle(machine, task, replace(
            record, want=intent.request if intent.want is None else intent.want, fingerprints=intent.fingerprints, edges=intent.edges,
            settings=intent.settings))
        return
    if not machine.acquire(task, _serial(task, task.request)):
        return
    _start(machine, task, step.settings.update_timeout)
    task.intent = _update_intent(machine, task, record, whole, op, marks)
    intend(machine, task, changing.send)


def _came_so(task: Task, shown: dict[str, Any]) -> bool:
    """True if what the create could not say is already as wanted: seen just now, when the object was ready. Then no call is made."""
    attributes = task.type.attributes
    seen = all(name in shown and not attributes.get(name, {}).get("write_only") for name in task.step.attributes)
    return seen and not changing.unsettled(task, Observed(task.id, attributes=shown))


def _named(step: Any, names: tuple[str, ...]) -> Any:
    return replace(step, attributes=names)


def _changed_want(machine: Machine, task: Task, base: dict[str, Value]) -> dict[str, Value]:
    """The whole want; what this step does not set may still wait for others and then stays as it was."""
    if not task.step.want:
        return dict(base)
    want: dict[str, Value] = {}
    for name, value in task.step.want.items():
        if not is_sent(task.type, name, create=False):
            continue
        try:
            want[name] = machine.resolver.resolve(value)
        except MissingValueError:
            if name in task.step.attributes and name not in task.step.override:
                raise
            if name in base:
                want[name] = base[name]
    return want


def _update_intent(machine: Machine, task: Task, record: NativeRecord, whole: dict[str, Value], op: str, marks: dict[str, str]) -> Intent:
    step = task.step
    passing = step.purpose in ("release", "prepare", "restore", "mark")
    set_now = {name: whole.get(name) for name in step.attributes}
    kept = {name: value for name, value in record.want.items() if name not in set_now}
    prints = {name: value for name, value in record.fingerprints.items() if name not in set_now}
    return Intent(
        op=op, marks=marks, run=machine.run, step=step.id, address=step.address, type=step.type, type_version=record.type_version,
        action="update", connection=step.connection, identity=str(task.live.identity),
        driver=task.live.driver.name, driver_version=task.live.driver.version, id=record.id, group=step.group, attributes=step.attributes,
        purpose=step.purpose, request=sealed(present(whole), machine.sealer),
        want=record.want if passing else {**kept, **sealed(present(set_now), machine.sealer)}, last={**record.want, **record.attributes},
        fingerprints=record.fingerprints if passing else {**prints, **fingerprints(task.type, set_now, machine.sealer)},
        name=record.name, edges=record.edges if passing else step.edges, origin=record.origin, ownership=record.ownership,
        generation=record.generation, settings=record.settings if passing else step.settings, at=machine.ports.clock.now(),
    )


def _prepare_delete(machine: Machine, task: Task) -> None:
    record = _record(machine, task)
    task.record = record
    if record.ownership == "adopted" or not task.type.offers("delete"):
        noting.forget(machine, task)
        return
    task.id = record.id
    want, shown = machine.resolver.decode(record.want), machine.resolver.decode(record.attributes)
    machine.redactor.learn([want, shown])
    task.before = in_clear(want)
    task.last = {**task.before, **in_clear(shown), **_local(machine, task, record)}
    if not machine.acquire(task, _serial(task, task.before)):
        return
    _start(machine, task, (task.step.settings or record.settings).delete_timeout)
    task.intent = Intent(
        op=machine.new_op(), run=machine.run, step=task.step.id, address=task.step.address, type=record.type,
        type_version=record.type_version, action="delete", connection=task.step.connection, identity=str(task.live.identity),
        driver=task.live.driver.name, driver_version=task.live.driver.version, id=record.id, purpose=task.step.purpose,
        last={**record.want, **record.attributes, **record.settings.local}, name=record.name, edges=record.edges, origin=record.origin,
        ownership=record.ownership, generation=record.generation, settings=record.settings, at=machine.ports.clock.now(),
    )
    intend(machine, task, changing.send)


def _local(machine: Machine, task: Task, record: NativeRecord) -> dict[str, Any]:
    return in_clear(machine.resolver.decode({**record.settings.local, **task.step.settings.local}))


def _record(machine: Machine, task: Task) -> NativeRecord:
    record = machine.state.natives.get(task.step.address)
    if record is None or not record.id:
        raise Rejected([_finding(task, "MC0833", action=task.action)])
    return record


def _serial(task: Task, want: dict[str, Any]) -> str | None:
    serial = type(task.type).serial
    return None if serial is None else serial({**want, "id": task.id})


def intend(machine: Machine, task: Task, send: Callable[[Machine, Task], None]) -> None:
    """Write the intent; the call is made when it is durable, and never if it cannot be made so."""
    assert task.intent is not None
    machine.crash_point("before intent", task)

    def durable() -> None:
        machine.crash_point("intent durable", task)
        send(machine, task)

    task.journalled = True
    machine.ledger.append(task.intent, durable)


_PREPARE: dict[str, Callable[[Machine, Task], None]] = {
    "create": _prepare_create, "update": _prepare_update, "delete": _prepare_delete,
}
