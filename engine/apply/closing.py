"""What is written around the steps: what the plan already knows, portable resources as their natives settle, outputs at the end."""

from __future__ import annotations

from collections import Counter
from typing import Any

from msgspec.structs import replace

from mcflow.engine.apply.machine import Machine
from mcflow.engine.apply.task import Task
from mcflow.engine.resolve import MissingValueError, UncomputableError
from mcflow.model.address import parse_address
from mcflow.model.diagnostic import Diagnostic, Rejected
from mcflow.model.plan import Plan
from mcflow.model.record import OutputRecord, ResourceRecord
from mcflow.model.values import Secret, contains_secret, reveal
from mcflow.model.wire import encode, redact
from mcflow.state.moving import moved
from mcflow.state.records import Adopted, Done, Failed, Recorded


def record_known(machine: Machine, plan: Plan) -> None:
    """Before the first step: what planning found of earlier runs, refreshed and learnt of connections; then moves, pins and imports."""
    now = machine.ports.clock.now()
    for entry in plan.recovered:
        if entry.op not in machine.state.open:
            continue
        if entry.outcome in ("adopted", "finished") and entry.record is not None and entry.action == "create":
            machine.ledger.append(Adopted(record=entry.record, op=entry.op, at=now))
        elif entry.outcome == "finished":
            attributes = entry.record.attributes if entry.record is not None else {}
            machine.ledger.append(Done(op=entry.op, id=entry.id, attributes=attributes, at=now))
        elif entry.outcome == "failed":
            machine.ledger.append(Failed(op=entry.op, certainty="definite", message="; ".join(entry.advice), at=now))
    if plan.refreshed or plan.connections:
        machine.ledger.append(Recorded(natives=dict(plan.refreshed), connections=dict(plan.connections), at=now))
    if plan.moved:
        # One record: a swap is made whole or not at all.
        machine.ledger.append(moved(machine.state, plan.moved, at=now, noted=True))
    pinned = _pinned(machine, plan)
    if pinned:
        machine.ledger.append(Recorded(resources=pinned, at=now))
    for record in plan.adopted.values():
        machine.ledger.append(Adopted(record=record, op=_open_create(machine, record.address), at=now))


def _open_create(machine: Machine, address: str) -> str:
    """The create that recovery could not decide, which a person decides by importing its object."""
    creates = (op for op, opened in machine.state.open.items() if opened.intent.address == address and opened.intent.action == "create")
    return next(creates, "")


def _pinned(machine: Machine, plan: Plan) -> dict[str, ResourceRecord | None]:
    """New pins, on the records as they are: a choice (a generated key above all) must outlive a run that ends half-way."""
    pinned: dict[str, ResourceRecord | None] = {}
    for address, wanted in plan.resources.items():
        if wanted is None or not wanted.pins:
            continue
        known = machine.state.resources.get(address)
        if known is None:
            known = ResourceRecord(address=address, type=wanted.type, connection=wanted.connection)
        if known.pins != wanted.pins:
            pinned[address] = replace(known, pins=wanted.pins)
    return pinned


class Resources:
    """Writes the record of each portable resource when the last step of its natives is done; one record a tick for all of them."""

    def __init__(self, machine: Machine, plan: Plan) -> None:
        self._machine = machine
        self._records = plan.resources
        self._left: Counter[str] = Counter()
        for step in plan.steps:
            for resource in self._of(step.origin, step.address):
                self._left[resource] += 1
        untouched = {address: record for address, record in plan.resources.items() if address not in self._left}
        if untouched:
            machine.ledger.append(Recorded(resources=untouched, at=machine.ports.clock.now()))
        self._settled: dict[str, ResourceRecord | None] = {}

    def _of(self, origin: str | None, address: str) -> list[str]:
        if origin is None:
            origin = str(parse_address(address).resource)
        return [origin] if origin in self._records else []

    def step_done(self, task: Task) -> None:
        """Count down; to be called for each step that is done."""
        for resource in self._of(task.step.origin, task.step.address):
            self._left[resource] -= 1
            if self._left[resource] == 0:
                if not self._settled:
                    self._machine.before_flush(self._write)
                self._settled[resource] = self._records[resource]

    def _write(self) -> None:
        settled, self._settled = self._settled, {}
        self._machine.ledger.append(Recorded(resources=settled, at=self._machine.ports.clock.now()))


def record_outputs(machine: Machine, plan: Plan, *, complete: bool) -> dict[str, Any]:
    """Resolve and record the outputs; returns them redacted. One that cannot be known after a failure keeps its last value."""
    found: dict[str, OutputRecord | None] = {}
    shown: dict[str, Any] = {}
    for name, tree in plan.outputs.items():
        try:
            value = machine.resolver.resolve(tree)
        except (MissingValueError, UncomputableError, Rejected) as failure:
            if complete:
                machine.warn(_unknown(name, failure))
            continue
        change = plan.output_changes.get(name)
        sensitive = contains_secret(value) or (change is not None and change.sensitive)
        machine.redactor.learn(value)
        found[name] = OutputRecord(encode(Secret(reveal(value)) if sensitive else value, machine.sealer.seal), sensitive)
        shown[name] = {"sensitive": True} if sensitive else {"value": redact(value), "sensitive": False}
    # Only a plan of the whole blueprint says which outputs are no more; others name those that go.
    if complete and plan.mode in ("apply", "destroy") and not plan.targets and not plan.excludes:
        found.update((name, None) for name in machine.state.outputs if name not in plan.outputs)
    elif complete and plan.mode == "rollback":
        found.update((name, None) for name, change in plan.output_changes.items() if change.actions == ("delete",))
    changed = {name: record for name, record in found.items() if record is None or not _equal(machine, record, name)}
    if changed:
        machine.ledger.append(Recorded(outputs=changed, at=machine.ports.clock.now()))
    if shown:
        machine.report.tell("outputs", shown)
    return shown


def _equal(machine: Machine, record: OutputRecord, name: str) -> bool:
    """Sealed text is never the same twice, so the values are compared."""
    have = machine.state.outputs.get(name)
    if have is None or have.sensitive != record.sensitive:
        return False
    try:
        return bool(reveal(machine.resolver.decode(have.value)) == reveal(machine.resolver.decode(record.value)))
    except Rejected:
        return False


def _unknown(name: str, failure: Exception) -> Diagnostic:
    if isinstance(failure, Rejected):
        return failure.diagnostics[0]
    if isinstance(failure, MissingValueError):
        return Diagnostic("MC0826", {"what": f"output {name}", "reference": failure.reference})
    return Diagnostic("MC0827", {"what": f"output {name}", "reason": str(failure)})
