"""The journal's live segments have copies: damage to either is healed, and nothing is believed that the hash chain does not prove."""

from __future__ import annotations

from collections.abc import Callable
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


@pytest.fixture
def settled(workspace: Workspace, owner: Owner, run: Run, made: Made, intent: Callable[..., Intent]) -> State:
    """A state whose live segment has three commits."""
    with workspace.lease(owner) as writer:
        writer.append(run, *made("a", "net/vpc"), Ended(run="run-1"))
        writer.checkpoint()
        for op in ("b", "c", "d"):
            writer.append(intent(op, f"net/{op}"))
            writer.commit()
        return copy(writer.state)


@pytest.fixture
def journal(root: Path) -> Path:
    return root / "journal" / "000002.journal"


@pytest.fixture
def second(root: Path) -> Path:
    return root / "copies" / "000002.journal"


def test_a_copy_is_its_segment_and_goes_with_it(
    workspace: Workspace, settled: State, root: Path, journal: Path, second: Path, owner: Owner, made: Made
) -> None:
    assert second.read_bytes() == journal.read_bytes()
    assert second.stat().st_mode & 0o777 == 0o600
    assert [path.name for path in (root / "copies").iterdir()] == ["000002.journal"]


@pytest.mark.parametrize("damage", ["gone", "empty", "cut", "changed", "twice", "exchanged", "nonsense"])
def test_a_damaged_journal_is_healed_from_its_copy(
    make: Make, settled: State, owner: Owner, journal: Path, made: Made, damage: str
) -> None:
    whole = journal.read_bytes()
    lines = whole.splitlines(keepends=True)
    if damage == "gone":
        journal.unlink()
    else:
        journal.write_bytes({
            "empty": b"", "cut": whole[:-20], "changed": whole.replace(b"net/c", b"net/x"), "twice": whole + lines[-1],
            "exchanged": b"".join([lines[0], lines[2], lines[1], *lines[3:]]), "nonsense": b"\xff" * 100}[damage])
    reading = make().read()
    assert (codes(reading), reading.state) == (["MC0711"], settled)
    assert "its copy" in reading.findings[0].message
    with make().lease(owner) as writer:
        assert writer.state == settled
        assert journal.read_bytes() == whole
        writer.append(*made("e", "net/e"))
    reading = make().read()
    assert (reading.findings, set(reading.state.natives) >= {"net/vpc", "net/e"}) == ((), True)


@pytest.mark.parametrize("damage", ["gone", "empty", "behind", "changed", "nonsense"])
def test_a_damaged_copy_is_no_harm_and_is_made_anew(
    make: Make, settled: State, owner: Owner, journal: Path, second: Path, made: Made, damage: str
) -> None:
    whole = second.read_bytes()
    if damage == "gone":
        second.unlink()
    else:
        second.write_bytes({
            "empty": b"", "behind": b"".join(whole.splitlines(keepends=True)[:-1]), "changed": whole.replace(b"net/c", b"net/x"),
            "nonsense": b"\xff" * 100}[damage])
    reading = make().read()
    assert (reading.findings, reading.state) == ((), settled)
    if damage == "changed":
        # It has the right length: only a new segment replaces it.
        return
    with make().lease(owner) as writer:
        writer.append(*made("e", "net/e"))
    assert second.read_bytes() == journal.read_bytes()


def test_a_copy_that_is_behind_does_not_stand_in_for_what_was_acknowledged(make: Make, settled: State, journal: Path, second: Path) -> None:
    whole = journal.read_bytes()
    second.write_bytes(b"".join(whole.splitlines(keepends=True)[:-1]))
    journal.write_bytes(whole[:-20])
    with pytest.raises(Rejected, match="MC0718"):
        make().read()


def test_a_copy_of_another_state_is_not_taken(make: Make, settled: State, owner: Owner, root: Path, journal: Path, second: Path) -> None:
    with make(environment="other").lease(owner) as writer:
        writer.checkpoint()
    second.write_bytes((root.with_name("other") / "copies" / "000001.journal").read_bytes())
    journal.unlink()
    with pytest.raises(Rejected, match="MC0718"):
        make().read()


def test_another_states_snapshot_is_replaced_from_the_history(make: Make, settled: State, owner: Owner, root: Path, made: Made) -> None:
    with make(environment="other").lease(owner) as writer:
        writer.append(*made("z", "net/z"))
        writer.checkpoint()
    (root / "snapshot.json").write_bytes((root.with_name("other") / "snapshot.json").read_bytes())
    reading = make().read()
    assert (codes(reading), reading.state) == (["MC0711"], settled)


def test_a_lease_file_that_is_no_text_is_no_harm(make: Make, settled: State, owner: Owner, root: Path) -> None:
    (root / "lease").write_bytes(b'{"owner":"\xff\xfe"}')
    assert make().read().state == settled
    with make().lease(owner) as writer:
        assert writer.state == settled


def test_a_header_that_was_cut_is_made_anew(make: Make, settled: State, owner: Owner, root: Path, second: Path, made: Made) -> None:
    with make().lease(owner) as writer:
        writer.checkpoint()
        truth = copy(writer.state)
    journal = root / "journal" / "000003.journal"
    journal.write_bytes(journal.read_bytes()[:50])
    (root / "copies" / "000003.journal").unlink()
    reading = make().read()
    assert (codes(reading), reading.state) == (["MC0711"], truth)
    with make().lease(owner) as writer:
        writer.append(*made("e", "net/e"))
    assert make().read().findings == ()
