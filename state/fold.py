"""Folding: what one journal record does to a state. Deterministic, and constant work per record.

A state is always the fold of its journal; nothing else changes one.
"""

from __future__ import annotations

from collections.abc import Iterable
from typing import TypeVar

from msgspec.structs import replace

from mcflow.model.record import NativeRecord, Status
from mcflow.state.records import (
    Adopted,
    Done,
    Failed,
    Identified,
    Intent,
    OpenIntent,
    Record,
    Recorded,
    Run,
    State,
)

Entry = TypeVar("Entry")


def fold(state: State, record: Record) -> bool:
    """Apply one record in place. True, and the serial counts on, if it changed the state.

    An end whose operation is not open (told twice) changes nothing.
    """
    changed = _apply(state, record)
    if changed:
        state.serial += 1
    return changed


def fold_all(state: State, records: Iterable[Record]) -> State:
    """Apply many records in order; returns the same state."""
    for record in records:
        fold(state, record)
    return state


def _apply(state: State, record: Record) -> bool:
    if isinstance(record, Intent):
        return _intent(state, record)
    if isinstance(record, Identified):
        return _identified(state, record)
    if isinstance(record, Done):
        return _done(state, record)
    if isinstance(record, Failed):
        return _failed(state, record)
    if isinstance(record, Adopted):
        state.natives[record.record.address] = record.record
        state.open.pop(record.op, None)
        return True
    if isinstance(record, Recorded):
        return _recorded(state, record)
    if isinstance(record, Run):
        state.epoch = record.epoch
    return False


def _intent(state: State, intent: Intent) -> bool:
    opened = OpenIntent(intent=intent, id=intent.id, epoch=state.epoch)
    existing = state.natives.get(intent.address)
    if intent.action == "create":
        if existing is not None:
            opened.aside = _set_aside(state, existing)
        state.natives[intent.address] = _begun(intent)
    elif existing is not None:
        opened.before = existing.status
        if intent.action == "delete":
            state.natives[intent.address] = replace(existing, status="deleting")
    state.open[intent.op] = opened
    return True


def _set_aside(state: State, record: NativeRecord) -> str:
    """Create before destroy: the old object keeps an entry of its own until it is deleted. Returns that entry's address."""
    generation = record.generation
    while (aside := f"{record.address}@{generation}") in state.natives:
        generation += 1
    state.natives[aside] = replace(record, address=aside)
    return aside


def _begun(intent: Intent) -> NativeRecord:
    return NativeRecord(
        address=intent.address, type=intent.type, type_version=intent.type_version, connection=intent.connection, driver=intent.driver,
        driver_version=intent.driver_version, id=intent.id, status="creating", want=_want(intent), fingerprints=intent.fingerprints,
        edges=intent.edges, origin=intent.origin, ownership=intent.ownership, generation=intent.generation, name=intent.name,
        settings=intent.settings, op=intent.op, created_at=intent.at,
    )


def _want(intent: Intent) -> dict[str, object]:
    return intent.request if intent.want is None else intent.want


def _identified(state: State, record: Identified) -> bool:
    opened = state.open.get(record.op)
    if opened is None:
        return False
    opened.id = record.id or opened.id
    opened.operation = record.operation
    native = state.natives.get(opened.intent.address)
    if native is not None:
        state.natives[native.address] = replace(native, id=record.id or native.id, operation=record.operation)
    return True


def _done(state: State, record: Done) -> bool:
    opened = state.open.pop(record.op, None)
    if opened is None:
        return False
    intent = opened.intent
    native = state.natives.get(intent.address)
    if intent.action == "operate":
        return True
    if intent.action == "delete":
        state.natives.pop(intent.address, None)
    elif intent.action == "create":
        begun = native if native is not None and native.op == intent.op else _begun(intent)
        state.natives[intent.address] = replace(
            begun, status="ready", id=record.id or opened.id or begun.id, operation=None, attributes=record.attributes)
    elif native is not None:
        state.natives[intent.address] = _updated(native, opened, record)
    return True


def _updated(native: NativeRecord, opened: OpenIntent, record: Done) -> NativeRecord:
    intent = opened.intent
    return replace(
        native, op=intent.marks.get("mcflow-op", native.op), type_version=intent.type_version,
        driver_version=intent.driver_version or native.driver_version,
        id=record.id or native.id, operation=None, want=_want(intent), edges=intent.edges, settings=intent.settings,
        fingerprints=intent.fingerprints, attributes=record.attributes or native.attributes,
    )


def _failed(state: State, record: Failed) -> bool:
    opened = state.open.get(record.op)
    if opened is None:
        return False
    if record.certainty == "ambiguous":
        opened.ambiguous = True
        opened.id = record.id or opened.id
        return True
    del state.open[record.op]
    address = opened.intent.address
    native = state.natives.get(address)
    if opened.intent.action == "create":
        _not_created(state, opened, record, native)
    elif native is not None and opened.intent.action != "operate":
        kept: Status = opened.before if opened.before in ("tainted", "quarantined") else "ready"
        state.natives[address] = replace(native, status="tainted" if record.tainted else kept, operation=None)
    return True


def _not_created(state: State, opened: OpenIntent, record: Failed, native: NativeRecord | None) -> None:
    address = opened.intent.address
    if native is not None and native.op == opened.intent.op:
        identity = record.id or opened.id or native.id
        if record.tainted and identity:
            state.natives[address] = replace(native, status="tainted", id=identity, operation=None)
        else:
            del state.natives[address]
    moved = state.natives.get(opened.aside)
    if moved is not None and address not in state.natives:
        del state.natives[opened.aside]
        state.natives[address] = replace(moved, address=address)


def _recorded(state: State, record: Recorded) -> bool:
    changes = [
        _settle(state.natives, record.natives), _settle(state.resources, record.resources),
        _settle(state.outputs, record.outputs), _settle(state.connections, record.connections),
    ]
    return any(changes)


def _settle(entries: dict[str, Entry], changes: dict[str, Entry | None]) -> bool:
    changed = False
    for key, entry in changes.items():
        if entry is None:
            changed = entries.pop(key, None) is not None or changed
        elif entries.get(key) != entry:
            entries[key] = entry
            changed = True
    return changed
