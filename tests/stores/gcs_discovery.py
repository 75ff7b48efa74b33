"""Google's own description of the JSON API of Cloud Storage, as google-api-python-client ships it, and what breaks it."""

from __future__ import annotations

import json
import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import Any

EXTRA = {"uploadType"}
"""Of uploads, and described in words only."""


@dataclass(frozen=True)
class Method:
    """A method of the API, with the pattern its paths fit."""

    name: str
    verb: str
    pattern: re.Pattern[str]
    parameters: Mapping[str, Mapping[str, Any]]
    answer: str


@cache
def document() -> dict[str, Any]:
    """The discovery document."""
    from googleapiclient import discovery_cache

    return json.loads((Path(discovery_cache.__file__).parent / "documents" / "storage.v1.json").read_text())  # type: ignore[no-any-return]


@cache
def methods() -> tuple[Method, ...]:
    """Methods of objects and buckets, uploads included."""
    found = []
    whole = document()
    for resource in ("objects", "buckets"):
        for name, one in whole["resources"][resource]["methods"].items():
            parameters = {**whole["parameters"], **one.get("parameters", {})}
            answer = one.get("response", {}).get("$ref", "")
            paths = [whole["basePath"] + one["path"]]
            upload = one.get("mediaUpload", {}).get("protocols", {}).get("simple")
            if upload:
                paths.append(upload["path"])
            found += [Method(f"{resource}.{name}", one["httpMethod"], _pattern(path), parameters, answer) for path in paths]
    return tuple(found)


def _pattern(path: str) -> re.Pattern[str]:
    return re.compile(re.sub(r"\\\{(\w+)\\\}", r"(?P<\1>[^/]+)", re.escape(path)))


def find(verb: str, path: str) -> Method | None:
    """The method of a request whose path is still quoted."""
    return next((method for method in methods() if method.verb == verb and method.pattern.fullmatch(path)), None)


def wrong_request(verb: str, path: str, query: Mapping[str, str]) -> list[str]:
    """What the API would not understand."""
    method = find(verb, path)
    if method is None:
        return [f"there is no {verb} {path}"]
    unknown = set(query) - set(method.parameters) - EXTRA
    wrong = [f"{method.name} has no parameter {name}" for name in sorted(unknown)]
    for name, one in method.parameters.items():
        if one.get("required") and one.get("location") == "query" and name not in query:
            wrong.append(f"{method.name} needs {name}")
        if name in query:
            wrong += [f"{method.name}: {name} is {query[name]!r}" for _ in [0] if not _fits_text(query[name], one)]
    return wrong


def _fits_text(text: str, schema: Mapping[str, Any]) -> bool:
    if schema.get("format") in ("int64", "uint32", "int32", "uint64") or schema["type"] == "integer":
        return re.fullmatch(r"-?\d+", text) is not None
    if schema["type"] == "boolean":
        return text in ("true", "false")
    return "enum" not in schema or text in schema["enum"]


def wrong_answer(method: Method, answer: Any) -> list[str]:
    """Where an answer in JSON is not what the API describes: fields that it has not, values of another type."""
    return list(_misfits(answer, {"$ref": method.answer}, method.answer)) if method.answer else []


_TYPES: Mapping[str, type | tuple[type, ...]] = {
    "string": str, "integer": int, "boolean": bool, "number": (int, float), "array": list, "object": dict}


def _misfits(value: Any, schema: Mapping[str, Any], at: str) -> Iterator[str]:
    if "$ref" in schema:
        schema = document()["schemas"][schema["$ref"]]
    if schema.get("type") == "any":
        return
    if not isinstance(value, _TYPES[schema["type"]]):
        yield f"{at} is {type(value).__name__}, not {schema['type']}"
        return
    if isinstance(value, list):
        for item in value:
            yield from _misfits(item, schema["items"], f"{at}[]")
    elif isinstance(value, dict):
        known = schema.get("properties", {})
        for name, inside in value.items():
            if name in known:
                yield from _misfits(inside, known[name], f"{at}.{name}")
            elif "additionalProperties" in schema:
                yield from _misfits(inside, schema["additionalProperties"], f"{at}.{name}")
            else:
                yield f"{at} has no field {name}"
