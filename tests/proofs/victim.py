"""The process that is killed: it counts its calls of the file system and of the cloud, and dies by SIGKILL at one of them."""

from __future__ import annotations

import json
import multiprocessing
import os
import signal
import threading
from pathlib import Path
from typing import Any

from tests.kills.controls import VARIANTS
from tests.proofs.operations import operation
from tests.proofs.seam import CHANGES, Call, WatchedFiles, files_given
from tests.proofs.stage import opened

PRELOAD = ["mcflow.conformance.preload", "mcflow.drivers.mock", "mcflow.engine.api", "tests.proofs.victim"]
PATIENCE = 60.0


class Countdown:
    """Counts points, and dies at one. At a write there are two: before it, and with half of it written."""

    def __init__(self, fatal: int | None) -> None:
        self.points: list[str] = []
        self._fatal = fatal
        self._mutex = threading.Lock()

    def point(self, name: str) -> None:
        """One point; the process may end here."""
        with self._mutex:
            self.points.append(name)
            if len(self.points) - 1 == self._fatal:
                os.kill(os.getpid(), signal.SIGKILL)

    def before(self, call: Call) -> None:
        """A call of the file system is about to be made."""
        if call.name in CHANGES:
            self.point(f"{call.name} {call.path.name}")
            if call.name in ("write", "write_at") and len(call.data) > 1:
                self._half(call)

    def _half(self, call: Call) -> None:
        if len(self.points) == self._fatal:
            fd = os.open(call.path, os.O_WRONLY)
            os.pwrite(fd, call.data[:len(call.data) // 2], call.offset)
        self.point(f"half a {call.name} {call.path.name}")


def strike(folder: Path, name: str, fatal: int | None, seed: int, parallelism: int, variant: str = "as_it_is") -> list[str] | None:
    """Run an operation in a child that dies at the point ``fatal``. None if it died there; else its points: it got to its end."""
    context = multiprocessing.get_context("forkserver")
    context.set_forkserver_preload(PRELOAD)
    told = folder / "points.json"
    told.unlink(missing_ok=True)
    child = context.Process(target=_run, args=(str(folder), name, fatal, seed, parallelism, variant), daemon=True)
    child.start()
    child.join(PATIENCE)
    if child.is_alive():
        child.kill()
        child.join()
        raise AssertionError(f"{name} did not end within {PATIENCE:.0f} s")
    if child.exitcode == -signal.SIGKILL:
        return None
    answer: dict[str, Any] = json.loads(told.read_text())
    assert not answer["problem"], f"{name}: {answer['problem']}"
    points: list[str] = answer["points"]
    return points


def _run(folder: str, name: str, fatal: int | None, seed: int, parallelism: int, variant: str) -> None:
    from mcflow.engine.calls import call

    VARIANTS[variant]()
    countdown = Countdown(fatal)
    invoke = call._invoke

    def counted(asked: Any) -> Any:
        countdown.point(f"before {asked.handler} {asked.type.name}")
        answer = invoke(asked)
        countdown.point(f"after {asked.handler} {asked.type.name}")
        return answer

    call._invoke = counted
    with opened(Path(folder)) as world, files_given(WatchedFiles(countdown.before)):
        problem = operation(name).act(world, seed, parallelism)
    (Path(folder) / "points.json").write_text(json.dumps({"problem": problem, "points": countdown.points}))
