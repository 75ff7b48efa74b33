"""The remote store: a state's documents as the fold of a log of conditional creates, in any store of objects.

``log/ base/ blob/ probe/`` below ``<name>/<environment>/``. The log is lock, fence and content in one: see docs/store-format.md.
"""

from __future__ import annotations

import re
import secrets
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from functools import partial
from pathlib import Path

from msgspec.structs import replace

from mcflow.model.diagnostic import reject
from mcflow.state.files import Files, UnsafeFileError
from mcflow.state.lease import LeaseHeld, LeaseInfo, Owner
from mcflow.state.stores.below import Below
from mcflow.state.stores.compaction import INLINE, compact, write_blob
from mcflow.state.stores.entry import Blob, Change, DamagedEntryError, Kind, Piece
from mcflow.state.stores.hold import PAUSES, Draft, RemoteHold, create, draft, uptime
from mcflow.state.stores.log import View, at_once, look, numbers
from mcflow.state.stores.objects import Moved, Objects
from mcflow.state.stores.probe import probe, shown
from mcflow.state.stores.seen import Seen
from mcflow.state.stores.spill import SpillFile, own_file

LEASE = 30.0
"""Seconds a lease lasts without a sign of life."""

PATIENCE = 30.0
"""Seconds a thief waits beyond that: the longest a request to a cloud may take that the holder sent while its lease was good."""

SLACK = 2.0
"""Seconds more, as stores give times in whole seconds."""

_TAIL = 64
_TRIES = 20
_NAME = re.compile(r"[A-Za-z0-9_][A-Za-z0-9_.-]{0,127}")


class RemoteStore:
    """A state in a store of objects. ``lease`` and ``patience`` in seconds; ``spill_folder`` is the user's own place on this machine, for
    an emergency spill and for how far the state was last seen (by default the user's state folder).
    """

    def __init__(
        self, objects: Objects, name: str, environment: str, *, lease: float = LEASE, patience: float = PATIENCE,
        spill_folder: Path | None = None, files: Files | None = None, clock: Callable[[], float] = uptime,
        pause: Callable[[float], None] = time.sleep,
    ) -> None:
        for part in (name, environment):
            if not _NAME.fullmatch(part):
                raise reject("MC0742", name=part)
        self._objects = Below(objects, f"{name}/{environment}/")
        self.place = self._objects.place
        self._lease = lease
        self._patience = patience
        self._clock = clock
        self._pause = pause
        files = files or Files()
        self._spill = SpillFile(files, own_file(spill_folder, self.place, "spill"))
        self._seen = Seen(files, own_file(spill_folder, self.place, "seen"), self.place)
        self._view: View | None = None
        self._hold: RemoteHold | None = None
        self._group: list[Change] | None = None
        self._probed = False
        self._compact_at = 0

    def now(self) -> float | None:
        return self._objects.now()

    def look(self) -> None:
        """See the store as it is now. Under its own lease a writer knows that already."""
        if self._writing is None:
            self._fresh()

    def read(self, name: str) -> bytes | None:
        view = self._looked()
        pieces = view.documents.get(name)
        if pieces is None:
            return None
        keys = [piece.key for piece in pieces if isinstance(piece, Blob)]
        blobs = dict(zip(keys, at_once(self._objects.read, keys), strict=True))
        return b"".join([self._bytes(piece, blobs) for piece in pieces])

    def _bytes(self, piece: Piece, blobs: dict[str, bytes | None]) -> bytes:
        if not isinstance(piece, Blob):
            return piece
        data = blobs[piece.key]
        if data is None:
            self._view = None
            raise Moved(f"{piece.key} is gone")
        return data[:piece.size]

    def names(self, folder: str) -> list[str]:
        prefix = f"{folder}/"
        return sorted(name for name in self._looked().documents if name.startswith(prefix))

    def put(self, name: str, data: bytes, *, fence: int) -> None:
        self._write(fence, "put", name, data)

    def append(self, name: str, data: bytes, *, at: int, fence: int) -> None:
        self._write(fence, "append", name, data, at)
        hold = self._held(fence)
        if self._group is None and hold.view.number - max(hold.view.base, self._compact_at) >= _TAIL:
            self._compact(hold)

    def remove(self, name: str, *, fence: int) -> None:
        self._write(fence, "remove", name)

    @contextmanager
    def together(self, *, fence: int) -> Iterator[None]:
        """What is written inside becomes one entry, at the end: all of it or nothing. Then the log is compacted."""
        hold = self._held(fence)
        self._group = []
        try:
            yield
        finally:
            # Also after a failure inside: who wrote before it counts on it.
            group, self._group = self._group, None
            if group:
                hold.write(group)
        self._compact(hold)

    def _write(self, fence: int, do: Kind, name: str, data: bytes = b"", at: int = 0) -> None:
        hold = self._held(fence)
        piece: Piece = data
        if len(data) > INLINE:
            pauses = [partial(self._pause, seconds) for seconds in PAUSES if seconds]
            piece = write_blob(self._objects, fence, data, pauses)
        change = Change(do, name, at, (piece,) if data else ())
        try:
            hold.view.change(change)
        except DamagedEntryError as fault:
            raise OSError(f"{self.place}: {fault}") from fault
        if self._group is None:
            hold.write([change])
        else:
            self._group.append(change)

    def _compact(self, hold: RemoteHold) -> None:
        if not hold.settled:
            return
        at = hold.point()
        self._compact_at = at.number
        # The log is whole without it; the next one makes up for it.
        with suppress(OSError):
            compact(self._objects, hold.view, at, hold.info.epoch)
        self._seen.write(at.number, at.digest)

    def read_mark(self) -> bytes | None:
        return self._looked().mark or None

    def write_mark(self, data: bytes, *, at: int | None, fence: int) -> None:
        self._held(fence).mark(at or 0, data)

    def reserve(self, *, fence: int) -> None:
        """Nothing to do: when the store fails, this machine's disk, where it is spilled to, has not."""
        self._held(fence)

    def spill(self, data: bytes) -> str:
        self._spill.write(data, make=True)
        return str(self._spill.path)

    def spilled(self) -> list[tuple[str, bytes]]:
        try:
            data = self._spill.read()
        except UnsafeFileError as fault:
            raise reject("MC0740", path=fault.path, problem=fault.problem) from fault
        return [(str(self._spill.path), data)] if data else []

    def clear_spill(self, *, fence: int) -> None:
        self._held(fence)
        self._spill.remove()

    def acquire(self, owner: Owner, floor: int, now: float) -> RemoteHold:
        for _ in range(_TRIES):
            view = self._fresh()
            held = self._living(view)
            if held is not None:
                raise LeaseHeld(held, self.place)
            hold = self._take(view, owner, floor, now)
            if hold is not None:
                hold.keep_alive()
                self._hold, self._view, self._compact_at = hold, None, 0
                return hold
        raise OSError(f"{self.place}: others were quicker {_TRIES} times in a row")

    def _take(self, view: View, owner: Owner, floor: int, now: float) -> RemoteHold | None:
        """Try to take a free lease; None if somebody else was quicker."""
        info = _info(owner, max(view.lease.epoch, floor) + 1, now, self._lease, self._patience)
        wanted = draft(view, info, [], self._clock(), over=_unreleased(view.lease))
        if not self._land(wanted):
            return None
        view.go_on(wanted.entry.number, wanted.digest, info, over=wanted.entry.over)
        return RemoteHold(self._objects, view, info, wanted.since, self._clock, self._pause)

    def _land(self, wanted: Draft) -> bool:
        """Put an entry of a new epoch into the log of a store that keeps its conditions (tried once by each handle). False if somebody
        else was quicker.

        Where others took the lease, gave it back and cleared away since the log was looked at, its number is free and long past; so the
        log is looked at once more.
        """
        probed = "" if self._probed else probe(self._objects)
        if create(self._objects, wanted, self._pause, self._clock) is not None:
            return False
        listing = self._objects.list("")
        if probed:
            with suppress(OSError):
                self._objects.remove(probed)
            shown(self._objects, probed, {found.key for found in listing})
            self._probed = True
        number = wanted.entry.number
        return max(numbers(listing, "base"), default=0) < number and max(numbers(listing, "log"), default=0) >= number

    def holder(self) -> LeaseInfo | None:
        if self._writing is not None:
            return self._writing.info
        return self._living(self._fresh())

    def break_lease(self, owner: Owner, now: float) -> LeaseInfo | None:
        """Take the lease by force and give it back: whoever held it can write no more. Returns who that was; None if nobody did."""
        for _ in range(_TRIES):
            view = self._fresh()
            if not _unreleased(view.lease):
                return None
            info = replace(_info(owner, view.lease.epoch + 1, now, self._lease, self._patience), released=max(now, 1.0))
            if self._land(draft(view, info, [], self._clock(), over=True)):
                return replace(view.lease, heartbeat=view.alive)
        raise OSError(f"{self.place}: its holder was quicker {_TRIES} times in a row; try again")

    def _living(self, view: View) -> LeaseInfo | None:
        """Who holds the lease by the store's own clock."""
        lease = view.lease
        if not _unreleased(lease):
            return None
        expires = view.alive + lease.lasts + lease.patience + SLACK
        return replace(lease, heartbeat=view.alive, expires=expires) if self._objects.now() < expires else None

    @property
    def _writing(self) -> RemoteHold | None:
        return self._hold if self._hold is not None and self._hold.open else None

    def _fresh(self) -> View:
        point = self._seen.read()
        self._view = look(self._objects, self._view)
        self._seen.check(point, self._view)
        return self._view

    def _looked(self) -> View:
        if self._writing is not None:
            return self._writing.view
        return self._view if self._view is not None else self._fresh()

    def _held(self, fence: int) -> RemoteHold:
        hold = self._hold
        if hold is None or hold.info.epoch != fence:
            raise RuntimeError("a state is written under its lease only")
        if not hold.open:
            hold.check()
        return hold


def _unreleased(lease: LeaseInfo) -> bool:
    return lease.epoch > 0 and not lease.released


def _info(owner: Owner, epoch: int, now: float, lasts: float, patience: float) -> LeaseInfo:
    return LeaseInfo(
        owner=f"{owner.host}/{owner.pid}/{secrets.token_hex(8)}", who=owner.who, pid=owner.pid, host=owner.host, run=owner.run, ci=owner.ci,
        epoch=epoch, since=now, heartbeat=now, lasts=lasts, patience=patience)

