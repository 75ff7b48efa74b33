"""The only door for faces: open a project, plan, apply, read. Everything returned is data of `mcflow.model`.

Heavy stages are imported when they are used, so that a face starts fast.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING, Any, Literal

from mcflow.engine.ports import Ports
from mcflow.model.plan import Mode, Plan

if TYPE_CHECKING:
    from mcflow.engine.apply.outcome import Outcome
    from mcflow.engine.project import Project
    from mcflow.model.diagnostic import Diagnostic
    from mcflow.state.records import State

RefreshMode = Literal["all", "none"]


@dataclass(frozen=True)
class ProjectOptions:
    """Which blueprint, with which variables, in which environment. ``file`` None: ``mcflow.yaml`` in ``directory``."""

    directory: Path
    file: Path | None = None
    variables: tuple[str, ...] = ()
    """``name=value`` texts, as after ``--var``."""
    var_files: tuple[Path, ...] = ()
    environment: str = "default"


@dataclass(frozen=True)
class PlanOptions:
    """What to plan. Targets, excludes, replace and repick are addresses."""

    mode: Mode = "apply"
    refresh: RefreshMode = "all"
    targets: tuple[str, ...] = ()
    excludes: tuple[str, ...] = ()
    replace: tuple[str, ...] = ()
    repick: tuple[str, ...] = ()
    accept_driver_changes: bool = False
    parallelism: int = 16


@dataclass(frozen=True)
class ApplyOptions:
    """How to apply. ``lock_timeout`` in seconds; ``reason`` goes to the audit log; ``probe`` is called at crash points by tests."""

    parallelism: int = 16
    on_failure: Literal["stop", "continue"] = "continue"
    lock_timeout: float = 0.0
    reason: str = ""
    probe: Callable[[str, str], None] | None = None


@dataclass(frozen=True)
class StateView:
    """What is known of an environment: its state, what reading it found, who holds the lease (text, empty if nobody)."""

    state: State
    findings: tuple[Diagnostic, ...] = ()
    holder: str = ""


@dataclass(frozen=True)
class GraphView:
    """The blueprint's resources as a graph: ``edges`` are (from, to, kind) with kind hard, soft or order; ``from`` depends on ``to``."""

    nodes: Mapping[str, str] = field(default_factory=dict)
    """Name → type."""
    edges: tuple[tuple[str, str, str], ...] = ()


def open_project(options: ProjectOptions, ports: Ports) -> Project:
    """Load and validate the blueprint. Raises Rejected with every finding. ``project.warnings`` has the rest."""
    from mcflow.engine import project

    return project.open_project(options, ports)


def plan(project: Project, options: PlanOptions) -> Plan:
    """Plan; writes nothing to the store. Raises Rejected."""
    from mcflow.engine import run

    return run.plan(project, options)


def apply(project: Project, saved: Plan | None, plan_options: PlanOptions, options: ApplyOptions, approve: Callable[[Plan], bool]) -> Outcome:
    """Take the lease, settle what an earlier run left open, plan (or check that ``saved`` still holds), ask ``approve``, apply.

    ``approve`` is called once with the plan; False ends with status ``declined``. Raises Rejected (exit_code 5: locked).
    """
    from mcflow.engine import run

    return run.apply(project, saved, plan_options, options, approve)


def refresh(project: Project, options: ApplyOptions) -> Plan:
    """Look at everything in the state and record what was found. The plan returned has the drift; nothing in a cloud is changed."""
    from mcflow.engine import run

    return run.refresh(project, options)


def save_plan(project: Project, made: Plan, path: Path) -> None:
    """Write a plan for `apply`: 0600, secrets sealed."""
    from mcflow.engine import saved

    saved.save(project, made, path)


def load_plan(project: Project, path: Path) -> Plan:
    """Read a saved plan. Raises Rejected if it is not one, or of another format."""
    from mcflow.engine import saved

    return saved.load(project, path)


def read_state(project: Project) -> StateView:
    """The state of the project's environment; takes no lease, writes nothing."""
    from mcflow.engine import project as projects

    return projects.read_state(project)


def history(project: Project) -> list[Mapping[str, Any]]:
    """The kept snapshots, newest first: {serial, at, run, who, natives, reason}."""
    from mcflow.engine import project as projects

    return projects.history(project)


def outputs(project: Project, reveal: bool = False) -> dict[str, Any]:
    """The outputs of the last apply as JSON; sensitive ones as ``(sensitive)`` unless ``reveal``."""
    from mcflow.engine import project as projects

    return projects.outputs(project, reveal)


def graph(project: Project) -> GraphView:
    """The blueprint's dependency graph."""
    from mcflow.engine import project as projects

    return projects.graph(project)


def evaluate(project: Project, expression: str) -> Any:
    """An expression against variables, locals and the state's resources, as redacted JSON. Raises Rejected."""
    from mcflow.engine import console

    return console.evaluate(project, expression)


def schema(type: str | None = None) -> Mapping[str, Any]:
    """The schema for editors, or one portable or native type's. Raises Rejected for an unknown type."""
    from mcflow.engine import catalogue

    return catalogue.schema(type)


def drivers() -> list[Mapping[str, Any]]:
    """Installed drivers: {name, version, title, verified, available, install, portable, native}."""
    from mcflow.engine import catalogue

    return catalogue.drivers()


def driver(name: str) -> Mapping[str, Any]:
    """One driver: what `drivers` says, and its connection schema and types. Raises Rejected for an unknown name."""
    from mcflow.engine import catalogue

    return catalogue.driver(name)
