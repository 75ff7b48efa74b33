"""A damaged state is explained, and what is proven is written; killed anywhere, the same again finishes."""

from __future__ import annotations

import time
from collections.abc import Callable
from pathlib import Path

import pytest

from mcflow.model.diagnostic import Rejected
from mcflow.state.examine import examine
from mcflow.state.files import Files
from mcflow.state.lease import Owner
from mcflow.state.records import Ended, Record, Run
from mcflow.state.repair import repair
from mcflow.state.sealing import Sealer
from mcflow.state.workspace import Workspace

Made = Callable[..., list[Record]]


class KilledError(BaseException):
    """The process dies here."""


class MortalFiles(Files):
    """Real files until the ``left``-th rename or removal."""

    left: int | None = None

    def _step(self) -> None:
        if self.left is not None:
            self.left -= 1
            if self.left < 0:
                raise KilledError

    def rename(self, old: Path, new: Path) -> None:
        self._step()
        super().rename(old, new)

    def unlink(self, path: Path) -> None:
        self._step()
        super().unlink(path)


class Broken:
    """A state of three applies and two records after them; then something happens to it."""

    def __init__(self, folder: Path, made: Made, *, encrypt: bool = False) -> None:
        self.folder, self.encrypt = folder, encrypt
        self.files = MortalFiles()
        self.root = folder / ".mcflow" / "state" / "shop" / "default"
        with self.workspace().lease(Owner(run="run")) as writer:
            for number in range(3):
                writer.append(Run(run=f"run-{number}", epoch=1, mode="apply"), *made(f"op-{number}", f"net/{number}"), Ended(run="r"))
                writer.checkpoint()
            writer.append(*made("late", "net/late"))
            writer.commit()

    def workspace(self) -> Workspace:
        return Workspace.open(self.folder, "shop", "default", Sealer(bytes(32)), pause=lambda seconds: None, encrypt=self.encrypt,
                              files=self.files, spill_folder=self.folder / "spill")

    def lose(self, *patterns: str) -> None:
        for pattern in patterns:
            for path in self.root.glob(pattern):
                path.unlink()

    def spoil(self, pattern: str, at: float = 0.5) -> None:
        for path in self.root.glob(pattern):
            data = bytearray(path.read_bytes())
            data[int(len(data) * at)] ^= 0xFF
            path.write_bytes(bytes(data))

    def repair(self, serial: int | None = None) -> list[str]:
        workspace = self.workspace()
        found = examine(workspace)
        if not found.problem:
            return []
        proven = found.newest if serial is None else found.kept[serial]
        assert proven is not None
        return repair(workspace, found, proven, Owner(run="repair"), time.time)

    def natives(self) -> set[str]:
        return {name.removeprefix("net/") for name in self.workspace().read().state.natives}


@pytest.mark.parametrize("encrypt", [False, True])
def test_a_spoilt_journal_gives_up_what_is_proven(tmp_path: Path, made: Made, encrypt: bool) -> None:
    broken = Broken(tmp_path, made, encrypt=encrypt)
    broken.lose("copies/*")
    broken.spoil("journal/*.journal", 0.9)
    with pytest.raises(Rejected, match=r"MC0715|MC0718"):
        broken.workspace().read()
    found = examine(broken.workspace())
    assert [name for name, _ in found.damage] == ["journal/000004.journal"]
    assert not found.lossless
    before = (broken.root / "journal" / "000004.journal").read_bytes()
    aside = broken.repair()
    reading = broken.workspace().read()
    assert {"0", "1", "2"} <= broken.natives() | {"late"}
    assert reading.sweep
    assert {finding.code for finding in reading.findings} == {"MC0784"}
    assert before in [(broken.root / name).read_bytes() for name in aside]
    with broken.workspace().lease(Owner(run="next")) as writer:
        assert writer.sweep
        writer.append(*made("new", "net/new"))
        writer.checkpoint(settled=False)
    assert broken.workspace().read().sweep
    with broken.workspace().lease(Owner(run="apply")) as writer:
        writer.append(*made("newer", "net/newer"))
        writer.checkpoint()
    reading = broken.workspace().read()
    assert (reading.findings, reading.sweep) == ((), False)
    assert {"new", "newer"} <= broken.natives()
    assert list(broken.workspace().audit())


def test_a_journal_and_all_snapshots_gone_leaves_the_lineage(tmp_path: Path, made: Made) -> None:
    broken = Broken(tmp_path, made)
    lineage, serial = broken.workspace().read().state.lineage, broken.workspace().read().state.serial
    broken.lose("journal/*", "snapshot.json", "history/*", "copies/*")
    with pytest.raises(Rejected, match="MC0710"):
        broken.workspace().read()
    broken.repair()
    reading = broken.workspace().read()
    assert (reading.state.lineage, reading.state.natives, reading.sweep) == (lineage, {}, True)
    assert reading.state.serial == serial


def test_a_snapshot_of_the_history_can_be_taken(tmp_path: Path, made: Made) -> None:
    broken = Broken(tmp_path, made)
    broken.lose("copies/*", "snapshot.json", "journal/*.journal")
    kept = examine(broken.workspace()).kept
    oldest = min(kept)
    broken.repair(oldest)
    assert broken.natives() == {"0"}
    with broken.workspace().lease(Owner(run="next")) as writer:
        writer.append(*made("new", "net/new"))
        writer.checkpoint()
    assert broken.natives() == {"0", "new"}
    assert list(broken.workspace().audit())
    assert max(entry.serial for entry in broken.workspace().history()) == broken.workspace().read().state.serial


def test_what_is_whole_is_left_alone(tmp_path: Path, made: Made) -> None:
    broken = Broken(tmp_path, made)
    found = examine(broken.workspace())
    assert (found.problem, found.findings, found.damage) == ((), (), [])
    assert found.lossless
    assert broken.repair() == []


@pytest.mark.slow
@pytest.mark.parametrize("damage", [
    ("journal/*.journal",), ("journal/*.journal", "snapshot.json"), ("history/*", "snapshot.json", "journal/*.journal"),
])
def test_killed_at_every_change_it_is_repaired_in_the_end(tmp_path: Path, made: Made, damage: tuple[str, ...]) -> None:
    expected, nth, done = None, -1, False
    while not done:
        broken = Broken(tmp_path / str(nth), made)
        broken.lose("copies/*", *[pattern for pattern in damage if pattern == "snapshot.json"])
        for pattern in damage:
            broken.spoil(pattern, 0.9)
        broken.files.left = None if nth < 0 else nth
        try:
            broken.repair()
            done = nth >= 0
        except KilledError:
            pass
        broken.files.left = None
        broken.repair()
        reading = broken.workspace().read()
        assert reading.sweep
        expected = expected or broken.natives()
        assert broken.natives() == expected, nth
        with broken.workspace().lease(Owner(run="next")) as writer:
            writer.append(*made("new", "net/new"))
            writer.checkpoint()
        assert broken.natives() == {*expected, "new"}
        nth += 1
    assert nth > 6
