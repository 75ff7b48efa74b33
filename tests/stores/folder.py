"""Objects as files of one folder: a store of objects that several processes share without a server. A link is made once or not at all."""

from __future__ import annotations

import os
import time
import uuid
from pathlib import Path
from urllib.parse import quote, unquote

from mcflow.state.stores.objects import Found


class FolderObjects:
    """Keys are file names, quoted. What a process wrote is whole when others see it."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self.place = f"folder:{folder.name}"
        folder.mkdir(parents=True, exist_ok=True)

    def _path(self, key: str) -> Path:
        return self.folder / quote(key, safe="")

    def _written(self, data: bytes) -> Path:
        temporary = self.folder / f"~{uuid.uuid4().hex}"
        temporary.write_bytes(data)
        return temporary

    def read(self, key: str) -> bytes | None:
        try:
            return self._path(key).read_bytes()
        except FileNotFoundError:
            return None

    def create(self, key: str, data: bytes) -> bool:
        temporary = self._written(data)
        try:
            os.link(temporary, self._path(key))
        except FileExistsError:
            return False
        finally:
            temporary.unlink()
        return True

    def put(self, key: str, data: bytes) -> None:
        self._written(data).replace(self._path(key))

    def remove(self, key: str) -> None:
        self._path(key).unlink(missing_ok=True)

    def list(self, prefix: str) -> list[Found]:
        found = []
        for name in os.listdir(self.folder):
            key = unquote(name)
            if name.startswith("~") or not key.startswith(prefix):
                continue
            try:
                status = (self.folder / name).stat()
            except FileNotFoundError:
                continue
            found.append(Found(key, status.st_size, status.st_mtime))
        return sorted(found)

    def now(self) -> float:
        return time.time()
