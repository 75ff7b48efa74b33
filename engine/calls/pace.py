"""How fast: one token bucket per account and API family, which slows down when the cloud says so and recovers by itself.

Clouds count requests per account, not per process: where the outside world gives a shared folder, all runs of one machine take their
tokens from the same buckets.
"""

from __future__ import annotations

import fcntl
import hashlib
import os
import struct
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Protocol

from mcflow.drivers.sdk import NativeType
from mcflow.engine.sessions import Live

_SLOWEST = 0.5
_RECOVERY = 0.05
_BETWEEN_CUTS = 1.0
_NEVER = -1e9
_AHEAD = 3600.0
"""A level from further in the future than this is from before a restart of the machine: its clock began anew."""


@dataclass(slots=True)
class Level:
    """How full a bucket is: ``rate`` tokens a second, ``tokens`` at the monotonic time ``at``, last slowed down at ``cut_at``."""

    rate: float
    tokens: float
    at: float = _NEVER
    cut_at: float = _NEVER


class Keeper(Protocol):
    """Keeps a level; ``hold`` gives it to one caller at a time and keeps what the caller made of it."""

    @contextmanager
    def hold(self) -> Iterator[Level]:
        """The level, exclusively."""
        raise NotImplementedError


class Own:
    """A level of this process alone."""

    def __init__(self, level: Level) -> None:
        self._level = level
        self._lock = threading.Lock()

    @contextmanager
    def hold(self) -> Iterator[Level]:
        """The level, exclusively among the threads."""
        with self._lock:
            yield self._level


class Shared:
    """A level in a small file that all processes of the machine lock, read and write."""

    _FORM = struct.Struct("=4d")

    def __init__(self, path: Path, level: Level) -> None:
        self._fresh = level
        self._lock = threading.Lock()
        self._file = os.open(path, os.O_RDWR | os.O_CREAT | os.O_NOFOLLOW | os.O_CLOEXEC, 0o600)

    @contextmanager
    def hold(self) -> Iterator[Level]:
        """The level, exclusively on this machine."""
        with self._lock:
            fcntl.flock(self._file, fcntl.LOCK_EX)
            try:
                level = self._read()
                yield level
                os.pwrite(self._file, self._FORM.pack(level.rate, level.tokens, level.at, level.cut_at), 0)
            finally:
                fcntl.flock(self._file, fcntl.LOCK_UN)

    def _read(self) -> Level:
        data = os.pread(self._file, self._FORM.size, 0)
        if len(data) != self._FORM.size:
            return Level(self._fresh.rate, self._fresh.tokens)
        return Level(*self._FORM.unpack(data))


class Bucket:
    """Tokens come at a rate of up to ``ceiling`` a second, up to a second's worth. Additive increase, multiplicative decrease.

    ``ceiling`` 0: no limit.
    """

    def __init__(self, ceiling: float, keeper: Keeper | None = None) -> None:
        self.ceiling = ceiling
        self.rate = ceiling
        """The rate when it was last looked at."""
        self._keeper: Keeper = keeper or Own(full(ceiling))

    def reserve(self, now: float) -> float:
        """Take one token; returns how many seconds from ``now`` it may be used (0: at once)."""
        if self.ceiling <= 0:
            return 0.0
        with self._keeper.hold() as level:
            self._mend(level, now)
            level.tokens = min(max(1.0, level.rate), level.tokens + max(0.0, now - level.at) * level.rate) - 1.0
            level.at = max(now, level.at)
            self.rate = level.rate
            return 0.0 if level.tokens >= 0 else -level.tokens / level.rate

    def throttled(self, now: float) -> None:
        """The cloud refused for haste: halve the rate, at most once a second (one burst is one signal)."""
        if self.ceiling <= 0:
            return
        with self._keeper.hold() as level:
            self._mend(level, now)
            if now - level.cut_at >= _BETWEEN_CUTS:
                level.rate = max(min(_SLOWEST, self.ceiling), level.rate / 2)
                level.tokens = min(level.tokens, 0.0)
                level.cut_at = now
            self.rate = level.rate

    def accepted(self) -> None:
        """A request went through: a little faster again, up to the ceiling."""
        if self.rate < self.ceiling:
            with self._keeper.hold() as level:
                level.rate = min(self.ceiling, level.rate + self.ceiling * _RECOVERY)
                self.rate = level.rate

    def _mend(self, level: Level, now: float) -> None:
        """Forget a level that another clock wrote, and a rate above what this run may have."""
        if level.at > now + _AHEAD or level.cut_at > now + _AHEAD or not level.rate > 0:
            level.rate, level.tokens, level.at, level.cut_at = self.ceiling, max(1.0, self.ceiling), _NEVER, _NEVER
        level.rate = min(level.rate, self.ceiling)


def full(ceiling: float) -> Level:
    """A full bucket."""
    return Level(ceiling, max(1.0, ceiling))


class Pace:
    """The buckets of a run. Usable from several threads. ``shared``: the folder of the machine's buckets; None: the run's own."""

    def __init__(self, shared: Path | None = None) -> None:
        self._shared = shared
        self._buckets: dict[tuple[str, str], Bucket] = {}
        self._lock = threading.Lock()

    def bucket(self, live: Live, type: NativeType[object]) -> Bucket:
        """The bucket that calls of this type over this connection count against."""
        key = (str(live.identity), type.family)
        found = self._buckets.get(key)
        if found is None:
            with self._lock:
                found = self._buckets.get(key) or self._make(key, live.session.rate)
                self._buckets[key] = found
        return found

    def _make(self, key: tuple[str, str], ceiling: float) -> Bucket:
        if self._shared is None or ceiling <= 0:
            return Bucket(ceiling)
        name = hashlib.sha256("\0".join(key).encode()).hexdigest()[:24]
        try:
            self._shared.mkdir(mode=0o700, parents=True, exist_ok=True)
            return Bucket(ceiling, Shared(self._shared / f"pace-{name}", full(ceiling)))
        except OSError:
            # Where nothing can be shared, each run paces itself: slower to adapt, never wrong.
            return Bucket(ceiling)
