"""Whatever happens to the files: the state comes back in full and the finding says so, or nothing is guessed."""

from __future__ import annotations

import shutil
from collections.abc import Callable, Iterator
from pathlib import Path

import msgspec
import pytest

from mcflow.model.diagnostic import Rejected
from mcflow.state.lease import Owner
from mcflow.state.records import Ended, Intent, Record, Run, State
from mcflow.state.workspace import Reading, Workspace

Make = Callable[..., Workspace]
Made = Callable[..., list[Record]]


def copy(state: State) -> State:
    return msgspec.json.decode(msgspec.json.encode(state), type=State)


def codes(reading: Reading) -> list[str]:
    return [finding.code for finding in reading.findings]


def outcome(workspace: Workspace) -> Reading | str:
    """The reading, or the code of the rejection."""
    try:
        return workspace.read()
    except Rejected as refused:
        return refused.diagnostics[0].code


@pytest.fixture(autouse=True)
def _no_copies(monkeypatch: pytest.MonkeyPatch) -> None:
    """What snapshot, journal, history and mark prove by themselves; `test_copies` is about the journal's copies."""
    monkeypatch.setattr("mcflow.state.stores.local.LocalStore._copy_of", lambda self, name: None)


@pytest.fixture
def mark(tmp_path: Path) -> Path:
    return tmp_path / ".mcflow" / "state" / "shop" / ".heads" / "default"


@pytest.fixture
def journal(root: Path) -> Path:
    return root / "journal" / "000002.journal"


@pytest.fixture
def settled(workspace: Workspace, owner: Owner, run: Run, made: Made, intent: Callable[..., Intent]) -> State:
    """A state with a snapshot, an audit segment, and a live segment of three commits, the last of one record."""
    with workspace.lease(owner) as writer:
        writer.append(run, *made("a", "net/vpc"), Ended(run="run-1"))
        writer.checkpoint()
        writer.append(run, *made("b", "net/gateway"))
        writer.commit()
        writer.append(intent("c", "net/route"))
        writer.commit()
        writer.append(Ended(run="run-1"))
        writer.commit()
        return copy(writer.state)


def changes(data: bytes, step: int) -> Iterator[bytes]:
    for at in range(0, len(data), step):
        for bit in (1, 0x20, 0x80):
            yield data[:at] + bytes([data[at] ^ bit]) + data[at + 1:]


def test_a_torn_tail_at_every_byte_of_the_last_record(
    workspace: Workspace, make: Make, owner: Owner, settled: State, journal: Path, mark: Path, intent: Callable[..., Intent]
) -> None:
    behind = mark.read_bytes()
    with workspace.lease(owner) as writer:
        before, length = copy(writer.state), journal.stat().st_size
        writer.append(intent("d", "net/torn"))
    whole = journal.read_bytes()
    # As a kill between the journal's write and the mark's leaves it.
    mark.write_bytes(behind)
    for end in range(length + 1, len(whole) - 1):
        journal.write_bytes(whole[:end])
        reading = make().read()
        assert codes(reading) == ["MC0712"], end
        assert reading.sweep
        assert reading.state == before
    journal.write_bytes(whole[:-1])
    reading = make().read()
    assert (codes(reading), set(reading.state.open)) == (["MC0711"], {"c", "d"}), "only the line end is missing: the record is whole"
    journal.write_bytes(whole)
    assert make().read().findings == ()


def test_a_torn_commit_of_several_records_is_not_damage(
    workspace: Workspace, make: Make, owner: Owner, settled: State, journal: Path, mark: Path, made: Made
) -> None:
    behind = mark.read_bytes()
    with workspace.lease(owner) as writer:
        length = journal.stat().st_size
        writer.append(*made("d", "net/torn"))
    # A power cut may persist the later pages of one write and not the earlier.
    data = bytearray(journal.read_bytes())
    data[length + 30:length + 60] = bytes(30)
    journal.write_bytes(bytes(data))
    mark.write_bytes(behind)
    reading = make().read()
    assert (codes(reading), reading.state, reading.sweep) == (["MC0712"], settled, True)


def test_damage_before_a_later_commit_is_no_torn_tail_even_without_a_mark(
    workspace: Workspace, make: Make, owner: Owner, settled: State, journal: Path, mark: Path, made: Made
) -> None:
    behind = mark.read_bytes()
    with workspace.lease(owner) as writer:
        length = journal.stat().st_size
        for n in range(2):
            writer.append(*made(f"later-{n}", f"n/{n}"))
            writer.commit()
    data = bytearray(journal.read_bytes())
    data[length + 40] ^= 1
    journal.write_bytes(bytes(data))
    mark.write_bytes(behind)
    assert outcome(make()) == "MC0718"


def test_an_end_that_had_been_acknowledged_is_not_called_torn(make: Make, settled: State, journal: Path) -> None:
    whole = journal.read_bytes()
    journal.write_bytes(whole[:-10])
    assert outcome(make()) == "MC0718"


def test_the_torn_record_is_kept_aside_and_the_sweep_asked_for_until_a_run_finished(
    workspace: Workspace, make: Make, owner: Owner, settled: State, root: Path, journal: Path, made: Made
) -> None:
    whole = journal.read_bytes()
    torn = b"000001f3 deadbeef =half a rec"
    journal.write_bytes(whole + torn)
    with workspace.lease(owner) as writer:
        assert writer.sweep
        assert [finding.code for finding in writer.findings] == ["MC0712"]
        assert journal.read_bytes() == whole
        (aside,) = (root / "aside").iterdir()
        assert aside.read_bytes() == torn
    # Killed before it planned: the next one must sweep all the same.
    assert (codes(make().read()), make().read().sweep) == (["MC0714"], True)
    with make().lease(owner) as writer:
        assert writer.sweep
        writer.append(*made("z", "n/z"))
        writer.checkpoint()
    reading = make().read()
    assert (reading.findings, reading.sweep) == ((), False)
    assert [path.name for path in (root / "aside").iterdir()] == [f"{aside.name}.settled"]


@pytest.mark.slow
def test_every_truncation_of_the_journal_is_detected(make: Make, settled: State, journal: Path) -> None:
    whole = journal.read_bytes()
    for end in range(len(whole)):
        journal.write_bytes(whole[:end])
        found = outcome(make())
        if end == len(whole) - 1:
            assert not isinstance(found, str)
            assert (codes(found), found.state) == (["MC0711"], settled)
        else:
            assert found in ("MC0715", "MC0718"), end


@pytest.mark.slow
def test_every_changed_byte_of_the_journal_is_detected(make: Make, settled: State, journal: Path) -> None:
    whole = journal.read_bytes()
    for changed in changes(whole, 5):
        journal.write_bytes(changed)
        found = outcome(make())
        if isinstance(found, str):
            assert found in ("MC0715", "MC0718")
        else:
            assert found.findings
            assert found.state == settled


@pytest.mark.slow
@pytest.mark.parametrize("damage", ["truncate", "flip"])
def test_every_damage_to_the_snapshot_is_healed_from_the_history(make: Make, settled: State, root: Path, damage: str) -> None:
    snapshot = root / "snapshot.json"
    whole = snapshot.read_bytes()
    cases = (whole[:end] for end in range(0, len(whole), 3)) if damage == "truncate" else changes(whole, 7)
    for changed in cases:
        snapshot.write_bytes(changed)
        reading = make().read()
        assert (codes(reading), reading.state) == (["MC0711"], settled)


@pytest.mark.parametrize("damage", ["damaged", "empty", "missing"])
def test_the_next_lease_writes_a_healed_snapshot(make: Make, settled: State, owner: Owner, root: Path, damage: str) -> None:
    snapshot = root / "snapshot.json"
    if damage == "missing":
        snapshot.unlink()
    else:
        snapshot.write_bytes(b"" if damage == "empty" else snapshot.read_bytes()[:-9])
    with make().lease(owner) as writer:
        assert [finding.code for finding in writer.findings] == ["MC0711"]
        assert writer.state == settled
    reading = make().read()
    assert (reading.findings, reading.state) == ((), settled)


def test_a_damaged_header_is_healed_where_the_records_prove_it(make: Make, settled: State, owner: Owner, journal: Path) -> None:
    whole = journal.read_bytes()
    journal.write_bytes(whole.replace(b'"kind":"SEGMENT"', b'"kind":"SEGMENX"', 1))
    with make().lease(owner) as writer:
        assert [finding.code for finding in writer.findings] == ["MC0711"]
        assert writer.sweep
    assert journal.read_bytes() == whole
    reading = make().read()
    assert (reading.findings, reading.state) == ((), settled)


def test_snapshot_and_history_both_damaged_names_what_there_is(make: Make, settled: State, root: Path) -> None:
    (root / "snapshot.json").write_bytes(b"")
    (kept,) = (root / "history").iterdir()
    kept.write_bytes(kept.read_bytes()[:-20])
    with pytest.raises(Rejected, match="MC0718") as refused:
        make().read()
    assert "none" in refused.value.diagnostics[0].help


def test_damage_in_the_middle_names_the_backup(make: Make, settled: State, root: Path, journal: Path) -> None:
    data = bytearray(journal.read_bytes())
    data[len(data) // 2] ^= 1
    journal.write_bytes(bytes(data))
    with pytest.raises(Rejected, match="MC0718") as refused:
        make().read()
    (kept,) = (root / "history").iterdir()
    assert kept.name in refused.value.diagnostics[0].help


def test_a_record_edited_with_a_right_checksum_is_detected(make: Make, settled: State, journal: Path) -> None:
    from mcflow.state.frames import Frame, frame, read_frames

    data = journal.read_bytes()
    found = [line for line in read_frames(data) if isinstance(line, Frame)]
    target = found[2]
    forged = frame(target.payload.replace(b"10.0.0.0/16", b"10.9.9.9/16"), bytes.fromhex(target.link.ljust(64, "0")), begins=target.begins)
    assert len(forged) == target.end - target.start
    journal.write_bytes(data[:target.start] + forged + data[target.end:])
    assert outcome(make()) == "MC0718"


def test_an_old_copy_of_the_folder_is_detected(
    make: Make, settled: State, owner: Owner, root: Path, tmp_path: Path, made: Made
) -> None:
    shutil.copytree(root, tmp_path / "copy")
    with make().lease(owner) as writer:
        writer.append(*made("later", "net/later"))
    shutil.rmtree(root)
    shutil.copytree(tmp_path / "copy", root)
    assert outcome(make()) == "MC0715"
    with pytest.raises(Rejected, match="MC0715"):
        make().lease(owner)


def test_an_old_copy_that_was_written_on_is_detected(
    make: Make, settled: State, owner: Owner, root: Path, tmp_path: Path, mark: Path, made: Made
) -> None:
    old_mark = mark.read_bytes()
    shutil.copytree(root, tmp_path / "copy")
    with make().lease(owner) as writer:
        writer.append(*made("later", "net/later"))
    newest = mark.read_bytes()
    shutil.rmtree(root)
    shutil.copytree(tmp_path / "copy", root)
    mark.write_bytes(old_mark)
    with make().lease(owner) as writer:
        for n in range(5):
            writer.append(*made(f"other-{n}", f"other/{n}"))
        writer.checkpoint()
    mark.write_bytes(newest)
    assert outcome(make()) == "MC0715"


def test_another_states_folder_is_detected(make: Make, settled: State, owner: Owner, root: Path) -> None:
    with make(environment="other").lease(owner) as writer:
        writer.append(Ended(run="x"))
    shutil.rmtree(root)
    shutil.copytree(root.with_name("other"), root)
    assert outcome(make()) in ("MC0715", "MC0718")


def test_an_old_snapshot_alone_is_healed(make: Make, settled: State, owner: Owner, root: Path, made: Made) -> None:
    old = (root / "snapshot.json").read_bytes()
    with make().lease(owner) as writer:
        writer.append(*made("later", "net/later"))
        from mcflow.state.records import Done

        writer.append(Done(op="c", id="route"))
        writer.checkpoint()
        truth = copy(writer.state)
    (root / "snapshot.json").write_bytes(old)
    reading = make().read()
    assert (codes(reading), reading.state) == (["MC0711"], truth)


@pytest.mark.parametrize("gone", ["everything", "folder emptied", "journal", "journal emptied"])
def test_nothing_missing_is_ever_a_fresh_start(make: Make, settled: State, root: Path, journal: Path, gone: str) -> None:
    if gone == "everything":
        shutil.rmtree(root)
    elif gone == "folder emptied":
        shutil.rmtree(root)
        root.mkdir(mode=0o700)
    elif gone == "journal":
        journal.unlink()
    else:
        journal.write_bytes(b"")
    assert outcome(make()) in ("MC0710", "MC0715", "MC0718")


@pytest.mark.parametrize("gone", ["missing", "empty"])
def test_an_empty_journal_after_a_checkpoint_is_healed_and_swept(
    workspace: Workspace, make: Make, owner: Owner, root: Path, journal: Path, made: Made, gone: str
) -> None:
    with workspace.lease(owner) as writer:
        writer.append(*made("a", "net/vpc"))
        writer.checkpoint()
        truth = copy(writer.state)
    if gone == "missing":
        journal.unlink()
    else:
        journal.write_bytes(b"")
    reading = make().read()
    assert (codes(reading), reading.state, reading.sweep) == (["MC0711"], truth, True)
    with make().lease(owner) as writer:
        writer.append(*made("b", "net/b"))
    reading = make().read()
    assert (reading.findings, set(reading.state.natives)) == ((), {"net/vpc", "net/b"})


@pytest.mark.parametrize("damage", ["missing", "empty", "nonsense"])
def test_a_lost_mark_is_told_and_swept_for_and_made_anew(make: Make, settled: State, owner: Owner, mark: Path, damage: str) -> None:
    if damage == "missing":
        mark.unlink()
    else:
        mark.write_bytes(b"" if damage == "empty" else b"x" * 1024)
    reading = make().read()
    assert (codes(reading), reading.state, reading.sweep) == (["MC0713"], settled, True)
    with make().lease(owner):
        pass
    assert make().read().findings == ()


def test_a_mark_without_state_or_spill_is_no_fresh_start_even_if_unreadable(make: Make, settled: State, root: Path, mark: Path) -> None:
    shutil.rmtree(root)
    mark.write_bytes(b"")
    assert outcome(make()) == "MC0710"


def test_one_torn_slot_of_the_mark_is_no_harm(make: Make, settled: State, mark: Path) -> None:
    whole = mark.read_bytes()
    for start in (0, 512):
        for at in range(start, start + 512, 9):
            mark.write_bytes(whole[:at] + b"\0" + whole[at + 1:])
            reading = make().read()
            assert (reading.findings, reading.state) == ((), settled)


def test_a_journal_ahead_of_its_mark_is_no_alarm(make: Make, settled: State, owner: Owner, mark: Path, made: Made) -> None:
    behind = mark.read_bytes()
    with make().lease(owner) as writer:
        for n in range(3):
            writer.append(*made(f"later-{n}", f"n/{n}"))
            writer.commit()
            truth = copy(writer.state)
            current = mark.read_bytes()
            mark.write_bytes(behind)
            reading = make().read()
            assert (reading.findings, reading.state) == ((), truth)
            mark.write_bytes(current)
    mark.write_bytes(behind)
    with make().lease(owner) as writer:
        writer.append(*made("last", "n/last"))
    assert make().read().findings == ()


def test_the_audit_log_shows_every_change(workspace: Workspace, settled: State, root: Path) -> None:
    audit = root / "journal" / "000001.audit"
    whole = audit.read_bytes()
    assert len(list(workspace.audit())) == 11
    for changed in changes(whole, 11):
        audit.write_bytes(changed)
        with pytest.raises(Rejected, match="MC0719"):
            list(workspace.audit())
    for end in range(0, len(whole) - 1, 13):
        audit.write_bytes(whole[:end])
        with pytest.raises(Rejected, match="MC0719"):
            list(workspace.audit())


def test_a_run_forged_in_the_audit_log_is_noticed(workspace: Workspace, settled: State, root: Path) -> None:
    from mcflow.state.frames import Frame, frame, read_frames

    audit = root / "journal" / "000001.audit"
    lines = []
    for found in read_frames(audit.read_bytes()):
        assert isinstance(found, Frame)
        chain = bytes.fromhex(found.link.ljust(64, "0"))
        lines.append(frame(found.payload.replace(b'"who":"kim"', b'"who":"eve"'), chain, begins=found.begins))
    audit.write_bytes(b"".join(lines))
    with pytest.raises(Rejected, match="MC0719"):
        list(workspace.audit())


def test_damaged_history_is_told_when_asked_for(workspace: Workspace, settled: State, root: Path) -> None:
    (kept,) = (root / "history").iterdir()
    kept.write_bytes(kept.read_bytes()[:-5] + b"xxxxx")
    assert workspace.read().findings == ()
    with pytest.raises(Rejected, match="MC0724"):
        workspace.snapshot_at(workspace.history()[0].serial)


@pytest.mark.parametrize("gone", ["000001.audit", "000002.audit"])
def test_a_segment_missing_from_the_audit_log_is_noticed(
    workspace: Workspace, owner: Owner, root: Path, made: Made, gone: str
) -> None:
    with workspace.lease(owner) as writer:
        for n in range(3):
            writer.append(*made(f"op-{n}", f"n/{n}"))
            writer.checkpoint()
    assert len(list(workspace.audit())) == 9
    (root / "journal" / gone).unlink()
    with pytest.raises(Rejected, match="MC0719"):
        list(workspace.audit())
