"""Ctrl-C and SIGTERM: the first lets calls in flight finish, the second leaves, both through the run's cancel token."""

from __future__ import annotations

import os
import signal
from collections.abc import Callable
from types import FrameType, TracebackType
from typing import Any

from mcflow.cli.codes import INTERRUPTED
from mcflow.engine.ports import Cancel, Stop

_SIGNALS = (signal.SIGINT, signal.SIGTERM, signal.SIGHUP)


class Interrupts:
    """While entered, signals go to ``cancel``; ``say`` is told what that means. Outside of a ``gentle`` stretch they end the command."""

    def __init__(self, cancel: Cancel, say: Callable[[str], None]) -> None:
        self._cancel = cancel
        self._say = say
        self._before: dict[int, Any] = {}
        self.gentle = False
        """True while something is being changed: then the first signal waits for calls in flight."""
        self._count = 0

    def __enter__(self) -> Interrupts:
        for number in _SIGNALS:
            try:
                self._before[number] = signal.signal(number, self._handle)
            except ValueError:
                # Not the main thread: an embedder's signals are the embedder's.
                break
        return self

    def __exit__(self, kind: type[BaseException] | None, failure: BaseException | None, trace: TracebackType | None) -> None:
        for number, handler in self._before.items():
            signal.signal(number, handler)

    def _handle(self, number: int, frame: FrameType | None) -> None:
        self._count += 1
        if not self.gentle:
            self._cancel.request()
            raise KeyboardInterrupt
        level = self._cancel.request()
        if self._count > 2:
            # Asked three times: whatever still holds the process, the journal has what is needed.
            os._exit(INTERRUPTED)
        if level == Stop.SOON:
            self._say("Interrupted: no new steps start; calls in flight finish and are recorded. Once more to leave at once.")
        else:
            self._say("Leaving at once: the next run settles what is still open.")
