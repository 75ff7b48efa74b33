"""Finding one's way in a schema: what it says of the value at a path, through ``anyOf`` and ``$ref``."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

Path = tuple[str | int, ...]

KINDS = ("null", "boolean", "integer", "number", "string", "array", "object")


def parts_at(schema: Mapping[str, Any], path: Sequence[str | int], root: Mapping[str, Any] | None = None) -> list[Mapping[str, Any]]:
    """The schemas that apply to the value at ``path``: one, several where the way leads through ``anyOf``, none where nothing is said."""
    root = schema if root is None else root
    here = _alternatives(schema, root)
    for step in path:
        here = [part for one in here for child in _children(one, step) for part in _alternatives(child, root)]
    return here


def kinds_at(schema: Mapping[str, Any], path: Sequence[str | int]) -> frozenset[str]:
    """The JSON types allowed at ``path``; empty where anything is."""
    parts = parts_at(schema, path)
    found: set[str] = set()
    for part in parts:
        kinds = _kinds(part)
        if not kinds:
            return frozenset()
        found |= kinds
    return frozenset(found)


def kind_of(value: object) -> str:
    """The JSON type of a plain value."""
    if value is None:
        return "null"
    if isinstance(value, bool):
        return "boolean"
    if isinstance(value, int):
        return "integer"
    if isinstance(value, float):
        return "number"
    if isinstance(value, str):
        return "string"
    return "array" if isinstance(value, list | tuple) else "object"


def _alternatives(schema: Mapping[str, Any], root: Mapping[str, Any]) -> list[Mapping[str, Any]]:
    target = schema.get("$ref")
    if isinstance(target, str):
        return _alternatives(_resolve(target, root), root)
    branches = [branch for branch in (*schema.get("anyOf", ()), *schema.get("oneOf", ())) if set(branch) != {"required"}]
    if not branches:
        return [schema]
    outer = {key: value for key, value in schema.items() if key not in ("anyOf", "oneOf")}
    found = [part for branch in branches for part in _alternatives(branch, root)]
    return [outer, *found] if _kinds(outer) else [{**outer, **part} for part in found]


def _resolve(target: str, root: Mapping[str, Any]) -> Mapping[str, Any]:
    found: Any = root
    for step in target.removeprefix("#/").split("/"):
        found = found[step]
    return found  # type: ignore[no-any-return]


def _children(schema: Mapping[str, Any], step: str | int) -> list[Mapping[str, Any]]:
    if isinstance(step, int):
        items = schema.get("items")
        return [items] if isinstance(items, Mapping) else []
    properties = schema.get("properties", {})
    if step in properties:
        return [properties[step]] if isinstance(properties[step], Mapping) else []
    rest = schema.get("additionalProperties")
    return [rest] if isinstance(rest, Mapping) else []


def _kinds(schema: Mapping[str, Any]) -> frozenset[str]:
    kind = schema.get("type")
    if isinstance(kind, str):
        return frozenset((kind,))
    if isinstance(kind, list):
        return frozenset(kind)
    values = schema["enum"] if "enum" in schema else [schema["const"]] if "const" in schema else ()
    return frozenset(kind_of(value) for value in values)
