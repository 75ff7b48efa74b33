"""Where calls run. A seam: the default runs them in threads of this process."""

from __future__ import annotations

import queue
import threading
from collections.abc import Iterable, Sequence
from typing import Any, Protocol

from mcflow.engine.calls.call import Answer, Call, carry_out


class Executor(Protocol):
    """Runs calls, in any order and anywhere. One thread owns it."""

    def submit(self, calls: Sequence[Call]) -> None:
        """Take calls over; returns at once."""

    def poll(self, timeout: float) -> list[Answer]:
        """The answers that have come; waits up to ``timeout`` seconds for the first."""

    def known(self) -> frozenset[Any]:
        """Keys of the calls that were submitted and not yet answered."""

    def cancel(self) -> None:
        """Drop what has not begun; do not wait for what has."""


class ThreadExecutor:
    """Calls in daemon threads, started as they are needed: leaving the process never waits for a cloud."""

    def __init__(self, parallelism: int) -> None:
        self._limit = max(1, parallelism)
        self._inbox: queue.SimpleQueue[Call | None] = queue.SimpleQueue()
        self._outbox: queue.SimpleQueue[Answer] = queue.SimpleQueue()
        self._threads: list[threading.Thread] = []
        self._known: dict[Any, int] = {}
        self._pending = 0

    @property
    def pending(self) -> int:
        """How many calls are submitted and not yet answered."""
        return self._pending

    def submit(self, calls: Sequence[Call]) -> None:
        for call in calls:
            self._known[call.key] = self._known.get(call.key, 0) + 1
            self._pending += 1
            if len(self._threads) < min(self._limit, self._pending):
                self._start()
            self._inbox.put(call)

    def poll(self, timeout: float) -> list[Answer]:
        answers: list[Answer] = []
        try:
            if timeout > 0 and self._pending:
                answers.append(self._outbox.get(timeout=timeout))
            while True:
                answers.append(self._outbox.get_nowait())
        except queue.Empty:
            self._forget(answer.call.key for answer in answers)
            return answers

    def known(self) -> frozenset[Any]:
        return frozenset(self._known)

    def cancel(self) -> None:
        """Also ends the threads, as they finish what they are at."""
        try:
            while True:
                dropped = self._inbox.get_nowait()
                if dropped is not None:
                    self._forget([dropped.key])
        except queue.Empty:
            for _ in self._threads:
                self._inbox.put(None)
            self._threads = []

    def _forget(self, keys: Iterable[Any]) -> None:
        for key in keys:
            self._pending -= 1
            left = self._known[key] - 1
            if left:
                self._known[key] = left
            else:
                del self._known[key]

    def _start(self) -> None:
        thread = threading.Thread(target=_serve, args=(self._inbox, self._outbox), name=f"mcflow-call-{len(self._threads)}", daemon=True)
        self._threads.append(thread)
        thread.start()


def _serve(inbox: queue.SimpleQueue[Call | None], outbox: queue.SimpleQueue[Answer]) -> None:
    while (call := inbox.get()) is not None:
        outbox.put(carry_out(call))
