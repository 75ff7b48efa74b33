"""Processes of `mcflow apply`, all at once, each with another revision of one blueprint, on one state and one cloud."""

from __future__ import annotations

import random
import subprocess
import sys
import time
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, field
from itertools import groupby
from pathlib import Path

from tests.conformance.mock_cloud import MockCloud
from tests.kills.world import World
from tests.stores.contest.places import environ, machines

MCFLOW = [sys.executable, "-c", "import sys; from mcflow.cli import main; sys.exit(main())"]
PATIENCE = 600.0
LOCKED = 5
IMPATIENT = 0.2
"""The share of processes that do not wait for the lease."""


@dataclass
class Tally:
    """What came of it: runs that did their work, runs that were refused as they would not wait, calls that changed the cloud."""

    store: str
    rounds: int = 0
    worked: int = 0
    refused: int = 0
    mutations: int = 0
    seconds: float = 0.0
    wrong: list[str] = field(default_factory=list)

    def __str__(self) -> str:
        return (f"{self.store:<11} {self.rounds:>4} rounds {self.worked:>4} applied {self.refused:>4} refused "
                f"{self.mutations:>6} mutations {len(self.wrong):>3} findings {self.seconds:>7.1f} s")


class Applies:
    """``count`` machines."""

    def __init__(self, store: str, scratch: Path, count: int, chance: random.Random) -> None:
        self._chance = chance
        self._worlds = machines(store, scratch, count, chance.getrandbits(30))
        self._tally = Tally(store)

    def run(self, rounds: int, on_round: Callable[[Tally], None] = lambda tally: None) -> Tally:
        """All rounds, each judged."""
        tally, begin = self._tally, time.monotonic()
        for turn in range(rounds):
            tally.wrong += [f"round {turn}: {finding}" for finding in self._round(turn)]
            tally.rounds += 1
            tally.seconds = time.monotonic() - begin
            on_round(tally)
        return tally

    def _round(self, turn: int) -> Iterator[str]:
        cloud = self._worlds[0].cloud
        assert isinstance(cloud, MockCloud)
        before = len(cloud.store.ledger())
        patient = [number == 0 or self._chance.random() >= IMPATIENT for number in range(len(self._worlds))]
        for number, world in enumerate(self._worlds):
            world.write(turn * len(self._worlds) + number)
        words = [["apply", "-y", *(["--lock-timeout", f"{PATIENCE:.0f}s"] if waits else [])] for waits in patient]
        runs = [_start(world, each) for world, each in zip(self._worlds, words, strict=True)]
        said = [run.communicate(timeout=PATIENCE)[0] for run in runs]
        for run, text, waits in zip(runs, said, patient, strict=True):
            self._tally.worked += run.returncode == 0
            self._tally.refused += run.returncode == LOCKED
            if run.returncode not in ((0,) if waits else (0, LOCKED)) or "Traceback" in text:
                yield f"an apply ended with {run.returncode}: {text[-2000:]}"
            if run.returncode == LOCKED and "MC0701" not in text and "MC0744" not in text:
                yield f"a refused apply does not say who holds the state: {text[-1000:]}"
        ledger = [entry.process for entry in cloud.store.ledger()[before:]]
        self._tally.mutations += len(ledger)
        yield from one_at_a_time(ledger)
        yield from _settled(self._worlds[0])


def one_at_a_time(processes: Sequence[int]) -> Iterator[str]:
    """The processes of a ledger, in its order: none comes back after another has begun."""
    spells = [process for process, _ in groupby(processes)]
    for process in sorted({each for each in spells if spells.count(each) > 1}):
        yield f"process {process} changed the cloud before and after another one did"


def _settled(world: World) -> Iterator[str]:
    """Cloud and state are one, and so are state and blueprint after one more apply."""
    yield from world.judge()
    for words in (["apply", "-y"], ["plan", "--detailed-exitcode"]):
        run = _start(world, words)
        said = run.communicate(timeout=PATIENCE)[0]
        if run.returncode:
            yield f"{words[0]} afterwards ended with {run.returncode}: {said[-2000:]}"
    yield from world.judge()


def _start(world: World, words: Sequence[str]) -> subprocess.Popen[str]:
    return subprocess.Popen([*MCFLOW, *words], cwd=world.directory, env=environ(world), stdin=subprocess.DEVNULL,
                            stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True)
