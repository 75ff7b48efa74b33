"""The process that is killed: it applies, with a gauge around every call. Forked from a clean server that has mcflow loaded."""

from __future__ import annotations

import json
import multiprocessing
import os
import random
from collections.abc import Mapping
from multiprocessing.process import BaseProcess
from pathlib import Path
from typing import Any

from tests.kills.controls import VARIANTS
from tests.kills.gauge import Gauge

PRELOAD = ["mcflow.conformance.preload", "mcflow.drivers.mock", "mcflow.drivers.aws", "boto3", "tests.kills.child"]
LOCKED = 60.0
"""Seconds a run waits for the lease of one that was killed."""


def start(directory: Path, environ: Mapping[str, str], gauge: Path, *, mode: str = "apply", variant: str = "as_it_is", seed: int = 0,
          check: bool = False) -> BaseProcess:
    """Start an apply. ``check``: plan once more afterwards. What came of it is in ``result.json`` beside the blueprint, if it lived."""
    context = multiprocessing.get_context("forkserver")
    context.set_forkserver_preload(PRELOAD)
    (directory / "result.json").unlink(missing_ok=True)
    child = context.Process(target=_run, args=(str(directory), dict(environ), str(gauge), mode, variant, seed, check), daemon=True)
    child.start()
    return child


def result(directory: Path) -> dict[str, Any]:
    """What the last run to its end wrote; empty if it did not get there."""
    path = directory / "result.json"
    if not path.exists():
        return {}
    answer: dict[str, Any] = json.loads(path.read_text())
    return answer


def _run(directory: str, environ: Mapping[str, str], gauge: str, mode: str, variant: str, seed: int, check: bool) -> None:
    from mcflow.conformance.rig import describe
    from mcflow.engine import api
    from mcflow.engine.options import ApplyOptions, PlanOptions, ProjectOptions
    from mcflow.engine.ports import Ports
    from mcflow.model.diagnostic import Rejected

    os.environ.update(environ)
    shorten_leases(0.5)
    _install(Gauge(Path(gauge)))
    VARIANTS[variant]()
    folder = Path(directory)
    ports = Ports(environ=environ, user_config=folder / "user", random=random.Random(seed))
    options: Any = PlanOptions(mode=mode)  # type: ignore[arg-type]
    answer: dict[str, Any]
    try:
        project = api.open_project(ProjectOptions(directory=folder), ports)
        outcome = api.apply(project, None, options, ApplyOptions(lock_timeout=LOCKED), lambda plan: True)
        failures = [f"{getattr(step, 'id', step)}: {finding.code} {finding.message}" for step, finding in outcome.failed]
        failures += [f"{finding.code} {finding.message}" for finding in outcome.diagnostics]
        answer = {"status": outcome.status, "failures": failures, "empty": True, "changes": ""}
        if check and outcome.ok:
            plan = api.plan(api.open_project(ProjectOptions(directory=folder), ports), options)
            answer |= {"empty": plan.empty, "changes": describe(plan)}
    except Rejected as rejected:
        answer = {"status": "rejected", "failures": [f"{each.code} {each.message}" for each in rejected.diagnostics], "empty": False}
    (folder / "result.json").write_text(json.dumps(answer))


def shorten_leases(lasts: float, patience: float = 0.2) -> None:
    """Leases on remote stores last so many seconds in this process; in blueprints they are never as short as tests want them."""
    from mcflow.state.stores import store

    opened = store._open_remote
    store._open_remote = lambda *about, **options: opened(*about, **{**options, "lease": lasts, "patience": patience})


def _install(gauge: Gauge) -> None:
    """Count every call of a handler, from its beginning to its answer."""
    from mcflow.engine.calls import call

    invoke = call._invoke

    def counted(asked: Any) -> Any:
        with gauge.call(asked.handler in call.MUTATIONS):
            return invoke(asked)

    call._invoke = counted
