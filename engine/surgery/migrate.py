"""``state migrate``: the whole state from another store, name or environment to where the blueprint now says it is."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

from mcflow.engine.apply.run import audit_record
from mcflow.engine.blueprint.stateblock import check_typed
from mcflow.engine.leasing import new_run_id, owner_of
from mcflow.engine.options import ApplyOptions
from mcflow.engine.project import Project, elsewhere, open_project
from mcflow.engine.surgery.origin import Origin
from mcflow.model.diagnostic import reject
from mcflow.state.records import Ended, Record
from mcflow.state.stores.faults import unusable
from mcflow.state.transfer import Transferred, check_target, transfer
from mcflow.state.workspace import Workspace
from mcflow.state.writer import Writer


@dataclass(frozen=True)
class Migration:
    """What would be moved, for approval: from and to, for people. ``done``: it was moved before, and nothing is left to do."""

    source: str
    target: str
    resumed: bool
    done: bool = False


def migrate(project: Project, origin: Origin, options: ApplyOptions, approve: Callable[[Migration], bool]) -> Transferred | None:
    """Move the state into the project's place; None if nobody approved. Killed at any point, the same again goes on.

    Raises Rejected: MC0780, MC0781, MC0782, MC0787, LeaseHeld, a sealed value that no key opens.
    """
    source = _source(project, origin)
    if source.store.place == project.workspace.store.place:
        raise reject("MC0782", place=source.store.place)
    try:
        todo = check_target(source, project.workspace)
        if not approve(Migration(source.store.place, project.workspace.store.place, todo != "copy", todo == "done")):
            return None
        run = new_run_id()

        def records(writer: Writer) -> list[Record]:
            reason = options.reason or f"to {project.workspace.store.place}"
            return [audit_record("migrate", run, writer, project.ports, reason), Ended(run=run, at=project.ports.clock.now())]

        return transfer(source, project.workspace, owner_of(project, run), records, project.ports.clock.now, options.lock_timeout)
    except OSError as fault:
        raise unusable(fault, project.workspace.store.place) from fault


def _source(project: Project, origin: Origin) -> Workspace:
    environment = origin.environment or project.environment
    if origin.state and Path(origin.state).is_file():
        old = open_project(replace(project.options, file=Path(origin.state), environment=environment), project.ports)
        return old.workspace if not origin.name else elsewhere(old, old.blueprint.state, origin.name, environment)
    block = _block(origin.state) if origin.state else project.blueprint.state
    return elsewhere(project, block, origin.name or project.name, environment)


def _block(text: str) -> Mapping[str, Any]:
    """The ``state:`` block that a person typed."""
    import yaml

    try:
        block = yaml.safe_load(text)
    except yaml.YAMLError as fault:
        raise reject("MC0787", place=text) from fault
    if isinstance(block, dict) and set(block) == {"state"}:
        block = block["state"]
    if not isinstance(block, dict):
        raise reject("MC0787", place=text)
    check_typed(block)
    return block
