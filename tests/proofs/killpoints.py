"""Exhaustive kill points: SIGKILL at every write, sync, rename, unlink, truncation, lock and cloud call of an operation."""

from __future__ import annotations

import random
import shutil
from collections import Counter
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from pathlib import Path

from tests.proofs.operations import OPERATIONS, Operation, operation
from tests.proofs.report import Table
from tests.proofs.seam import small_reserve
from tests.proofs.stage import copied, judged, opened, prepare
from tests.proofs.victim import strike


@dataclass
class Sweep:
    """What came of striking at the points of operations. ``wrong``: what was found, by operation and point."""

    struck: Counter[str] = field(default_factory=Counter)
    known: dict[str, int] = field(default_factory=dict)
    kinds: Counter[str] = field(default_factory=Counter)
    late: int = 0
    wrong: list[tuple[str, int, str]] = field(default_factory=list)

    def table(self) -> Table:
        """One line for each operation."""
        found = Counter(name for name, _, _ in self.wrong)
        rows = [(name, str(self.known[name]), str(self.struck[name]), str(found[name])) for name in self.known]
        return Table(("operation", "points", "killed at", "findings"), rows)


def gauge(stage: Path, folder: Path, name: str, seed: int, parallelism: int) -> list[str]:
    """The points of an operation, by letting it run to its end once."""
    points = strike(copied(stage, folder), name, None, seed, parallelism)
    assert points, f"{name} has no points"
    return points


def strike_and_judge(
    stage: Path, folder: Path, name: str, point: int, seed: int, parallelism: int, variant: str = "as_it_is",
) -> list[str] | None:
    """Kill at one point, then judge. None if the run ended before that point came."""
    copied(stage, folder)
    if strike(folder, name, point, seed, parallelism, variant) is not None:
        return None
    with opened(folder) as world, small_reserve():
        return judged(world, operation(name), seed)


def chosen(points: dict[str, list[str]], count: int | None, seed: int) -> Iterator[tuple[str, int]]:
    """All points, or that many of them, spread evenly over the operations and over each operation's course."""
    if count is None:
        yield from ((name, index) for name, known in points.items() for index in range(len(known)))
        return
    chance = random.Random(seed)
    share, rest = divmod(count, len(points))
    for order, (name, known) in enumerate(points.items()):
        wanted = min(share + (order < rest), len(known))
        for part in range(wanted):
            start, end = part * len(known) // wanted, (part + 1) * len(known) // wanted
            yield name, chance.randrange(start, max(end, start + 1))


def sweep(
    scratch: Path, *, count: int | None = None, names: tuple[str, ...] = (), seed: int = 0, parallelism: int = 1,
    variant: str = "as_it_is", on_point: Callable[[Sweep], None] = lambda sweep: None,
) -> Sweep:
    """Strike at the points of the operations with these names (default: all)."""
    done = Sweep()
    operations: list[Operation] = [each for each in OPERATIONS if not names or each.name in names]
    stages = {each.name: prepare(each, scratch / f"stage-{each.name}") for each in operations}
    points = {name: gauge(stage, scratch / "gauge", name, seed, parallelism) for name, stage in stages.items()}
    done.known = {name: len(known) for name, known in points.items()}
    for name, point in chosen(points, count, seed):
        found = strike_and_judge(stages[name], scratch / "case", name, point, seed, parallelism, variant)
        if found is None:
            done.late += 1
        else:
            done.struck[name] += 1
            done.kinds[points[name][point].rsplit(" ", 1)[0]] += 1
            done.wrong += [(name, point, f"{points[name][point]}: {finding}") for finding in found]
        on_point(done)
    for stage in stages.values():
        shutil.rmtree(stage)
    return done
