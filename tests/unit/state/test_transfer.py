"""A state moves to another place: whole, readable there, closed here; killed anywhere, the same again finishes it."""

from __future__ import annotations

import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from mcflow.model.diagnostic import Rejected
from mcflow.state.files import Files
from mcflow.state.lease import Owner
from mcflow.state.mark import read_mark
from mcflow.state.records import Done, Ended, Intent, Record, Recorded, Run
from mcflow.state.sealing import Sealer
from mcflow.state.transfer import Transferred, transfer
from mcflow.state.workspace import Workspace
from mcflow.state.writer import Writer

Made = Callable[..., list[Record]]
OLD, NEW = bytes(range(32)), bytes(range(1, 33))


class KilledError(BaseException):
    """The process dies here."""


class MortalFiles(Files):
    """Real files until the ``left``-th changing call; that one and all later ones never happen."""

    def __init__(self) -> None:
        self.left: int | None = None

    def step(self) -> None:
        if self.left is not None:
            self.left -= 1
            if self.left < 0:
                raise KilledError

    def write(self, fd: int, data: bytes) -> int:
        self.step()
        return super().write(fd, data)

    def write_at(self, fd: int, data: bytes, offset: int) -> int:
        self.step()
        return super().write_at(fd, data, offset)

    def rename(self, old: Path, new: Path) -> None:
        self.step()
        super().rename(old, new)

    def unlink(self, path: Path) -> None:
        self.step()
        super().unlink(path)

    def truncate(self, fd: int, length: int) -> None:
        self.step()
        super().truncate(fd, length)


class Places:
    """Two places, the state in the first."""

    def __init__(self, folder: Path, made: Made, **second: Any) -> None:
        self.folder = folder
        self.files = MortalFiles()
        self.second = {"name": "shop", "environment": "default", "key": OLD, "encrypt": False, **second}
        with self.source().lease(Owner(run="run-1")) as writer:
            for number in range(3):
                writer.append(Run(run=f"run-{number}", epoch=1, mode="apply"), *made(f"op-{number}", f"net/{number}"), Ended(run="r"))
                writer.append(Recorded(natives={"net/0": writer.state.natives["net/0"]}))
                writer.checkpoint()

    def workspace(self, place: str, name: str, environment: str, key: bytes, encrypt: bool) -> Workspace:
        return Workspace.open(
            self.folder, name, environment, Sealer(key, f"{name}/{environment}"), pause=lambda seconds: None, encrypt=encrypt,
            files=self.files, folder=self.folder / place, spill_folder=self.folder / "spill")

    def source(self) -> Workspace:
        return self.workspace("old", "shop", "default", OLD, False)

    def target(self) -> Workspace:
        return self.workspace("new", **self.second)

    def move(self) -> Transferred:
        def records(writer: Writer) -> list[Record]:
            return [Run(run="move", epoch=writer.epoch, mode="migrate"), Ended(run="move")]

        return transfer(self.source(), self.target(), Owner(run="move"), records, time.time)


def natives(workspace: Workspace) -> set[str]:
    return set(workspace.read().state.natives)


def writable(workspace: Workspace) -> bool:
    """True if a run could go on with the state that is there."""
    try:
        with workspace.lease(Owner(run="probe")) as writer:
            return bool(writer.state.natives)
    except Rejected as refused:
        if {finding.code for finding in refused.diagnostics} <= {"MC0780", "MC0781"}:
            return False
        raise


def test_all_of_it_moves(tmp_path: Path, made: Made) -> None:
    places = Places(tmp_path, made)
    before, kept = places.source().read().state, places.source().history()
    done = places.move()
    after = places.target().read()
    assert (after.findings, after.sweep) == ((), False)
    assert (after.state.natives, after.state.lineage, after.state.serial) == (before.natives, before.lineage, before.serial)
    assert done.serial == before.serial
    assert done.left == ()
    assert [entry.serial for entry in places.target().history()] == sorted({entry.serial for entry in kept}, reverse=True)
    modes = [entry.record.mode for entry in places.target().audit() if isinstance(entry.record, Run)]
    assert modes == ["apply", "apply", "apply", "migrate"]
    with places.target().lease(Owner(run="next")) as writer:
        assert writer.epoch > before.epoch
        writer.append(*made("op-9", "net/9"))
        writer.checkpoint()
    assert natives(places.target()) == {"net/0", "net/1", "net/2", "net/9"}
    assert len(list(places.target().audit())) > len(modes)


def test_the_old_place_says_where_it_went_and_is_left_as_it_was(tmp_path: Path, made: Made) -> None:
    places = Places(tmp_path, made)
    places.move()
    for work in (places.source().read, lambda: places.source().lease(Owner(run="x"))):
        with pytest.raises(Rejected, match="MC0780") as told:
            work()
        assert str(tmp_path / "new") in told.value.diagnostics[0].message
    assert (tmp_path / "old" / "shop" / "default" / "snapshot.json").exists()
    assert places.move().resumed


def test_no_state_is_no_state_and_a_full_place_is_not_overwritten(tmp_path: Path, made: Made) -> None:
    places = Places(tmp_path, made)
    with pytest.raises(Rejected, match="MC0787"):
        transfer(places.workspace("nowhere", "shop", "default", OLD, False), places.target(), Owner(), lambda writer: [], time.time)
    with places.target().lease(Owner(run="other")) as writer:
        writer.append(*made("x", "their/thing"))
    with pytest.raises(Rejected, match="MC0782"):
        places.move()
    assert natives(places.target()) == {"their/thing"}
    assert writable(places.source())


@pytest.mark.parametrize("second", [
    {"environment": "staging"}, {"name": "store"}, {"key": NEW}, {"encrypt": True}, {"key": NEW, "encrypt": True, "name": "store"},
])
def test_secrets_open_in_the_new_place(tmp_path: Path, made: Made, second: dict[str, Any]) -> None:
    places = Places(tmp_path, made, **second)
    with places.source().lease(Owner(run="s")) as writer:
        sealed = {"password": {"$secret": writer.sealer.seal("sentinel")}}
        writer.append(*made("op-s", "db/main", request=sealed, fingerprints={"password": writer.sealer.fingerprint("sentinel")}))
        writer.checkpoint()
    serial = places.source().read().state.serial
    places.move()
    target = places.target()
    state = target.read().state
    record = state.natives["db/main"]
    assert target.sealer.unseal(record.want["password"]["$secret"]) == "sentinel"
    assert record.fingerprints["password"] == target.sealer.fingerprint("sentinel")
    assert (state.name, state.environment) == (places.second["name"], places.second["environment"])
    old = target.snapshot_at(serial).natives["db/main"]
    assert target.sealer.unseal(old.want["password"]["$secret"]) == "sentinel"
    if second.get("encrypt"):
        assert not any(b"net/0" in path.read_bytes() for path in (tmp_path / "new").rglob("*") if path.is_file())


def test_open_operations_move_along(tmp_path: Path, made: Made, intent: Callable[..., Intent]) -> None:
    places = Places(tmp_path, made)
    with places.source().lease(Owner(run="o")) as writer:
        writer.append(intent("open", "net/open"))
        writer.checkpoint()
    places.move()
    with places.target().lease(Owner(run="next")) as writer:
        assert set(writer.state.open) == {"open"}
        writer.append(Done(op="open", id="id-open"))
        writer.checkpoint()
    assert places.target().read().state.natives["net/open"].status == "ready"
    assert list(places.target().audit())


@pytest.mark.slow
def test_killed_at_every_write_at_most_one_can_be_written_and_the_same_again_finishes(tmp_path: Path, made: Made) -> None:
    nth, done, both = 0, False, 0
    while not done:
        places = Places(tmp_path / str(nth), made)
        before = places.source().read().state
        places.files.left = nth
        try:
            places.move()
            done = True
        except KilledError:
            pass
        places.files.left = None
        can = (writable(places.source()), writable(places.target()))
        assert can != (True, True), nth
        both += can == (False, False)
        assert places.move().lineage == before.lineage
        assert (writable(places.source()), writable(places.target())) == (False, True)
        state = places.target().read().state
        assert (state.natives, state.lineage) == (before.natives, before.lineage)
        assert len(list(places.target().audit())) >= 9
        nth += 1
    assert nth > 60
    # Between giving up and opening there is a moment in which neither can; nothing else does that.
    assert both <= 12


@pytest.mark.slow
def test_it_comes_back_to_where_it_was(tmp_path: Path, made: Made) -> None:
    places, nth, done = Places(tmp_path / "x", made), 0, False

    def back() -> Transferred:
        return transfer(places.target(), places.source(), Owner(run="back"), lambda writer: [], time.time)

    while not done:
        places = Places(tmp_path / str(nth), made)
        places.move()
        with places.target().lease(Owner(run="there")) as writer:
            writer.append(*made("op-9", "net/9"))
            writer.checkpoint()
        places.files.left = nth
        try:
            back()
            done = True
        except KilledError:
            pass
        places.files.left = None
        assert (writable(places.source()), writable(places.target())) != (True, True), nth
        back()
        assert (writable(places.source()), writable(places.target())) == (True, False)
        assert natives(places.source()) == {"net/0", "net/1", "net/2", "net/9"}
        assert list(places.source().audit())
        nth += 7
    assert nth > 60


def test_a_place_that_another_state_left_is_not_taken(tmp_path: Path, made: Made) -> None:
    places, other = Places(tmp_path / "a", made), Places(tmp_path / "b", made)
    other.move()
    with pytest.raises(Rejected, match="MC0782"):
        transfer(places.source(), other.source(), Owner(), lambda writer: [], time.time)


def test_the_marks_say_which_is_which(tmp_path: Path, made: Made) -> None:
    places = Places(tmp_path, made)
    places.move()
    marks = [read_mark(workspace.store.read_mark() or b"") for workspace in (places.source(), places.target())]
    assert [mark.closed for mark in marks if mark is not None] == ["moved", ""]
