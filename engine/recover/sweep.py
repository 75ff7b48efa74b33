"""The sweep: everything in the clouds that carries this state's mark, against what the state knows. Reads only.

Made in full when the tail of the journal was lost, and by `mcflow doctor`: whatever a record might have said, the clouds still tell. Made
after every apply for the types that it touched: one filtered list each.
"""

from __future__ import annotations

from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass, field

from mcflow.drivers.sdk import Observed
from mcflow.drivers.sdk.native import MARK_OP, MARK_STATE
from mcflow.engine.calls.call import Call, Key
from mcflow.engine.calls.reading import InterruptedReading, nothing, read_all
from mcflow.engine.ports import Ports
from mcflow.engine.sessions import Sessions
from mcflow.model.diagnostic import Diagnostic
from mcflow.model.plan import Recovery, Step
from mcflow.model.record import NativeRecord
from mcflow.state.records import State

Kind = tuple[str, str]
"""A connection and a native type."""


@dataclass(frozen=True)
class Stray:
    """An object with this state's mark that is not in the state. ``copied_from``: the native whose marks it repeats."""

    connection: str
    type: str
    shown: Observed
    copied_from: str = ""

    @property
    def op(self) -> str:
        """The operation in its mark."""
        return self.shown.tags.get(MARK_OP, "")


@dataclass
class Swept:
    """What lists by mark showed. ``missing`` are records whose object was in no list; ``unread`` what could not be listed."""

    strays: list[Stray] = field(default_factory=list)
    missing: list[NativeRecord] = field(default_factory=list)
    unread: list[Diagnostic] = field(default_factory=list)
    requests: int = 0


def sweep(state: State, sessions: Sessions, ports: Ports, *, parallelism: int = 16) -> list[Diagnostic]:
    """Objects that carry this state's mark and are neither in it nor of an operation that is still open (MC0839), and what could not be
    listed (MC0835). Only types that can be listed and carry marks are looked at."""
    swept = lists(state, sessions, ports, _all_kinds(state, sessions), parallelism=parallelism)
    return [*swept.unread, *(Diagnostic("MC0839", _args(stray)) for stray in swept.strays)]


def strays(state: State, sessions: Sessions, ports: Ports, *, parallelism: int = 16) -> list[Stray]:
    """What carries this state's mark and is neither in it nor of an open operation, of every type that can be listed."""
    return lists(state, sessions, ports, _all_kinds(state, sessions), parallelism=parallelism).strays


def prove(state: State, sessions: Sessions, ports: Ports, steps: Iterable[Step], recovered: Iterable[Recovery] = (), *,
          parallelism: int = 16) -> list[Diagnostic]:
    """After the steps of an apply (and what recovery settled before them): what the clouds have of ours and the state has not (MC0845), and
    what the state has as made in this run and the clouds have not (MC0846). One list for each type touched; a second look only at what
    the first did not settle.

    Warnings only: an apply is not worse for it. What may merely not be visible yet is no finding.
    """
    steps, recovered = list(steps), list(recovered)
    touched = {(step.connection, step.type) for step in steps if step.verb in ("create", "update", "delete")}
    touched |= {(state.natives[item.address].connection, item.type) for item in recovered if item.address in state.natives}
    kinds = _listable(touched, sessions)
    made = {step.address for step in steps if step.verb == "create"} | {item.address for item in recovered if item.action == "create"}
    try:
        swept = lists(state, sessions, ports, kinds, made=made, parallelism=parallelism)
        if not (swept.strays or swept.missing):
            return _unproven(swept)
        # What was deleted a moment ago may still be listed, what was made not yet: once more, a poll interval later.
        suspects = {(each.connection, each.type) for each in swept.strays} | {(each.connection, each.type) for each in swept.missing}
        ports.clock.wait(ports.cancel, max(sessions.get(connection).session.poll_interval for connection, _ in suspects))
        again = lists(state, sessions, ports, sorted(suspects), made=made, parallelism=parallelism)
        lost = _gone(again.missing, sessions, ports, parallelism)
    except InterruptedReading:
        return []
    seen = {(each.connection, each.type, each.shown.id) for each in swept.strays}
    strays = [each for each in again.strays if (each.connection, each.type, each.shown.id) in seen]
    return [*_unproven(again), *(_stray(each) for each in strays), *(_missing(record) for record in lost)]


def lists(state: State, sessions: Sessions, ports: Ports, kinds: Iterable[Kind], *, made: Collection[str] | None = None,
          parallelism: int = 16) -> Swept:
    """List every kind by mark. ``made``: addresses whose objects must be there; None: all of the state's that carry a mark."""
    swept = Swept()
    calls = [_call(connection, type, sessions, state.lineage) for connection, type in kinds]
    known = {(record.type, record.id): record.address for record in state.natives.values()}
    ops = {record.op: record.address for record in state.natives.values() if record.op}
    listed: set[Kind] = set()
    shown: set[tuple[str, str]] = set()
    for answer in read_all(calls, ports, parallelism=parallelism):
        call = answer.call
        swept.requests += 1
        if answer.error is not None:
            args = {"reason": answer.error.message, "types": call.type.name, "connection": call.live.name}
            swept.unread.append(Diagnostic("MC0835", args))
            continue
        listed.add((call.live.name, call.type.name))
        for each in answer.value:
            shown.add((call.type.name, each.id))
            if _is_stray(state, call.type.name, each, known):
                swept.strays.append(Stray(call.live.name, call.type.name, each, ops.get(each.tags.get(MARK_OP, ""), "")))
    now = ports.clock.now()
    for record in state.natives.values():
        expected = (made is None or record.address in made) and (record.connection, record.type) in listed and record.op
        if expected and record.status == "ready" and (record.type, record.id) not in shown and not _young(record, sessions, now):
            swept.missing.append(record)
    return swept


def _is_stray(state: State, type: str, each: Observed, known: Mapping[tuple[str, str], str]) -> bool:
    ours = each.tags.get(MARK_STATE) == state.lineage and each.status not in ("gone", "deleting")
    return ours and (type, each.id) not in known and each.tags.get(MARK_OP) not in state.open


def _young(record: NativeRecord, sessions: Sessions, now: float) -> bool:
    live = sessions.get(record.connection)
    return now - record.created_at < live.lag(live.driver.natives[record.type])


def _call(connection: str, type: str, sessions: Sessions, lineage: str) -> Call:
    live = sessions.get(connection)
    kind = live.driver.natives[type]
    if kind.offers("marked"):
        return Call(Key(type, nothing), "marked", kind, live, id=lineage)
    return Call(Key(type, nothing), "discover", kind, live)


def _listable(kinds: Iterable[Kind], sessions: Sessions) -> list[Kind]:
    found = []
    for connection, name in sorted(kinds):
        live = sessions.get(connection)
        kind = live.driver.natives.get(name)
        able = kind is not None and kind.identity.marked and (kind.offers("marked") or kind.offers("discover"))
        if kind is not None and able and not kind.lacking(live.session):
            found.append((connection, name))
    return found


def _all_kinds(state: State, sessions: Sessions) -> list[Kind]:
    # A state that lost everything remembers no connections: then the blueprint's.
    names = state.connections or sessions.names()
    return _listable(((name, type) for name in names for type in sessions.get(name).driver.natives), sessions)


def _gone(records: Sequence[NativeRecord], sessions: Sessions, ports: Ports, parallelism: int) -> list[NativeRecord]:
    """Those that are not there by their id either: somebody may only have taken the mark off."""
    calls = []
    for record in records:
        live = sessions.get(record.connection)
        calls.append(Call(Key(record, nothing), "observe", live.driver.natives[record.type], live, ids=[record.id]))
    return [
        answer.call.key.about for answer in read_all(calls, ports, parallelism=parallelism)
        if answer.error is None and not any(each.id == answer.call.key.about.id and each.status != "gone" for each in answer.value)
    ]


def _unproven(swept: Swept) -> list[Diagnostic]:
    return [Diagnostic("MC0847", dict(each.args)) for each in swept.unread]


def _args(stray: Stray) -> dict[str, str]:
    return {"type": stray.type, "id": stray.shown.id, "connection": stray.connection, "op": stray.op}


def _stray(stray: Stray) -> Diagnostic:
    copied = f"its marks are those of {stray.copied_from}: it was probably made from it, and the cloud copied the tags"
    why = copied if stray.copied_from else "no operation in this state's journal is known to have left it"
    return Diagnostic("MC0845", {**_args(stray), "why": why})


def _missing(record: NativeRecord) -> Diagnostic:
    args = {"address": record.address, "type": record.type, "id": record.id, "connection": record.connection}
    return Diagnostic("MC0846", args, address=record.address)
