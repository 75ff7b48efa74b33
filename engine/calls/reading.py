"""Many reads at once: in threads, at the pace of their API families, tried again where that makes sense."""

from __future__ import annotations

import heapq
from collections.abc import Iterator, Sequence

from mcflow.drivers.sdk import Throttled
from mcflow.engine.calls.call import Answer, Call
from mcflow.engine.calls.executor import ThreadExecutor
from mcflow.engine.calls.pace import Pace
from mcflow.engine.calls.retry import READ_AGAIN, Retry
from mcflow.engine.ports import Ports

ATTEMPTS = 6
_SLICE = 0.2


class InterruptedReading(Exception):
    """The run was asked to end while it was reading; nothing was changed."""


def read_all(calls: Sequence[Call], ports: Ports, *, parallelism: int = 16, pace: Pace | None = None) -> Iterator[Answer]:
    """The final answer of every call, as they come: a value, or the error that remained. Raises InterruptedReading."""
    reading = _Reading(ports, parallelism, pace or Pace(ports.shared))
    for call in calls:
        reading.put(call, 1)
    try:
        yield from reading.answers()
    finally:
        reading.executor.cancel()


class _Reading:
    def __init__(self, ports: Ports, parallelism: int, pace: Pace) -> None:
        self.ports = ports
        self.executor = ThreadExecutor(parallelism)
        self._pace = pace
        self._waiting: list[tuple[float, int, Call, int]] = []
        self._sequence = 0
        self._attempts: dict[int, int] = {}

    def put(self, call: Call, attempt: int, after: float = 0.0) -> None:
        now = self.ports.clock.monotonic()
        due = now + after
        due += self._pace.bucket(call.live, call.type).reserve(due)
        self._sequence += 1
        heapq.heappush(self._waiting, (due, self._sequence, call, attempt))

    def answers(self) -> Iterator[Answer]:
        clock, cancel = self.ports.clock, self.ports.cancel
        while self._waiting or self.executor.pending:
            if cancel.level:
                raise InterruptedReading
            self._launch()
            pause = self._waiting[0][0] - clock.monotonic() if self._waiting else _SLICE
            if not self.executor.pending:
                clock.wait(cancel, max(0.001, pause))
                continue
            for answer in self.executor.poll(max(0.001, min(_SLICE, pause))):
                if not self._again(answer):
                    yield answer

    def _launch(self) -> None:
        now = self.ports.clock.monotonic()
        while self._waiting and self._waiting[0][0] <= now:
            _, _, call, attempt = heapq.heappop(self._waiting)
            self._attempts[id(call)] = attempt
            self.executor.submit([call])

    def _again(self, answer: Answer) -> bool:
        call = answer.call
        attempt = self._attempts.pop(id(call))
        bucket = self._pace.bucket(call.live, call.type)
        if isinstance(answer.error, Throttled):
            bucket.throttled(self.ports.clock.monotonic())
        else:
            bucket.accepted()
        if not isinstance(answer.error, READ_AGAIN):
            return False
        wait = Retry(call.live.session.poll_interval / 2, self.ports.random).delay(attempt, ATTEMPTS, answer.error)
        if wait is None:
            return False
        self.put(call, attempt + 1, wait)
        return True


def nothing(_about: object, _answer: Answer) -> None:
    """What `read_all`'s callers put into a Key: they take the answers themselves."""

