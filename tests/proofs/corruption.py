"""Corruption: every byte changed, every length cut, blocks zeroed, records moved, files rolled back, lost or exchanged; one at a time."""

from __future__ import annotations

import base64
import random
import shutil
from collections import Counter
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from itertools import chain
from pathlib import Path

import msgspec
from tests.proofs.report import Table
from tests.proofs.seam import small_reserve

from mcflow.model.diagnostic import Rejected
from mcflow.state.keys.configured import sealer
from mcflow.state.lease import Owner
from mcflow.state.records import Done, Ended, Identified, Intent, Record, Run, State
from mcflow.state.sealing import Sealer
from mcflow.state.workspace import Workspace
from mcflow.state.writer import Writer

SIZE = 4096
"""Bytes that the snapshot or the live journal of a subject has at least."""

ENOUGH = 0.99
"""The share of damaged states that must need nobody."""

OWNER = Owner(who="kim", run="run")
BLOCK = 512
_KEY = bytes(range(32))

Files = dict[str, bytes]
"""The files of a state by their path below the folder of its name."""

Open = Callable[[Path], Workspace]


def in_the_clear(folder: Path) -> Workspace:
    """A state that is not encrypted."""
    return Workspace.open(folder, "proof", "default", Sealer(_KEY), pause=lambda seconds: None, spill_folder=folder / "second")


def encrypted(folder: Path) -> Workspace:
    """A state that is encrypted with a key of its own."""
    key = sealer("env:KEY", {"KEY": base64.b64encode(_KEY).decode()}, None, "proof/default")
    return Workspace.open(
        folder, "proof", "default", key, pause=lambda seconds: None, spill_folder=folder / "second", encrypt=True)


KINDS: dict[str, Open] = {"clear": in_the_clear, "encrypted": encrypted}
"""How the states that are damaged are written."""


@dataclass(frozen=True)
class Subject:
    """A state to damage: its files, what they were at earlier moments, the true state, and how many records its audit log has."""

    name: str
    files: Files
    earlier: tuple[Files, ...]
    truth: State
    audited: int


@dataclass(frozen=True)
class Damage:
    """One fault: its sort, where (for people), and the files as they are with it."""

    sort: str
    place: str
    detail: str
    files: Files


@dataclass
class Tally:
    """What became of all damaged states. ``outcomes``: by file, sort of damage and outcome."""

    outcomes: Counter[tuple[str, str, str]] = field(default_factory=Counter)
    refused: Counter[tuple[str, str, str]] = field(default_factory=Counter)
    wrong: list[str] = field(default_factory=list)

    @property
    def total(self) -> int:
        return self.outcomes.total()

    @property
    def recovered(self) -> float:
        """The share that needed nobody."""
        return sum(count for (_, _, outcome), count in self.outcomes.items() if outcome in GOOD) / max(1, self.total)

    def table(self) -> Table:
        """One line for each file and sort of damage."""
        places = sorted({(place, sort) for place, sort, _ in self.outcomes})
        rows = [
            (place, sort, *(str(self.outcomes[place, sort, outcome] or "") for outcome in OUTCOMES)) for place, sort in places
        ]
        return Table(("file", "damage", *OUTCOMES), rows)

    def not_recovered(self) -> Table:
        """What a person has to decide, and what is said then."""
        rows = [(place, sort, code, str(count)) for (place, sort, code), count in sorted(self.refused.items())]
        return Table(("file", "damage", "refused with", "times"), rows)


GOOD = ("harmless", "recovered")
OUTCOMES = (*GOOD, "refused", "WRONG")


def subjects(scratch: Path, make: Open = in_the_clear) -> list[Subject]:
    """A state at rest, one in the middle of a later run, and one in the middle of its first."""
    return [
        _subject(scratch, make, "at rest", lambda folder: [_rest(make, folder, 2)]),
        _subject(scratch, make, "in a run", lambda folder: [_rest(make, folder, 1), _unended(make, folder, "late")]),
        _subject(scratch, make, "in the first run", lambda folder: [_unended(make, folder, "early")]),
    ]


def _subject(scratch: Path, make: Open, name: str, build: Callable[[Path], list[list[Files]]]) -> Subject:
    folder = scratch / f"subject-{name.replace(' ', '-')}"
    folder.mkdir(parents=True)
    with small_reserve():
        earlier = list(chain.from_iterable(build(folder)))
        workspace = make(folder)
        truth = _copy(workspace.read().state)
        audited = len(list(workspace.audit()))
    files = collected(folder)
    shutil.rmtree(folder)
    return Subject(name, files, tuple(each for each in earlier if each != files), truth, audited)


def _copy(state: State) -> State:
    return msgspec.json.decode(msgspec.json.encode(state), type=State)


def _made(op: str) -> list[Record]:
    request = {"cidr": "10.0.0.0/16", "name": f"network {op}"}
    intent = Intent(op=op, run="run", step=f"step-{op}", address=f"net/{op}", type="mock.vpc", action="create", connection="lab",
                    request=request, marks={"mcflow-op": op})
    return [intent, Identified(op=op, id=f"vpc-{op}"), Done(op=op, id=f"vpc-{op}", attributes=request)]


def _rest(make: Open, folder: Path, runs: int) -> list[Files]:
    """Whole runs, until the snapshot is big enough."""
    seen = []
    for run in range(runs):
        with make(folder).lease(OWNER) as writer:
            writer.append(Run(run=f"run-{run}", epoch=1, mode="apply", who="kim"))
            for number in range(SIZE // 280 // runs + 1):
                writer.append(*_made(f"r{run}n{number}"))
                writer.commit()
            writer.append(Ended(run=f"run-{run}"))
            writer.checkpoint()
        seen.append(collected(folder))
    return seen


def _unended(make: Open, folder: Path, name: str) -> list[Files]:
    """A run that was killed when its journal was big enough."""
    seen: list[Files] = []
    with make(folder).lease(OWNER) as writer:
        writer.append(Run(run=name, epoch=1, mode="apply", who="kim"))
        written = 0
        for number in range(1000):
            records = _made(f"{name}{number}")
            written += sum(len(msgspec.json.encode(record)) + 36 for record in records)
            _commit(writer, records)
            seen.append(collected(folder))
            if written >= SIZE:
                break
        _commit(writer, _made(f"{name}open")[:2])
    return seen


def _commit(writer: Writer, records: list[Record]) -> None:
    for record in records:
        writer.append(record)
        writer.commit()


def collected(folder: Path) -> Files:
    """Every file of the state but its lock and its reserve."""
    top = folder / ".mcflow/state/proof"
    return {
        str(path.relative_to(top)): path.read_bytes() for path in sorted(top.rglob("*"))
        if path.is_file() and path.name not in ("lock", "reserve")
    }


def damages(subject: Subject, other: Subject, step: int = 1, seed: int = 0) -> Iterator[Damage]:
    """Every damage; of those at every byte one in ``step``, another one for each file."""
    chance = random.Random(seed)
    for place, whole in subject.files.items():
        for sort, detail, changed in (*_bytes(whole, step, chance), *_records(whole), *_whole_files(place, subject, other)):
            if changed != whole:
                files = {**subject.files, place: changed} if changed is not None else _without(subject.files, place)
                yield Damage(sort, place, detail, files)
    marks = {place: data for place, data in subject.files.items() if place.startswith(".heads")}
    for index, earlier in enumerate(subject.earlier):
        yield Damage("rolled back", "everything but the mark", f"moment {index}", {**earlier, **marks})
    yield Damage("lost", "everything but the mark", "", marks)


def _without(files: Files, place: str) -> Files:
    return {name: data for name, data in files.items() if name != place}


def _bytes(whole: bytes, step: int, chance: random.Random) -> Iterator[tuple[str, str, bytes | None]]:
    for at in range(chance.randrange(step) if step > 1 else 0, len(whole), step):
        old = whole[at]
        for new in sorted({old ^ 1, old ^ 0x80, 0, 10} - {old}):
            yield "byte changed", f"byte {at} to {new}", whole[:at] + bytes([new]) + whole[at + 1:]
        yield "cut", f"at {at}", whole[:at]
    for size in (64, BLOCK):
        for at in range(0, len(whole), size * max(1, step // 8)):
            yield "block zeroed", f"{size} bytes at {at}", whole[:at] + bytes(min(size, len(whole) - at)) + whole[at + size:]


def _records(whole: bytes) -> Iterator[tuple[str, str, bytes | None]]:
    lines = whole.splitlines(keepends=True)
    if len(lines) < 2:
        return
    for index, line in enumerate(lines):
        before, after = b"".join(lines[:index]), b"".join(lines[index + 1:])
        yield "cut between records", f"before {index}", before
        yield "record lost", f"record {index}", before + after
        yield "record twice", f"record {index}", before + line + line + after
        if index + 1 < len(lines):
            yield "records exchanged", f"record {index}", before + lines[index + 1] + line + b"".join(lines[index + 2:])


def _whole_files(place: str, subject: Subject, other: Subject) -> Iterator[tuple[str, str, bytes | None]]:
    yield "lost", "the file", None
    yield "emptied", "the file", b""
    versions = {earlier[place] for earlier in subject.earlier if place in earlier}
    for index, version in enumerate(sorted(versions - {subject.files[place]})):
        yield "rolled back", f"version {index}", version
    stranger = other.files.get(place)
    if stranger is not None:
        yield "another state's", "the file", stranger


class Bench:
    """Where damaged states are laid out and read."""

    def __init__(self, folder: Path, make: Open) -> None:
        self._folder = folder
        self._make = make
        self._there: Files = {}

    def judge(self, subject: Subject, damage: Damage, tally: Tally, *, settle: bool) -> None:
        """Read, and with ``settle`` write too; what came of it goes into the tally."""
        self._lay_out(damage.files)
        place = damage.place if damage.place.startswith("everything") else kind_of(damage.place)
        try:
            outcome, code = self._outcome(subject, damage, settle=settle)
        except Exception as failure:
            # A traceback is what must not be.
            outcome, code = "WRONG", f"{type(failure).__name__}: {failure}"
        tally.outcomes[place, damage.sort, outcome] += 1
        if outcome == "refused":
            tally.refused[place, damage.sort, code] += 1
        elif outcome == "WRONG":
            tally.wrong.append(f"{subject.name}: {damage.place}, {damage.sort} ({damage.detail}): {code}")

    def _outcome(self, subject: Subject, damage: Damage, *, settle: bool) -> tuple[str, str]:
        try:
            reading = self._make(self._folder).read()
        except Rejected as refused:
            return "refused", refused.diagnostics[0].code
        codes = ", ".join(sorted({finding.code for finding in reading.findings}))
        if reading.state != subject.truth:
            return "WRONG", f"another state was read ({codes or 'without a finding'})"
        if damage.place.endswith(".audit") and (problem := self._audit(subject)):
            return "WRONG", problem
        if settle and (problem := self._settled(subject)):
            return "WRONG", problem
        return ("recovered" if codes else "harmless"), codes

    def _audit(self, subject: Subject) -> str:
        try:
            count = len(list(self._make(self._folder).audit()))
        except Rejected as refused:
            return "" if refused.diagnostics[0].code == "MC0719" else f"the audit log: {refused.diagnostics[0].code}"
        return "" if count == subject.audited else f"the audit log has {count} records in place of {subject.audited}"

    def _settled(self, subject: Subject) -> str:
        self._there = {}
        with self._make(self._folder).lease(OWNER) as writer:
            if writer.state != subject.truth:
                return "the lease sees another state"
            writer.append(*_made("settled"))
            truth = _copy(writer.state)
        again = self._make(self._folder).read()
        if again.state != truth:
            return "what was written after it is not read"
        left = {finding.code for finding in again.findings} - {"MC0714"}
        return f"settled, and still: {sorted(left)}" if left else ""

    def _lay_out(self, files: Files) -> None:
        top = self._folder / ".mcflow/state/proof"
        if not self._there:
            shutil.rmtree(self._folder / ".mcflow", ignore_errors=True)
        for place in self._there.keys() - files.keys():
            (top / place).unlink()
        for place, data in files.items():
            if self._there.get(place) is not data:
                path = top / place
                path.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
                path.touch(0o600)
                path.write_bytes(data)
        self._there = dict(files)


def kind_of(place: str) -> str:
    """A file's purpose, for the table."""
    if place.startswith(".heads"):
        return "mark"
    if place.endswith(".audit"):
        return "audit segment"
    if place.endswith(".journal"):
        return "journal's copy" if "/copies/" in place else "journal"
    return "history" if "/history/" in place else place.rpartition("/")[2]


def sweep(
    scratch: Path, *, kind: str = "clear", step: int = 1, seed: int = 0, settle: float = 0.05, names: tuple[str, ...] = (),
    on_damage: Callable[[Tally], None] = lambda tally: None,
) -> Tally:
    """Damage every subject in every way. ``settle``: the share of cases in which the damaged state is written to as well; what happens
    to whole files is always."""
    tally, chance, make = Tally(), random.Random(seed), KINDS[kind]
    made, others = subjects(scratch / "own", make), subjects(scratch / "strange", make)
    with small_reserve():
        for subject, other in zip(made, others, strict=True):
            if names and subject.name not in names:
                continue
            bench = Bench(scratch / "case", make)
            for damage in damages(subject, other, step, seed):
                whole = damage.sort not in ("byte changed", "cut", "block zeroed")
                bench.judge(subject, damage, tally, settle=whole or chance.random() < settle)
                on_damage(tally)
            shutil.rmtree(scratch / "case")
    return tally
