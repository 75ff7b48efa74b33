"""How fast: one token bucket per account and API family, which slows down when the cloud says so and recovers by itself."""

from __future__ import annotations

import threading
from dataclasses import dataclass, field

from mcflow.drivers.sdk import NativeType
from mcflow.engine.sessions import Live

_SLOWEST = 0.5
_RECOVERY = 0.05
_BETWEEN_CUTS = 1.0


@dataclass(slots=True)
class Bucket:
    """Tokens come at ``rate`` a second up to a second's worth. Additive increase, multiplicative decrease. ``ceiling`` 0: no limit."""

    ceiling: float
    rate: float = 0.0
    tokens: float = 0.0
    at: float = 0.0
    cut_at: float = float("-inf")
    lock: threading.Lock = field(default_factory=threading.Lock)

    def __post_init__(self) -> None:
        self.rate = self.rate or self.ceiling
        self.tokens = max(1.0, self.rate)

    def reserve(self, now: float) -> float:
        """Take one token; returns how many seconds from ``now`` it may be used (0: at once)."""
        if self.ceiling <= 0:
            return 0.0
        with self.lock:
            self.tokens = min(max(1.0, self.rate), self.tokens + max(0.0, now - self.at) * self.rate) - 1.0
            self.at = max(now, self.at)
            return 0.0 if self.tokens >= 0 else -self.tokens / self.rate

    def throttled(self, now: float) -> None:
        """The cloud refused for haste: halve the rate, at most once a second (one burst is one signal)."""
        with self.lock:
            if self.ceiling > 0 and now - self.cut_at >= _BETWEEN_CUTS:
                self.rate = max(min(_SLOWEST, self.ceiling), self.rate / 2)
                self.tokens = min(self.tokens, 0.0)
                self.cut_at = now

    def accepted(self) -> None:
        """A request went through: a little faster again, up to the ceiling."""
        if self.rate < self.ceiling:
            with self.lock:
                self.rate = min(self.ceiling, self.rate + self.ceiling * _RECOVERY)


class Pace:
    """The buckets of a run. Usable from several threads."""

    def __init__(self) -> None:
        self._buckets: dict[tuple[str, str], Bucket] = {}
        self._lock = threading.Lock()

    def bucket(self, live: Live, type: NativeType[object]) -> Bucket:
        """The bucket that calls of this type over this connection count against."""
        key = (str(live.identity), type.family)
        found = self._buckets.get(key)
        if found is None:
            with self._lock:
                found = self._buckets.setdefault(key, Bucket(live.session.rate))
        return found
