"""Generations of a local state: how a lease that is still locked is ended by force, without a window for whoever held it.

The first generation is the state's own folder, later ones are ``generation-<n>`` inside it; the newest counts. To end a lease, its
generation is *fenced* (a file that is made once and never removed) and copied into the next. A holder looks for the fence before each
write, so as not to begin, and after it, before it says that it is done: what it acknowledged was there before the fence, hence in the
copy; whatever else it still writes goes into a folder that nobody reads any more.
"""

from __future__ import annotations

import os
import re
import secrets
import shutil
from pathlib import Path

import msgspec

from mcflow.state.files import Files, open_private, read_private, write_all, write_whole
from mcflow.state.lease import LeaseInfo

FENCE = "fenced"
_FOLDER = re.compile(r"generation-(\d+)")
_OWN = {FENCE, "lock", "lease"}
_DECODER = msgspec.json.Decoder(LeaseInfo)


def current(files: Files, top: Path) -> tuple[int, Path]:
    """The newest generation: its number and its folder."""
    numbers = (int(found[1]) for name in files.names(top) if (found := _FOLDER.fullmatch(name)))
    number = max(numbers, default=1)
    return number, top if number == 1 else top / f"generation-{number}"


def mark_file_of(top: Path, number: int) -> Path:
    """Where the head mark of a generation is: beside the environments' folders."""
    heads = top.parent / ".heads"
    # No environment's name begins with a dot.
    return heads / top.name if number == 1 else heads / f".{top.name}.{number}"


def fenced(root: Path) -> bool:
    """True once the generation in ``root`` was ended: no write to it counts any more."""
    return os.path.lexists(root / FENCE)


def fenced_by(files: Files, root: Path) -> LeaseInfo | None:
    """Who ended it; None if that cannot be read."""
    try:
        data = read_private(files, root / FENCE)
        return _DECODER.decode(data) if data else None
    except (OSError, msgspec.MsgspecError):
        return None


def fence(files: Files, root: Path, info: LeaseInfo) -> None:
    """End a generation; it may have been ended before. Durable when it returns."""
    try:
        fd = open_private(files, root / FENCE, os.O_WRONLY | os.O_CREAT | os.O_EXCL)
    except FileExistsError:
        files.sync_folder(root)
        return
    try:
        write_all(files, fd, msgspec.json.encode(info))
        files.sync(fd)
    finally:
        os.close(fd)
    files.sync_folder(root)


def succeed(files: Files, top: Path, info: LeaseInfo) -> None:
    """Copy the fenced newest generation into the next one, with ``info`` as its lease. Somebody else may be quicker: then theirs counts."""
    number, root = current(files, top)
    if not fenced(root):
        return
    new = top / f"generation-{number + 1}"
    temporary = top / f".{new.name}.{secrets.token_hex(6)}.tmp"
    try:
        files.make_folder(temporary)
        # The mark first: one that is behind its journal does no harm.
        mark = read_private(files, mark_file_of(top, number))
        if mark is not None:
            write_whole(files, mark_file_of(top, number + 1), mark)
        for name in files.names(root):
            if not name.startswith((".", "generation-")) and name not in _OWN:
                _copy(files, root / name, temporary / name)
        _write(files, temporary / "lease", msgspec.json.encode(info))
        files.sync_folder(temporary)
        files.rename(temporary, new)
    except OSError:
        if current(files, top)[0] <= number:
            raise
    finally:
        shutil.rmtree(temporary, ignore_errors=True)
    files.sync_folder(top)
    for old in range(2, number):
        _remove(files, top / f"generation-{old}")


def _remove(files: Files, folder: Path) -> None:
    """All of it at one instant: a stale holder must never find its lease without the fence."""
    aside = folder.with_name(f".{folder.name}.{secrets.token_hex(6)}.tmp")
    try:
        files.rename(folder, aside)
    except FileNotFoundError:
        return
    shutil.rmtree(aside, ignore_errors=True)


def _copy(files: Files, source: Path, target: Path) -> None:
    """A file, or a folder of files. One that its stale holder has just removed is left out."""
    if not source.is_dir():
        data = read_private(files, source)
        if data is not None:
            _write(files, target, data)
        return
    files.make_folder(target)
    for name in files.names(source):
        if not name.startswith("."):
            _copy(files, source / name, target / name)
    files.sync_folder(target)


def _write(files: Files, path: Path, data: bytes) -> None:
    fd = open_private(files, path, os.O_WRONLY | os.O_CREAT | os.O_EXCL)
    try:
        write_all(files, fd, data)
        files.sync(fd)
    finally:
        os.close(fd)
