"""Refreshing a state: one paged look serves every object of a type."""

from __future__ import annotations

from collections.abc import Collection, Iterator, Sequence
from contextlib import ExitStack
from dataclasses import dataclass, field
from typing import Any

import msgspec

from mcflow.drivers.sdk import NativeType, Observed
from mcflow.engine.calls.call import Answer, Call, Key
from mcflow.engine.calls.pace import Pace
from mcflow.engine.calls.reading import nothing, read_all
from mcflow.engine.options import RefreshMode
from mcflow.engine.ports import Ports
from mcflow.engine.refresh.drift import compared, gone, upgraded
from mcflow.engine.sessions import Live, Sessions
from mcflow.model.diagnostic import Diagnostic, Rejected
from mcflow.model.event import Event, EventType
from mcflow.model.plan import Drift
from mcflow.model.record import NativeRecord
from mcflow.state.records import State
from mcflow.state.sealing import Sealer


@dataclass(slots=True)
class Refreshed:
    """What refresh found. ``records``: only those that changed, None for what is gone. ``observed``: what the cloud showed, by address.

    ``diagnostics`` are warnings about what could not be read; the last known values stay. ``requests`` counts the calls made.
    """

    records: dict[str, NativeRecord | None] = field(default_factory=dict)
    drift: list[Drift] = field(default_factory=list)
    observed: dict[str, Observed] = field(default_factory=dict)
    diagnostics: list[Diagnostic] = field(default_factory=list)
    requests: int = 0

    def apply_to(self, state: State) -> dict[str, NativeRecord]:
        """The natives of the state as they are now."""
        natives = {**state.natives, **{address: record for address, record in self.records.items() if record is not None}}
        return {address: record for address, record in natives.items() if self.records.get(address, record) is not None}


@dataclass(slots=True)
class _Group:
    live: Live
    type: NativeType[Any]
    records: list[NativeRecord]


def refresh(
    state: State, sessions: Sessions, ports: Ports, sealer: Sealer, mode: RefreshMode = "all", *, parallelism: int = 16,
    only: Collection[str] | None = None,
) -> Refreshed:
    """Look at everything in the state; write nothing. ``only``: look at these addresses alone. ``none``, and ``changed`` without saying
    what: only bring records into their types' present shape.

    Raises Rejected with every connection that cannot be opened, InterruptedReading when asked to end.
    """
    found = Refreshed()
    records = [_upgraded(record, sessions, found, sealer) for record in _settled(state)]
    if mode == "none" or (mode == "changed" and only is None):
        return found
    groups = _groups([record for record in records if only is None or record.address in only], sessions)
    looking = _Looking(ports, parallelism, found, sum(len(group.records) for group in groups))
    looking.tell("refresh_start")
    missing = looking.look([(group, record) for group in groups for record in group.records], sealer)
    missing = [pair for pair in missing if not _may_be_invisible(pair[0], pair[1], ports.clock.now())]
    if missing:
        # Gone is what two looks, a poll interval apart, do not show.
        ports.clock.wait(ports.cancel, max(group.live.session.poll_interval for group, _ in missing))
        for _, record in looking.look(missing, sealer):
            found.records[record.address] = None
            found.drift.append(gone(record))
    order = {address: index for index, address in enumerate(state.natives)}
    found.drift.sort(key=lambda drift: order[drift.address])
    for drift in found.drift:
        ports.events(Event("resource_drift", ports.clock.now(), address=drift.address, data=msgspec.to_builtins(drift)))
    looking.tell("refresh_complete")
    return found


def _settled(state: State) -> Iterator[NativeRecord]:
    """What there is to look at. What an open operation is about is recovery's business."""
    busy = {opened.intent.address for opened in state.open.values() if opened.intent.action != "operate"}
    for record in state.natives.values():
        if record.id and record.status != "creating" and record.address not in busy:
            yield record


def _upgraded(record: NativeRecord, sessions: Sessions, found: Refreshed, sealer: Sealer) -> NativeRecord:
    kind = sessions.driver(record.driver).natives.get(record.type)
    now = record if kind is None else upgraded(kind, record, sealer)
    if now is not record:
        found.records[record.address] = now
    return now


def _groups(records: Sequence[NativeRecord], sessions: Sessions) -> list[_Group]:
    """By connection and type."""
    groups: dict[tuple[str, str], _Group | None] = {}
    rejected: dict[str, Rejected] = {}
    for record in records:
        key = (record.connection, record.type)
        if key not in groups:
            groups[key] = _open(record, sessions, rejected)
        group = groups[key]
        if group is not None:
            group.records.append(record)
    if rejected:
        raise Rejected([finding for each in rejected.values() for finding in each.diagnostics], max(e.exit_code for e in rejected.values()))
    return [group for group in groups.values() if group is not None]


def _open(record: NativeRecord, sessions: Sessions, rejected: dict[str, Rejected]) -> _Group | None:
    try:
        live = sessions.get(record.connection)
    except Rejected as failure:
        rejected[record.connection] = failure
        return None
    try:
        return _Group(live, sessions.type(record.connection, record.type), [])
    except Rejected as unknown:
        rejected[f"{record.connection}/{record.type}"] = unknown
        return None


def _may_be_invisible(group: _Group, record: NativeRecord, now: float) -> bool:
    return 0 <= now - record.created_at < group.live.lag(group.type)


class _Looking:
    """Looks made of one refresh, counted."""

    def __init__(self, ports: Ports, parallelism: int, found: Refreshed, total: int) -> None:
        self._ports = ports
        self._parallelism = parallelism
        self._found = found
        self._total = total
        self._done = 0
        self._pace = Pace(ports.shared)

    def look(self, pairs: Sequence[tuple[_Group, NativeRecord]], sealer: Sealer) -> list[tuple[_Group, NativeRecord]]:
        """Observe; returns what was not there."""
        with ExitStack() as gathering:
            for session in dict.fromkeys(group.live.session for group, _ in pairs):
                gathering.enter_context(session.gathering())
            return self._look(pairs, sealer)

    def _look(self, pairs: Sequence[tuple[_Group, NativeRecord]], sealer: Sealer) -> list[tuple[_Group, NativeRecord]]:
        missing: list[tuple[_Group, NativeRecord]] = []
        spoilt: list[Call] = []
        for answer in self._read(list(_calls(pairs))):
            group, records = answer.call.key.about
            if answer.error is None:
                missing += self._shown(group, records, answer, sealer)
            elif len(records) > 1:
                # One of them may spoil the look for all: ask for each by itself.
                spoilt += [_call(group, [record]) for record in records]
            else:
                self._unread(group, answer)
        for answer in self._read(spoilt):
            group, records = answer.call.key.about
            if answer.error is None:
                missing += self._shown(group, records, answer, sealer)
            else:
                self._unread(group, answer)
        return missing

    def _read(self, calls: list[Call]) -> Iterator[Answer]:
        for answer in read_all(calls, self._ports, parallelism=self._parallelism, pace=self._pace):
            self._found.requests += 1
            self._done += len(answer.call.ids)
            self.tell("refresh_progress")
            yield answer

    def _shown(self, group: _Group, records: list[NativeRecord], answer: Answer, sealer: Sealer) -> list[tuple[_Group, NativeRecord]]:
        shown: dict[str, Observed] = {each.id: each for each in answer.value}
        missing = []
        for record in records:
            each = shown.get(record.id)
            if each is None:
                missing.append((group, record))
            elif each.status == "gone":
                self._found.records[record.address] = None
                self._found.drift.append(gone(record))
            else:
                self._found.observed[record.address] = each
                now, drift = compared(group.type, record, each, sealer)
                if now is not record:
                    self._found.records[record.address] = now
                if drift is not None:
                    self._found.drift.append(drift)
        return missing

    def _unread(self, group: _Group, answer: Answer) -> None:
        assert answer.error is not None
        reason = answer.error.message or answer.error.code or type(answer.error).__name__
        finding = Diagnostic("MC0835", {"reason": reason, "types": group.type.name, "connection": group.live.name},
                             request_id=answer.error.request_id or None)
        if finding not in self._found.diagnostics:
            self._found.diagnostics.append(finding)

    def tell(self, type: EventType) -> None:
        data = {"done": min(self._done, self._total), "total": self._total, "requests": self._found.requests}
        self._ports.events(Event(type, self._ports.clock.now(), data=data))


def _calls(pairs: Sequence[tuple[_Group, NativeRecord]]) -> Iterator[Call]:
    by_group: dict[int, tuple[_Group, list[NativeRecord]]] = {}
    for group, record in pairs:
        by_group.setdefault(id(group), (group, []))[1].append(record)
    for group, records in by_group.values():
        size = max(1, group.type.batch)
        for start in range(0, len(records), size):
            yield _call(group, records[start:start + size])


def _call(group: _Group, records: list[NativeRecord]) -> Call:
    return Call(Key((group, records), nothing), "observe", group.type, group.live, ids=[record.id for record in records])
