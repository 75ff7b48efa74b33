"""Disks that fill up or fail: the last good state stays readable, nothing acknowledged is lost, nothing new is begun."""

from __future__ import annotations

import errno
from collections.abc import Callable
from pathlib import Path

import msgspec
import pytest
from tests.unit.state.conftest import FailingFiles

from mcflow.model.diagnostic import Rejected
from mcflow.state.journal import JournalFailed
from mcflow.state.lease import LeaseLost, Owner
from mcflow.state.records import Done, Failed, Identified, Intent, Record, State
from mcflow.state.workspace import Workspace

Make = Callable[..., Workspace]
FAULTS = [(errno.ENOSPC, False), (errno.ENOSPC, True), (errno.EIO, False), (errno.EROFS, False)]


def copy(state: State) -> State:
    return msgspec.json.decode(msgspec.json.encode(state), type=State)


@pytest.mark.parametrize(("code", "short"), FAULTS)
def test_a_failing_disk_at_every_nth_write_keeps_the_last_good_state(
    make: Make, files: FailingFiles, owner: Owner, intent: Callable[..., Intent], code: int, short: bool
) -> None:
    """Every point of a lease's life at which the disk may begin to fail, until it gets through without."""
    committed = copy(make().read().state)
    for nth in range(60):
        files.arm(nth, code, short=short)
        acknowledged: list[str] = []
        begun: list[str] = []
        try:
            with make().lease(owner) as writer:
                for n in range(3):
                    op = f"{nth}-{n}"
                    begun.append(op)
                    writer.append(intent(op, f"n{nth}/r{n}"))
                    writer.commit()
                    acknowledged.append(op)
                writer.checkpoint()
        except Rejected:
            finished = False
        else:
            finished = files.left is not None and files.left > 0
        files.disarm()
        reading = make().read()
        assert set(committed.open) | set(acknowledged) <= set(reading.state.open), nth
        assert set(reading.state.open) <= set(committed.open) | set(begun), nth
        committed = copy(reading.state)
        if finished:
            return
    raise AssertionError("the lease never got through")


@pytest.mark.parametrize(("code", "short"), FAULTS)
def test_after_a_failure_nothing_is_accepted_but_the_spill(
    make: Make, files: FailingFiles, owner: Owner, intent: Callable[..., Intent], tmp_path: Path, code: int, short: bool
) -> None:
    writer = make().lease(owner)
    writer.append(intent("a", "net/a"), intent("b", "net/b"))
    writer.commit()
    # Calls for a and b are in flight when the journal fails for c.
    files.arm(0, code, short=short)
    writer.append(intent("c", "net/c"))
    with pytest.raises(JournalFailed) as failed:
        writer.commit()
    assert failed.value.cause is not None
    assert failed.value.cause.errno == code
    with pytest.raises(JournalFailed):
        writer.append(intent("d", "net/d"))
    with pytest.raises(JournalFailed):
        writer.commit()
    with pytest.raises(JournalFailed):
        writer.checkpoint()
    if code != errno.ENOSPC:
        # It came back; on a disk that is merely full the reserve needs no room.
        files.disarm()
    where = writer.spill(Identified(op="a", id="id-a"), Done(op="a", id="id-a"))
    assert where.endswith("reserve")
    writer.spill(Failed(op="b", code="QuotaExceeded"))
    expected = copy(writer.state)
    writer.close()
    files.disarm()
    reading = make().read()
    assert [finding.code for finding in reading.findings if finding.code != "MC0712"] == ["MC0716"]
    assert reading.state == expected
    assert reading.state.natives["net/a"].status == "ready"
    assert set(reading.state.open) == {"c"}
    with make().lease(owner) as second:
        assert second.state == expected
    reading = make().read()
    assert {finding.code for finding in reading.findings} <= {"MC0714"}
    assert reading.state == expected


def test_the_second_place_serves_when_the_reserve_cannot(
    make: Make, files: FailingFiles, owner: Owner, intent: Callable[..., Intent], root: Path, tmp_path: Path
) -> None:
    writer = make().lease(owner)
    writer.append(intent("a", "net/a"))
    writer.commit()
    writer.append(intent("b", "net/b"))
    files.arm(0)
    with pytest.raises(JournalFailed):
        writer.commit()
    files.disarm()
    (root / "reserve").unlink()
    where = writer.spill(Done(op="a", id="id-a"))
    assert where.startswith(str(tmp_path / "second"))
    assert Path(where).stat().st_mode & 0o777 == 0o600
    expected = copy(writer.state)
    writer.close()
    assert make().read().state == expected
    with make().lease(owner):
        pass
    assert not Path(where).exists()
    assert (make().read().findings, make().read().state) == ((), expected)


def test_when_nothing_at_all_can_be_written_it_says_how_much_is_lost(
    make: Make, files: FailingFiles, owner: Owner, intent: Callable[..., Intent]
) -> None:
    writer = make().lease(owner)
    writer.append(intent("a", "net/a", request={"password": "plain-sentinel"}))
    files.arm(0, errno.EIO)
    with pytest.raises(JournalFailed):
        writer.commit()
    with pytest.raises(JournalFailed, match="MC0704") as lost:
        writer.spill(Done(op="a", id="x"))
    assert "2 records" in lost.value.diagnostics[0].message
    assert "plain-sentinel" not in str(lost.value)
    writer.close()


def test_a_spill_of_another_copy_is_left_out_and_kept(
    make: Make, files: FailingFiles, owner: Owner, intent: Callable[..., Intent], root: Path
) -> None:
    with make(environment="other").lease(owner) as writer:
        writer.append(intent("z", "net/z"))
        files.arm(0)
        with pytest.raises(JournalFailed):
            writer.commit()
        writer.spill()
        files.disarm()
    with make().lease(owner) as writer:
        writer.append(intent("a", "net/a"))
    (root / "reserve").write_bytes((root.with_name("other") / "reserve").read_bytes())
    reading = make().read()
    assert ([finding.code for finding in reading.findings], reading.sweep) == (["MC0717"], True)
    assert set(reading.state.open) == {"a"}
    with make().lease(owner):
        pass
    assert make().read().findings == ()
    assert [path.suffix for path in (root / "aside").iterdir()] == [".spill"]


def test_a_spill_of_a_writer_that_lost_its_lease_does_not_override_the_next_ones_records(
    make: Make, files: FailingFiles, owner: Owner, intent: Callable[..., Intent], root: Path
) -> None:
    writer = make().lease(owner)
    writer.append(intent("a", "net/a"))
    writer.commit()
    (root / "lock").unlink()
    with make().lease(owner) as thief:
        writer.append(Identified(op="a", id="late"))
        with pytest.raises(LeaseLost):
            writer.commit()
        writer.spill(Done(op="a", id="late"))
        thief.append(Done(op="a", id="first"), intent("b", "net/b"))
    writer.close()
    reading = make().read()
    assert ([finding.code for finding in reading.findings], reading.sweep) == (["MC0717"], True)
    assert reading.state.natives["net/a"].id == "first"
    with make().lease(owner):
        pass
    assert (make().read().findings, [path.suffix for path in (root / "aside").iterdir()]) == ((), [".spill"])


def test_a_sync_that_fails_may_have_written_and_nothing_counts_twice(
    make: Make, files: FailingFiles, owner: Owner, intent: Callable[..., Intent], root: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    writer = make().lease(owner)
    writer.append(intent("a", "net/a"))
    writer.commit()
    writer.append(Identified(op="a", id="id-a"))
    real = FailingFiles.sync

    def fail_once(self: FailingFiles, fd: int) -> None:
        monkeypatch.setattr(FailingFiles, "sync", real)
        raise OSError(errno.EIO, "Input/output error")

    monkeypatch.setattr(FailingFiles, "sync", fail_once)
    with pytest.raises(JournalFailed):
        writer.commit()
    assert b"IDENTIFIED" in (root / "journal" / "000001.journal").read_bytes()
    writer.spill(Done(op="a", id="id-a"))
    expected = copy(writer.state)
    writer.close()
    reading = make().read()
    assert (reading.state, [finding.code for finding in reading.findings]) == (expected, ["MC0716"])
    with make().lease(owner) as second:
        assert second.state == expected
    assert [entry.of for entry in make().audit()] == ["INTENT", "IDENTIFIED", "DONE"]


def test_a_snapshot_that_cannot_be_written_loses_nothing(
    make: Make, files: FailingFiles, owner: Owner, made: Callable[..., list[Record]]
) -> None:
    for nth in range(12):
        writer = make().lease(owner)
        writer.append(*made(f"op-{nth}", f"n/{nth}"))
        writer.commit()
        expected = copy(writer.state)
        files.arm(nth)
        codes: list[str] = []
        try:
            writer.checkpoint()
        except Rejected as refused:
            codes = [finding.code for finding in refused.diagnostics]
        files.disarm()
        assert codes in ([], ["MC0705"])
        reading = make().read()
        assert (reading.findings, reading.state) == ((), expected), nth
        writer.append(*made(f"more-{nth}", f"m/{nth}"))
        writer.close()
        assert make().read().findings == ()
    assert len(list(make().audit())) == 12 * 6
