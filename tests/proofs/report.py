"""What a proof shows: progress, a table at the end, and each failing case written out so that it can be replayed."""

from __future__ import annotations

import resource
import shlex
import sys
import time
from collections.abc import Sequence
from dataclasses import dataclass


@dataclass(frozen=True)
class Table:
    """Rows below titles."""

    titles: tuple[str, ...]
    rows: Sequence[tuple[str, ...]]

    def __str__(self) -> str:
        lines = [self.titles, *self.rows]
        widths = [max(len(line[column]) for line in lines) for column in range(len(self.titles))]
        return "\n".join("  ".join(cell.ljust(width) for cell, width in zip(line, widths, strict=True)).rstrip() for line in lines)


class Progress:
    """A line on stderr now and then."""

    def __init__(self, every: float = 15.0) -> None:
        self._every = every
        self._told = time.monotonic()

    def tell(self, line: str) -> None:
        """Say it, if enough time has passed."""
        if time.monotonic() - self._told >= self._every:
            self._told = time.monotonic()
            print(line, file=sys.stderr, flush=True)


def cpu_seconds() -> float:
    """What this process and the children it waited for have used."""
    used = [resource.getrusage(who) for who in (resource.RUSAGE_SELF, resource.RUSAGE_CHILDREN)]
    return sum(each.ru_utime + each.ru_stime for each in used)


def replay(proof: str, *arguments: object) -> str:
    """The command that runs one case again."""
    return shlex.join(["python", "-m", "tests.proofs", proof, *map(str, arguments)])
