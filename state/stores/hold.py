"""A lease on a remote store while it is held: every write is the next number of the log, so whoever else took a number ends it.

A sign of life is an entry too, never a bare touch: a writer whose lease has run out renews it against the thieves or not at all.
"""

from __future__ import annotations

import os
import secrets
import threading
import time
import weakref
from collections.abc import Callable, Sequence
from contextlib import suppress
from dataclasses import dataclass

from msgspec.structs import replace

from mcflow.model.diagnostic import Rejected
from mcflow.state.lease import LeaseInfo, LeaseLost
from mcflow.state.stores.compaction import Point
from mcflow.state.stores.entry import FORMAT_VERSION, Change, DamagedEntryError, Entry, decode_entry, encode_entry, operations
from mcflow.state.stores.log import View, entry_key
from mcflow.state.stores.objects import Objects

PAUSES = (0.2, 1.0, 0.0)
"""Seconds after each failed try to create an entry; the last is followed by no other."""

ENOUGH = 15.0
"""Seconds after which a failed try is followed by no other either: a store that hangs must not hold up the end of a run for long."""


def uptime() -> float:
    """Seconds that go on while the machine sleeps, where the system can tell."""
    clock = getattr(time, "CLOCK_BOOTTIME", None)
    return time.monotonic() if clock is None else time.clock_gettime(clock)


@dataclass(frozen=True, slots=True)
class Draft:
    """An entry to create, and when its first request was sent."""

    entry: Entry
    digest: str
    data: bytes
    since: float

    @property
    def key(self) -> str:
        return entry_key(self.entry.number)


def draft(view: View, lease: LeaseInfo, changes: Sequence[Change], since: float, *, over: bool = False) -> Draft:
    """The entry that goes on from a view."""
    entry = Entry(
        format_version=FORMAT_VERSION, number=view.number + 1, nonce=secrets.token_hex(8), previous=view.digest, lease=lease, over=over,
        operations=operations(changes))
    return Draft(entry, *encode_entry(entry, changes), since)


def create(
    objects: Objects, wanted: Draft, pause: Callable[[float], None], clock: Callable[[], float] = uptime
) -> LeaseInfo | None:
    """Put an entry into the log: None if it is there, else who has its number. Raises OSError if that cannot be known.

    The same bytes are tried again after a failure; that they are there is success, whichever request put them.
    """
    failure = OSError(f"{wanted.key} could not be written")
    began = clock()
    for seconds in PAUSES:
        try:
            if objects.create(wanted.key, wanted.data):
                return None
            found = objects.read(wanted.key)
        except OSError as fault:
            failure = fault
        else:
            if found == wanted.data:
                return None
            if found is not None:
                return _writer(found, objects.place)
            failure = OSError(f"the store says that {wanted.key} is there, and shows none")
        if clock() - began >= ENOUGH:
            break
        if seconds:
            pause(seconds)
    raise failure


def _writer(data: bytes, place: str) -> LeaseInfo:
    try:
        return decode_entry(data, place)[0].lease
    except (DamagedEntryError, Rejected):
        return LeaseInfo()


class RemoteHold:
    """The lease's side of the log: ``view`` is ahead of every acknowledged entry or equal to it. Calls may come from any thread.

    An entry of which it is not known whether it was written comes first when anything is written next.
    """

    def __init__(self, objects: Objects, view: View, info: LeaseInfo, since: float, clock: Callable[[], float],
                 pause: Callable[[float], None]) -> None:
        self.info = info
        self.view = view
        self._objects = objects
        self._clock = clock
        self._pause = pause
        self._alive = since
        self._pid = os.getpid()
        self._lock = threading.RLock()
        self._doubtful: Draft | None = None
        self._waiting: list[Change] = []
        self._marks: dict[int, bytes] = {}
        self._lost: LeaseInfo | None = None
        self._closed = threading.Event()

    @property
    def open(self) -> bool:
        """False once it was released or is known to be lost."""
        return self._lost is None and not self._closed.is_set()

    @property
    def settled(self) -> bool:
        """True unless it is unknown whether the last entry was written."""
        return self._doubtful is None

    def point(self) -> Point:
        """Where the log stands."""
        with self._lock:
            view = self.view
            view.digests = {view.number: view.digest}
            return Point(view.number, view.digest, view.lease, view.mark)

    def write(self, changes: Sequence[Change]) -> None:
        """Make changes durable, which the view has already. Raises LeaseLost; OSError if it is unknown whether they are durable: what is
        written later then comes after them.
        """
        with self._lock:
            self._ours()
            self._waiting.extend(changes)
            self._renew()

    def mark(self, at: int, data: bytes) -> None:
        """The head mark goes with the next entry: one that is behind does no harm, a request of its own would."""
        with self._lock:
            self._marks[at] = data

    def check(self, outlive: float = 0.0) -> None:
        """Raises LeaseLost if it is somebody else's; OSError if it ran out and the store does not answer.

        After it, nobody takes the lease by its expiry within ``outlive`` seconds, unless this process is stopped before they begin.
        """
        with self._lock:
            self._ours()
            if outlive > self.info.patience:
                self.info = replace(self.info, patience=outlive)
                self._renew()
            elif self._clock() - self._alive >= self.info.lasts:
                self._renew()

    def beat(self, now: float) -> None:
        """Show that the holder lives, if nothing else showed it for a third of the lease."""
        with self._lock:
            self._ours()
            idle = self._clock() - self._alive
            if idle < self.info.lasts / 3:
                return
            self.info = replace(self.info, heartbeat=now)
            try:
                self._renew()
            except OSError:
                # A store that fails for a moment is no matter while the lease lasts; `check` is what decides.
                if idle >= self.info.lasts:
                    raise

    def release(self, now: float) -> None:
        with self._lock:
            if self._closed.is_set() or self._pid != os.getpid():
                return
            try:
                # With a store that has not answered for so long, another wait would give back what ran out by itself.
                over = not self.settled and self._clock() - self._alive >= self.info.lasts
                if self._lost is None and not over:
                    self._settle()
                    self._add(replace(self.info, heartbeat=now, released=max(now, 1.0)))
            except (OSError, Rejected):
                # It runs out by itself.
                return
            finally:
                self._closed.set()

    def keep_alive(self) -> None:
        """Beat from a thread of its own until it is released, lost, or forgotten: planning and long calls must not let it run out."""
        threading.Thread(target=_beat, args=(weakref.ref(self), self._closed, self.info.lasts), daemon=True, name="mcflow-lease").start()

    def _ours(self) -> None:
        if self._lost is not None or self._closed.is_set() or self._pid != os.getpid():
            raise LeaseLost(self.info.epoch, self._lost, self._objects.place)

    def _renew(self) -> None:
        self._settle()
        self._add(self.info)

    def _settle(self) -> None:
        if self._doubtful is not None:
            self._send(self._doubtful)

    def _add(self, lease: LeaseInfo) -> None:
        marks = [Change("mark", "", at, (data,)) for at, data in self._marks.items()]
        for change in marks:
            self.view.change(change)
        wanted = draft(self.view, lease, [*self._waiting, *marks], self._clock())
        self._waiting.clear()
        self._marks.clear()
        self._send(wanted)

    def _send(self, wanted: Draft) -> None:
        self._doubtful = wanted
        other = create(self._objects, wanted, self._pause, self._clock)
        self._doubtful = None
        if other is not None:
            self._lost = other
            raise LeaseLost(self.info.epoch, other, self._objects.place)
        self.view.go_on(wanted.entry.number, wanted.digest, wanted.entry.lease, over=wanted.entry.over)
        # Not from the answer: the store's clock began to count when the request reached it, at the earliest when it was sent.
        self._alive = max(self._alive, wanted.since)


def _beat(reference: weakref.ref[RemoteHold], closed: threading.Event, lasts: float) -> None:
    while not closed.wait(lasts / 6):
        hold = reference()
        if hold is None or not hold.open:
            return
        # If it fails, whoever writes or calls a cloud next finds out by itself.
        with suppress(OSError, Rejected):
            hold.beat(time.time())
        del hold
