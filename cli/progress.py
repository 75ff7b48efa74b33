"""Live progress: a region redrawn at the bottom of a terminal, plain lines and heartbeats elsewhere."""

from __future__ import annotations

import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager

from mcflow.cli.render.board import Board, heartbeats, region, sentence
from mcflow.cli.render.paint import Line, paint_all
from mcflow.cli.terminal import Terminal, spelled
from mcflow.model.event import Event

_FRAME = 0.1
"""Seconds between two drawings."""


class Progress:
    """Takes events from any thread and shows them. Use as a context manager: a thread of its own draws meanwhile."""

    def __init__(self, terminal: Terminal, verbose: int = 0, monotonic: Callable[[], float] = time.monotonic) -> None:
        self._terminal = terminal
        self._verbose = verbose
        self._monotonic = monotonic
        self._lock = threading.RLock()
        self._board = Board(started=monotonic())
        self._waiting: list[Line] = []
        self._drawn = 0
        self._paused = False
        self._ended = threading.Event()
        self._thread: threading.Thread | None = None
        encoding = (getattr(terminal.err, "encoding", "") or "").lower().replace("-", "")
        self._ascii = encoding not in ("utf8", "utf16", "utf32")

    def __enter__(self) -> Progress:
        self._thread = threading.Thread(target=self._beat, name="progress", daemon=True)
        self._thread.start()
        return self

    def __exit__(self, *failure: object) -> None:
        self._ended.set()
        if self._thread is not None:
            self._thread.join(1.0)
        with self._lock:
            self._erase()
            self._flush()

    def expect(self, steps: int) -> None:
        """A run of so many steps begins."""
        with self._lock:
            self._board = Board(total=steps, started=self._monotonic())

    def __call__(self, event: Event) -> None:
        """One event of the engine."""
        with self._lock:
            self._board.take(event, self._monotonic())
            line = sentence(event, live=self._terminal.live, verbose=self._verbose)
            if line is not None and not self._terminal.quiet:
                self._waiting.append(line)
                if not self._terminal.live:
                    self._flush()

    def say(self, line: Line) -> None:
        """A line of the command itself, from a signal handler too: it waits for the next drawing and takes no lock."""
        self._waiting.append(line)

    @contextmanager
    def paused(self) -> Iterator[None]:
        """Nothing is drawn inside: something else writes to the terminal."""
        with self._lock:
            self._erase()
            self._flush()
            self._paused = True
        try:
            yield
        finally:
            self._paused = False

    def draw(self) -> None:
        """Draw once: waiting lines, then the region (or heartbeats)."""
        with self._lock:
            if self._paused:
                return
            now = self._monotonic()
            if not self._terminal.live:
                if not self._terminal.quiet:
                    self._waiting += heartbeats(self._board, now)
                self._flush()
                return
            width = (self._terminal.width_err or 80) - 1
            lines = region(self._board, now, rows=self._terminal.rows, width=width, ascii_only=self._ascii)
            if lines or self._drawn or self._waiting:
                # One write: a terminal never shows the half of it.
                self._write(self._erasure() + self._taken() + paint_all(lines, colour=self._terminal.colour_err, limit=width))
                self._drawn = len(lines)

    def _beat(self) -> None:
        while not self._ended.wait(_FRAME):
            self.draw()

    def _erasure(self) -> str:
        return f"\x1b[{self._drawn}A\r\x1b[J" if self._drawn else ""

    def _erase(self) -> None:
        if self._drawn:
            self._write(self._erasure())
            self._drawn = 0

    def _taken(self) -> str:
        lines, self._waiting = self._waiting, []
        return paint_all(lines, colour=self._terminal.colour_err)

    def _flush(self) -> None:
        if self._waiting:
            self._write(self._taken())

    def _write(self, text: str) -> None:
        # Progress is never worth a run: a terminal that has gone is silence, the journal and the answer go on.
        try:
            self._terminal.err.write(spelled(text, self._terminal.err))
            self._terminal.err.flush()
        except (OSError, ValueError):
            self._ended.set()
