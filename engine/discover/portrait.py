"""What was found as resources of a blueprint: wants, references between them, order. Pure."""

from __future__ import annotations

import re
from collections.abc import Collection, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from mcflow.drivers.sdk import NativeType, UniqueName
from mcflow.engine.discover.findings import Found
from mcflow.engine.discover.naming import name_all
from mcflow.engine.discover.yaml_text import Expression, quoted

_OPENING = re.compile(r"\{[{%#]")
_LONGEST_KEY = 1000
"""Characters of a key as it is written; YAML takes 1,024 on one line."""


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
    own = {id: (by_id[id].type, name) for id, name in names.items()}
    portraits = []
    for item in ordered:
        made = Portrait(names[item.id], item, wants[item.id])
        answer = _Answer(own, around.known, item.id)
        for name, value in made.want.items():
            by_name = _expression(_by_name(made.native, name, value, called), name, names)
            made.properties[name] = Expression("{{ " + by_name + " }}") if by_name else answer.put_in(
                value, name, made.native.attributes[name])
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
    told = {name: want[name] for name, schema in item.native.attributes.items() if name in want and not schema.get("sensitive")}
    return {name: _writable(value) if item.native.attributes[name].get("owned_keys") else value for name, value in told.items()}


def _writable(owned: Mapping[str, Any]) -> dict[str, Any]:
    """Without keys that a blueprint would take for expressions or cannot hold: of such a map only what it names is managed."""
    return {key: value for key, value in owned.items() if not _OPENING.search(key) and len(quoted(key)) < _LONGEST_KEY}


def _is_hidden(schema: Mapping[str, Any]) -> bool:
    """Whether a blueprint must not, or cannot, be told the value that is there."""
    return bool(schema.get("write_only") or (schema.get("sensitive") and not schema.get("read_only")))


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
    """Puts references in the place of ids. ``portrayed``: id → type and name; ``known``: id → expression."""

    portrayed: Mapping[str, tuple[str, str]]
    known: Mapping[str, str]
    own: str

    def put_in(self, value: Any, key: str, schema: Mapping[str, Any], *, listed: bool = False) -> Any:
        """``listed``: an item of a list of references, each of which is an id."""
        if isinstance(value, str):
            here = listed or schema.get("reference") or _names_ids(key)
            return self._reference(value, _as_list(schema.get("reference"))) if here else value
        if isinstance(value, Mapping):
            fields = schema.get("properties", {})
            return {name: self.put_in(item, name, fields.get(name, {})) for name, item in value.items()}
        if isinstance(value, list | tuple):
            return [self.put_in(item, key, schema.get("items", {}), listed=bool(schema.get("reference"))) for item in value]
        return value

    def _reference(self, id: str, handles: Sequence[str]) -> Any:
        """The resource itself where the place takes one of its type, else its id."""
        if id in self.portrayed and id != self.own:
            type, name = self.portrayed[id]
            return Expression("{{ resources." + name + " }}" if type in handles else "{{ resources." + name + ".id }}")
        return Expression("{{ " + self.known[id] + " }}") if id in self.known else id


def _as_list(reference: Any) -> Sequence[str]:
    return [reference] if isinstance(reference, str) else reference or ()


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
