"""How many calls are inside the cloud right now: counters in a shared file, readable after the process that kept them was killed."""

from __future__ import annotations

import mmap
import struct
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

_LAYOUT = struct.Struct("<qqqdd")


class Gauge:
    """Calls made, mutations begun, mutations ended, and when the first began and the last ended (monotonic seconds, 0: never)."""

    def __init__(self, path: Path) -> None:
        if not path.exists():
            path.write_bytes(bytes(_LAYOUT.size))
        with path.open("r+b") as file:
            self._memory = mmap.mmap(file.fileno(), _LAYOUT.size)
        self._lock = threading.Lock()

    def _read(self) -> tuple[int, int, int, float, float]:
        calls, begun, ended, first, last = _LAYOUT.unpack_from(self._memory)
        return calls, begun, ended, first, last

    @property
    def calls(self) -> int:
        """Calls begun, reads included."""
        return self._read()[0]

    @property
    def begun(self) -> int:
        """Mutations begun."""
        return self._read()[1]

    @property
    def in_flight(self) -> int:
        """Mutations that have begun and not ended."""
        _, begun, ended, _, _ = self._read()
        return begun - ended

    @property
    def span(self) -> float:
        """Seconds from the first mutation's beginning to the last one's end."""
        *_, first, last = self._read()
        return max(0.0, last - first)

    @contextmanager
    def call(self, mutation: bool) -> Iterator[None]:
        """Around a call."""
        self._add(1, int(mutation), 0)
        try:
            yield
        finally:
            self._add(0, 0, int(mutation))

    def _add(self, calls: int, begun: int, ended: int) -> None:
        with self._lock:
            old = self._read()
            now = time.monotonic()
            first = now if begun and not old[3] else old[3]
            last = now if ended else old[4]
            _LAYOUT.pack_into(self._memory, 0, old[0] + calls, old[1] + begun, old[2] + ended, first, last)

    def close(self) -> None:
        """Give the mapping back."""
        self._memory.close()
