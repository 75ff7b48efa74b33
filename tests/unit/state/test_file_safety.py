"""Links, pipes, other people's files and open permissions in a state's place are refused, never followed or waited for."""

from __future__ import annotations

import os
import shutil
from collections.abc import Callable
from pathlib import Path

import pytest

from mcflow.model.diagnostic import Rejected
from mcflow.state.files import Files, UnsafeFileError, check_private, read_private, write_all, write_all_at
from mcflow.state.lease import Owner
from mcflow.state.records import Record
from mcflow.state.workspace import Workspace

Make = Callable[..., Workspace]
TARGETS = ["snapshot.json", "journal/000002.journal", "lease", "reserve", "lock", "../.heads/default"]


@pytest.fixture
def state(workspace: Workspace, owner: Owner, root: Path, made: Callable[..., list[Record]]) -> Path:
    with workspace.lease(owner) as writer:
        writer.append(*made("a", "net/vpc"))
        writer.checkpoint()
        writer.append(*made("b", "net/b"))
    return root


def refused(make: Make, owner: Owner) -> Rejected:
    with pytest.raises(Rejected) as caught:
        make().lease(owner).close()
    return caught.value


@pytest.mark.parametrize("target", TARGETS)
def test_a_symbolic_link_is_not_followed(make: Make, owner: Owner, state: Path, tmp_path: Path, target: str) -> None:
    path = state / target
    real = tmp_path / "elsewhere"
    shutil.copy(path, real)
    before = real.read_bytes()
    path.unlink()
    path.symlink_to(real)
    fault = refused(make, owner)
    assert [finding.code for finding in fault.diagnostics] == ["MC0740"]
    assert real.read_bytes() == before


@pytest.mark.parametrize("target", TARGETS)
def test_a_pipe_is_refused_and_not_waited_for(make: Make, owner: Owner, state: Path, target: str) -> None:
    path = state / target
    path.unlink()
    os.mkfifo(path, 0o600)
    assert refused(make, owner).diagnostics[0].code == "MC0740"


@pytest.mark.parametrize("target", TARGETS)
@pytest.mark.parametrize("mode", [0o640, 0o604, 0o620])
def test_a_file_that_others_can_use_is_refused(make: Make, owner: Owner, state: Path, target: str, mode: int) -> None:
    (state / target).chmod(mode)
    fault = refused(make, owner)
    assert fault.diagnostics[0].code == "MC0740"
    assert f"{mode:04o}" in fault.diagnostics[0].message


@pytest.mark.parametrize("folder", [".", "..", "../..", "../../..", "journal", "history", "../.heads"])
def test_a_linked_or_writable_folder_is_refused(make: Make, owner: Owner, state: Path, tmp_path: Path, folder: str) -> None:
    path = Path(os.path.normpath(state / folder))
    path.chmod(0o770)
    assert refused(make, owner).diagnostics[0].code == "MC0740"
    path.chmod(0o700)
    path.rename(tmp_path / "moved")
    path.symlink_to(tmp_path / "moved")
    with pytest.raises(Rejected, match="MC0740"):
        make().read()


def test_a_planted_temporary_file_is_not_written_through(
    make: Make, owner: Owner, state: Path, tmp_path: Path, made: Callable[..., list[Record]]
) -> None:
    victim = tmp_path / "victim"
    victim.write_text("mine")
    (state / f".snapshot.json.{os.getpid()}.tmp").symlink_to(victim)
    with make().lease(owner) as writer:
        writer.append(*made("c", "net/c"))
        writer.checkpoint()
    assert victim.read_text() == "mine"
    assert make().read().findings == ()


def test_another_users_file_is_refused(state: Path) -> None:
    found = os.stat(state / "snapshot.json")
    fields = list(found)
    fields[4] = os.geteuid() + 1
    with pytest.raises(UnsafeFileError, match="another user"):
        check_private(state / "snapshot.json", os.stat_result(fields))


def test_few_bytes_at_a_time_are_all_written(tmp_path: Path) -> None:
    class Slow(Files):
        def write(self, fd: int, data: bytes) -> int:
            return super().write(fd, data[:3])

        def write_at(self, fd: int, data: bytes, offset: int) -> int:
            return super().write_at(fd, data[:2], offset)

    path = tmp_path / "x"
    fd = os.open(path, os.O_RDWR | os.O_CREAT, 0o600)
    write_all(Slow(), fd, b"0123456789")
    write_all_at(Slow(), fd, b"abcdef", 2)
    os.close(fd)
    assert read_private(Files(), path) == b"01abcdef89"
