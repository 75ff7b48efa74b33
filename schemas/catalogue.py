"""The schema files by name: read once, local references written out."""

from __future__ import annotations

import json
from collections.abc import Mapping
from functools import cache
from pathlib import Path
from typing import Any, Literal

Schema = Mapping[str, Any]
DocumentName = Literal["blueprint", "plan", "state", "event"]

_FOLDER = Path(__file__).parent
_LAID_OVER = "every_type.json"


@cache
def portable_types() -> tuple[str, ...]:
    """The names of all portable types, sorted."""
    return tuple(sorted(path.stem for path in (_FOLDER / "portable").glob("*.json")))


@cache
def portable(type: str) -> Schema:
    """The schema of a portable type's properties, annotated, without ``$ref``; its key ``outputs`` is {name: schema}. Raises KeyError."""
    if type not in portable_types():
        raise KeyError(type)
    own = _read(f"portable/{type}.json")
    every = _read(_LAID_OVER)
    definitions = own.pop("$defs", {})
    own["properties"] = {**own["properties"], **every["properties"]}
    own["outputs"] = {**every["outputs"], **own["outputs"]}
    written: dict[str, Any] = _write_out(own, definitions)
    return written


@cache
def document(name: DocumentName) -> Schema:
    """The schema of a document: blueprint, plan, state or event. It may hold ``$defs`` and references to them. Raises KeyError."""
    if not (_FOLDER / "documents" / f"{name}.json").is_file():
        raise KeyError(name)
    return _read(f"documents/{name}.json")


def _read(name: str) -> dict[str, Any]:
    found: dict[str, Any] = json.loads((_FOLDER / name).read_text("utf-8"))
    return found


def _write_out(schema: Any, definitions: Mapping[str, Any]) -> Any:
    if isinstance(schema, list):
        return [_write_out(item, definitions) for item in schema]
    if not isinstance(schema, dict):
        return schema
    target = schema.get("$ref")
    if isinstance(target, str):
        rest = {key: value for key, value in schema.items() if key != "$ref"}
        return _write_out({**definitions[target.removeprefix("#/$defs/")], **rest}, definitions)
    return {key: _write_out(value, definitions) for key, value in schema.items()}
