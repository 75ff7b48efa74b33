"""The only door for faces: open a project, plan, apply, read. Everything returned is data of `mcflow.model`.

Heavy stages are imported when they are used, so that a face starts fast.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from pathlib import Path
from typing import TYPE_CHECKING, Any

from mcflow.engine.options import ApplyOptions, GraphView, HistoryView, PlanOptions, ProjectOptions, RefreshMode, StateView
from mcflow.engine.ports import Ports
from mcflow.model.plan import Plan

if TYPE_CHECKING:
    from mcflow.engine.apply.outcome import Outcome
    from mcflow.engine.project import Project

__all__ = [
    "ApplyOptions", "GraphView", "HistoryView", "PlanOptions", "ProjectOptions", "RefreshMode", "StateView", "apply", "driver",
    "driver_names", "drivers", "evaluate", "graph", "history", "load_plan", "open_project", "outputs", "plan", "read_state", "refresh",
    "save_plan", "schema", "type_names",
]


def open_project(options: ProjectOptions, ports: Ports) -> Project:
    """Load and validate the blueprint. Raises Rejected with every finding. ``project.warnings`` has the rest."""
    from mcflow.engine import project

    return project.open_project(options, ports)


def plan(project: Project, options: PlanOptions) -> Plan:
    """Plan; writes nothing to the store. Raises Rejected."""
    from mcflow.engine import run

    return run.plan(project, options)


def apply(
    project: Project, saved: Plan | None, plan_options: PlanOptions, options: ApplyOptions, approve: Callable[[Plan], bool]
) -> Outcome:
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


def history(project: Project) -> HistoryView:
    """The kept snapshots, newest first, and who wrote them why."""
    from mcflow.engine import history as histories

    return histories.history(project.workspace)


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


def driver_names() -> tuple[str, ...]:
    """Names of the installed drivers; loads none."""
    from mcflow.drivers.sdk.registry import known_drivers

    return tuple(known_drivers())


def type_names() -> tuple[str, ...]:
    """Names of the portable types."""
    from mcflow.schemas import portable_types

    return portable_types()


def drivers() -> list[Mapping[str, Any]]:
    """Installed drivers: {name, version, title, verified, available, install, portable, native}."""
    from mcflow.engine import catalogue

    return catalogue.drivers()


def driver(name: str) -> Mapping[str, Any]:
    """One driver: what `drivers` says, and its connection schema and types. Raises Rejected for an unknown name."""
    from mcflow.engine import catalogue

    return catalogue.driver(name)
