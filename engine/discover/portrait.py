"""What was found as resources of a blueprint: wants, references between them, order. Pure."""

from __future__ import annotations

import re
from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from mcflow.drivers.sdk import NativeType
from mcflow.engine.discover.findings import Found, Key
from mcflow.engine.discover.naming import name_all
from mcflow.engine.discover.referring import Index, Place, place_of, places, types_at
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
    """What a portrait may refer to beside what is portrayed: the rest of what was found, expressions of what is in the blueprint already;
    names in use."""

    others: Collection[Found] = ()
    known: Mapping[Key, str] = field(default_factory=dict)
    taken: Collection[str] = ()
    tags: Mapping[str, Any] = field(default_factory=dict)


def portray(items: Sequence[Found], around: Surroundings) -> list[Portrait]:
    """The resources, what is referred to before what refers to it."""
    by_key = {item.key: item for item in items}
    wants = {key: _want(item) for key, item in by_key.items()}
    index = Index({**{item.key: item for item in around.others}, **by_key}.values())
    hard = {key: _targets(item, wants[key], index, by_key, late=False) for key, item in by_key.items()}
    ordered = _in_order(items, hard)
    names = name_all(ordered, hard, around.taken)
    answer = _Answer(index, {**around.known, **{key: f"resources.{name}" for key, name in names.items()}})
    portraits = []
    for item in ordered:
        made = Portrait(names[item.key], item, wants[item.key])
        made.properties = answer.properties(made)
        made.hard = tuple(names[key] for key in hard[item.key])
        late = _targets(item, made.want, index, by_key, late=True)
        made.soft = tuple(names[key] for key in late if key not in hard[item.key])
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


def _targets(item: Found, want: Mapping[str, Any], index: Index, by_key: Collection[Key], *, late: bool) -> tuple[Key, ...]:
    """The items that it names, in attributes set with the create call or (``late``) after it."""
    assert item.native is not None
    found: dict[Key, None] = {}
    for name, value in want.items():
        schema = item.native.attributes[name]
        if bool(schema.get("set_after_create")) == late:
            named = (index.one_at(text, place, item.key) for text, place in places(value, schema, place_of(item.native, name)))
            found.update((meant[0], None) for meant in named if meant is not None and meant[0] in by_key)
    return tuple(found)


@dataclass(frozen=True, slots=True)
class _Answer:
    """Puts references in the place of ids and names. ``expressions``: of the resources that may be referred to."""

    index: Index
    expressions: Mapping[Key, str]

    def properties(self, made: Portrait) -> dict[str, Any]:
        """The want with references in it."""
        attributes, own = made.native.attributes, made.item.key
        return {name: self._put_in(value, attributes[name], place_of(made.native, name), own) for name, value in made.want.items()}

    def _put_in(self, value: Any, schema: Mapping[str, Any], place: Place, own: Key) -> Any:
        here = place.within(schema)
        if isinstance(value, str):
            return self._reference(value, types_at(schema), here, own)
        if isinstance(value, Mapping):
            fields = schema.get("properties", {})
            return {name: self._put_in(item, fields.get(name, {}), Place(name), own) for name, item in value.items()}
        if isinstance(value, list | tuple):
            return [self._put_in(item, schema.get("items", {}), here, own) for item in value]
        return value

    def _reference(self, text: str, handles: Collection[str], place: Place, own: Key) -> Any:
        """The resource itself where the schema takes one of its type, else its id or the attribute by which it is named."""
        meant = self.index.one_at(text, place, own)
        if meant is None or meant[0] not in self.expressions:
            return text
        key, attribute = meant
        expression = self.expressions[key]
        # What is behind a native of a portable resource has no handle.
        whole = attribute == "id" and key[0] in handles and expression.count(".") == 1
        return Expression("{{ " + (expression if whole else f"{expression}.{attribute}") + " }}")


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


def _in_order(items: Sequence[Found], hard: Mapping[Key, Sequence[Key]]) -> list[Found]:
    """Roots first, each followed by what hangs on it as soon as all it needs is there: an environment reads as one piece."""
    by_key = {item.key: item for item in items}
    users: dict[Key, list[Key]] = {key: [] for key in by_key}
    left = {key: len(targets) for key, targets in hard.items()}
    for key, targets in hard.items():
        for target in targets:
            users[target].append(key)
    done: dict[Key, None] = {}
    roots = [item.key for item in items if not left[item.key]]
    # What others hang on comes first, what stands alone last.
    stack = sorted(roots, key=lambda key: len(users[key]))
    while stack:
        key = stack.pop()
        if key in done:
            continue
        done[key] = None
        ready = []
        for user in users[key]:
            left[user] -= 1
            if left[user] == 0:
                ready.append(user)
        stack += reversed(ready)
    return [by_key[key] for key in (*done, *(key for key in by_key if key not in done))]
