"""Many writers, several in each process, all of whom want the lease at once, round after round; and readers beside them."""

from __future__ import annotations

import multiprocessing
import random
import threading
import time
from collections import Counter
from collections.abc import Callable
from dataclasses import dataclass, field, replace
from multiprocessing.process import BaseProcess

from tests.stores.contest.arena import Arena
from tests.stores.contest.judge import HEALED, judge
from tests.stores.contest.notes import Note, Notes
from tests.stores.contest.turn import COUNTER, Plan, take_turns

from mcflow.model.diagnostic import Rejected

PRELOAD = ["mcflow.conformance.preload", "tests.stores.contest.turn"]
ROUND = 900.0
"""Seconds after which a round is given up."""


@dataclass
class Tally:
    """What came of a contest. ``wrong`` holds every finding."""

    store: str
    rounds: int = 0
    turns: int = 0
    acknowledged: int = 0
    kills: int = 0
    lost: int = 0
    readings: int = 0
    seconds: float = 0.0
    wrong: list[str] = field(default_factory=list)

    def __str__(self) -> str:
        return (f"{self.store:<11} {self.rounds:>4} rounds {self.turns:>6} turns {self.acknowledged:>6} acknowledged {self.kills:>4} kills "
                f"{self.lost:>4} leases lost {self.readings:>6} readings {len(self.wrong):>3} findings {self.seconds:>7.1f} s")


@dataclass
class Contest:
    """``each``: writers of one process. ``killed``: the share of rounds in which a writer is killed as it holds the lease."""

    arena: Arena
    writers: int
    each: int
    chance: random.Random
    killed: float = 0.4
    _noted: list[Note] = field(default_factory=list)

    def run(self, rounds: int, on_round: Callable[[Tally], None] = lambda tally: None) -> Tally:
        """All rounds, then the judge."""
        begin = time.monotonic()
        tally = Tally(self.arena.store)
        path = self.arena.scratch / "notes"
        notes = Notes(path)
        reader = _Reader(self.arena, Notes(path))
        reader.start()
        for turn in range(rounds):
            self._round(turn, notes, tally)
            tally.rounds += 1
            tally.seconds = time.monotonic() - begin
            tally.wrong = list(reader.wrong)
            on_round(tally)
            if tally.wrong:
                break
        reader.end()
        self._noted += notes.new()
        notes.close()
        tally.readings = reader.readings
        tally.wrong = [*reader.wrong, *judge(self._noted, self.arena.workspace())]
        counts = Counter(note.what for note in self._noted)
        tally.turns = len({(note.writer, note.turn) for note in self._noted if note.what in ("ended", "doomed")})
        tally.acknowledged, tally.lost = counts["acknowledged"], counts["lost"]
        tally.seconds = time.monotonic() - begin
        return tally

    def _round(self, turn: int, notes: Notes, tally: Tally) -> None:
        """Processes at once; those of a killed one that had not had their turn have it in another."""
        waiting = {f"w{number:02d}": self._plan(f"w{number:02d}", turn) for number in range(self.writers)}
        if int((turn + 1) * self.killed) > int(turn * self.killed):
            name = self.chance.choice(sorted(waiting))
            doom = self.chance.randrange(waiting[name].records)
            waiting[name] = replace(waiting[name], doom=doom, delay=self.chance.random() * 0.03)
        until = time.monotonic() + ROUND
        while waiting and time.monotonic() < until:
            names = sorted(waiting)
            self.chance.shuffle(names)
            go = time.monotonic() + 0.05
            parts = [names[start:start + self.each] for start in range(0, len(names), self.each)]
            processes = [self._start([waiting[name] for name in part], go) for part in parts]
            for process in processes:
                process.join(max(0.0, until - time.monotonic()))
                tally.kills += process.exitcode == -9
                if process.is_alive():
                    process.kill()
            for note in notes.new():
                self._noted.append(note)
                if note.turn == turn and note.what in ("ended", "doomed"):
                    waiting.pop(note.writer, None)
        for name in waiting:
            self._noted.append(Note("fault", name, turn, time.monotonic(), text="had no turn"))

    def _plan(self, name: str, turn: int) -> Plan:
        return Plan(name, turn, self.chance.randint(1, 3), self.chance.random() < 0.3)

    def _start(self, plans: list[Plan], go: float) -> BaseProcess:
        context = multiprocessing.get_context("forkserver")
        context.set_forkserver_preload(PRELOAD)
        process = context.Process(target=take_turns, args=(self.arena, self.arena.scratch / "notes", plans, go))
        process.start()
        return process


class _Reader(threading.Thread):
    """Reads all the time: what it reads is whole, and has all that was acknowledged before."""

    def __init__(self, arena: Arena, notes: Notes) -> None:
        super().__init__(daemon=True)
        self.readings = 0
        self.wrong: list[str] = []
        self._arena = arena
        self._notes = notes
        self._ended = threading.Event()

    def end(self) -> None:
        """One more reading, then it ends."""
        self._ended.set()
        self.join()

    def run(self) -> None:
        least = 0
        while not self._ended.wait(0.5 if self._arena.slow else 0.1) and len(self.wrong) < 5:
            least = max([least, *(note.value for note in self._notes.new())])
            try:
                reading = self._arena.workspace().read()
            except (Rejected, OSError) as fault:
                self.wrong.append(f"a reader: {type(fault).__name__}: {fault}")
                continue
            counter = reading.state.natives.get(COUNTER)
            value = counter.attributes["value"] if counter else 0
            if value < least:
                self.wrong.append(f"a reader saw {value} after {least} was acknowledged")
            self.wrong += [f"a reader: {found.code} {found.message}" for found in reading.findings if found.code not in HEALED]
            least = max(least, value)
            self.readings += 1
