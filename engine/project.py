"""A project: one blueprint in one environment, its state's workspace, and the questions that need no plan."""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

from mcflow.engine.blueprint import LoadOptions, load, parse_duration
from mcflow.engine.blueprint.blocks import Blueprint
from mcflow.engine.blueprint.stateblock import KINDS as REMOTE_KINDS
from mcflow.engine.catalog import readers
from mcflow.engine.options import GraphView, ProjectOptions, StateView
from mcflow.engine.ports import Ports
from mcflow.engine.sessions import Sessions
from mcflow.model.diagnostic import Diagnostic, Rejected, reject
from mcflow.model.values import Secret, Value
from mcflow.model.wire import decode, redact
from mcflow.state.keys.configured import sealer as find_sealer
from mcflow.state.keys.finding import VARIABLE
from mcflow.state.mark import read_mark
from mcflow.state.records import State
from mcflow.state.sealing import Sealer
from mcflow.state.workspace import Workspace

_NAME = re.compile(r"""^name:\s*["']?([\w.-]+)""", re.MULTILINE)


@dataclass(frozen=True)
class Project:
    """An open project. Holds no lease and no session."""

    options: ProjectOptions
    ports: Ports
    blueprint: Blueprint
    workspace: Workspace
    sealer: Sealer

    @property
    def name(self) -> str:
        """The blueprint's name."""
        return self.blueprint.name

    @property
    def environment(self) -> str:
        return self.options.environment

    @property
    def warnings(self) -> tuple[Diagnostic, ...]:
        """What loading found that does not stop anything."""
        return self.blueprint.warnings

    def sessions(self, state: State) -> Sessions:
        """Connections of the blueprint, and those the state remembers."""
        blocks = {name: block.connection for name, block in self.blueprint.connections.items()}
        return Sessions(blocks, state.connections, directory=self.blueprint.directory, reader=readers(self.ports))


def open_project(options: ProjectOptions, ports: Ports) -> Project:
    """Load and validate a blueprint. Raises Rejected with every finding."""
    wanted = LoadOptions(options.file, options.directory, list(options.variables), list(options.var_files), options.environment)
    blueprint = load(wanted, ports)
    sealer = _sealer(blueprint, options.environment, ports)
    workspace = Workspace.open(
        blueprint.directory, blueprint.name, options.environment, sealer, clock=ports.clock, **_store_options(blueprint))
    return Project(options, ports, blueprint, workspace, sealer)


def elsewhere(project: Project, state: Mapping[str, Any], name: str, environment: str) -> Workspace:
    """Where the state of that name and environment is, if the ``state:`` block says ``state``. Rejected as `open_project`."""
    blueprint = replace(project.blueprint, state=dict(state), name=name)
    sealer = _sealer(blueprint, environment, project.ports)
    return Workspace.open(
        blueprint.directory, name, environment, sealer, clock=project.ports.clock, **_store_options(blueprint))


def _sealer(blueprint: Blueprint, environment: str, ports: Ports) -> Sealer:
    """What seals the state's secrets, and encrypts it if it says so. Rejected (MC0765) if that takes a key which others can have too."""
    state = blueprint.state
    remote = _remote_kind(blueprint) is not None
    sealer = find_sealer(
        state.get("key"), ports.environ, ports.user_config, f"{blueprint.name}/{environment}", previous=state.get("previous_keys", ()),
        remote=remote)
    if remote and state.get("encrypt") and not state.get("key") and not ports.environ.get(VARIABLE):
        raise reject("MC0765")
    return sealer


def _store_options(blueprint: Blueprint) -> dict[str, Any]:
    """What the blueprint's ``state:`` says of its store."""
    options: dict[str, Any] = {}
    kind = _remote_kind(blueprint)
    if kind:
        # A block typed by hand stands nowhere.
        written = blueprint.document.value.get("state")
        position = blueprint.document.position(("state", kind), True) if isinstance(written, dict) and kind in written else None
        options |= {"kind": kind, "settings": blueprint.state[kind], "position": position}
        if "lease" in blueprint.state:
            options["lease"] = parse_duration(blueprint.state["lease"])
    if "path" in blueprint.state:
        options["folder"] = blueprint.directory / Path(str(blueprint.state["path"])).expanduser()
    if blueprint.state.get("encrypt"):
        options["encrypt"] = True
    if "history" in blueprint.state:
        options["kept"] = int(blueprint.state["history"])
    return options


def _remote_kind(blueprint: Blueprint) -> str | None:
    """The remote store that the blueprint names, if any."""
    return next((kind for kind in REMOTE_KINDS if kind in blueprint.state), None)


def renamed(project: Project, state: State) -> list[Diagnostic]:
    """A warning (MC0788) if nothing was ever applied under this name, and beside it lies a state that no blueprint here is named for."""
    options = _store_options(project.blueprint)
    if state.serial or state.natives or "kind" in options:
        return []
    directory = project.blueprint.directory
    folder: Path = options.get("folder", directory / ".mcflow" / "state")
    try:
        names = {found[1] for file in directory.glob("*.y*ml") for found in _NAME.finditer(file.read_text("utf-8", "replace"))}
    except OSError:
        # Something that cannot be read: whose the state is cannot be told then.
        return []
    others = [
        found.parent.name for found in sorted(folder.glob(f"[!.]*/{project.environment}"))
        if found.parent.name not in {*names, project.name} and _in_use(project, found.parent.name)
    ]
    return [Diagnostic("MC0788", {"name": project.name, "other": other}) for other in others]


def _in_use(project: Project, name: str) -> bool:
    """True if there is a state of that name which was not moved away."""
    try:
        data = elsewhere(project, project.blueprint.state, name, project.environment).store.read_mark()
    except (OSError, Rejected):
        return False
    mark = read_mark(data) if data is not None else None
    return mark is not None and mark.serial > 0 and not mark.closed


def read_state(project: Project) -> StateView:
    """The state of the project's environment."""
    reading = project.workspace.read()
    return StateView(reading.state, reading.findings, str(reading.holder) if reading.holder else "")


def outputs(project: Project, reveal: bool = False) -> dict[str, Any]:
    """The outputs of the last apply as JSON."""
    found = project.workspace.read().state.outputs
    return {name: shown(decode(output.value, project.sealer.unseal), output.sensitive, reveal) for name, output in found.items()}


def shown(value: Value, sensitive: bool, reveal: bool) -> Any:
    """A value for people: hidden if it is sensitive, unless they asked for it."""
    if reveal:
        from mcflow.model.values import reveal as uncover

        return uncover(value)
    return redact(Secret(value)) if sensitive else redact(value)


def graph(project: Project) -> GraphView:
    """The blueprint's dependency graph."""
    made = project.blueprint.graph
    kinds = {"hard": made.hard, "soft": made.soft, "order": made.after}
    edges = [
        (name, target, kind) for kind, targets in kinds.items() for name, found in targets.items() for target in sorted(found)
    ]
    return GraphView({name: block.type for name, block in project.blueprint.resources.items()}, tuple(edges))
