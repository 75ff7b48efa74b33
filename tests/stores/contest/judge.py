"""The judge of a contest: what everybody noted against what the store says."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Sequence
from itertools import pairwise

from tests.stores.contest.notes import Note, line
from tests.stores.contest.turn import COUNTER

from mcflow.model.diagnostic import Rejected
from mcflow.state.audit import AuditEntry
from mcflow.state.records import State
from mcflow.state.workspace import Workspace

HEALED = {"MC0712", "MC0714"}
"""What a killed writer may leave for the next: the torn end of a journal, and a run without its end."""


def judge(notes: Sequence[Note], workspace: Workspace) -> list[str]:
    """What is wrong; empty if nothing."""
    try:
        reading = workspace.read()
        entries = list(workspace.audit())
    except Rejected as rejected:
        return [f"unreadable: {each.code} {each.message}" for each in rejected.diagnostics]
    wrong = [f"damage: {found.code} {found.message}" for found in reading.findings if found.code not in HEALED]
    return [*wrong, *holders(notes), *epochs(notes, entries), *updates(notes, entries, reading.state)]


def holders(notes: Iterable[Note]) -> Iterator[str]:
    """At every instant one holder: claims in the order of time have epochs that never go back, and an epoch has one writer."""
    claims = sorted((note for note in notes if note.what == "holds"), key=lambda note: note.at)
    for before, after in pairwise(claims):
        if after.epoch < before.epoch:
            yield f"two holders: {line(before)}; then {line(after)}"
    owners: dict[int, tuple[str, int]] = {}
    for claim in claims:
        if owners.setdefault(claim.epoch, (claim.writer, claim.turn)) != (claim.writer, claim.turn):
            yield f"epoch {claim.epoch} is {claim.writer}'s and {owners[claim.epoch][0]}'s"


def epochs(notes: Iterable[Note], entries: Iterable[AuditEntry]) -> Iterator[str]:
    """Of the store's log: every run has a higher epoch than all before it, the one its writer was told, and what follows is its own."""
    told = {note.epoch: note.writer for note in notes if note.what == "holds"}
    last = 0
    for entry in entries:
        if entry.record is not None and entry.of == "RUN":
            epoch, who = entry.record.epoch, entry.record.who  # type: ignore[union-attr]
            if epoch <= last:
                yield f"epoch {epoch} comes after {last}"
            if told.get(epoch) != who:
                yield f"epoch {epoch} was written by {who} and claimed by {told.get(epoch, 'nobody')}"
            last = epoch
        elif entry.of == "INTENT" and _epoch(entry.op) != last:
            yield f"{entry.op} stands in the run of epoch {last}"


def updates(notes: Iterable[Note], entries: Sequence[AuditEntry], state: State) -> Iterator[str]:
    """Every acknowledged record is there once, in the order of epochs, and counted once."""
    done = [entry.op for entry in entries if entry.of == "DONE"]
    if len(done) != len(set(done)):
        yield f"done twice: {sorted({op for op in done if done.count(op) > 1})[:5]}"
    if [_epoch(op) for op in done] != sorted(_epoch(op) for op in done):
        yield "records do not stand in the order of their epochs"
    place = {op: number for number, op in enumerate(done, 1)}
    for note in notes:
        if note.what == "acknowledged" and place.get(note.op) != note.value:
            yield f"acknowledged as number {note.value} and {_where(place.get(note.op))}: {note.op}"
        elif note.what == "fault":
            yield f"{note.writer}, turn {note.turn}: {note.text}"
    counter = state.natives.get(COUNTER)
    value = counter.attributes["value"] if counter else 0
    if value != len(done):
        yield f"the counter is {value} after {len(done)} records"


def _where(place: int | None) -> str:
    return "lost" if place is None else f"in place {place}"


def _epoch(op: str) -> int:
    found = re.match(r"e(\d+)-", op)
    return int(found[1]) if found else -1
