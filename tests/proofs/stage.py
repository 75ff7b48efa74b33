"""Stages: a small environment on the rehearsal cloud, prepared once and copied for every case."""

from __future__ import annotations

import json
import os
import random
import shutil
import tempfile
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any
from unittest.mock import patch

from tests.conformance.fragments import tier
from tests.conformance.mock_cloud import MockCloud
from tests.kills.world import World
from tests.proofs.seam import small_reserve

from mcflow.conformance.rig import describe
from mcflow.engine import api
from mcflow.engine.options import ApplyOptions, PlanOptions, ProjectOptions
from mcflow.engine.ports import Ports
from mcflow.model.diagnostic import Rejected

LAG = 0.02
IMAGE = {"os": "debian", "version": "12"}


def first() -> dict[str, Any]:
    """A network, two groups that name each other, a machine with a key, a disk and an address, and two documents."""
    return {
        **tier(),
        "notes": {"type": "mock.document", "properties": {"content": "first"}},
        "more": {"type": "mock.document", "properties": {"content": "more", "source_ids": ["{{ resources.notes.id }}"]}},
    }


def changed() -> dict[str, Any]:
    """The first, with a rule, a size and a text changed in place, and one document less."""
    resources = first()
    resources["data"]["properties"]["size_gib"] = 40
    resources["store"]["properties"]["inbound"][0]["ports"] = 5433
    resources["notes"]["properties"]["content"] = "second"
    del resources["more"]
    return resources


def replaced() -> dict[str, Any]:
    """The first, with another image: the machine is replaced, its disk and address move."""
    resources = first()
    resources["box"]["properties"]["image"] = IMAGE
    return resources


def blueprint(resources: Mapping[str, Any], revision: str = "0", **more: Any) -> dict[str, Any]:
    """A whole blueprint on the rehearsal cloud beside it."""
    return {
        "mcflow": 1, "name": "proof", "tags": {"revision": revision}, **more, "resources": dict(resources),
        "connections": {"cloud": {
            "driver": "mock", "region": "mock-east", "path": "../cloud.db", "poll_interval": 0.002, "request_timeout": 0.02,
            "visibility_lag": LAG}},
    }


def apply(world: World, seed: int = 0, mode: str = "apply", parallelism: int = 1) -> str:
    """Apply as it would be done by hand; what went wrong, empty if nothing."""
    outcome = api.apply(
        project(world, seed), None, PlanOptions(mode=mode), ApplyOptions(parallelism=parallelism),  # type: ignore[arg-type]
        lambda plan: True)
    return problem_of(outcome)


def problem_of(outcome: Any) -> str:
    """What went wrong in a run; empty if nothing."""
    if outcome.ok:
        return ""
    failures = [f"{step.id}: {finding.code} {finding.message}" for step, finding in outcome.failed]
    return f"{outcome.status}: {failures + [f'{finding.code} {finding.message}' for finding in outcome.diagnostics]}"


def project(world: World, seed: int = 0) -> Any:
    """The world's project, opened anew."""
    ports = Ports(user_config=world.directory / "user", random=random.Random(seed))
    return api.open_project(ProjectOptions(directory=world.directory), ports)


Action = Callable[[World, int, int], str]
"""What is done to a world, with a seed and a parallelism; what went wrong, empty if nothing."""


def applying(world: World, seed: int, parallelism: int) -> str:
    """Apply the blueprint there is."""
    return apply(world, seed, "apply", parallelism)


def destroying(world: World, seed: int, parallelism: int) -> str:
    """Destroy everything."""
    return apply(world, seed, "destroy", parallelism)


@dataclass(frozen=True)
class Operation:
    """One operation to be struck at. ``before``: the blueprint that has been applied (None: nothing has), ``after``: the one beside the
    state when ``act`` runs. ``mend`` is what a person does after a crash, before the plan must be empty."""

    name: str
    before: Mapping[str, Any] | None
    after: Mapping[str, Any]
    act: Action = applying
    mend: tuple[Action, ...] = (applying,)
    mode: str = "apply"
    prepare: Callable[[World], None] = field(default=lambda world: None)


class StillCloud(MockCloud):
    """A rehearsal cloud where everything takes effect at once."""

    def settle(self) -> None:
        """Nothing is ever under way."""


def world_in(folder: Path) -> World:
    """The world whose project and cloud are in a folder."""
    world = World(folder / "project", StillCloud(folder), cells=0, documents=0, seed=0)
    world.before = {}
    return world


@contextmanager
def opened(folder: Path) -> Iterator[World]:
    """A world, its cloud's file closed at the end. The user's own state folder is inside it meanwhile."""
    world = world_in(folder)
    try:
        with patch.dict(os.environ, XDG_STATE_HOME=str(folder / "project/.mcflow/user")):
            yield world
    finally:
        world.cloud.store.close()  # type: ignore[attr-defined]


def write(world: World, document: Mapping[str, Any]) -> None:
    """Put a blueprint in place."""
    (world.directory / "mcflow.yaml").write_text(json.dumps(document))


def prepare(operation: Operation, folder: Path) -> Path:
    """The stage of an operation: everything is as it is right before it. Returns the folder, to be copied."""
    folder.mkdir(parents=True)
    with opened(folder) as world, small_reserve():
        if operation.before is not None:
            write(world, operation.before)
            problem = apply(world)
            assert not problem, problem
        operation.prepare(world)
        write(world, operation.after)
    return folder


def copied(stage: Path, folder: Path) -> Path:
    """A fresh copy of a stage."""
    shutil.rmtree(folder, ignore_errors=True)
    shutil.copytree(stage, folder)
    return folder


def judged(world: World, operation: Operation, seed: int = 0) -> list[str]:
    """After a crash: the state can be read, the next run converges, the plan after it is empty, and the cloud's ledger agrees."""
    wrong = world.unreadable()
    if wrong:
        return wrong
    try:
        for act in operation.mend:
            problem = act(world, seed, 4)
            if problem:
                wrong.append(f"the next run ended {problem}")
        plan = api.plan(project(world), PlanOptions(mode=operation.mode))  # type: ignore[arg-type]
    except Rejected as rejected:
        return [*wrong, *(f"the next run was refused: {each.code} {each.message}" for each in rejected.diagnostics)]
    if not plan.empty:
        wrong.append(f"the plan after it is not empty: {describe(plan)}")
    wrong += world.judge()
    if operation.mode == "destroy" and world.state().natives:
        wrong.append(f"destroyed, and still in the state: {sorted(world.state().natives)[:5]}")
    return wrong


def scratch() -> Path:
    """A fresh folder in memory where the machine has such a place: what a kill leaves is the same, and no disk is worn."""
    memory = Path("/dev/shm")
    return Path(tempfile.mkdtemp(prefix="mcflow-proof-", dir=memory if memory.is_dir() else None))
