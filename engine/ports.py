"""What the outside world gives the engine: time, randomness, somewhere to tell events, a way to be cancelled."""

from __future__ import annotations

import random
import threading
import time
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from enum import IntEnum
from pathlib import Path

from mcflow.model.event import Event


class Clock:
    """Real time. Tests give one that jumps."""

    def now(self) -> float:
        """Seconds since the epoch; for display and records."""
        return time.time()

    def monotonic(self) -> float:
        """Seconds that never go back; for every decision."""
        return time.monotonic()

    def wait(self, cancel: Cancel, seconds: float) -> bool:
        """Let time pass; a request to end cuts it short. True if one was made."""
        return cancel.wait(seconds)


class Stop(IntEnum):
    """How urgently a run is asked to end."""

    NO = 0
    SOON = 1
    """No new steps; calls in flight finish; save."""
    NOW = 2
    """Leave; the journal is enough."""


class Cancel:
    """A token to cancel a run from a signal handler or another thread. ``request()`` once: soon, twice: now."""

    def __init__(self) -> None:
        self._level = Stop.NO
        self._wake = threading.Event()

    @property
    def level(self) -> Stop:
        return self._level

    def request(self) -> Stop:
        """Ask to end; each call is more urgent."""
        self._level = Stop(min(self._level + 1, Stop.NOW))
        self._wake.set()
        return self._level

    def wait(self, seconds: float) -> bool:
        """Sleep that a request cuts short; True if one was made."""
        return self._wake.wait(seconds)


def _ignore(event: Event) -> None:
    """Where events go if nobody listens."""


@dataclass(frozen=True)
class Ports:
    """Everything the engine takes from outside. ``environ`` is what expressions and credentials may read."""

    environ: Mapping[str, str] = field(default_factory=dict)
    clock: Clock = field(default_factory=Clock)
    random: random.Random = field(default_factory=random.SystemRandom)
    events: Callable[[Event], None] = _ignore
    cancel: Cancel = field(default_factory=Cancel)
    shared: Path | None = None
    """A folder that all runs of this machine share, for pacing requests together; None: each run paces itself."""
    user_config: Path | None = None
    """The user's configuration folder (connections.yaml, sealing key); None: nothing of the user is read."""
    cache: Path | None = None
    """The user's folder for answers of catalogs; None: none is kept."""
