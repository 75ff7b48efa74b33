"""The local lease: a lock that dies with its process, and a file that says who holds it and counts the epochs."""

from __future__ import annotations

import os
import secrets
from pathlib import Path
from time import sleep

import msgspec
from msgspec.structs import replace

from mcflow.state.files import Files, open_private, read_private, write_whole
from mcflow.state.lease import LeaseHeld, LeaseInfo, LeaseLost, Owner
from mcflow.state.stores.generations import fenced, fenced_by

_DECODER = msgspec.json.Decoder(LeaseInfo)
_TRIES = 4
_PAUSE = 0.005
_BEAT = 10.0


class LocalHold:
    """The lock's descriptor, and what the lease file says while it is ours."""

    def __init__(self, files: Files, root: Path, fd: int, info: LeaseInfo) -> None:
        self.root = root
        self._files = files
        self._fd: int | None = fd
        self._pid = os.getpid()
        self.info = info

    @property
    def open(self) -> bool:
        """False once it was released."""
        return self._fd is not None

    def check(self, outlive: float = 0.0) -> None:
        """Raises LeaseLost if it was released, taken by another, ended by force, or this is a forked child of the holder.

        It lasts as long as its process, hence outlives any request.
        """
        # The fence before the lease: a generation that is removed later takes both with it.
        if fenced(self.root):
            raise LeaseLost(self.info.epoch, fenced_by(self._files, self.root), str(self.root))
        found = read_lease(self._files, self.root)
        if self._fd is None or self._pid != os.getpid() or found is None or found.owner != self.info.owner:
            raise LeaseLost(self.info.epoch, found, str(self.root))

    def beat(self, now: float) -> None:
        """At most once in ten seconds, however often it is called."""
        if now - self.info.heartbeat >= _BEAT:
            self.check()
            self.info = replace(self.info, heartbeat=now)
            _write(self._files, self.root, self.info)

    def release(self, now: float) -> None:
        if self._fd is None:
            return
        fd, self._fd = self._fd, None
        try:
            found = read_lease(self._files, self.root)
            if self._pid == os.getpid() and found is not None and found.owner == self.info.owner:
                _write(self._files, self.root, replace(self.info, heartbeat=now, released=now))
        except OSError:
            # The lock's end is what frees the lease; the file is for people, and a full disk must not keep the lock.
            return
        finally:
            os.close(fd)


def acquire(files: Files, root: Path, owner: Owner, floor: int, now: float) -> LocalHold:
    """Take the lock, then write the lease. Raises LeaseHeld."""
    fd = _lock(files, root)
    try:
        before = read_lease(files, root)
        info = LeaseInfo(
            owner=f"{owner.host}/{owner.pid}/{secrets.token_hex(8)}", who=owner.who, pid=owner.pid, host=owner.host, run=owner.run,
            ci=owner.ci, epoch=max(before.epoch if before else 0, floor) + 1, since=now, heartbeat=now,
        )
        _write(files, root, info)
    except BaseException:
        os.close(fd)
        raise
    return LocalHold(files, root, fd, info)


def _lock(files: Files, root: Path) -> int:
    """The descriptor of the locked file. A reader that asks who holds the lease has the lock for an instant: a few quick tries tell
    it from a writer.
    """
    path = root / "lock"
    for _ in range(_TRIES):
        fd = open_private(files, path, os.O_RDWR | os.O_CREAT)
        try:
            if files.lock(fd) and _same(path, fd):
                return fd
        except BaseException:
            os.close(fd)
            raise
        os.close(fd)
        sleep(_PAUSE)
    raise LeaseHeld(read_lease(files, root) or LeaseInfo(), str(root))


def _same(path: Path, fd: int) -> bool:
    """The lock is on the file that is there now, not on one that was removed meanwhile."""
    try:
        return os.path.samestat(os.lstat(path), os.fstat(fd))
    except FileNotFoundError:
        return False


def holder(files: Files, root: Path) -> LeaseInfo | None:
    """Who has the lock now; None if nobody, whatever the file says."""
    info = read_lease(files, root)
    if info is None or info.released or fenced(root):
        return None
    try:
        fd = open_private(files, root / "lock", os.O_RDONLY)
    except FileNotFoundError:
        return None
    try:
        return None if files.lock(fd, shared=True) else info
    finally:
        os.close(fd)


def read_lease(files: Files, root: Path) -> LeaseInfo | None:
    """What the lease file says; None if there is none or it makes no sense (its epochs are kept elsewhere too)."""
    data = read_private(files, root / "lease")
    try:
        return _DECODER.decode(data) if data else None
    except (msgspec.MsgspecError, UnicodeDecodeError):
        return None


def _write(files: Files, root: Path, info: LeaseInfo) -> None:
    write_whole(files, root / "lease", msgspec.json.format(msgspec.json.encode(info), indent=1) + b"\n")
