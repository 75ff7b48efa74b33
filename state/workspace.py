"""A state's workspace: reading it, leasing it, its history. The door to everything in this package."""

from __future__ import annotations

import time
import uuid
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Protocol

from mcflow.model.diagnostic import Diagnostic, Rejected, reject
from mcflow.state.audit import AuditEntry, AuditError, audit_log
from mcflow.state.codec import Codec, refuse_downgrade
from mcflow.state.kept import read_kept
from mcflow.state.lease import LeaseHeld, LeaseInfo, Owner
from mcflow.state.loading import load
from mcflow.state.records import State
from mcflow.state.sealing import Sealer
from mcflow.state.snapshot import KEPT, DamagedError, HistoryEntry, history_entry, unpack
from mcflow.state.stores.faults import unusable
from mcflow.state.stores.objects import Moved
from mcflow.state.stores.store import Hold, Store, open_store
from mcflow.state.writer import Writer

_POLL = 0.2
_LONGEST_POLL = 1.0
_READINGS = 5


class Clock(Protocol):
    """Seconds since the epoch for records, and seconds that never go back for waiting."""

    def now(self) -> float: ...

    def monotonic(self) -> float: ...


class SystemClock:
    """The machine's own."""

    def now(self) -> float:
        return time.time()

    def monotonic(self) -> float:
        return time.monotonic()


@dataclass(frozen=True, slots=True)
class Reading:
    """A state as it is now. ``sweep``: look for our marks in the clouds before planning, as the tail of the journal was lost.

    ``findings`` are what was healed or needs attention; ``holder`` is who is writing to it right now.
    """

    state: State
    findings: tuple[Diagnostic, ...]
    holder: LeaseInfo | None
    sweep: bool


class Workspace:
    """One state: a name and an environment in a store."""

    def __init__(self, store: Store, name: str, environment: str, sealer: Sealer, *, clock: Clock | None = None, kept: int = KEPT,
                 pause: Callable[[float], None] = time.sleep, encrypt: bool = False) -> None:
        self.store = store
        self.name = name
        self.environment = environment
        self.sealer = sealer
        self.codec = Codec(sealer, encrypt)
        self._clock = clock or SystemClock()
        self._kept = kept
        self._pause = pause
        self._lineage = str(uuid.uuid4())

    @classmethod
    def open(cls, directory: Path, name: str, environment: str, sealer: Sealer, *, clock: Clock | None = None,
             kind: str = "local", kept: int = KEPT, pause: Callable[[float], None] = time.sleep, encrypt: bool = False,
             **options: Any) -> Workspace:
        """The state of a blueprint in ``directory``. Touches nothing. ``kept``: how many snapshots
        of its history stay; ``encrypt``: everything is written encrypted. ``options`` go to the store. Rejected for an impossible name."""
        store = open_store(kind, directory, name, environment, **options)
        return cls(store, name, environment, sealer, clock=clock, kept=kept, pause=pause, encrypt=encrypt)

    def read(self) -> Reading:
        """The state, without a lease and without writing anything. Rejected if it is damaged and nothing proves what it was."""
        with self._explained():
            return self._read()

    @contextmanager
    def _explained(self) -> Iterator[None]:
        """What the system refuses becomes a diagnostic."""
        try:
            yield
        except OSError as fault:
            raise unusable(fault, self.store.place) from fault

    def _read(self) -> Reading:
        for attempt in range(_READINGS):
            holder = self.store.holder()
            last = attempt == _READINGS - 1
            try:
                loaded = load(self.store, self.name, self.environment, self._lineage, self.codec, writing=holder is not None)
            except Moved:
                if last:
                    raise
            except Rejected:
                if last or (holder is None and self.store.holder() is None and attempt):
                    raise
            else:
                if last or not loaded.findings or (holder is None and self.store.holder() is None):
                    return Reading(loaded.state, tuple(loaded.findings), holder, loaded.sweep)
            # Somebody is writing: what did not fit together fits the next time, if it is not really damage.
            self._pause(0.02)
        raise AssertionError("the last attempt returns or raises")

    def lease(self, owner: Owner, wait: float = 0, *, lineage: str = "") -> Writer:
        """Become the one who may write. Polls for ``wait`` seconds, then raises LeaseHeld with who holds it.

        ``lineage`` is what a state that was never written shall have: that of the saved plan about to be applied.
        """
        with self._explained():
            return self._lease(owner, wait, lineage)

    def _lease(self, owner: Owner, wait: float, lineage: str) -> Writer:
        hold = self._acquire(owner, wait, 0)
        try:
            loaded = load(self.store, self.name, self.environment, lineage or self._lineage, self.codec)
            if loaded.epoch >= hold.info.epoch:
                # The lease file was lost; mark and journal remember that there were epochs before.
                hold.release(self._clock.now())
                hold = self._acquire(owner, wait, loaded.epoch)
                loaded = load(self.store, self.name, self.environment, lineage or self._lineage, self.codec)
            refuse_downgrade(self.codec, self.store.place)
            return Writer(self.store, hold, loaded, self.codec, self._clock.now, owner.run, kept=self._kept)
        except BaseException:
            hold.release(self._clock.now())
            raise

    def holder(self) -> LeaseInfo | None:
        """Who holds the lease now; None if nobody."""
        with self._explained():
            return self.store.holder()

    def break_lease(self, owner: Owner) -> LeaseInfo | None:
        """End the lease by force: its holder can write no more, wherever it is. Returns who held it; None if nobody did."""
        with self._explained():
            return self.store.break_lease(owner, self._clock.now())

    def _acquire(self, owner: Owner, wait: float, floor: int) -> Hold:
        until = self._clock.monotonic() + wait
        pause = _POLL
        while True:
            try:
                return self.store.acquire(owner, floor, self._clock.now())
            except LeaseHeld:
                left = until - self._clock.monotonic()
                if left <= 0:
                    raise
                self._pause(min(pause, left))
                pause = min(pause * 1.2, _LONGEST_POLL)

    def history(self) -> list[HistoryEntry]:
        """The kept snapshots, newest first."""
        with self._explained():
            self.store.look()
            names = self.store.names("history")
        entries = [entry for name in names if (entry := history_entry(name)) is not None]
        return sorted(entries, key=lambda entry: (entry.serial, entry.sequence), reverse=True)

    def snapshot_at(self, serial: int) -> State:
        """The state as it was at a serial of the history. Rejected if that is not kept (MC0723) or damaged (MC0724)."""
        for entry in self.history():
            if entry.serial == serial:
                try:
                    with self._explained():
                        self.codec.attach(self.store)
                        data = self.store.read(entry.name) or b""
                    return read_kept(self.codec, entry.name, data).state
                except DamagedError as fault:
                    raise reject("MC0724", place=f"{self.store.place}/{entry.name}", serial=serial) from fault
        kept = ", ".join(str(entry.serial) for entry in self.history()) or "none"
        raise reject("MC0723", serial=serial, kept=kept)

    def kept_document(self, name: str) -> bytes:
        """A history file's document in clear, unchecked. Raises DamagedError, Rejected."""
        with self._explained():
            return unpack(self.codec.open_document(name, self.store.read(name) or b""), name)

    def audit(self) -> Iterator[AuditEntry]:
        """Every record ever written, oldest first, as the audit log keeps it. Rejected (MC0719) where the hash chain does not hold."""
        try:
            self.store.look()
            self.codec.attach(self.store)
            yield from audit_log(self.store, self.codec)
        except AuditError as fault:
            raise reject("MC0719", problem=str(fault), place=self.store.place) from fault
