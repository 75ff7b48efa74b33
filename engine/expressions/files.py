"""Files that expressions read: below the blueprint's folder only, once, of limited size."""

from __future__ import annotations

import os
import stat
from collections.abc import Mapping
from pathlib import Path, PurePosixPath
from typing import Any

from mcflow.engine.expressions import limits
from mcflow.engine.expressions.errors import FunctionError

KEPT_FILES = "files"
"""The scope's entry for texts of files that were read at plan; no root of expressions."""


def read_below(directory: Path | None, name: str) -> str:
    """The text of ``name``, a path relative to ``directory``. Links may not lead out of it. Raises FunctionError."""
    if directory is None:
        raise FunctionError("files cannot be read here: there is no blueprint folder")
    asked = PurePosixPath(name)
    if not name or "\0" in name or asked.is_absolute() or ".." in asked.parts:
        raise FunctionError("the path must lie below the blueprint's folder, without ..")
    root = directory.resolve()
    try:
        found = (root / asked).resolve(strict=True)
    except (OSError, RuntimeError) as error:
        raise FunctionError(f"{name[:200]} cannot be read: {getattr(error, 'strerror', None) or 'its links lead in a circle'}") from error
    if not found.is_relative_to(root):
        raise FunctionError(f"{name[:200]} is a link out of the blueprint's folder")
    return _read(found, name[:200])


def _read(path: Path, name: str) -> str:
    try:
        descriptor = os.open(path, os.O_RDONLY | getattr(os, "O_NONBLOCK", 0) | getattr(os, "O_NOFOLLOW", 0))
        with open(descriptor, "rb") as file:
            if not stat.S_ISREG(os.fstat(descriptor).st_mode):
                raise FunctionError(f"{name} is not an ordinary file")
            data = file.read(limits.FILE_BYTES + 1)
    except OSError as error:
        raise FunctionError(f"{name} cannot be read: {error.strerror}") from error
    if len(data) > limits.FILE_BYTES:
        raise FunctionError(f"{name} is larger than {limits.FILE_BYTES} bytes")
    try:
        return data.decode("utf-8")
    except UnicodeDecodeError as error:
        raise FunctionError(f"{name} is not UTF-8 text") from error


class Files:
    """The files of one evaluation, below ``run.directory`` of the scope; those that an earlier evaluation read are in the scope itself."""

    def __init__(self, scope: Mapping[str, Any]) -> None:
        self._scope = scope
        self.used: dict[str, str] = {}

    def read(self, name: str) -> str:
        """The text of a file. Raises FunctionError."""
        if name not in self.used:
            kept = self._scope.get(KEPT_FILES) or {}
            self.used[name] = kept[name] if name in kept else read_below(self._directory(), name)
        return self.used[name]

    def _directory(self) -> Path | None:
        run = self._scope.get("run")
        found = run.get("directory") if isinstance(run, Mapping) else None
        return Path(found) if isinstance(found, str) and found else None
