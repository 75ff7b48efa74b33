"""Steps that call nothing that changes anything: forget, record, decide, and taking over what is only configured."""

from __future__ import annotations

import shlex

from msgspec.structs import replace

from mcflow.engine.apply.machine import Machine
from mcflow.engine.apply.task import Task
from mcflow.engine.apply.trees import observed_wire, sealed
from mcflow.engine.calls.call import Answer
from mcflow.engine.calls.retry import READ_AGAIN
from mcflow.engine.compare import same
from mcflow.model.diagnostic import Diagnostic
from mcflow.model.record import NativeRecord
from mcflow.model.values import Value
from mcflow.state.records import Adopted, Recorded


def forget(machine: Machine, task: Task) -> None:
    """The object leaves the state and stays in the cloud."""
    _note(machine, task, None)


def record(machine: Machine, task: Task) -> None:
    """The record becomes what the plan says; what the cloud last showed, and what is under way, stay as they are. A record with another
    address than the step's moves there."""
    wanted = task.step.record
    if wanted is None:
        machine.finish(task)
        return
    have = machine.state.natives.get(task.step.address)
    want = sealed(machine.resolver.resolve(machine.resolver.decode(wanted.want)), machine.sealer)
    wanted = replace(wanted, want=want)
    if have is not None and have.id == wanted.id:
        wanted = replace(wanted, attributes=have.attributes, operation=have.operation, status=have.status, op=have.op or wanted.op)
    _note(machine, task, wanted)


def settle(machine: Machine, task: Task, native: NativeRecord) -> None:
    """The object is as wanted already: only the record says so from now on."""
    _note(machine, task, native)


def _note(machine: Machine, task: Task, native: NativeRecord | None) -> None:
    task.began = task.began or machine.now()
    natives: dict[str, NativeRecord | None] = {task.step.address: None}
    if native is not None:
        natives[native.address] = native
    machine.ledger.append(Recorded(natives=natives, at=machine.ports.clock.now()))
    machine.finish(task)
    machine.ledger.after(lambda: machine.report.completed(task, machine.now()))


def decide(machine: Machine, task: Task) -> None:
    """Now that everything it waited for is known: does the object already have what is wanted? Then nothing is replaced."""
    task.began = machine.now()
    if any(not each.same for each in task.deciders):
        _replaced(machine, task)
        return
    have = machine.state.natives.get(task.step.address)
    kind = machine.sessions.type(task.step.connection, task.step.type)
    want = machine.resolver.resolve({name: task.step.want.get(name) for name in task.step.attributes})
    if have is not None and have.id:
        shown = machine.resolver.decode(have.attributes)
        wanted = machine.resolver.decode(have.want)
        task.same = all(
            same(kind, name, want[name], have.fingerprints.get(name), fingerprint=machine.sealer.fingerprint)
            if kind.attributes.get(name, {}).get("write_only")
            else same(kind, name, want[name], shown[name] if name in shown else wanted.get(name), last=wanted.get(name))
            for name in task.step.attributes)
    if task.same:
        machine.finish(task)
    else:
        _replaced(machine, task)


def _replaced(machine: Machine, task: Task) -> None:
    """It is replaced after all, unless it is protected: the plan could not know."""
    if task.step.settings.prevent_destroy:
        address = task.step.origin or task.step.address
        changed = ", ".join(task.step.attributes)
        machine.fail(task, Diagnostic(
            "MC0630", {"action": "replace", "reason": f"{changed} turned out to be another", "address": address}, address=address))
    else:
        machine.finish(task)


def match(machine: Machine, task: Task, want: dict[str, Value]) -> None:
    """Take over what exists and is only configured, or what another create brought along."""
    task.attempt += 1
    machine.call(task, "match", lambda each, answer: _matched(machine, each, answer, want), want=task.request)


def _matched(machine: Machine, task: Task, answer: Answer, want: dict[str, Value]) -> None:
    now = machine.now()
    if answer.error is not None and not isinstance(answer.error, READ_AGAIN):
        machine.fail(task, machine.explain(task, answer.error))
        return
    hits = [] if answer.error is not None else [hit for hit in answer.value if hit.status not in ("gone", "deleting")]
    if len(hits) == 1 and hits[0].status != "pending":
        _take_over(machine, task, hits[0].id, hits[0].attributes, want)
    elif len(hits) > 1:
        ids = ", ".join(hit.id for hit in hits)
        which = " or ".join(f"`mcflow import {shlex.quote(task.step.address)} {shlex.quote(hit.id)}`" for hit in hits)
        advice = f"say which: {which}"
        machine.fail(task, _finding(task, "MC0824", reason=f"{len(hits)} objects fit: {ids}", advice=advice))
    elif now < min(task.deadline, task.began + machine.window(task)) or (hits and now < task.deadline):
        machine.free(task)
        machine.later(machine.watch_interval(task), lambda: machine.enqueue(task, lambda each: match(machine, each, want), new=True))
    elif task.step.ownership == "byproduct":
        # It may come along or not; what is not there needs no care.
        machine.finish(task)
    else:
        machine.fail(task, _finding(task, "MC0832"))


def _take_over(machine: Machine, task: Task, id: str, attributes: object, want: dict[str, Value]) -> None:
    step = task.step
    assert isinstance(attributes, dict)
    native = NativeRecord(
        address=step.address, type=step.type, type_version=task.type.version, connection=step.connection, driver=task.live.driver.name,
        driver_version=task.live.driver.version, id=id, want=sealed(want, machine.sealer),
        attributes=observed_wire(task.type, attributes, task.secrets, machine.sealer), edges=step.edges, origin=step.origin,
        ownership=step.ownership, generation=step.generation, name=step.name, settings=step.settings, created_at=machine.ports.clock.now(),
    )
    task.id = id
    machine.ledger.append(Adopted(record=native, at=machine.ports.clock.now()))
    machine.finish(task)
    machine.ledger.after(lambda: machine.report.completed(task, machine.now()))


def _finding(task: Task, code: str, **args: str) -> Diagnostic:
    return Diagnostic(code, {"what": f"{task.step.address} ({task.step.type})", **args}, address=task.step.address)
