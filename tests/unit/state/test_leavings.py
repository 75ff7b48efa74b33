"""What killed processes leave: half-written files go with the next lease and nothing else does; folders nobody made durable are made so."""

from __future__ import annotations

import os
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path

import pytest

from mcflow.state.files import Files
from mcflow.state.keys.user import NAME
from mcflow.state.lease import Owner
from mcflow.state.records import Record
from mcflow.state.workspace import Workspace

Make = Callable[..., Workspace]


@pytest.fixture
def dead() -> int:
    """The number of a process that has ended."""
    ended = subprocess.Popen([sys.executable, "-c", ""])
    ended.wait()
    return ended.pid


def test_what_killed_processes_left_goes_with_the_next_lease(
    workspace: Workspace, owner: Owner, root: Path, made: Callable[..., list[Record]], dead: int
) -> None:
    with workspace.lease(owner) as writer:
        writer.append(*made("a", "net/vpc"))
        writer.checkpoint()
    heads = root.parent / ".heads"
    left = [
        root / f".snapshot.json.{dead}.tmp", root / f".lease.{dead}.tmp", root / f".reserve.{dead}.tmp",
        root / f".snapshot.json.{os.getpid()}.tmp", root / "journal" / f".000009.journal.{dead}.tmp",
        root / "history" / f".00000007.json.{dead}.tmp", heads / f".default.{dead}.tmp", root / ".generation-1.0123456789ab.tmp" / "lease"]
    kept = [
        root / f".snapshot.json.{os.getppid()}.tmp", root / ".snapshot.json.tmp", root / "mine.tmp", root / f"snapshot.json.{dead}.tmp",
        heads / f".other.{dead}.tmp", heads / f".default.2.{dead}.tmp", root / ".generation-2.0123456789ab.tmp" / "lease",
        root / "journal" / "notes"]
    for path in (*left, *kept):
        path.parent.mkdir(exist_ok=True)
        path.write_bytes(b"half")
    workspace.read()
    assert all(path.exists() for path in (*left, *kept))
    workspace.lease(owner).close()
    assert [path.name for path in left if path.exists()] == []
    assert [path.name for path in kept if not path.exists()] == []
    assert list(workspace.read().state.natives) == ["net/vpc"]


def test_a_leaving_that_cannot_be_removed_is_no_hindrance(
    workspace: Workspace, owner: Owner, root: Path, monkeypatch: pytest.MonkeyPatch, dead: int
) -> None:
    workspace.lease(owner).close()
    (root / f".snapshot.json.{dead}.tmp").mkdir()
    (root / f".lease.{dead}.tmp").write_bytes(b"half")

    unlink = Files.unlink

    def refuse(self: Files, path: Path) -> None:
        if str(dead) in path.name:
            raise PermissionError
        unlink(self, path)

    with monkeypatch.context() as patch:
        patch.setattr(Files, "unlink", refuse)
        workspace.lease(owner).close()
    workspace.lease(owner).close()
    assert not (root / f".lease.{dead}.tmp").exists()


class Cut(BaseException):
    """The process ends here."""


class Folders(Files):
    """Which names of folders are durable. ``killed``: the process ends behind the mkdir of this name."""

    def __init__(self, killed: str = "") -> None:
        self.killed = killed
        self.fleeting: set[Path] = set()
        self.at_the_end: set[Path] = set()

    def mkdir(self, path: Path) -> None:
        super().mkdir(path)
        self.fleeting.add(path)
        if path.name == self.killed:
            self.at_the_end = set(self.fleeting)
            raise Cut

    def sync_folder(self, path: Path) -> None:
        super().sync_folder(path)
        self.fleeting = {each for each in self.fleeting if each.parent != path}


@pytest.mark.parametrize("killed", [".mcflow", "state", "shop", "default", "journal", "copies", ".heads", "history"])
def test_no_folder_is_lost_that_a_killed_process_made(
    make: Make, owner: Owner, root: Path, made: Callable[..., list[Record]], killed: str
) -> None:
    first = Folders(killed)
    def run() -> None:
        with make(files=first).lease(owner) as writer:
            writer.append(*made("a", "net/vpc"))
            writer.checkpoint()
            writer.append(*made("b", "net/b"))
            writer.checkpoint()

    with pytest.raises(Cut):
        run()
    assert first.at_the_end
    second = Folders()
    second.fleeting = set(first.at_the_end)
    with make(files=second).lease(owner) as writer:
        writer.append(*made("c", "net/c"))
        writer.commit()
        assert not second.fleeting


def test_a_state_with_a_mark_pays_nothing_for_it(make: Make, owner: Owner, made: Callable[..., list[Record]]) -> None:
    with make().lease(owner) as writer:
        writer.append(*made("a", "net/vpc"))
        writer.checkpoint()
    calls: list[Path] = []

    class Counting(Files):
        def keep_folder(self, path: Path, within: Path | None = None) -> None:
            calls.append(path)
            super().keep_folder(path, within)

    make(files=Counting()).lease(owner).close()
    assert not calls


def test_the_folder_of_a_new_key_lasts(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    from mcflow.state.keys import user

    first, second = Folders("mcflow"), Folders()
    monkeypatch.setattr(user, "Files", lambda: first)
    with pytest.raises(Cut):
        user._make(tmp_path / "config" / "mcflow" / NAME)
    second.fleeting = set(first.at_the_end)
    monkeypatch.setattr(user, "Files", lambda: second)
    user._make(tmp_path / "config" / "mcflow" / NAME)
    assert first.at_the_end
    assert not second.fleeting
