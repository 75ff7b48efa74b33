"""When to try again: tenacity's wait and stop objects decide, the caller does the waiting."""

from __future__ import annotations

import random
from functools import cache

from tenacity import RetryCallState, stop_after_attempt, wait_exponential
from tenacity.wait import wait_base

from mcflow.drivers.sdk import Ambiguous, Busy, DriverError, ServiceFault, Stale, Throttled

LONGEST = 30.0

TRANSIENT = (Throttled, ServiceFault, Busy, Stale)
"""Errors after which it is certain that nothing was done and that trying again makes sense."""
READ_AGAIN = (*TRANSIENT, Ambiguous)
"""The same for reads, where doing it twice harms nobody."""
PATIENCE = 4
"""A call that is throttled did nothing and says nothing about itself: it is made so many times as often as others."""


class wait_jittered(wait_base):  # noqa: N801 - tenacity's own style for its wait objects
    """Exponential from ``first`` seconds up to LONGEST, between half and the whole of it, by the run's own randomness."""

    def __init__(self, first: float, source: random.Random) -> None:
        self._base = wait_exponential(multiplier=first, max=LONGEST)
        self._source = source

    def __call__(self, retry_state: RetryCallState) -> float:
        return self._base(retry_state) * (0.5 + self._source.random() / 2)


@cache
def _stop(attempts: int) -> stop_after_attempt:
    return stop_after_attempt(max(1, attempts))


class Retry:
    """Decides over the attempts of one kind of call. ``first``: seconds of the first wait."""

    def __init__(self, first: float, source: random.Random) -> None:
        self._wait = wait_jittered(max(first, 0.001), source)

    def delay(self, attempt: int, attempts: int, error: DriverError | None = None) -> float | None:
        """Seconds to wait after ``attempt`` (counted from 1) failed; None when it was the last. What the cloud asked for is honoured."""
        if isinstance(error, Throttled) and attempts > 1:
            attempts *= PATIENCE
        state = RetryCallState(None, None, (), {})  # type: ignore[arg-type]
        state.attempt_number = attempt
        if _stop(attempts)(state):
            return None
        asked = error.retry_after if error is not None and error.retry_after is not None else 0.0
        return max(self._wait(state), asked)
