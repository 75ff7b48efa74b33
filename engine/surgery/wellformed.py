"""Is a document that somebody wrote a state in every part? Whatever is let in here is read by every later plan."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any, get_args, get_origin, get_type_hints

import msgspec

from mcflow.model.address import AddressError, parse_address
from mcflow.model.wire import decode
from mcflow.state.records import State

DEEPEST = 200
"""Levels of lists and maps inside each other."""
_SHOWN = 80
"""Characters of a name that are repeated in a message."""


def too_deep(tree: Any) -> bool:
    """True if it has more levels than anything that a blueprint makes."""
    level = [tree]
    for _ in range(DEEPEST):
        level = [item for each in level if isinstance(each, dict | list) for item in (each.values() if isinstance(each, dict) else each)]
        if not level:
            return False
    return True


def unknown_fields(tree: Any, kind: Any = State, path: str = "$") -> Iterator[str]:
    """Paths of fields that no record has: taken as they are, they would be lost without a word."""
    if isinstance(kind, type) and issubclass(kind, msgspec.Struct):
        hints = get_type_hints(kind)
        for name, item in tree.items():
            if name in hints:
                yield from unknown_fields(item, hints[name], f"{path}.{name}")
            else:
                yield f"{path}.{name[:_SHOWN]}"
    elif get_origin(kind) is dict and isinstance(tree, dict):
        for name, item in tree.items():
            yield from unknown_fields(item, get_args(kind)[1], f"{path}[{name[:_SHOWN]}]")


def malformed(state: State) -> Iterator[str]:
    """Addresses that are none, and values that cannot be read."""
    for address in {**state.natives, **state.resources}:
        try:
            parse_address(address)
        except AddressError:
            yield f"{address[:_SHOWN]!r} is not an address"
    for name, tree in _trees(state):
        try:
            _check(tree)
        except (TypeError, ValueError, LookupError, AttributeError):
            yield f"{name[:_SHOWN]} has a value that is none"


def _trees(state: State) -> Iterator[tuple[str, Mapping[str, Any]]]:
    for native in state.natives.values():
        yield native.address, {"want": native.want, "attributes": native.attributes}
    for resource in state.resources.values():
        yield resource.address, {
            "properties": resource.properties, "exports": resource.exports, "privates": resource.privates,
            "pins": {name: pin.value for name, pin in resource.pins.items()}}
    for name, output in state.outputs.items():
        yield f"the output {name}", {"value": output.value}


def _check(trees: Mapping[str, Any]) -> None:
    """Raises what `decode` raises, and ValueError for parts that it takes as they come."""
    for tree in trees.values():
        decode(tree, _sealed_text)
        _check_tags(tree)


def _check_tags(tree: Any) -> None:
    if isinstance(tree, list):
        for item in tree:
            _check_tags(item)
    elif isinstance(tree, dict):
        tag = next(iter(tree)) if len(tree) == 1 else ""
        if tag in _BODIES and not _BODIES[tag](tree[tag]):
            raise ValueError(f"{tag} with something else behind it")
        if tag != "$unknown":
            # A user's own map may have any keys.
            for item in (tree["$map"] if tag == "$map" else tree).values():
                _check_tags(item)


def _sealed_text(text: Any) -> None:
    if not isinstance(text, str):
        raise TypeError("a sealed value is a text")


_BODIES = {
    "$map": lambda body: isinstance(body, dict),
    "$ref": lambda body: isinstance(body, list) and bool(body) and isinstance(body[0], str),
    "$export": lambda body: isinstance(body, list) and len(body) == 3 and all(isinstance(part, str) for part in body[:2]),
    "$derived": lambda body: isinstance(body, list) and len(body) == 2 and isinstance(body[0], str) and isinstance(body[1], list),
    "$unknown": lambda body: isinstance(body, dict),
}
