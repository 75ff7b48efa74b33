"""Holders that are stopped: a run of `mcflow` sleeps beyond its lease, another takes it and works, then the first wakes up."""

from __future__ import annotations

import os
import random
import re
import signal
import sqlite3
import time
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, field
from multiprocessing.process import BaseProcess
from pathlib import Path
from typing import get_args

from tests.conformance.mock_cloud import MockCloud
from tests.kills.world import World
from tests.stores.contest.notes import Note, Notes, line
from tests.stores.contest.places import environ, machines
from tests.stores.contest.run import Place, Stop, Variant, said, start

from mcflow.drivers.mock.cloud.objects import Entry
from mcflow.engine.calls.call import LATE
from mcflow.model.diagnostic import Rejected
from mcflow.state.audit import audit_chain
from mcflow.state.lease import Owner
from mcflow.state.workspace import Workspace

PATIENCE = 120.0
OPERATIONS = ("apply", "apply", "apply", "destroy")
LOST = ("MC0829", "MC0702")
"""What a run is told whose lease is gone: in the middle of its work, before or after it."""
ENDS = {1: "nothing was changed", 3: "done in part", 5: "locked"}
"""Exit codes of a run that lost its lease."""


@dataclass
class Tally:
    """``late``: calls that were under way when their process was stopped, and reached the cloud when it woke up: no engine can take them
    back. Where one was made twice so, `mcflow doctor` must tell of it (``told``), and nothing else may be wrong.
    """

    store: str
    rounds: int = 0
    missed: int = 0
    forced: int = 0
    refused: int = 0
    late: int = 0
    told: int = 0
    places: dict[str, int] = field(default_factory=dict)
    seconds: float = 0.0
    wrong: list[str] = field(default_factory=list)

    def count(self, place: str, forced: bool) -> None:
        """One more holder was stopped there, and had something left to do."""
        self.rounds += 1
        self.forced += forced
        self.places[place] = self.places.get(place, 0) + 1

    def __str__(self) -> str:
        return (f"{self.store:<11} {self.rounds:>4} stopped holders ({self.forced} ended by force) {self.refused:>4} refused on waking "
                f"{self.late:>3} calls late ({self.told} orphans told) {len(self.wrong):>3} findings {self.seconds:>7.1f} s")


class Stops:
    """Two machines on one state and one cloud; one of them falls asleep."""

    def __init__(self, store: str, scratch: Path, chance: random.Random, *, places: Sequence[Place] = get_args(Place),
                 variant: Variant = "as_it_is") -> None:
        self._places = places
        self._variant: Variant = variant
        self._store = store
        self._scratch = scratch
        self._chance = chance
        self._tally = Tally(store)
        self._number = 0
        self._spoiled = False

    def run(self, rounds: int, on_round: Callable[[Tally], None] = lambda tally: None) -> Tally:
        """Go on until so many holders were stopped. Every four runs in an environment of their own."""
        tally, begin = self._tally, time.monotonic()
        while tally.rounds < rounds:
            sleeper, thief = machines(self._store, self._scratch / f"world{self._number}", 2, self._chance.getrandbits(30))
            self._number += 1
            self._spoiled = False
            for revision, operation in enumerate(OPERATIONS):
                for world in (sleeper, thief):
                    world.write(revision)
                found = list(self._round(sleeper, thief, operation))
                tally.wrong += [f"world {self._number}, {operation} {revision}: {finding}" for finding in found]
                tally.seconds = time.monotonic() - begin
                on_round(tally)
                if tally.rounds == rounds or found or self._spoiled:
                    break
        return tally

    def _round(self, sleeper: World, thief: World, operation: str) -> Iterator[str]:
        stop = self._stop()
        path = sleeper.directory / "notes"
        path.unlink(missing_ok=True)
        notes = Notes(path)
        run = start(sleeper.directory, environ(sleeper), [operation, "-y"], path, "sleeper", stop=stop, variant=self._variant)
        assert run.pid is not None
        seen: list[Note] = []
        if not stop.place:
            _until(lambda: not run.is_alive() or any(note.what == "called" for note in _more(notes, seen)))
            time.sleep(self._chance.random() * 0.3)
            if run.is_alive():
                os.kill(run.pid, signal.SIGSTOP)
        _until(lambda: not run.is_alive() or _sleeps(run.pid))
        if run.is_alive() and not _let_go(run.pid, sleeper):
            yield "it could not be stopped outside of the cloud's own transactions"
        slept, asleep = time.monotonic(), time.time()
        workspace = thief.project().workspace
        if not run.is_alive() or _held_by(workspace) != run.pid:
            self._tally.missed += 1
            yield from self._on(run)
            yield from self._thief(thief, operation, path)
            return
        forced = self._store == "local" or self._chance.random() < 0.5
        if forced:
            workspace.break_lease(Owner(who="thief"))
        yield from self._thief(thief, operation, path)
        before = {native.id for native in thief.state().natives.values()}
        time.sleep(max(0.0, LATE + 0.3 - (time.monotonic() - slept)))
        woken = time.monotonic()
        yield from self._on(run)
        code, text = run.exitcode, said(sleeper.directory, "sleeper")
        own = [note for note in (*seen, *notes.new()) if note.writer == "sleeper"]
        written = max((note.value for note in own if note.at <= woken), default=0)
        if code == 0 and not any(note.at > woken and (note.what == "called" or note.value > written) for note in own):
            # It had done and written all there was; only its lease was left to be given back.
            self._tally.missed += 1
        else:
            self._tally.count(stop.place or "anywhere", forced)
            if code in ENDS and any(each in text for each in LOST):
                self._tally.refused += 1
            else:
                yield f"it ended with {code} and did not say that its lease was lost: {text[-1500:]}"
        if "Traceback" in text:
            yield f"a traceback: {text[-1500:]}"
        yield from self._stale(stop, own, slept, woken, workspace)
        notes.close()
        if {native.id for native in thief.state().natives.values()} != before:
            yield "what the stale run did is in the state"
        late = len([entry for entry in ledger(thief) if entry.process == run.pid and entry.time > asleep])
        self._tally.late += late
        if late:
            yield from self._ends_well(thief, ["doctor", "--fix"])
        told = said(thief.directory, "doctor") if late else ""
        for finding in thief.judge():
            twice = re.match(r"orphan|duplicates of one operation", finding) is not None
            if twice and any(id in told for id in re.findall(r"\b[a-z]+-[0-9a-f]{12}\b", finding)):
                self._tally.told += finding.startswith("orphan")
                self._spoiled = True
            else:
                yield finding
        yield from self._ends_well(thief, ["plan", "--detailed-exitcode", *(["--destroy"] if operation == "destroy" else [])])

    def _stale(self, stop: Stop, notes: Sequence[Note], slept: float, woken: float, workspace: Workspace) -> Iterator[str]:
        """What the stale run did after it woke up and must not have done."""
        for note in notes:
            if note.writer != "sleeper" or note.at <= woken:
                continue
            if note.what == "acknowledged" and _chain(workspace, note.value) != note.text:
                yield f"a write was acknowledged that is not in the log: {line(note)}"
            elif note.what == "called" and (note.since > slept or stop.place not in ("", "call")):
                yield f"a call was begun by a run whose lease was gone: {line(note)}"

    def _ends_well(self, world: World, words: Sequence[str]) -> Iterator[str]:
        run = start(world.directory, environ(world), words, world.directory / "notes", words[0])
        run.join(PATIENCE)
        if run.exitcode:
            yield f"{words[0]} afterwards ended with {run.exitcode}: {said(world.directory, words[0])[-1500:]}"

    def _stop(self) -> Stop:
        place: Place = self._chance.choice(self._places)
        delay = self._chance.random() * 0.01 if place == "committing" else 0.0
        return Stop(place, self._chance.randrange(8 if place != "call" else 16), delay)

    def _thief(self, thief: World, operation: str, notes: Path) -> Iterator[str]:
        """Another run takes over and ends well."""
        run = start(thief.directory, environ(thief), [operation, "-y", "--lock-timeout", f"{PATIENCE:.0f}s"], notes, "thief")
        run.join(2 * PATIENCE)
        text = said(thief.directory, "thief")
        if run.exitcode or "Traceback" in text:
            yield f"the run that took over ended with {run.exitcode}: {text[-1500:]}"
        if run.is_alive():
            run.kill()

    def _on(self, run: BaseProcess) -> Iterator[str]:
        """Wake it up, and wait for its end."""
        assert run.pid is not None
        if run.is_alive():
            os.kill(run.pid, signal.SIGCONT)
        run.join(PATIENCE)
        if run.is_alive():
            run.kill()
            yield "it did not end"


def _chain(workspace: Workspace, sequence: int) -> str:
    """The hash chain of the state's log after so many records."""
    workspace.store.look()
    chain = audit_chain(workspace.store, sequence, workspace.codec)
    return chain.hex() if chain else ""


def ledger(world: World) -> Sequence[Entry]:
    """What the cloud did."""
    assert isinstance(world.cloud, MockCloud)
    return world.cloud.store.ledger()


def _more(notes: Notes, seen: list[Note]) -> list[Note]:
    seen += notes.new()
    return seen


def _held_by(workspace: Workspace) -> int:
    try:
        holder = workspace.holder()
    except Rejected:
        return 0
    return holder.pid if holder else 0


def _sleeps(pid: int) -> bool:
    try:
        return Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()[0] in "Tt"
    except (FileNotFoundError, ProcessLookupError):
        return False


def _let_go(pid: int, world: World) -> bool:
    """A cloud never waits for a client that sleeps: if it holds the lock of the rehearsal cloud's file, it gets to run on a little."""
    file = str(world.cloud.connection["path"])
    for _ in range(50):
        cloud = sqlite3.connect(file, timeout=0.2, isolation_level=None)
        try:
            cloud.execute("BEGIN IMMEDIATE")
            cloud.execute("ROLLBACK")
            return True
        except sqlite3.OperationalError:
            os.kill(pid, signal.SIGCONT)
            time.sleep(0.003)
            os.kill(pid, signal.SIGSTOP)
            _until(lambda: _sleeps(pid), 1.0)
        finally:
            cloud.close()
    return False


def _until(holds: Callable[[], bool], patience: float = PATIENCE) -> None:
    end = time.monotonic() + patience
    while not holds() and time.monotonic() < end:
        time.sleep(0.002)
