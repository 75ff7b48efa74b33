"""What was found as resources of a blueprint: wants, references between them, order. Pure."""

from __future__ import annotations

from collections.abc import Collection, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from mcflow.drivers.sdk import NativeType, UniqueName
from mcflow.engine.discover.findings import Found
from mcflow.engine.discover.naming import name_all
from mcflow.engine.discover.yaml_text import Expression


@dataclass(slots=True)
class Portrait:
    """One object as a resource. ``want`` is what it is; ``properties`` the same with references in it. ``asked``: write-only attributes
    that the blueprint must name, and the variables they come from; ``untold``: those it may."""

    name: str
    item: Found
    want: dict[str, Any]
    properties: dict[str, Any] = field(default_factory=dict)
    hard: tuple[str, ...] = ()
    soft: tuple[str, ...] = ()
    asked: dict[str, str] = field(default_factory=dict)
    untold: tuple[str, ...] = ()
    ignored: tuple[str, ...] = ()

    @property
    def native(self) -> NativeType[Any]:
        assert self.item.native is not None
        return self.item.native


@dataclass(frozen=True)
class Surroundings:
    """What a portrait may refer to beside what is portrayed: id → expression of what is in the blueprint already; names in use."""

    known: Mapping[str, str] = field(default_factory=dict)
    taken: Collection[str] = ()
    tags: Mapping[str, Any] = field(default_factory=dict)


def portray(items: Sequence[Found], around: Surroundings) -> list[Portrait]:
    """The resources, what is referred to before what refers to it."""
    wants = {item.id: _want(item) for item in items}
    by_id = {item.id: item for item in items}
    called = _called(items)
    hard = {item.id: _targets(item, wants[item.id], by_id, called, late=False) for item in items}
    ordered = _in_order(items, hard)
    names = name_all(ordered, hard, around.taken)
    references = {**around.known, **{id: f"resources.{name}.id" for id, name in names.items()}}
    portraits = []
    for item in ordered:
        made = Portrait(names[item.id], item, wants[item.id])
        answer = _Answer(references, item.id)
        for name, value in made.want.items():
            by_name = _expression(_by_name(made.native, name, value, called), name, names)
            made.properties[name] = answer.put_in(value, name, _is_reference(made.native, name), by_name)
        made.hard = tuple(names[id] for id in hard[item.id])
        made.soft = tuple(names[id] for id in _targets(item, made.want, by_id, called, late=True) if id not in hard[item.id])
        _note_write_only(made)
        if _lacks_tags(made, around.tags):
            made.ignored = (*made.ignored, "tags")
        portraits.append(made)
    return portraits


def _want(item: Found) -> dict[str, Any]:
    assert item.native is not None
    assert item.observed is not None
    want = item.native.portray(item.observed.attributes)
    return {name: value for name, value in want.items() if not item.native.attributes[name].get("sensitive")}


def _is_hidden(schema: Mapping[str, Any]) -> bool:
    """Whether a blueprint must not, or cannot, be told the value that is there."""
    return bool(schema.get("write_only") or (schema.get("sensitive") and not schema.get("read_only")))


def _is_reference(native: NativeType[Any], name: str) -> bool:
    return bool(native.attributes.get(name, {}).get("reference"))


def _names_ids(key: str) -> bool:
    return key.endswith(("_id", "_ids")) or key in ("id", "ids")


def _ids_in(value: Any, key: str, always: bool) -> Iterator[str]:
    """Texts at places that hold ids."""
    if isinstance(value, str):
        if always or _names_ids(key):
            yield value
    elif isinstance(value, Mapping):
        for name, item in value.items():
            yield from _ids_in(item, name, always)
    elif isinstance(value, list | tuple):
        for item in value:
            yield from _ids_in(item, key, always)


def _targets(item: Found, want: Mapping[str, Any], by_id: Mapping[str, Found], called: Called, *, late: bool) -> tuple[str, ...]:
    """Ids of items that it names, in attributes set with the create call or (``late``) after it."""
    assert item.native is not None
    found: dict[str, None] = {}
    for name, value in want.items():
        schema = item.native.attributes[name]
        if bool(schema.get("set_after_create")) == late:
            ids = [_by_name(item.native, name, value, called) or "", *_ids_in(value, name, bool(schema.get("reference")))]
            found.update(dict.fromkeys(id for id in ids if id in by_id and id != item.id))
    return tuple(found)


Called = Mapping[tuple[str, str], str]
"""(attribute, name) → id, of objects that others name by their unique names: key pairs."""


def _called(items: Sequence[Found]) -> Called:
    found: dict[tuple[str, str], str] = {}
    for item in items:
        identity = item.native.identity if item.native is not None else None
        if isinstance(identity, UniqueName) and identity.attribute.endswith("_name") and item.observed is not None:
            found[identity.attribute, str(item.observed.attributes.get(identity.attribute))] = item.id
    return found


def _by_name(native: NativeType[Any], attribute: str, value: Any, called: Called) -> str | None:
    """The id of what an attribute names by its unique name."""
    identity = native.identity
    if not isinstance(value, str) or (isinstance(identity, UniqueName) and identity.attribute == attribute):
        return None
    return called.get((attribute, value))


def _expression(id: str | None, attribute: str, names: Mapping[str, str]) -> str:
    return f"resources.{names[id]}.{attribute}" if id is not None else ""


@dataclass(frozen=True, slots=True)
class _Answer:
    """Puts references in the place of ids."""

    references: Mapping[str, str]
    own: str

    def put_in(self, value: Any, key: str, always: bool, by_name: str = "") -> Any:
        if by_name:
            return Expression("{{ " + by_name + " }}")
        if isinstance(value, str):
            expression = self.references.get(value) if (always or _names_ids(key)) and value != self.own else None
            return Expression("{{ " + expression + " }}") if expression else value
        if isinstance(value, Mapping):
            return {name: self.put_in(item, name, always) for name, item in value.items()}
        if isinstance(value, list | tuple):
            return [self.put_in(item, key, always) for item in value]
        return value


def _note_write_only(made: Portrait) -> None:
    hidden = [name for name, schema in made.native.attributes.items() if _is_hidden(schema) and name not in made.want]
    made.asked = {name: f"{made.name}_{name}" for name in hidden if name in made.native.required}
    made.untold = tuple(name for name in hidden if name not in made.asked)
    made.properties |= {name: Expression("{{ vars." + variable + " }}") for name, variable in made.asked.items()}
    made.ignored = tuple(made.asked)


def _lacks_tags(made: Portrait, default: Mapping[str, Any]) -> bool:
    """Whether the blueprint's default tags would change it."""
    if not default or "tags" not in made.native.attributes:
        return False
    return any(made.want.get("tags", {}).get(key) != value for key, value in default.items())


def _in_order(items: Sequence[Found], hard: Mapping[str, Sequence[str]]) -> list[Found]:
    """Roots first, each followed by what hangs on it as soon as all it needs is there: an environment reads as one piece."""
    by_id = {item.id: item for item in items}
    users: dict[str, list[str]] = {id: [] for id in by_id}
    left = {id: len(targets) for id, targets in hard.items()}
    for id, targets in hard.items():
        for target in targets:
            users[target].append(id)
    done: dict[str, None] = {}
    roots = [item.id for item in items if not left[item.id]]
    # What others hang on comes first, what stands alone last.
    stack = sorted(roots, key=lambda id: len(users[id]))
    while stack:
        id = stack.pop()
        if id in done:
            continue
        done[id] = None
        ready = []
        for user in users[id]:
            left[user] -= 1
            if left[user] == 0:
                ready.append(user)
        stack += reversed(ready)
    return [by_id[id] for id in (*done, *(id for id in by_id if id not in done))]
