"""A file that takes what nothing else will take any more."""

from __future__ import annotations

import hashlib
import os
import re
from pathlib import Path

from mcflow.state.files import Files, open_private, read_private, write_all_at


class SpillFile:
    """Bytes one after the other, each write durable. Zero bytes at the end count as room, not as content."""

    def __init__(self, files: Files, path: Path) -> None:
        self.path = path
        self._files = files
        self._at = 0

    def write(self, data: bytes, *, make: bool = False, room: int | None = None) -> None:
        """Add to it; ``make`` it if it is missing. Raises OSError, also if it would grow beyond ``room`` bytes."""
        if room is not None and self._at + len(data) > room:
            raise OSError(f"{self.path} is full")
        if make:
            self._files.make_folder(self.path.parent)
        fd = open_private(self._files, self.path, os.O_WRONLY | (os.O_CREAT if make else 0))
        try:
            write_all_at(self._files, fd, data, self._at)
            self._files.sync(fd)
        finally:
            os.close(fd)
        self._at += len(data)

    def read(self) -> bytes:
        """What was spilled; empty if nothing."""
        return (read_private(self._files, self.path) or b"").rstrip(b"\0")

    def remove(self) -> None:
        """It is in the journal now."""
        self._at = 0
        if read_private(self._files, self.path) is not None:
            self._files.unlink(self.path)
            self._files.sync_folder(self.path.parent)


def own_file(folder: Path | None, place: str, suffix: str) -> Path:
    """A file of the user's own about a store elsewhere, named after its place: in ``folder``, by default the user's state folder."""
    if folder is None:
        from platformdirs import user_state_path

        folder = user_state_path("mcflow") / "stores"
    stem = re.sub(r"[^A-Za-z0-9_.]+", "-", place).strip("-.")[-80:]
    return folder / f"{stem}-{hashlib.sha256(place.encode()).hexdigest()[:8]}.{suffix}"
