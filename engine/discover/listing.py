"""Listing a connection: one paged call for each type, in threads."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Any

from mcflow.drivers.sdk import NativeType, Observed
from mcflow.engine.calls.call import Call, Key
from mcflow.engine.calls.reading import nothing, read_all
from mcflow.engine.ports import Ports
from mcflow.engine.sessions import Live
from mcflow.model.diagnostic import Diagnostic
from mcflow.model.event import Event, EventType
from mcflow.model.record import NativeRecord


@dataclass(slots=True)
class Listed:
    """What a connection showed. ``found``: type → objects by id; ``unread``: type → why it could not be listed; ``unlisted``: types whose
    driver has no listing."""

    found: dict[str, dict[str, Observed]] = field(default_factory=dict)
    unread: dict[str, Diagnostic] = field(default_factory=dict)
    unlisted: tuple[str, ...] = ()


def list_types(live: Live, types: Sequence[NativeType[Any]], ports: Ports, parallelism: int) -> Listed:
    """Everything of these types. A type that cannot be read is told, and is not the end; there is nothing of a type that the cloud has not.
    Raises InterruptedReading."""
    possible = [type for type in types if not type.lacking(live.session)]
    able = [type for type in possible if type.offers("discover")]
    listed = Listed(unlisted=tuple(type.name for type in possible if not type.offers("discover")))
    tell = _Telling(ports, len(able))
    tell("refresh_start")
    calls = [Call(Key(type, nothing), "discover", type, live) for type in able]
    for answer in read_all(calls, ports, parallelism=parallelism):
        name = answer.call.type.name
        if answer.error is None:
            listed.found[name] = {shown.id: shown for shown in sorted(answer.value, key=_id) if shown.status != "gone"}
        else:
            reason = answer.error.message or answer.error.code or type(answer.error).__name__
            listed.unread[name] = Diagnostic(
                "MC0681", {"type": name, "connection": live.name, "reason": reason}, request_id=answer.error.request_id or None)
        tell("refresh_progress")
    tell("refresh_complete")
    return listed


def look_again(live: Live, type: NativeType[Any], records: Sequence[NativeRecord], ports: Ports, parallelism: int) -> dict[str, Observed]:
    """Objects that a listing did not show, asked for by id: a listing may leave out what a look by id shows. What cannot be read, and what
    is too new to be surely visible, counts as shown as it was last seen. Raises InterruptedReading."""
    size = max(1, type.batch)
    parts = [records[at:at + size] for at in range(0, len(records), size)]
    calls = [Call(Key(part, nothing), "observe", type, live, ids=[record.id for record in part]) for part in parts]
    new = [record for record in records if 0 <= ports.clock.now() - record.created_at < live.lag(type)]
    shown = {record.id: _as_last_seen(record) for record in new}
    for answer in read_all(calls, ports, parallelism=parallelism):
        if answer.error is not None:
            shown.update((record.id, _as_last_seen(record)) for record in answer.call.key.about)
        else:
            shown.update((each.id, each) for each in answer.value if each.status != "gone")
    return shown


def _as_last_seen(record: NativeRecord) -> Observed:
    return Observed(record.id, attributes=record.attributes)


def _id(shown: Observed) -> str:
    return shown.id


class _Telling:
    """Progress, type by type."""

    def __init__(self, ports: Ports, total: int) -> None:
        self._ports = ports
        self._total = total
        self._done = 0

    def __call__(self, kind: EventType) -> None:
        self._done += kind == "refresh_progress"
        self._ports.events(Event(kind, self._ports.clock.now(), data={"done": self._done, "total": self._total, "types": self._total}))
