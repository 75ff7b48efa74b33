"""Bringing evaluated properties into the shape lowerings expect: defaults filled in, literal ids made handles."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from mcflow.model.values import Handle, Value, contains_unknown


def shape(schema: Mapping[str, Any], tree: Value, connection: str) -> Value:
    """The tree with the schema's defaults in absent places and a Handle for every literal cloud id at a ``reference``.

    A text among the schema's ``words`` (a security group's ``self``) stays what it is.
    """
    targets = _references(schema)
    if targets and isinstance(tree, str):
        if tree in schema.get("words", ()):
            return tree
        return Handle("", targets[0], connection, None, literal=tree)
    if isinstance(tree, dict):
        return _shape_object(_branch(schema, "object"), tree, connection)
    if isinstance(tree, list):
        items = _branch(schema, "array").get("items")
        return [shape(items, item, connection) for item in tree] if isinstance(items, Mapping) else tree
    return tree


def _shape_object(schema: Mapping[str, Any], tree: dict[str, Value], connection: str) -> dict[str, Value]:
    known: Mapping[str, Any] = schema.get("properties", {})
    shaped = {name: shape(known[name], value, connection) if name in known else value for name, value in tree.items()}
    for name, each in known.items():
        if name not in shaped and each.get("default") is not None:
            shaped[name] = each["default"]
    return shaped


def _references(schema: Mapping[str, Any]) -> list[str]:
    named = schema.get("reference")
    if named:
        return [named] if isinstance(named, str) else list(named)
    for branch in (*schema.get("anyOf", ()), *schema.get("oneOf", ())):
        found = _references(branch)
        if found:
            return found
    return []


def _branch(schema: Mapping[str, Any], kind: str) -> Mapping[str, Any]:
    """The alternative of the schema that describes a value of this kind."""
    if schema.get("type") == kind or (kind == "object" and "properties" in schema):
        return schema
    for branch in (*schema.get("anyOf", ()), *schema.get("oneOf", ())):
        if branch.get("type") == kind:
            return branch  # type: ignore[no-any-return]
    return schema


def unknown_structure(schema: Mapping[str, Any], tree: Mapping[str, Value]) -> list[str]:
    """Names of properties marked ``structural`` that are not known."""
    known: Mapping[str, Any] = schema.get("properties", {})
    return [name for name, each in known.items() if each.get("structural") and name in tree and contains_unknown(tree[name])]
