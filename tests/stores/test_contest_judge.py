"""The judges of the contests find what is planted: two holders, an epoch used twice, a record lost, told twice or out of order."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

import pytest
from tests.stores.contest.applies import one_at_a_time
from tests.stores.contest.arena import Arena
from tests.stores.contest.judge import epochs, holders, judge, updates
from tests.stores.contest.notes import Note, Notes
from tests.stores.contest.turn import COUNTER, Plan, take_turns

from mcflow.state.audit import AuditEntry
from mcflow.state.records import State


@pytest.fixture
def played(tmp_path: Path) -> Iterator[tuple[Arena, list[Note]]]:
    """Three turns, one after the other."""
    arena = Arena("local", tmp_path)
    for turn in range(3):
        take_turns(arena, tmp_path / "notes", [Plan(f"w{turn}", turn, 2, turn == 1)], 0.0)
    notes = Notes(tmp_path / "notes")
    yield arena, list(notes.new())
    notes.close()


def _parts(arena: Arena) -> tuple[list[AuditEntry], State]:
    workspace = arena.workspace()
    return list(workspace.audit()), workspace.read().state


def test_a_contest_as_it_should_be_is_clean(played: tuple[Arena, list[Note]]) -> None:
    arena, notes = played
    assert judge(notes, arena.workspace()) == []
    assert [note.value for note in notes if note.what == "acknowledged"] == [1, 2, 3, 4, 5, 6]
    assert len({note.epoch for note in notes if note.what == "holds"}) == 3


def test_two_holders_are_found(played: tuple[Arena, list[Note]]) -> None:
    _, notes = played
    claims = [note for note in notes if note.what == "holds"]
    assert any("two holders" in each for each in holders([*notes, replace(claims[0], at=claims[-1].at + 1)]))
    assert any("epoch" in each for each in holders([*notes, replace(claims[-1], writer="thief")]))


def test_an_epoch_that_comes_back_is_found(played: tuple[Arena, list[Note]]) -> None:
    arena, notes = played
    entries, _ = _parts(arena)
    runs = [entry for entry in entries if entry.of == "RUN"]
    assert list(epochs(notes, entries)) == []
    assert any("comes after" in each for each in epochs(notes, [*entries, runs[0]]))
    assert any("stands in the run" in each for each in epochs(notes, [runs[2], *entries[1:]]))
    assert any("claimed by nobody" in each for each in epochs([], entries))


def test_lost_and_repeated_updates_are_found(played: tuple[Arena, list[Note]]) -> None:
    arena, notes = played
    entries, state = _parts(arena)
    assert list(updates(notes, entries, state)) == []
    done = [entry for entry in entries if entry.of == "DONE"]
    assert any("lost" in each for each in updates(notes, [entry for entry in entries if entry is not done[3]], state))
    assert any("done twice" in each for each in updates(notes, [*entries, done[0]], state))
    turned = [{id(done[0]): done[5], id(done[5]): done[0]}.get(id(entry), entry) for entry in entries]
    assert any("order" in each for each in updates(notes, turned, state))
    state.natives[COUNTER].attributes["value"] = 5
    assert list(updates(notes, entries, state)) == ["the counter is 5 after 6 records"]


def test_damage_is_found(played: tuple[Arena, list[Note]]) -> None:
    arena, notes = played
    for audit in arena.scratch.rglob("*.audit"):
        audit.write_bytes(audit.read_bytes()[:-20])
    assert any("unreadable" in each for each in judge(notes, arena.workspace()))


def test_processes_that_do_not_take_turns_are_found() -> None:
    assert list(one_at_a_time([1, 1, 2, 3, 3])) == []
    assert len(list(one_at_a_time([1, 2, 1]))) == 1
