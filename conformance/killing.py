"""Runs that are killed: a process of its own applies, and SIGKILL ends it. Nothing is pretended: lease, files and threads die too."""

from __future__ import annotations

import multiprocessing
import os
import signal
import sys
import threading
from collections import Counter
from collections.abc import Mapping
from multiprocessing.process import BaseProcess
from pathlib import Path
from typing import Any

from mcflow.conformance.rig import Rig, expect
from mcflow.engine import api
from mcflow.engine.options import ApplyOptions, PlanOptions, ProjectOptions
from mcflow.engine.ports import Ports


class Probe:
    """Counts the engine's crash points; kills this process at the ``fatal``-th. Several threads call it."""

    def __init__(self, fatal: int = 0) -> None:
        self.points: list[tuple[str, str]] = []
        self._fatal = fatal
        self._lock = threading.Lock()

    def __call__(self, point: str, step: str) -> None:
        with self._lock:
            self.points.append((point, step))
            if len(self.points) == self._fatal:
                os.kill(os.getpid(), signal.SIGKILL)


def count_points(rig: Rig, **options: Any) -> int:
    """Apply for real, and say at how many points it could have been killed."""
    probe = Probe()
    rig.attempt(probe=probe, **options)
    return len(probe.points)


def apply_killed_at(rig: Rig, fatal: int, **options: Any) -> bool:
    """Apply in a process of its own that dies at the ``fatal``-th point. False if it ended before that."""
    child = start_apply(rig.directory, rig.cloud.environ, fatal, **options)
    child.join()
    if child.exitcode == -signal.SIGKILL:
        return True
    expect(child.exitcode == 0, f"the run to be killed at point {fatal} failed by itself (its output says how)")
    return False


def start_apply(directory: Path, environ: Mapping[str, str], fatal: int = 0, **options: Any) -> BaseProcess:
    """Start an apply in a process of its own; it dies at the ``fatal``-th point, or when the caller kills it. Exit code 0: all done.

    The process is forked from a clean server that has mcflow loaded and has never opened a store, a cloud or a thread.
    """
    context = multiprocessing.get_context("forkserver")
    context.set_forkserver_preload(["mcflow.conformance.killing", "mcflow.conformance.preload"])
    child = context.Process(target=_apply, args=(str(directory), dict(environ), fatal, options), daemon=True)
    child.start()
    return child


def _apply(directory: str, environ: Mapping[str, str], fatal: int, options: Mapping[str, Any]) -> None:
    os.environ.update(environ)
    ports = Ports(environ=environ, user_config=Path(directory) / "user")
    project = api.open_project(ProjectOptions(directory=Path(directory)), ports)
    outcome = api.apply(project, None, PlanOptions(**options), ApplyOptions(probe=Probe(fatal), parallelism=8), lambda plan: True)
    if outcome.status not in {"done", "nothing"}:
        os.write(2, f"{outcome.status}: {outcome.failed}\n".encode())
        sys.exit(1)


def judge(rig: Rig, before: Mapping[str, str]) -> None:
    """By the cloud alone: everything that lives is in the state once, everything in the state lives, one living object per creation."""
    living = {id: kind for id, kind in rig.cloud.inventory().items() if id not in before}
    known = Counter(record.id for record in rig.state().natives.values())
    expect(not living.keys() - known.keys(), f"orphans: {sorted((living[id], id) for id in living.keys() - known.keys())}")
    twice = [id for id, times in known.items() if times > 1]
    expect(not twice, f"in the state twice: {twice}")
    for op, ids in rig.cloud.creations().items():
        alive = [id for id in ids if id in living]
        expect(len(alive) <= 1, f"duplicates under one operation {op}: {alive}")
