"""What many processes note beside the store, in one file: who holds the lease when, and what was acknowledged to whom."""

from __future__ import annotations

import json
import os
import time
from collections.abc import Iterator
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Literal

What = Literal["holds", "acknowledged", "lost", "ended", "doomed", "fault", "called"]


@dataclass(frozen=True)
class Note:
    """``holds``: the lease of ``epoch`` was this writer's at ``at`` (monotonic seconds, the same in all processes of a machine).

    ``acknowledged``: ``op`` is durable, which made the counter ``value``. ``ended``: the turn is over; ``doomed``: it ends in a kill.
    ``called``: a call to a cloud was begun, which a check of the lease had allowed that was asked at ``since``.
    """

    what: What
    writer: str
    turn: int
    at: float
    epoch: int = 0
    op: str = ""
    value: int = 0
    text: str = ""
    since: float = 0.0


class Notes:
    """The file. A line is added by one call to the system: whole, and after those before it, whoever wrote them."""

    def __init__(self, path: Path) -> None:
        self._fd = os.open(path, os.O_RDWR | os.O_CREAT | os.O_APPEND, 0o600)
        self._read = 0

    def add(self, what: What, writer: str, turn: int, **more: float | str) -> None:
        """Note it; ``at`` is now if it is not given."""
        os.write(self._fd, json.dumps({"what": what, "writer": writer, "turn": turn, "at": time.monotonic(), **more}).encode() + b"\n")

    def new(self) -> Iterator[Note]:
        """What was noted since this was asked last."""
        size = os.fstat(self._fd).st_size
        data = os.pread(self._fd, size - self._read, self._read)
        whole = data[:data.rfind(b"\n") + 1]
        self._read += len(whole)
        for line in whole.splitlines():
            yield Note(**json.loads(line))

    def close(self) -> None:
        """Give the file back."""
        os.close(self._fd)


def line(note: Note) -> str:
    """A note for people."""
    return ", ".join(f"{name} {value}" for name, value in asdict(note).items() if value)
