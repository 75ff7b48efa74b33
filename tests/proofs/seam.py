"""The file system seam, watched: every call that can change a disk is shown before and after it is made."""

from __future__ import annotations

import os
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any
from unittest.mock import patch

from mcflow.state.files import Files

CHANGES = ("create", "write", "write_at", "sync", "sync_folder", "truncate", "rename", "unlink", "mkdir", "lock")
"""The calls that change something, or promise something about what was changed."""

READS = ("open", "names")
"""The calls that only look."""

RESERVE = 16384
"""A smaller reserve than in earnest: proofs copy states thousands of times."""


@dataclass(frozen=True, slots=True)
class Call:
    """One call: its name, the file or folder, and what else it has: bytes and offset, a length, a new name; who made it."""

    name: str
    path: Path
    data: bytes = b""
    offset: int = 0
    target: Path | None = None
    caller: str = ""


class WatchedFiles(Files):
    """Real files. ``before`` may raise in place of the call, or not return; ``after`` sees what was done.

    ``amount`` says how many of a write's bytes are taken (None: all of them).
    """

    def __init__(
        self, before: Callable[[Call], None], after: Callable[[Call], None] = lambda call: None,
        amount: Callable[[Call], int | None] = lambda call: None,
    ) -> None:
        self._before = before
        self._after = after
        self._amount = amount
        self._paths: dict[int, Path] = {}
        self._mutex = threading.RLock()

    @contextmanager
    def _around(self, call: Call) -> Iterator[None]:
        self._before(call)
        yield
        self._after(call)

    def open(self, path: Path, flags: int, mode: int = 0o600) -> int:
        makes = bool(flags & os.O_CREAT) and not path.exists()
        with self._around(Call("create" if makes else "open", path, caller=_caller())):
            fd = super().open(path, flags, mode)
        self._paths[fd] = path
        return fd

    def write(self, fd: int, data: bytes) -> int:
        call = Call("write", self._paths[fd], data, os.lseek(fd, 0, os.SEEK_CUR), caller=_caller())
        return self._written(call, lambda taken: Files.write(self, fd, taken))

    def write_at(self, fd: int, data: bytes, offset: int) -> int:
        call = Call("write_at", self._paths[fd], data, offset, caller=_caller())
        return self._written(call, lambda taken: Files.write_at(self, fd, taken, offset))

    def _written(self, call: Call, write: Callable[[bytes], int]) -> int:
        self._before(call)
        amount = self._amount(call)
        taken = call.data if amount is None else call.data[:amount]
        done = write(taken)
        self._after(Call(call.name, call.path, taken[:done], call.offset, caller=call.caller))
        return done

    def sync(self, fd: int) -> None:
        with self._around(Call("sync", self._paths[fd], caller=_caller())):
            super().sync(fd)

    def sync_folder(self, path: Path) -> None:
        with self._around(Call("sync_folder", path, caller=_caller())):
            super().sync_folder(path)

    def truncate(self, fd: int, length: int) -> None:
        with self._around(Call("truncate", self._paths[fd], offset=length, caller=_caller())):
            super().truncate(fd, length)

    def rename(self, old: Path, new: Path) -> None:
        with self._around(Call("rename", old, target=new, caller=_caller())):
            super().rename(old, new)

    def unlink(self, path: Path) -> None:
        if not path.exists():
            raise FileNotFoundError(path)
        with self._around(Call("unlink", path, caller=_caller())):
            super().unlink(path)

    def names(self, path: Path) -> list[str]:
        with self._around(Call("names", path)):
            return super().names(path)

    def mkdir(self, path: Path) -> None:
        with self._around(Call("mkdir", path)):
            super().mkdir(path)

    def lock(self, fd: int, *, shared: bool = False) -> bool:
        with self._around(Call("lock", self._paths[fd])):
            return super().lock(fd, shared=shared)


def _caller() -> str:
    """The function that called the seam: by it the syncs of different purposes are told apart."""
    import sys

    frame: Any = sys._getframe(2)
    while frame is not None and frame.f_code.co_name in ("write_all", "write_all_at", "open_private", "read_private", "_written"):
        frame = frame.f_back
    return "" if frame is None else str(frame.f_code.co_name)


@contextmanager
def files_given(files: Files) -> Iterator[None]:
    """Every local store opened meanwhile works on these files, and keeps a small reserve."""
    with patch("mcflow.state.stores.local.Files", lambda: files), patch("mcflow.state.stores.local.RESERVE", RESERVE):
        yield


@contextmanager
def small_reserve() -> Iterator[None]:
    """Every local store opened meanwhile keeps a small reserve."""
    with patch("mcflow.state.stores.local.RESERVE", RESERVE):
        yield
