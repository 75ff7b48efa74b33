"""Small states to work on: a workspace in a temporary folder, records in two words, files that fail on demand."""

from __future__ import annotations

import errno
import os
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from mcflow.state.files import Files
from mcflow.state.lease import Owner
from mcflow.state.records import Done, Identified, Intent, Record, Run
from mcflow.state.sealing import Sealer
from mcflow.state.workspace import Workspace

KEY = bytes(range(32))


@pytest.fixture(autouse=True)
def _small_reserve(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("mcflow.state.stores.local.RESERVE", 16384)


class FailingFiles(Files):
    """Real files until the ``nth`` changing call (write, sync, rename …) from the time it is armed; that one and all later ones fail."""

    def __init__(self) -> None:
        self.left: int | None = None
        self.code = errno.ENOSPC
        self.calls = 0
        self.spare: Path | None = None
        self.short = False

    def arm(self, nth: int, code: int = errno.ENOSPC, *, short: bool = False) -> None:
        self.left, self.code, self.short, self.calls = nth, code, short, 0

    def disarm(self) -> None:
        self.left = None

    def _fails(self) -> bool:
        self.calls += 1
        if self.left is None:
            return False
        self.left -= 1
        return self.left < 0

    def _step(self) -> None:
        if self._fails():
            raise OSError(self.code, os.strerror(self.code))

    def write(self, fd: int, data: bytes) -> int:
        if self._fails():
            if self.short and len(data) > 1:
                # As a disk does that fills up: half of it fits, the rest does not.
                super().write(fd, data[:len(data) // 2])
            raise OSError(self.code, os.strerror(self.code))
        return super().write(fd, data)

    def write_at(self, fd: int, data: bytes, offset: int) -> int:
        if self.code != errno.ENOSPC:
            self._step()
        return super().write_at(fd, data, offset)

    def sync(self, fd: int) -> None:
        if self.code != errno.ENOSPC:
            self._step()
        super().sync(fd)

    def rename(self, old: Path, new: Path) -> None:
        self._step()
        super().rename(old, new)


@pytest.fixture
def files() -> FailingFiles:
    return FailingFiles()


@pytest.fixture
def make(tmp_path: Path, files: FailingFiles) -> Callable[..., Workspace]:
    def build(name: str = "shop", environment: str = "default", **options: Any) -> Workspace:
        options = {"files": files, "spill_folder": tmp_path / "second", **options}
        return Workspace.open(tmp_path, name, environment, Sealer(KEY), pause=lambda seconds: None, **options)

    return build


@pytest.fixture
def workspace(make: Callable[..., Workspace]) -> Workspace:
    return make()


@pytest.fixture
def root(tmp_path: Path) -> Path:
    """Where the default workspace keeps its files."""
    return tmp_path / ".mcflow" / "state" / "shop" / "default"


@pytest.fixture
def owner() -> Owner:
    return Owner(who="kim", run="run-1")


def _intent(op: str, address: str = "net/vpc", action: str = "create", **more: Any) -> Intent:
    given: dict[str, Any] = {"run": "run-1", "step": f"step-{op}", "type": "mock.vpc", "connection": "lab"}
    request = more.pop("request", {"cidr": "10.0.0.0/16"})
    return Intent(op=op, address=address, action=action, request=request, **{**given, **more})  # type: ignore[arg-type]


def _made(op: str, address: str, **more: Any) -> list[Record]:
    return [_intent(op, address, **more), Identified(op=op, id=f"id-{op}"), Done(op=op, id=f"id-{op}", attributes={"cidr": "10.0.0.0/16"})]


@pytest.fixture
def intent() -> Callable[..., Intent]:
    return _intent


@pytest.fixture
def made() -> Callable[..., list[Record]]:
    """The three records of a create that went well."""
    return _made


@pytest.fixture
def run() -> Run:
    return Run(run="run-1", epoch=1, mode="apply", who="kim")
