"""Variables as a blueprint declares them: their type as a JSON Schema, their default, their checks."""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

from mcflow.engine.blueprint.findings import Findings
from mcflow.engine.reading import Document, Path
from mcflow.schemas.walking import kind_of

_KINDS = {
    "string": "string", "integer": "integer", "number": "number", "boolean": "boolean", "list": "array", "map": "object",
    "object": "object",
}
_OF_KIND = {
    "minimum": ("integer", "number"), "maximum": ("integer", "number"), "pattern": ("string",), "min_length": ("string", "list", "map"),
    "max_length": ("string", "list", "map"), "items": ("list",), "values": ("map",), "properties": ("object",), "required": ("object",),
}
"""Which constraints make sense for which types."""
_LENGTHS = {"string": ("minLength", "maxLength"), "list": ("minItems", "maxItems"), "map": ("minProperties", "maxProperties")}
_NAMES = {kind: name for name, kind in _KINDS.items() if name != "object"} | {"object": "map"}

ABSENT: Any = object()
"""Stands for a default that is not there (null is a default)."""


@dataclass(frozen=True, slots=True)
class Declaration:
    """One declared variable. ``schema`` describes its value; ``type`` is the declared or the default's."""

    name: str
    path: Path
    type: str
    schema: Mapping[str, Any] = field(repr=False)
    default: Any = ABSENT
    sensitive: bool = False
    validation: tuple[Mapping[str, Any], ...] = ()


def declared(document: Document, section: Mapping[str, Any], findings: Findings) -> dict[str, Declaration]:
    """The declarations of the section ``variables``. Constraints that do not fit the type are noted."""
    found: dict[str, Declaration] = {}
    for name, body in section.items():
        if not isinstance(body, Mapping):
            continue
        path: Path = ("variables", name)
        kind = _type_of(body)
        _check_constraints(document, {**body, "type": kind}, path, findings)
        validation = body.get("validation")
        checks = tuple(one for one in validation if isinstance(one, Mapping)) if isinstance(validation, list) else ()
        found[name] = Declaration(
            name, path, kind, shape_schema({**body, "type": kind}), body.get("default", ABSENT), body.get("sensitive") is True, checks
        )
    return found


def shape_schema(shape: Mapping[str, Any]) -> dict[str, Any]:
    """A declared shape (type, enum, minimum, items, …) as JSON Schema."""
    kind = _kind(shape)
    schema: dict[str, Any] = {}
    if kind in _KINDS:
        schema["type"] = [_KINDS[kind], "null"] if shape.get("nullable") is True else _KINDS[kind]
    if isinstance(shape.get("enum"), list) and shape["enum"]:
        schema["enum"] = [*shape["enum"], *([None] if shape.get("nullable") is True else [])]
    for bound in ("minimum", "maximum"):
        if kind_of(shape.get(bound)) in ("integer", "number"):
            schema[bound] = shape[bound]
    if isinstance(shape.get("pattern"), str) and _compiles(shape["pattern"]):
        schema["pattern"] = shape["pattern"]
    _add_lengths(schema, kind, shape)
    _add_parts(schema, kind, shape)
    return schema


def _add_lengths(schema: dict[str, Any], kind: str, shape: Mapping[str, Any]) -> None:
    least, most = _LENGTHS.get(kind, ("", ""))
    if least and isinstance(shape.get("min_length"), int):
        schema[least] = shape["min_length"]
    if most and isinstance(shape.get("max_length"), int):
        schema[most] = shape["max_length"]


def _add_parts(schema: dict[str, Any], kind: str, shape: Mapping[str, Any]) -> None:
    if kind == "list" and isinstance(shape.get("items"), Mapping):
        schema["items"] = shape_schema(shape["items"])
    if kind == "map" and isinstance(shape.get("values"), Mapping):
        schema["additionalProperties"] = shape_schema(shape["values"])
    if kind == "object" and isinstance(shape.get("properties"), Mapping):
        parts = {name: shape_schema(part) for name, part in shape["properties"].items() if isinstance(part, Mapping)}
        required = shape.get("required")
        schema |= {"properties": parts, "additionalProperties": False, "required": required if isinstance(required, list) else list(parts)}


def _kind(shape: Mapping[str, Any]) -> str:
    kind = shape.get("type", "any")
    return kind if isinstance(kind, str) and kind in _KINDS else "any"


def _type_of(body: Mapping[str, Any]) -> str:
    if "type" in body:
        return _kind(body)
    default = body.get("default", ABSENT)
    if default is ABSENT or default is None or (isinstance(default, str) and "{{" in default):
        return "any"
    return _NAMES[kind_of(default)]


def _check_constraints(document: Document, shape: Mapping[str, Any], path: Path, findings: Findings) -> None:
    kind = _kind(shape)
    for constraint, kinds in _OF_KIND.items():
        if constraint in shape and kind not in (*kinds, "any"):
            findings.at(document, (*path, constraint), "MC0337", on_key=True, constraint=constraint, type=kind, kinds=" or ".join(kinds))
    for part in ("items", "values"):
        if isinstance(shape.get(part), Mapping):
            _check_constraints(document, shape[part], (*path, part), findings)
    if isinstance(shape.get("properties"), Mapping):
        for name, inner in shape["properties"].items():
            if isinstance(inner, Mapping):
                _check_constraints(document, inner, (*path, "properties", name), findings)


def _compiles(pattern: str) -> bool:
    try:
        re.compile(pattern)
    except re.error:
        return False
    return True
