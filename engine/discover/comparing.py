"""Whose each object is, and what differs from what is recorded of it. Pure."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, replace
from typing import Any

from mcflow.drivers.sdk import NativeType, Observed, UniqueName, user_tags
from mcflow.drivers.sdk.native import MARK_OP, MARK_STATE
from mcflow.engine.apply.trees import observed_wire, secret_texts
from mcflow.engine.discover.findings import Found, Key, Managed
from mcflow.engine.discover.referring import Index
from mcflow.engine.refresh.drift import compared, upgraded
from mcflow.model.record import NativeRecord
from mcflow.model.wire import decode, redact
from mcflow.state.records import State
from mcflow.state.sealing import Sealer


@dataclass(frozen=True)
class Mine:
    """What this state has in the account that was listed: by type and id."""

    state: State
    sealer: Sealer
    records: Mapping[Key, NativeRecord]
    types: Mapping[str, NativeType[Any]]


def compare(mine: Mine, found: Mapping[str, Mapping[str, Observed]]) -> list[Found]:
    """Everything that was listed, and what the state has of the types listed and the cloud has not; by type, then id."""
    items = [_told(mine, type, shown) for type, objects in found.items() for shown in objects.values()]
    items += [_missing(record) for (type, id), record in mine.records.items() if type in found and id not in found[type]]
    strangers = {item.key for item in items if item.managed == "elsewhere"}
    if strangers:
        index = Index(items)
        items = [_presumed(item, strangers, index) for item in items]
    return sorted(items, key=lambda item: item.key)


def _told(mine: Mine, name: str, shown: Observed) -> Found:
    type = mine.types[name]
    record = mine.records.get((name, shown.id))
    trees = [decode(tree, mine.sealer.unseal) for tree in (record.want, record.attributes)] if record is not None else []
    wire = observed_wire(type, shown.attributes, secret_texts(trees), mine.sealer, *trees)
    item = Found(
        name, shown.id, "here" if record is not None else _owner(mine.state, shown), _name(type, shown), provided=shown.provided,
        status=shown.status, tags=user_tags(shown.tags), attributes=redact(decode(wire, mine.sealer.unseal)),
        native=type, observed=shown, record=record)
    if record is None:
        return replace(item, state=shown.tags.get(MARK_STATE, "") if item.managed == "elsewhere" else "")
    _, drift = compared(type, upgraded(type, record, mine.sealer), shown, mine.sealer)
    return replace(item, address=record.address, drift=drift.attributes if drift is not None else ())


def _owner(state: State, shown: Observed) -> Managed:
    mark = shown.tags.get(MARK_STATE)
    if not mark:
        return "nobody"
    if mark != state.lineage:
        return "elsewhere"
    # What an open operation made is not lost: recovery binds it.
    return "here" if shown.tags.get(MARK_OP) in state.open else "orphan"


def _missing(record: NativeRecord) -> Found:
    return Found(record.type, record.id, "missing", address=record.address, status="gone", record=record)


def _presumed(item: Found, strangers: set[Key], index: Index) -> Found:
    """A part carries no mark: what joins an object of another state to something belongs to that state."""
    if item.managed != "nobody" or item.native is None or item.native.identity.marked or item.observed is None:
        return item
    touched = index.named_by(item, item.observed.attributes) & strangers
    return replace(item, managed="elsewhere") if touched else item


def _name(type: NativeType[Any], shown: Observed) -> str:
    """What people call it."""
    for key in ("Name", "name"):
        if shown.tags.get(key):
            return shown.tags[key]
    identity = type.identity
    names = [identity.attribute] if isinstance(identity, UniqueName) else []
    return next((str(shown.attributes[key]) for key in (*names, "name", "group_name") if shown.attributes.get(key)), "")
