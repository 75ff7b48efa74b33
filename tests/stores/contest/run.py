"""A run of `mcflow` as a process forked from one that has it loaded already, which notes its calls and may be stopped at a chosen place."""

from __future__ import annotations

import multiprocessing
import os
import signal
import sys
import threading
import time
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from multiprocessing.process import BaseProcess
from pathlib import Path
from typing import Any, Literal

from tests.kills.child import shorten_leases
from tests.stores.contest.notes import Notes

PRELOAD = ["mcflow.conformance.preload", "mcflow.drivers.mock", "mcflow.cli.entry", "tests.stores.contest.run"]

Place = Literal["", "commit", "committing", "check", "call"]
Variant = Literal["as_it_is", "careless", "trusting"]
"""``careless``: on waking it does not ask again whether its lease is still its own. ``trusting``: it never asks."""


@dataclass(frozen=True)
class Stop:
    """Where a run stops itself: at the ``nth`` time, ``delay`` seconds on.

    ``commit``: as it is about to write. ``check``: between the check of its lease and the calls that it is for.
    ``call``: as a call to the cloud begins. ``committing``: while it writes (``delay`` should be some milliseconds).
    """

    place: Place = ""
    nth: int = 0
    delay: float = 0.0


@dataclass(frozen=True)
class Lease:
    """How long leases last in a run, in seconds; in blueprints they are not as short as tests want them."""

    lasts: float = 1.0
    patience: float = 0.2


def start(folder: Path, environ: Mapping[str, str], words: Sequence[str], notes: Path, name: str, *, stop: Stop | None = None,
          lease: Lease | None = None, variant: Variant = "as_it_is") -> BaseProcess:
    """Start ``mcflow WORDS…``. What it says goes to ``<name>.out`` in its folder."""
    context = multiprocessing.get_context("forkserver")
    context.set_forkserver_preload(PRELOAD)
    process = context.Process(
        target=_run, args=(folder, dict(environ), list(words), notes, name, stop or Stop(), lease or Lease(), variant))
    process.start()
    return process


def said(folder: Path, name: str) -> str:
    """What a run said so far."""
    path = folder / f"{name}.out"
    return path.read_text(errors="replace") if path.exists() else ""


def _run(folder: Path, environ: Mapping[str, str], words: list[str], notes: Path, name: str, stop: Stop, lease: Lease,
         variant: Variant) -> None:
    os.environ.clear()
    os.environ.update(environ)
    os.chdir(folder)
    out = os.open(f"{name}.out", os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o600)
    os.dup2(out, 1)
    os.dup2(out, 2)
    sys.stdin = open(os.devnull)  # noqa: SIM115 - the process's own, to its end
    sys.stdout, sys.stderr = open(1, "w", buffering=1, closefd=False), open(2, "w", buffering=1, closefd=False)  # noqa: SIM115
    from mcflow.cli.entry import run
    shorten_leases(lease.lasts, lease.patience)
    _VARIANTS[variant]()
    _watch(Notes(notes), name, stop)
    run(words)


def _watch(notes: Notes, name: str, stop: Stop) -> None:
    """Note every check of the lease and every call that changes the cloud, with when the check was that allowed it."""
    from mcflow.engine.calls import call
    from mcflow.state.writer import Writer

    check, commit, invoke = Writer.check, Writer.commit, call._invoke
    left = [stop.nth]
    checked = [0.0]

    def pass_by(place: str) -> None:
        if place != stop.place:
            return
        left[0] -= 1
        if left[0] == -1:
            if stop.delay:
                threading.Thread(target=_stop, args=(stop.delay,), daemon=True).start()
            else:
                _stop(0.0)

    def checking(self: Writer, outlive: float = 0.0) -> None:
        at = time.monotonic()
        check(self, outlive)
        notes.add("holds", name, 0, epoch=self.epoch, at=at)
        checked[0] = at
        pass_by("check")

    def committing(self: Writer) -> None:
        pass_by("commit")
        pass_by("committing")
        commit(self)
        notes.add("acknowledged", name, 0, epoch=self.epoch, value=self._journal.durable, text=self._journal.durable_chain.hex())

    def invoking(asked: Any) -> Any:
        if asked.handler not in call.MUTATIONS:
            return invoke(asked)
        at = checked[0]
        pass_by("call")
        notes.add("called", name, 0, since=at, op=asked.intent.op if asked.intent else "")
        return invoke(asked)

    Writer.check, Writer.commit, call._invoke = checking, committing, invoking  # type: ignore[method-assign]


def _careless() -> None:
    from mcflow.engine.calls import call

    call.LATE = float("inf")


def _trusting() -> None:
    from mcflow.state.stores.hold import RemoteHold
    from mcflow.state.stores.lock import LocalHold

    _careless()
    for kind in (LocalHold, RemoteHold):
        kind.check = lambda self, outlive=0.0: None  # type: ignore[method-assign]


_VARIANTS: dict[Variant, Callable[[], None]] = {"as_it_is": lambda: None, "careless": _careless, "trusting": _trusting}


def _stop(delay: float) -> None:
    time.sleep(delay)
    os.kill(os.getpid(), signal.SIGSTOP)
