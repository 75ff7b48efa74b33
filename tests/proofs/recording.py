"""A run recorded: everything it did to the disk, when what it was told had been written, and the cloud as it was at every moment."""

from __future__ import annotations

import sqlite3
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from hashlib import sha256
from pathlib import Path
from typing import Any
from unittest.mock import patch

import msgspec
from tests.kills.world import World
from tests.proofs.disk import Event, Image, taken_from
from tests.proofs.seam import Call, WatchedFiles, files_given
from tests.proofs.stage import Operation, opened

from mcflow.engine.calls import call as calls
from mcflow.engine.calls.call import MUTATIONS
from mcflow.state.fold import fold
from mcflow.state.journal import Journal
from mcflow.state.records import FORMAT_VERSION, State
from mcflow.state.segments import decode_record

PLACE = "project/.mcflow"
_KINDS: dict[str, Any] = {"write_at": "write"}


def digest(state: State) -> str:
    """Two states with one digest are equal."""
    return sha256(msgspec.json.encode(state, order="deterministic")).hexdigest()


@dataclass
class Recording:
    """A run of an operation. ``base`` is the disk before it; ``records`` the journal's by sequence; ``clouds`` the cloud's file at each
    "cloud" event; ``begin`` and ``start`` the state it began with and its sequence."""

    operation: Operation
    base: Image
    start: int
    begin: State
    events: list[Event] = field(default_factory=list)
    records: dict[int, bytes] = field(default_factory=dict)
    clouds: list[bytes] = field(default_factory=list)
    problem: str = ""

    def truths(self) -> dict[int, str]:
        """The digest of the true state after each record."""
        state = msgspec.json.decode(msgspec.json.encode(self.begin), type=State)
        found = {self.start: digest(state)}
        for sequence in range(self.start + 1, max(self.records, default=self.start) + 1):
            fold(state, decode_record(self.records[sequence], FORMAT_VERSION, "the recording"))
            found[sequence] = digest(state)
        return found


class Recorder:
    """Turns calls of the file system into events of a disk."""

    def __init__(
        self, folder: Path, recording: Recording, fault: Callable[[Call], None], amount: Callable[[Call], int | None]
    ) -> None:
        self._folder = folder
        self._recording = recording
        self._numbers = {path: number for number, (path, content) in enumerate(sorted(recording.base.items()), 1) if content is not None}
        self._next = len(recording.base) + 1
        self._mutex = threading.Lock()
        self.files = WatchedFiles(fault, self._after, amount)

    def add(self, event: Event) -> None:
        """Something happened."""
        with self._mutex:
            self._recording.events.append(event)

    def _place(self, path: Path) -> Path:
        return path.absolute().relative_to(self._folder)

    def _after(self, call: Call) -> None:
        path = self._place(call.path)
        if call.name == "create":
            self._numbers[path] = self._next
            self._next += 1
        if call.name in ("create", "write", "write_at", "truncate", "sync", "unlink"):
            kind = _KINDS.get(call.name, call.name)
            self.add(Event(kind, path, self._numbers[path], call.data, call.offset, purpose=call.caller))
        elif call.name == "rename":
            assert call.target is not None
            target = self._place(call.target)
            self._numbers[target] = self._numbers.pop(path)
            self.add(Event("rename", path, self._numbers[target], target=target))
        elif call.name in ("mkdir", "sync_folder"):
            self.add(Event(call.name, path, purpose=call.caller))  # type: ignore[arg-type]


def record(
    operation: Operation, folder: Path, *, seed: int = 0, parallelism: int = 1, fault: Callable[[Call], None] = lambda call: None,
    amount: Callable[[Call], int | None] = lambda call: None,
) -> Recording:
    """Run an operation in a folder that is its stage, and give what happened. ``fault`` may make calls of the file system fail,
    ``amount`` make writes take less than they are given."""
    with opened(folder) as world:
        begin, start = _where_it_stands(world)
        made = Recording(operation, taken_from(folder, PLACE), start, begin)
        made.clouds.append(_cloud(world))
        recorder = Recorder(folder, made, fault, amount)
        with files_given(recorder.files), _journal_watched(recorder, made), _cloud_watched(recorder, made, world):
            made.problem = operation.act(world, seed, parallelism)
    return made


def _where_it_stands(world: World) -> tuple[State, int]:
    from tests.proofs.stage import project

    from mcflow.state.loading import load

    workspace = project(world).workspace
    codec = (workspace.codec,) if hasattr(workspace, "codec") else ()
    loaded = load(workspace.store, workspace.name, workspace.environment, "", *codec)
    return loaded.state, loaded.sequence


@contextmanager
def _journal_watched(recorder: Recorder, made: Recording) -> Iterator[None]:
    add, commit, spill = Journal._add, Journal.commit, Journal.spill

    def added(self: Journal, payload: bytes, **more: Any) -> None:
        add(self, payload, **more)
        if self.sequence == 1:
            made.begin.lineage = self.lineage
        made.records[self.sequence] = payload

    def committed(self: Journal) -> bool:
        done = commit(self)
        if done:
            recorder.add(Event("acknowledged", number=self.durable))
        return done

    def spilled(self: Journal, payloads: Any) -> str:
        place = spill(self, payloads)
        recorder.add(Event("acknowledged", number=self.durable))
        return place

    with patch.multiple(Journal, _add=added, commit=committed, spill=spilled):
        yield


@contextmanager
def _cloud_watched(recorder: Recorder, made: Recording, world: World) -> Iterator[None]:
    invoke = calls._invoke

    def watched(asked: Any) -> Any:
        try:
            return invoke(asked)
        finally:
            if asked.handler in MUTATIONS:
                made.clouds.append(_cloud(world))
                recorder.add(Event("cloud", number=len(made.clouds) - 1))

    with patch.object(calls, "_invoke", watched):
        yield


def _cloud(world: World) -> bytes:
    connection = sqlite3.connect(world.cloud.path)  # type: ignore[attr-defined]
    try:
        return connection.serialize()
    finally:
        connection.close()
