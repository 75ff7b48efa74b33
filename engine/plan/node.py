"""What the walk works on: instances of resources, and the natives they want."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Any

from mcflow.drivers.sdk.native import NativeType
from mcflow.engine.blueprint.blocks import ResourceBlock
from mcflow.model.plan import AttributeChange
from mcflow.model.record import Edges, NativeRecord, Ownership, Pin, ResourceRecord, Settings
from mcflow.model.values import Value


@dataclass(slots=True)
class Instance:
    """One instance of a resource block: its evaluated properties and all that decides how its natives are treated."""

    address: str
    block: ResourceBlock
    key: str | None = None
    each: Any = None
    connection: str = ""
    properties: dict[str, Value] = field(default_factory=dict)
    overrides: dict[str, Value] = field(default_factory=dict)
    lifecycle: dict[str, Value] = field(default_factory=dict)
    settings: Settings = field(default_factory=Settings)
    after: frozenset[str] = frozenset()
    """Addresses of resources it comes after: read by an expression, or named in depends_on."""
    record: ResourceRecord | None = None
    pins: dict[str, Pin] = field(default_factory=dict)
    exports: dict[str, Value] = field(default_factory=dict)
    privates: dict[str, Value] = field(default_factory=dict)
    natives: list[str] = field(default_factory=list)
    offered: dict[str, Value] = field(default_factory=dict)
    """Property → what an object that is imported has there, for selectors to agree with."""
    endings: set[str] = field(default_factory=set)
    """Natives that stand for it: those its exports name, else all it became."""
    inputs_hash: str = ""
    former_hash: str = ""
    """The inputs' digest under the addresses that everything had until now."""
    ignored: dict[str, frozenset[str]] = field(default_factory=dict)
    """Native → attributes made of properties whose changes are ignored."""
    lowered: bool = False
    held: list[Node] = field(default_factory=list)
    """Driver-made changes that wait for consent; meanwhile the instance stays as its record says."""


@dataclass(slots=True)
class Node:
    """A native that is wanted, is in the state, or both; and what the diff decided for it.

    ``want`` holds references; ``known`` the same tree with what is known now put in. ``action``: no-op, create, update, replace, delete,
    forget or record (only what the state remembers changes).
    """

    address: str
    type: NativeType[Any]
    connection: str
    driver: str
    origin: str | None = None
    ownership: Ownership = "owned"
    want: dict[str, Value] = field(default_factory=dict)
    after: tuple[Value, ...] = ()
    key: str = ""
    stem: str = ""
    requesters: list[str] = field(default_factory=list)
    record: NativeRecord | None = None
    settings: Settings = field(default_factory=Settings)
    edges: Edges = field(default_factory=Edges)
    named: dict[str, frozenset[str]] = field(default_factory=dict)
    """Attribute → natives behind the resources that its texts name."""
    known: dict[str, Value] = field(default_factory=dict)
    action: str = "no-op"
    reason: str = ""
    conditional: bool = False
    decided_by: str | None = None
    """The node whose decide step settles this conditional replacement: itself."""
    changed: dict[str, tuple[str, ...]] = field(default_factory=dict)
    """Update group → attributes it must set."""
    kept: dict[str, tuple[str, ...]] = field(default_factory=dict)
    """The same for a conditional replacement that turns out to be none."""
    old_type: NativeType[Any] | None = None
    """The type of the object in the state, where an address now means another type."""
    details: list[AttributeChange] = field(default_factory=list)
    name: str | None = None
    generation: int = 1
    create_first: bool = False
    wants_create_first: bool = False
    driver_made: bool = False
    held: bool = False
    settled: bool = False
    importing: str = ""
    """The cloud's id of an object that is taken over by this plan."""
    mark: bool = False
    """True if this state's mark is to be set on the object."""

    @property
    def made_anew(self) -> bool:
        """True if its id will be another one after apply."""
        return self.action in ("create", "replace")
