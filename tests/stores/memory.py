"""Objects in memory, shared between threads, with every fault a real store has, and the lies that a store must be refused for."""

from __future__ import annotations

import threading
import time
from collections import Counter
from collections.abc import Callable
from typing import Literal

from mcflow.state.stores.objects import Found

Fault = Literal["fails", "lost", "repeated", "late"] | None
"""``fails``: nothing happens, OSError. ``lost``: it happens, OSError. ``repeated``: it happens, and the client asks again by itself.
``late``: OSError now, and it happens when `Bucket.arrive` is called."""


class Bucket:
    """What is stored, the store's clock, how many requests came, and what goes wrong.

    ``fault`` is asked about every request (operation, key); ``before`` is called ahead of it, outside of any lock: to stop a thread there.
    ``lies``: ``conditions`` are ignored, ``listing`` shows an old state, ``reading`` shows the first version, ``twice`` lets two creates
    through if they come at once.
    """

    def __init__(self, clock: Callable[[], float] = time.time) -> None:
        self.clock = clock
        self.content: dict[str, tuple[bytes, float]] = {}
        self.lock = threading.Lock()
        self.requests: Counter[str] = Counter()
        self.fault: Callable[[str, str], Fault] = lambda operation, key: None
        self.before: Callable[[str, str], None] = lambda operation, key: None
        self.lies: set[str] = set()
        self.first: dict[str, bytes] = {}
        self.created: list[tuple[str, bytes]] = []
        self.waiting: list[tuple[str, bytes]] = []
        self.busy: Counter[str] = Counter()

    @property
    def total(self) -> int:
        """Requests so far."""
        return sum(self.requests.values())

    def write(self, key: str, data: bytes) -> None:
        with self.lock:
            self.content[key] = (data, self.clock())
            self.first.setdefault(key, data)

    def create(self, key: str, data: bytes) -> bool:
        """The condition, judged at one instant."""
        with self.lock:
            if key in self.content and "conditions" not in self.lies:
                return False
            self.content[key] = (data, self.clock())
            self.first.setdefault(key, data)
            self.created.append((key, data))
            return True

    def arrive(self) -> list[bool]:
        """Requests that were late come now, long after their senders gave them up."""
        waiting, self.waiting = self.waiting, []
        return [self.create(key, data) for key, data in waiting]


class MemoryObjects:
    """A handle on a bucket."""

    def __init__(self, bucket: Bucket, place: str = "memory:") -> None:
        self.bucket = bucket
        self.place = place

    def _asked(self, operation: str, key: str) -> Fault:
        self.bucket.before(operation, key)
        with self.bucket.lock:
            self.bucket.requests[operation] += 1
        fault = self.bucket.fault(operation, key)
        if fault == "fails":
            raise OSError(f"{operation} {key}: the store does not answer")
        return fault

    def read(self, key: str) -> bytes | None:
        self._asked("read", key)
        with self.bucket.lock:
            found = self.bucket.content.get(key)
            if found is not None and "reading" in self.bucket.lies:
                return self.bucket.first[key]
        return found[0] if found else None

    def create(self, key: str, data: bytes) -> bool:
        fault = self._asked("create", key)
        if fault == "late":
            self.bucket.waiting.append((key, data))
            raise OSError(f"create {key}: timed out")
        if "twice" in self.bucket.lies:
            return self._create_carelessly(key, data)
        made = self.bucket.create(key, data)
        if fault == "repeated":
            made = self.bucket.create(key, data)
        if fault == "lost":
            raise OSError(f"create {key}: the reply was lost")
        return made

    def _create_carelessly(self, key: str, data: bytes) -> bool:
        """Look, then write: two that come at once both find nothing."""
        with self.bucket.lock:
            free = key not in self.bucket.content
            self.bucket.busy[key] += 1
        until = time.monotonic() + 0.02
        while self.bucket.busy[key] < 2 and time.monotonic() < until:
            time.sleep(0.001)
        if free:
            self.bucket.write(key, data)
        return free

    def put(self, key: str, data: bytes) -> None:
        fault = self._asked("put", key)
        self.bucket.write(key, data)
        if fault == "lost":
            raise OSError(f"put {key}: the reply was lost")

    def remove(self, key: str) -> None:
        fault = self._asked("remove", key)
        with self.bucket.lock:
            self.bucket.content.pop(key, None)
        if fault == "lost":
            raise OSError(f"remove {key}: the reply was lost")

    def list(self, prefix: str) -> list[Found]:
        self._asked("list", prefix)
        if "listing" in self.bucket.lies:
            return []
        with self.bucket.lock:
            content = sorted(self.bucket.content.items())
        return [Found(key, len(data), modified) for key, (data, modified) in content if key.startswith(prefix)]

    def now(self) -> float:
        self._asked("now", "")
        return self.bucket.clock()
