"""The local store: files in ``.mcflow/state/<name>/<environment>/`` beside the blueprint.

``snapshot.json journal/ history/ lease lock reserve``; the head mark is beside the environments, in ``.heads/<environment>``.
"""

from __future__ import annotations

import os
import re
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
from mcflow.state.stores.lock import LocalHold, acquire, holder

RESERVE = 1024 * 1024
"""Bytes kept beside the journal for the day the disk is full."""

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
        self._root = self._named / environment
        self._mark = self._named / ".heads" / environment
        self._spill_folder = spill_folder
        self._spill_name = f"{name}-{environment}.spill"
        self._hold: LocalHold | None = None
        self._spill_at: dict[Path, int] = {}
        self.place = str(self._root)

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

    def remove(self, name: str, *, fence: int) -> None:
        self._check_fence(fence)
        path = self._path(name)
        try:
            self._files.unlink(path)
        except FileNotFoundError:
            return
        self._files.sync_folder(path.parent)

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
        self._check_folders()
        self._files.make_folder(self._root)
        self._check_folders()
        try:
            self._hold = acquire(self._files, self._root, owner, floor, now)
        except UnsafeFileError as fault:
            raise _unsafe(fault) from fault
        return self._hold

    def holder(self) -> LeaseInfo | None:
        self._check_folders()
        try:
            return holder(self._files, self._root)
        except UnsafeFileError as fault:
            raise _unsafe(fault) from fault

    def _second_place(self) -> Path:
        if self._spill_folder is None:
            from platformdirs import user_state_path

            self._spill_folder = user_state_path("mcflow") / "spill"
        # Two states of one name in two places must not share a spill; the lineage inside is what proves whose it is.
        stem = str(self._root.absolute()).replace(os.sep, "-").strip("-")[-120:]
        return self._spill_folder / f"{stem}-{self._spill_name}"

    def _path(self, name: str) -> Path:
        self._check_folders()
        return self._root / name

    def _check_folders(self) -> None:
        parts = (*self._above, self._named, self._root, self._root / "journal", self._root / "history", self._mark.parent)
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
