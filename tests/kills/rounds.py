"""Rounds: a run killed at a random instant, sometimes killed again while it recovers, then one that must end well; and the tally."""

from __future__ import annotations

import random
import shutil
import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from pathlib import Path

from tests.kills.child import result, start
from tests.kills.gauge import Gauge
from tests.kills.world import World

from mcflow.state.lease import Owner

OPERATIONS = ("create", "update", "update", "destroy")
PATIENCE = 120.0
AGAIN = 0.4
"""How likely a run that recovers from a kill is killed too; up to `CHAIN` times in a row."""
CHAIN = 4
AIMED = 0.6
"""The share of kills that wait for a mutation to be inside the cloud; the others land wherever they land."""
FORCED = 0.6
"""The share of leases on a server that are ended by force at once, and not waited for."""
CALL = 0.02
"""Seconds a call takes at least, in the worlds of all clouds."""


@dataclass
class Tally:
    """What came of all rounds. ``wrong`` holds every finding of the judge, with the round it was found in."""

    kills: int = 0
    in_flight: int = 0
    killed_again: int = 0
    too_late: int = 0
    wrong: list[str] = field(default_factory=list)
    cpu: float = 0.0
    """Seconds of processor that all runs and their judge took, where that is known."""

    @property
    def share_in_flight(self) -> float:
        """The share of kills that landed while a mutation was inside the cloud."""
        return self.in_flight / max(1, self.kills)

    def __str__(self) -> str:
        return (f"{self.kills} kills ({self.killed_again} of them during recovery, {self.too_late} came too late and do not count), "
                f"{self.share_in_flight:.0%} with a mutation in flight, {len(self.wrong)} findings"
                + (f", {self.cpu / max(1, self.kills):.2f} s CPU a kill" if self.cpu else ""))


@dataclass
class Campaign:
    """Kills runs in worlds until there were enough kills. ``make`` gives a fresh world for a number."""

    make: Callable[[int], World]
    scratch: Path
    chance: random.Random
    variant: str = "as_it_is"
    tally: Tally = field(default_factory=Tally)
    _span: dict[str, float] = field(default_factory=dict)

    def run(self, kills: int, on_round: Callable[[Tally], None] = lambda tally: None) -> Tally:
        """Go on until ``kills`` kills have landed."""
        number = 0
        while self.tally.kills < kills:
            world = self.make(number)
            for revision, operation in enumerate(OPERATIONS):
                if self.tally.kills >= kills:
                    break
                for finding in self._round(world, operation, revision):
                    self.tally.wrong.append(f"world {number}, {operation} {revision}: {finding}")
                on_round(self.tally)
            if not self.tally.wrong:
                shutil.rmtree(world.directory.parent)
            number += 1
        return self.tally

    def _round(self, world: World, operation: str, revision: int) -> Iterator[str]:
        mode = "destroy" if operation == "destroy" else "apply"
        if mode == "apply":
            world.write(revision)
        killed = self._kill(world, operation, mode, again=False)
        yield from world.unreadable()
        for _ in range(CHAIN):
            if not killed or self.chance.random() > AGAIN:
                break
            killed = self._kill(world, operation, mode, again=True)
            yield from world.unreadable()
        yield from self._converge(world, operation, mode)

    def _kill(self, world: World, operation: str, mode: str, again: bool) -> bool:
        path = self._gauge_path()
        gauge = Gauge(path)
        child = start(world.directory, world.environ, path, mode=mode, variant=self.variant, seed=self.chance.getrandbits(30))
        span = self._span.get(operation, 0.3)
        if self.chance.random() < (0.2 if again else 0.06):
            _wait(lambda: gauge.calls > 0 or not child.is_alive())
            time.sleep(self.chance.uniform(0.0, span * 0.5))
        else:
            _wait(lambda: gauge.begun > 0 or not child.is_alive())
            time.sleep(self.chance.uniform(0.0, span * 0.9))
            if self.chance.random() < AIMED:
                # Between two calls of a busy machine: go on to somewhere inside the next one.
                _wait(lambda: gauge.in_flight > 0 or not child.is_alive(), 1.0 if world.store else 0.2)
                time.sleep(self.chance.uniform(0.0, CALL))
        child.kill()
        child.join()
        landed = child.exitcode == -9
        if landed:
            self.tally.kills += 1
            self.tally.killed_again += int(again)
            self.tally.in_flight += int(gauge.in_flight > 0)
            if world.store and self.chance.random() < FORCED:
                # Its requests may be under way: recovery must wait for them even so.
                world.project().workspace.break_lease(Owner(who="somebody in a hurry"))
        else:
            self.tally.too_late += 1
            self._span[operation] = span * 0.7
        gauge.close()
        path.unlink()
        return landed

    def _converge(self, world: World, operation: str, mode: str) -> Iterator[str]:
        path = self._gauge_path()
        gauge = Gauge(path)
        child = start(world.directory, world.environ, path, mode=mode, variant=self.variant, check=True)
        child.join(world.patience)
        if child.is_alive():
            child.kill()
            child.join()
            yield f"the next run did not end within {world.patience:.0f} s"
        answer = result(world.directory)
        if answer.get("status") not in ("done", "nothing"):
            yield f"the next run ended {answer.get('status', 'without a word')}: {answer.get('failures')}"
        elif not answer["empty"]:
            yield f"the plan after it is not empty: {answer['changes']}"
        yield from world.judge()
        if mode == "destroy" and world.state().natives:
            yield f"destroyed, and still in the state: {sorted(world.state().natives)[:5]}"
        if gauge.span:
            self._span[operation] = max(0.05, 0.7 * self._span.get(operation, gauge.span) + 0.3 * gauge.span * 1.5)
        gauge.close()
        path.unlink()

    def _gauge_path(self) -> Path:
        self.scratch.mkdir(parents=True, exist_ok=True)
        return self.scratch / f"gauge-{time.monotonic_ns()}"


def _wait(until: Callable[[], bool], patience: float = PATIENCE) -> None:
    """Look every millisecond until something holds (or patience ends)."""
    end = time.monotonic() + patience
    while not until() and time.monotonic() < end:
        time.sleep(0.001)
