"""Handles on a store that stop at every request or system call, for something else to happen right there."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Any

from mcflow.state.files import Files
from mcflow.state.stores.objects import Found, Objects

Hook = Callable[[str, str], None]
"""Called with an operation and what it is about."""


class Nth:
    """A hook that does something once, at the ``nth`` call from when it was made; ``place`` says where that was."""

    def __init__(self, nth: int, action: Callable[[], None]) -> None:
        self.left = nth
        self.place = ""
        self._action = action

    def __call__(self, operation: str, about: str) -> None:
        self.left -= 1
        if self.left == -1:
            self.place = f"{operation} {about}"
            self._action()


class HookedObjects:
    """Objects whose every request is told to ``before``, and to ``after`` when it is done, which may raise as if the reply were lost."""

    def __init__(self, objects: Objects, before: Hook, after: Hook = lambda operation, about: None) -> None:
        self._objects = objects
        self._before = before
        self._after = after
        self.place = objects.place

    def _do(self, operation: str, key: str, *data: bytes) -> Any:
        self._before(operation, key)
        result = getattr(self._objects, operation)(key, *data)
        self._after(operation, key)
        return result

    def read(self, key: str) -> bytes | None:
        found: bytes | None = self._do("read", key)
        return found

    def create(self, key: str, data: bytes) -> bool:
        return bool(self._do("create", key, data))

    def put(self, key: str, data: bytes) -> None:
        self._do("put", key, data)

    def remove(self, key: str) -> None:
        self._do("remove", key)

    def list(self, prefix: str) -> list[Found]:
        found: list[Found] = self._do("list", prefix)
        return found

    def now(self) -> float:
        return self._objects.now()


class HookedFiles(Files):
    """Files whose every changing call is told to a hook first."""

    def __init__(self, before: Hook) -> None:
        self._before = before

    def open(self, path: Path, flags: int, mode: int = 0o600) -> int:
        self._before("open", path.name)
        return super().open(path, flags, mode)

    def write(self, fd: int, data: bytes) -> int:
        self._before("write", "")
        return super().write(fd, data)

    def write_at(self, fd: int, data: bytes, offset: int) -> int:
        self._before("write_at", "")
        return super().write_at(fd, data, offset)

    def sync(self, fd: int) -> None:
        self._before("sync", "")
        super().sync(fd)

    def sync_folder(self, path: Path) -> None:
        self._before("sync_folder", path.name)
        super().sync_folder(path)

    def truncate(self, fd: int, length: int) -> None:
        self._before("truncate", "")
        super().truncate(fd, length)

    def rename(self, old: Path, new: Path) -> None:
        self._before("rename", new.name)
        super().rename(old, new)

    def unlink(self, path: Path) -> None:
        self._before("unlink", path.name)
        super().unlink(path)

    def names(self, path: Path) -> list[str]:
        self._before("names", path.name)
        return super().names(path)
