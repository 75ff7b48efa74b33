"""The schema that editors load: completes and checks a whole blueprint, every field a value or an expression."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from mcflow.schemas.catalogue import Schema, document, portable, portable_types
from mcflow.schemas.formats import FORMATS
from mcflow.schemas.opening import opened

_OURS = {
    "static", "structural", "selector", "reference", "set", "set_after_create", "at_create", "sensitive", "local", "unit", "expects",
    "outputs",
    "group", "read_only", "write_only", "default_from_cloud", "changes_with", "blocks_delete", "owned_keys", "shared", "create_only",
    "incidental", "by_others",
}
"""Annotations that mean nothing to an editor."""


def editor_schema(native_schemas: Mapping[str, Schema], drivers: Mapping[str, Schema] | None = None) -> dict[str, Any]:
    """One self-contained schema (draft 2020-12) of a blueprint, with the properties of every type by its name.

    ``native_schemas``: native type → schema of its properties; ``drivers``: driver → schema of its connections' own keys.
    """
    types = {name: portable(name) for name in portable_types()} | dict(native_schemas)
    whole = dict(document("blueprint"))
    definitions = dict(whole["$defs"])
    definitions["resource"] = _resource(definitions["resource"], types, sorted(_driver_names(native_schemas, drivers)))
    definitions["connection"] = _connection(definitions["connection"], drivers or {})
    for name, schema in types.items():
        definitions[f"properties.{name}"] = {**_typed(schema), "static": True}
    open_to_expressions = opened({**whole, "$defs": definitions}, "expression")
    ready: dict[str, Any] = _plain(open_to_expressions)
    return ready


def _resource(schema: Mapping[str, Any], types: Mapping[str, Schema], drivers: list[str]) -> dict[str, Any]:
    described = [{"const": name, "description": types[name].get("description", name)} for name in sorted(types)]
    overrides = {
        name: {"description": f"Settings that only {name} has, by native key.", "type": "object", "static": True} for name in drivers
    }
    choices = [
        {
            "if": {"properties": {"type": {"const": name, "static": True}}, "required": ["type"]},
            "then": {"properties": {"properties": {"$ref": f"#/$defs/properties.{name}"}}, "required": _needed(types[name])},
        }
        for name in sorted(types)
    ]
    properties = {
        **schema["properties"], **overrides,
        "type": {"description": schema["properties"]["type"]["description"], "anyOf": described, "static": True},
    }
    return {**schema, "properties": properties, "additionalProperties": False, "allOf": choices}


def _needed(schema: Schema) -> list[str]:
    return ["properties"] if schema.get("required") else []


def _connection(schema: Mapping[str, Any], drivers: Mapping[str, Schema]) -> dict[str, Any]:
    if not drivers:
        return dict(schema)
    choices = [
        {
            "if": {"properties": {"driver": {"const": name, "static": True}}, "required": ["driver"]},
            "then": {"properties": own.get("properties", {}), "required": own.get("required", [])},
        }
        for name, own in sorted(drivers.items())
    ]
    driver = {**schema["properties"]["driver"], "anyOf": [{"const": name} for name in sorted(drivers)], "static": True}
    rest = {key: value for key, value in schema.items() if key != "additionalProperties"}
    # What the chosen driver's part names is evaluated there; every other key is a typo.
    return {**rest, "properties": {**schema["properties"], "driver": driver}, "allOf": choices, "unevaluatedProperties": False}


def _driver_names(native_schemas: Mapping[str, Schema], drivers: Mapping[str, Schema] | None) -> set[str]:
    return {name.partition(".")[0] for name in native_schemas} | set(drivers or ())


def _typed(schema: Schema) -> dict[str, Any]:
    """The schema without what only the cloud sets."""
    properties = {name: part for name, part in schema["properties"].items() if not part.get("read_only")}
    return {key: value for key, value in {**schema, "properties": properties}.items() if key not in ("outputs", "$schema")}


def _plain(schema: Any) -> Any:
    """Without our annotations, and with a pattern for each format that editors do not know."""
    if isinstance(schema, list):
        return [_plain(item) for item in schema]
    if not isinstance(schema, Mapping):
        return schema
    plain = {key: _map(value) if key in ("properties", "$defs") else _plain(value) for key, value in schema.items() if key not in _OURS}
    known = FORMATS.get(str(plain.get("format")))
    if known is not None:
        del plain["format"]
        if known.pattern is not None and "pattern" not in plain:
            plain["pattern"] = known.pattern
    return plain


def _map(named: Mapping[str, Any]) -> dict[str, Any]:
    """Keys of ``properties`` and ``$defs`` are names, whatever they look like."""
    return {name: _plain(schema) for name, schema in named.items()}
