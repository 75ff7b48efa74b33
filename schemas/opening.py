"""Schemas that also accept what is not known yet: an expression in a raw document, a hole in an evaluated tree."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, Literal

Opening = Literal["", "expression", "hole"]
"""What is accepted in place of any value: nothing; a string with ``{{``; what `hole` makes."""

EXPRESSION = {"type": "string", "pattern": r"\{\{"}

_PARTS = ("items", "additionalProperties")
_NAMED_PARTS = ("properties", "patternProperties", "$defs")
_SAME = ("if", "then", "else")
_SAME_LISTS = ("anyOf", "oneOf", "allOf")
"""Schemas of the very value that the schema around them describes: what is around has been opened already."""

_NUL = "\x00"
_OPEN = {"expression": EXPRESSION, "hole": {"type": "string", "pattern": r"^\x00"}}


def hole(name: str) -> str:
    """What stands for a handle or an unknown in an evaluated tree that is checked. No YAML can hold it: NUL is not a character there.

    Holes of different names are different values, so that lists of them may ask for unique items.
    """
    return _NUL + name


def is_open(value: object, opening: Opening) -> bool:
    """True if ``value`` is what `opening` accepts in place of any value."""
    if not opening or not isinstance(value, str):
        return False
    return "{{" in value if opening == "expression" else value.startswith(_NUL)


def opened(schema: Any, opening: Opening) -> Any:
    """A copy of ``schema`` in which every place below the top that is not marked ``static`` also accepts what `opening` says."""
    return _inside(schema, opening) if opening and isinstance(schema, Mapping) else schema


def _opened(schema: Any, opening: Opening) -> Any:
    if not isinstance(schema, Mapping):
        return schema
    inner = _inside(schema, opening)
    if opening == "expression" and schema.get("static"):
        return inner
    if "$ref" in schema or _takes_anything(schema):
        return inner
    either: dict[str, Any] = {"anyOf": [_OPEN[opening], inner]}
    for note in ("title", "description", "examples", "default"):
        if note in inner:
            either[note] = inner.pop(note)
    return either


def _takes_anything(schema: Mapping[str, Any]) -> bool:
    return not any(key in schema for key in ("type", "anyOf", "oneOf", "allOf", "enum", "const", "not", "required", "format", "pattern"))


def _inside(schema: Mapping[str, Any], opening: Opening) -> dict[str, Any]:
    inner = dict(schema)
    for key in _PARTS:
        if isinstance(inner.get(key), Mapping):
            inner[key] = _opened(inner[key], opening)
    for key in _NAMED_PARTS:
        if isinstance(inner.get(key), Mapping):
            inner[key] = {name: _opened(item, opening) for name, item in inner[key].items()}
    for key in _SAME:
        if isinstance(inner.get(key), Mapping):
            inner[key] = _inside(inner[key], opening)
    for key in _SAME_LISTS:
        if key in inner:
            inner[key] = [_inside(item, opening) for item in inner[key]]
    return inner
