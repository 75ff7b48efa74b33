"""Measures mcflow: ``python -m benchmarks.mcflow_stages SHAPE SIZE`` prints one JSON object.

Every stage runs in a fork of its own, so that its CPU time and peak memory are its own; the next stage is forked from it, since the cloud
is in its memory.
"""

from __future__ import annotations

import gc
import json
import os
import resource
import sys
import tempfile
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Any

from benchmarks.shapes import write_blueprint

STAGES = ("validate", "plan_empty", "apply", "plan_noop", "plan_one", "destroy")


class Bench:
    """One shape and size in one scratch folder."""

    def __init__(self, directory: Path, shape: str, size: int, config: Mapping[str, Any] | None = None) -> None:
        self.directory, self.shape, self.size, self.config = directory, shape, size, dict(config or {})
        write_blueprint(directory, shape, size, config=self.config)

    def project(self) -> Any:
        """The project, opened anew."""
        from mcflow.engine import api
        from mcflow.engine.options import ProjectOptions
        from mcflow.engine.ports import Ports

        return api.open_project(ProjectOptions(directory=self.directory), Ports(user_config=self.directory / "user"))

    def validate(self) -> None:
        """Load and check the blueprint."""
        self.project()

    def plan(self, changes: int | None = None) -> None:
        """Plan; ``changes`` is how many there must be."""
        from mcflow.engine import api
        from mcflow.engine.options import PlanOptions

        made = api.plan(self.project(), PlanOptions())
        found = sum(change.actions != ("no-op",) for change in made.resource_changes)
        assert changes is None or found == changes, f"planned {found} changes, not {changes}"

    def apply(self, mode: Any = "apply", parallelism: int = 16) -> None:
        """Apply or destroy."""
        from mcflow.engine import api
        from mcflow.engine.options import ApplyOptions, PlanOptions

        outcome = api.apply(self.project(), None, PlanOptions(mode=mode), ApplyOptions(parallelism=parallelism), lambda plan: True)
        assert outcome.status == "done", outcome

    def edit(self) -> None:
        """Change one resource in the middle."""
        write_blueprint(self.directory, self.shape, self.size, edited=True, config=self.config)


def measure(bench: Bench) -> dict[str, dict[str, float]]:
    """Stage → {cpu_seconds, peak_mb, state_bytes}. The first stage that fails ends it, with its error."""
    work: list[tuple[str, Callable[[], None], Callable[[], None]]] = [
        ("validate", _nothing, bench.validate),
        ("plan_empty", _nothing, lambda: bench.plan(bench.size)),
        ("apply", _nothing, bench.apply),
        ("plan_noop", _nothing, lambda: bench.plan(0)),
        ("plan_one", bench.edit, lambda: bench.plan(1)),
        ("destroy", _nothing, lambda: bench.apply("destroy")),
    ]
    results = bench.directory / "results.jsonl"
    child = os.fork()
    if child == 0:
        _stage(bench, work, results)
    os.waitpid(child, 0)
    lines = results.read_text().splitlines() if results.exists() else []
    return {row.pop("stage"): row for row in map(json.loads, lines)}


def _stage(bench: Bench, work: list[Any], results: Path) -> None:
    """Runs in a fork: the first stage of ``work``, then a fork for the rest. Never returns."""
    code = 0
    try:
        name, prepare, run = work[0]
        prepare()
        gc.collect()
        gc.freeze()
        begin = used()
        run()
        row = {"stage": name, "cpu_seconds": round(used() - begin, 4), "peak_mb": round(_peak(), 1), "state_bytes": _state_bytes(bench)}
        with results.open("a") as file:
            file.write(json.dumps(row) + "\n")
        if len(work) > 1:
            child = os.fork()
            if child == 0:
                _stage(bench, work[1:], results)
            os.waitpid(child, 0)
    except BaseException as error:
        code = 1
        with results.open("a") as file:
            file.write(json.dumps({"stage": work[0][0], "error": f"{type(error).__name__}: {error}"}) + "\n")
    finally:
        os._exit(code)


def used() -> float:
    """CPU seconds of this process so far."""
    used = resource.getrusage(resource.RUSAGE_SELF)
    return used.ru_utime + used.ru_stime


def _peak() -> float:
    peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
    return peak / (1024 * 1024 if sys.platform == "darwin" else 1024)


def _state_bytes(bench: Bench) -> int:
    """The snapshot and the journal; history and audit are copies, the reserve is room kept free."""
    folder = bench.directory / ".mcflow" / "state"
    files = (path for path in folder.rglob("*") if path.is_file() and path.name != "reserve" and path.suffix != ".audit")
    return sum(path.stat().st_size for path in files if "history" not in path.parts)


def _nothing() -> None:
    """No preparation."""


def main() -> None:
    """Measure one shape and size and print the result."""
    shape, size = sys.argv[1], int(sys.argv[2])
    with tempfile.TemporaryDirectory(prefix="mcflow-bench-") as folder:
        print(json.dumps(measure(Bench(Path(folder), shape, size))))


if __name__ == "__main__":
    main()
