"""The state a rollback plans over: what exists, under the addresses it had then, with what was forgotten since and still exists."""

from __future__ import annotations

from dataclasses import dataclass, field

from msgspec.structs import replace

from mcflow.engine.ports import Ports
from mcflow.engine.refresh import refresh as refresh_natives
from mcflow.engine.sessions import Sessions
from mcflow.model.address import without_generation
from mcflow.model.record import NativeRecord
from mcflow.state.fold import fold
from mcflow.state.moving import clashes, moved
from mcflow.state.records import State
from mcflow.state.sealing import Sealer


@dataclass
class Brought:
    """``state`` as it would be before the first step; ``moved`` (now → then) and ``found`` (forgotten since) say what was brought back
    without touching a cloud."""

    state: State
    moved: dict[str, str] = field(default_factory=dict)
    found: list[str] = field(default_factory=list)


def bring_back(now: State, then: State, sessions: Sessions, ports: Ports, sealer: Sealer) -> Brought:
    """Undo moves and forgetting on a copy of the state. Raises Rejected for a connection that cannot be opened."""
    brought = Brought(replace(now, natives=dict(now.natives), resources=dict(now.resources)))
    _undo_moves(brought, then)
    _find_forgotten(brought, then, sessions, ports, sealer)
    return brought


def _undo_moves(brought: Brought, then: State) -> None:
    state = brought.state
    places = {_identity(record): address for address, record in state.natives.items() if record.id}
    moves = {
        here: address for address, record in wanted(then).items()
        if record.id and (here := places.get(_identity(record), address)) != address and without_generation(here) == here}
    for _, taken in clashes(state, moves):
        # What has that address now goes; until then it stands beside, as the old half of a replacement does.
        generation = state.natives[taken].generation if taken in state.natives else 1
        while f"{taken}@{generation}" in state.natives:
            generation += 1
        moves.setdefault(taken, f"{taken}@{generation}")
    if moves:
        fold(state, moved(state, moves))
        brought.moved = moves


def _find_forgotten(brought: Brought, then: State, sessions: Sessions, ports: Ports, sealer: Sealer) -> None:
    known = {_identity(record) for record in brought.state.natives.values()}
    lost = {address: record for address, record in wanted(then).items()
            if record.id and address not in brought.state.natives and _identity(record) not in known}
    if not lost:
        return
    alone = State(name=then.name, environment=then.environment, lineage=then.lineage, natives=lost, connections=then.connections)
    seen = refresh_natives(alone, sessions, ports, sealer).apply_to(alone)
    brought.state.natives.update(seen)
    brought.found = sorted(seen)


def wanted(then: State) -> dict[str, NativeRecord]:
    """The natives that an earlier state had for good: not old halves, nor what was half made or being deleted."""
    return {address: record for address, record in then.natives.items()
            if without_generation(address) == address and record.status not in ("creating", "deleting")}


def _identity(record: NativeRecord) -> tuple[str, str, str]:
    return record.connection, record.type, record.id
