"""What the service stores, and how a kind of object is described to it."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, field
from typing import Any, Protocol

import msgspec

Attributes = dict[str, Any]


class Object(msgspec.Struct, omit_defaults=True):
    """One object. Times are seconds since the epoch: ``visible_at`` when reads begin to see it, ``ready_at`` when its creation or last
    change has settled, ``gone_at`` when its deletion has. ``address`` is what the caller called it, kept for the fault function."""

    id: str
    kind: str
    scope: str
    attributes: Attributes
    tags: dict[str, str] = {}
    created_at: float = 0.0
    visible_at: float = 0.0
    ready_at: float = 0.0
    gone_at: float | None = None
    failed: str = ""
    etag: int = 1
    address: str = ""
    terms: tuple[str, ...] = ()

    def status(self, now: float) -> str:
        """pending, ready, failed, deleting or gone, as of ``now``."""
        if self.gone_at is not None:
            return "gone" if now >= self.gone_at else "deleting"
        if self.failed:
            return "failed"
        return "ready" if now >= self.ready_at else "pending"


class Operation(msgspec.Struct, omit_defaults=True):
    """Long-running work of the service; ``failed`` says why, once ``done_at`` has come."""

    id: str
    kind: str
    object_id: str
    done_at: float
    failed: str = ""


class Entry(msgspec.Struct):
    """A line of the ledger: one mutating call that reached the service, and what came of it."""

    seq: int
    time: float
    process: int
    verb: str
    type: str
    object_id: str
    op: str
    token: str
    address: str
    outcome: str


class World(Protocol):
    """What the rules of a kind may ask of the service."""

    scope: str
    now: float

    def need(self, kind: str, id: str, attribute: str) -> Object:
        """A living object a request refers to. Raises Refused(NotFound)."""

    def users(self, id: str, kind: str | None = None) -> list[Object]:
        """Living objects that hold on to ``id``."""

    def having(self, term: str) -> list[Object]:
        """Living objects indexed under a term."""

    def capacity(self, zone: str) -> int | None:
        """How many machines the zone still takes; None: unlimited."""


Create = Callable[[World, Attributes], None]
"""Checks a creation and fills in what the cloud decides. Raises Refused. ``attributes`` already has the defaults."""
Change = Callable[[World, Object, Attributes], None]
"""Checks a change and completes it. Must not touch the object: what it adds goes into the changes."""
Remove = Callable[[World, Object], None]
"""Checks a deletion beyond what links already forbid."""
Terms = Callable[[Object], Iterator[str]]


@dataclass(frozen=True, slots=True)
class Link:
    """An attribute (dotted path, lists walked through) that names objects of ``kinds``. ``holds``: they cannot be deleted meanwhile."""

    path: str
    kinds: tuple[str, ...]
    holds: bool = True


@dataclass(frozen=True, slots=True)
class Kind:
    """A kind of object, as data. Attributes outside ``required``, ``optional``, ``computed`` are refused."""

    name: str
    prefix: str
    required: tuple[str, ...] = ()
    optional: Mapping[str, Any] = field(default_factory=dict)
    """Attribute → default; None stays absent until set."""
    computed: tuple[str, ...] = ()
    mutable: frozenset[str] = frozenset()
    links: tuple[Link, ...] = ()
    unique: str | None = None
    """An attribute whose value is unique among the kind in its account and region (``worldwide``: anywhere)."""
    worldwide: bool = False
    natural: tuple[str, ...] = ()
    """Attributes that together are unique."""
    composite: bool = False
    """The id is made of the natural attributes."""
    taggable: bool = True
    tokens: bool = False
    operation: bool = False
    """Creation answers with an operation, and fails only there."""
    settles: float = 1.0
    """Multiplies the time that a creation, change or deletion takes."""
    serial: str | None = None
    """The attribute naming the parent of which only one change may go on at a time."""
    secrets: tuple[str, ...] = ()
    """Attributes of which only a digest is kept."""
    on_create: Create | None = None
    on_change: Change | None = None
    on_delete: Remove | None = None
    extra_terms: Terms | None = None


def values_at(attributes: Mapping[str, Any], path: str) -> Iterator[str]:
    """The ids that a link's path leads to."""
    head, _, rest = path.partition(".")
    found = attributes.get(head)
    for item in found if isinstance(found, list) else (found,):
        if rest and isinstance(item, dict):
            yield from values_at(item, rest)
        elif not rest and isinstance(item, str) and item:
            yield item


def natural_key(kind: Kind, attributes: Mapping[str, Any]) -> str:
    """The values of the natural attributes in one string."""
    return "|".join(str(attributes.get(name, "")) for name in kind.natural)


def index_terms(kind: Kind, found: Object) -> tuple[str, ...]:
    """Everything the object can be looked up by."""
    terms = [f"kind:{found.scope}:{kind.name}"]
    terms += [f"tag:{key}={value}" for key, value in found.tags.items()]
    terms += [f"to:{target}" for link in kind.links if link.holds for target in values_at(found.attributes, link.path)]
    if kind.unique:
        terms.append(unique_term(kind, found.scope, str(found.attributes[kind.unique])))
    if kind.natural:
        terms.append(natural_term(kind, found.scope, natural_key(kind, found.attributes)))
    if kind.extra_terms:
        terms += kind.extra_terms(found)
    return tuple(dict.fromkeys(terms))


def unique_term(kind: Kind, scope: str, value: str) -> str:
    """The term under which the holder of a unique name is found."""
    return f"name:{'' if kind.worldwide else scope}:{kind.name}:{value}"


def natural_term(kind: Kind, scope: str, key: str) -> str:
    """The term under which the holder of a natural identity is found."""
    return f"natural:{scope}:{kind.name}:{key}"


def copied(value: Any) -> Any:
    """A deep copy of a JSON value."""
    if isinstance(value, dict):
        return {key: copied(item) for key, item in value.items()}
    if isinstance(value, list):
        return [copied(item) for item in value]
    return value
