"""The local store: files in ``.mcflow/state/<name>/<environment>/`` beside the blueprint.

``snapshot.json journal/ copies/ history/ lease lock reserve``; the head mark is beside the environments, in ``.heads/<environment>``.
Once a lease was ended by force, all of them are in a generation's folder: see `generations`.
"""

from __future__ import annotations

import os
import re
import secrets
from contextlib import AbstractContextManager, nullcontext
from pathlib import Path

from mcflow.model.diagnostic import reject
from mcflow.state.files import (
    Files,
    UnsafeFileError,
    check_folder,
    open_private,
    read_private,
    write_all,
    write_all_at,
    write_whole,
)
from mcflow.state.lease import LeaseInfo, Owner
from mcflow.state.segments import COPIES
from mcflow.state.stores.generations import current, fenced, mark_file_of, succeed
from mcflow.state.stores.generations import fence as fence_off
from mcflow.state.stores.leavings import clear_leavings
from mcflow.state.stores.lock import LocalHold, acquire, holder, read_lease

RESERVE = 1024 * 1024
"""Bytes kept beside the journal for the day the disk is full."""

_FOLDERS = ("journal", COPIES, "history")
_TRIES = 8

_NAME = re.compile(r"[A-Za-z0-9_][A-Za-z0-9_.-]{0,127}")


class LocalStore:
    """A state in a folder: ``folder``, else ``.mcflow/state`` in ``directory``.

    ``spill_folder`` is the second place for an emergency spill: by default the user's own state folder.
    """

    def __init__(
        self, directory: Path, name: str, environment: str, *, folder: Path | None = None, files: Files | None = None,
        spill_folder: Path | None = None,
    ) -> None:
        for part in (name, environment):
            if not _NAME.fullmatch(part):
                raise reject("MC0742", name=part)
        self._files = files or Files()
        top = directory / ".mcflow"
        self._above = () if folder else (top, top / "state")
        self._named = (folder or top / "state") / name
        self._top = self._named / environment
        self._generation, self._root = 0, self._top
        self._spill_folder = spill_folder
        self._spill_name = f"{name}-{environment}.spill"
        self._hold: LocalHold | None = None
        self._spill_at: dict[Path, int] = {}
        self.place = str(self._top)

    @property
    def _mark(self) -> Path:
        return mark_file_of(self._top, self._generation)

    def look(self) -> None:
        """A lease ended by force began a new generation of the files. A holder keeps to its own."""
        self._check_folders()
        if self._hold is None or not self._hold.open:
            self._generation, self._root = current(self._files, self._top)

    def read(self, name: str) -> bytes | None:
        return self._read(self._path(name))

    def names(self, folder: str) -> list[str]:
        self._check_folders()
        return [f"{folder}/{name}" for name in self._files.names(self._root / folder) if not name.startswith(".")]

    def put(self, name: str, data: bytes, *, fence: int) -> None:
        self._check_fence(fence)
        path = self._path(name)
        self._files.make_folder(path.parent)
        write_whole(self._files, path, data)
        self._copy(name, data, 0)
        self._check_fence(fence)

    def append(self, name: str, data: bytes, *, at: int, fence: int) -> None:
        self._check_fence(fence)
        path = self._path(name)
        fd = open_private(self._files, path, os.O_WRONLY)
        try:
            size = os.fstat(fd).st_size
            if size < at:
                raise OSError(f"{path} lost {at - size} bytes")
            if size > at:
                self._files.truncate(fd, at)
            os.lseek(fd, at, os.SEEK_SET)
            write_all(self._files, fd, data)
            self._files.sync(fd)
        finally:
            os.close(fd)
        self._copy(name, data, at)
        # Stopped in between, and ended by force? Then it went where nobody reads, and must not be acknowledged.
        self._check_fence(fence)

    def _copy(self, name: str, data: bytes, at: int) -> None:
        """Keep the copy of a live segment up with it. No sync: the segment's own is the one that counts, and a copy that is behind is no
        harm.
        """
        path = self._copy_of(name)
        if path is None:
            return
        try:
            fd = open_private(self._files, path, os.O_WRONLY | os.O_CREAT)
        except FileNotFoundError:
            self._files.make_folder(path.parent)
            fd = open_private(self._files, path, os.O_WRONLY | os.O_CREAT)
        try:
            if at == 0 or os.fstat(fd).st_size != at:
                data, at = self._read(self._path(name)) or b"", 0
                self._files.truncate(fd, 0)
            write_all_at(self._files, fd, data, at)
        finally:
            os.close(fd)

    def _copy_of(self, name: str) -> Path | None:
        folder, _, file = name.rpartition("/")
        return self._root / COPIES / file if folder == "journal" and file.endswith(".journal") else None

    def remove(self, name: str, *, fence: int) -> None:
        self._check_fence(fence)
        path = self._path(name)
        copy = self._copy_of(name)
        if copy is not None and self._read(copy) is not None:
            self._files.unlink(copy)
        try:
            self._files.unlink(path)
        except FileNotFoundError:
            return
        self._files.sync_folder(path.parent)
        self._check_fence(fence)

    def together(self, *, fence: int) -> AbstractContextManager[None]:
        """Each write is durable by itself."""
        return nullcontext()

    def read_mark(self) -> bytes | None:
        self._check_folders()
        return self._read(self._mark)

    def write_mark(self, data: bytes, *, at: int | None, fence: int) -> None:
        self._check_fence(fence)
        if at is None:
            self._files.make_folder(self._mark.parent)
            write_whole(self._files, self._mark, data)
            return
        fd = open_private(self._files, self._mark, os.O_WRONLY)
        try:
            # No sync: a mark that is behind after a power cut is no harm, and the journal's sync is the one that counts.
            write_all_at(self._files, fd, data, at)
        finally:
            os.close(fd)

    def reserve(self, *, fence: int) -> None:
        path = self._root / "reserve"
        if self._read(path) is None:
            self._check_fence(fence)
            write_whole(self._files, path, bytes(RESERVE))

    def spill(self, data: bytes) -> str:
        """Into the reserve while it has room, else into the user's own state folder."""
        path = self._root / "reserve"
        at = self._spill_at.get(path, 0)
        try:
            if at + len(data) > RESERVE:
                raise OSError("the reserve is full")
            self._spill_into(path, data, at, os.O_WRONLY)
        except OSError:
            path = self._second_place()
            self._files.make_folder(path.parent)
            self._spill_into(path, data, self._spill_at.get(path, 0), os.O_WRONLY | os.O_CREAT)
        return str(path)

    def _spill_into(self, path: Path, data: bytes, at: int, flags: int) -> None:
        fd = open_private(self._files, path, flags)
        try:
            write_all_at(self._files, fd, data, at)
            self._files.sync(fd)
        finally:
            os.close(fd)
        self._spill_at[path] = at + len(data)

    def spilled(self) -> list[tuple[str, bytes]]:
        found = []
        for path in (self._root / "reserve", self._second_place()):
            data = (self._read(path) or b"").rstrip(b"\0")
            if data:
                found.append((str(path), data))
        return found

    def clear_spill(self, *, fence: int) -> None:
        self._check_fence(fence)
        if (self._read(self._root / "reserve") or b"").rstrip(b"\0"):
            write_whole(self._files, self._root / "reserve", bytes(RESERVE))
        second = self._second_place()
        if self._read(second) is not None:
            self._files.unlink(second)
            self._files.sync_folder(second.parent)
        self._spill_at.clear()

    def acquire(self, owner: Owner, floor: int, now: float) -> LocalHold:
        self.look()
        self._files.make_folder(self._root)
        self._check_folders()
        try:
            for _ in range(_TRIES):
                if not fenced(self._root):
                    self._hold = acquire(self._files, self._root, owner, floor, now)
                    try:
                        if not fenced(self._root):
                            self._settle_in()
                            return self._hold
                    except BaseException:
                        self._hold.release(now)
                        raise
                    self._hold.release(now)
                # Whoever ended its lease did not live to begin the next generation, or has not got that far.
                succeed(self._files, self._top, self._ended(owner, now))
                self.look()
        except UnsafeFileError as fault:
            raise _unsafe(fault) from fault
        raise OSError(f"{self.place}: its lease is ended by force again and again")

    def _settle_in(self) -> None:
        """Under the lease, before anything is written: the folders last, and what killed processes left is gone."""
        if self._read(self._mark) is None:
            # Nobody has come as far as a mark: whoever made the folders may have been killed before their names were durable.
            self._files.keep_folder(self._root, self._above[0].parent if self._above else None)
        folders = (self._root, *(self._root / each for each in _FOLDERS))
        clear_leavings(self._files, folders, self._top, self._mark, self._generation)

    def holder(self) -> LeaseInfo | None:
        self.look()
        try:
            return holder(self._files, self._root)
        except UnsafeFileError as fault:
            raise _unsafe(fault) from fault

    def now(self) -> float | None:
        return None

    def break_lease(self, owner: Owner, now: float) -> LeaseInfo | None:
        held = self.holder()
        if held is None:
            return None
        try:
            ended = self._ended(owner, now)
            fence_off(self._files, self._root, ended)
            succeed(self._files, self._top, ended)
        except UnsafeFileError as fault:
            raise _unsafe(fault) from fault
        return held

    def _ended(self, owner: Owner, now: float) -> LeaseInfo:
        """The lease that ends another by force: taken and given back at once."""
        before = read_lease(self._files, self._root) or LeaseInfo()
        return LeaseInfo(
            owner=f"{owner.host}/{owner.pid}/{secrets.token_hex(8)}", who=owner.who, pid=owner.pid, host=owner.host, run=owner.run,
            ci=owner.ci, epoch=before.epoch + 1, since=now, heartbeat=now, released=now)

    def _second_place(self) -> Path:
        if self._spill_folder is None:
            from platformdirs import user_state_path

            self._spill_folder = user_state_path("mcflow") / "spill"
        # Two states of one name in two places must not share a spill; the lineage inside is what proves whose it is.
        stem = str(self._top.absolute()).replace(os.sep, "-").strip("-")[-120:]
        return self._spill_folder / f"{stem}-{self._spill_name}"

    def _path(self, name: str) -> Path:
        self._check_folders()
        return self._root / name

    def _check_folders(self) -> None:
        if not self._generation:
            self._generation, self._root = current(self._files, self._top)
        parts = (*self._above, self._named, self._top, self._root, *(self._root / each for each in _FOLDERS), self._mark.parent)
        try:
            for part in parts:
                check_folder(part)
        except UnsafeFileError as fault:
            raise _unsafe(fault) from fault

    def _read(self, path: Path) -> bytes | None:
        try:
            return read_private(self._files, path)
        except UnsafeFileError as fault:
            raise _unsafe(fault) from fault

    def _check_fence(self, fence: int) -> None:
        if self._hold is None or self._hold.info.epoch != fence:
            raise RuntimeError("a state is written under its lease only")
        self._hold.check()


def _unsafe(fault: UnsafeFileError) -> Exception:
    return reject("MC0740", path=fault.path, problem=fault.problem)
