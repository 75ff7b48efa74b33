"""What a blueprint consists of, read and checked: connections, resources, outputs, and how resources depend on each other."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path as FilePath
from typing import Any

from mcflow.engine.blueprint.scope import Scope
from mcflow.engine.reading import Document, Path
from mcflow.model.connection import Connection
from mcflow.model.diagnostic import Diagnostic
from mcflow.model.position import Position
from mcflow.model.values import Value

NO_NAMES: frozenset[str] = frozenset()


@dataclass(frozen=True, slots=True)
class ConnectionBlock:
    """A connection, evaluated. ``document`` is the file it is written in, ``path`` its place there."""

    name: str
    driver: str
    region: str | None
    config: Mapping[str, Value]
    """The keys beside ``driver`` and ``region``; secrets are references (env:, file:, keyring:), never the secret."""
    document: Document = field(repr=False)
    path: Path
    position: Position

    @property
    def connection(self) -> Connection:
        """The connection as drivers take it."""
        return Connection(self.name, self.driver, self.region, self.config, self.position)


@dataclass(frozen=True, slots=True)
class ResourceBlock:
    """A resource as written: trees with expressions still in them, plain scalars already as the schema wants them.

    ``properties``, ``overrides`` and ``for_each`` are trees; ``lifecycle``, ``timeouts`` and ``retry`` map a policy to a value or an
    expression; ``path`` is its place in the blueprint's document; ``position`` that of its name.
    """

    name: str
    type: str
    path: Path
    position: Position
    connection: str | None = None
    """A name or an expression; None: that of its handles, else the blueprint's only one."""
    properties: dict[str, Any] = field(default_factory=dict)
    for_each: Any = None
    when: Any = None
    depends_on: tuple[str, ...] = ()
    lifecycle: dict[str, Any] = field(default_factory=dict)
    timeouts: dict[str, Any] = field(default_factory=dict)
    retry: dict[str, Any] = field(default_factory=dict)
    overrides: dict[str, dict[str, Any]] = field(default_factory=dict)
    """Driver's name → native's key → attributes."""


@dataclass(frozen=True, slots=True)
class OutputBlock:
    """An output: an expression (or plain value) and whether to hide it."""

    name: str
    value: Any
    path: Path
    """Of the value."""
    position: Position
    description: str = ""
    sensitive: bool = False


@dataclass(frozen=True, slots=True)
class MovedBlock:
    """What is at ``source`` in the state is ``target`` from now on: addresses of resources, instances or natives."""

    source: str
    target: str
    path: Path


@dataclass(frozen=True, slots=True)
class RemovedBlock:
    """What is no longer in the blueprint, said aloud: destroyed, or left in the cloud and forgotten."""

    source: str
    destroy: bool
    path: Path


@dataclass(frozen=True, slots=True)
class ImportBlock:
    """Objects that exist and shall be a resource of the blueprint. All but ``path`` are trees with expressions still in them; ``ids`` maps
    roles to ids."""

    to: str
    path: Path
    id: Any = None
    ids: Any = None
    for_each: Any = None
    force: Any = False


@dataclass(frozen=True, slots=True)
class BlockGraph:
    """How resources depend on each other, by name. ``order`` is topological over hard and after; equals stand as in the blueprint.

    ``hard``: needed before it can be planned and made. ``soft``: bare handles in properties that are set after creation. ``after``: only
    ``depends_on``. A name is in one of the three at most, the strongest.
    """

    order: list[str]
    hard: dict[str, frozenset[str]]
    soft: dict[str, frozenset[str]]
    after: dict[str, frozenset[str]]


@dataclass(frozen=True, slots=True)
class Blueprint:
    """A blueprint that passed every check that needs no cloud."""

    name: str
    environment: str
    directory: FilePath
    document: Document = field(repr=False)
    digest: str
    """Of what the blueprint and the connection files say (comments and layout do not count)."""
    variables_digest: str
    """Of the variables' values. Sensitive ones count too, through a digest that reveals nothing of a long random value."""
    variables: dict[str, Value] = field(repr=False)
    connections: dict[str, ConnectionBlock]
    default_connection: str | None
    """What a resource gets that names no connection and no handle; None where there is more than one to choose from."""
    resources: dict[str, ResourceBlock] = field(repr=False)
    outputs: dict[str, OutputBlock]
    tags: dict[str, Any]
    state: dict[str, Any]
    graph: BlockGraph = field(repr=False)
    roots: Scope = field(repr=False)
    warnings: tuple[Diagnostic, ...] = ()
    moved: tuple[MovedBlock, ...] = ()
    removed: tuple[RemovedBlock, ...] = ()
    imports: tuple[ImportBlock, ...] = ()

    def scope(self) -> dict[str, Any]:
        """A new dict of the roots vars, locals, env and run for evaluating expressions.

        Locals are evaluated when first read, against this very dict: put ``resources`` into it and they see them.
        """
        return self.roots.open()
