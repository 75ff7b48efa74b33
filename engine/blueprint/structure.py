"""The raw document against the blueprint's schema: structure, policies, and each resource's properties as far as they are known."""

from __future__ import annotations

from collections.abc import Mapping
from functools import cache
from typing import Any

from mcflow.drivers.sdk.registry import known_drivers
from mcflow.engine.blueprint.connections import scalar_ruling
from mcflow.engine.blueprint.declarations import shape_schema
from mcflow.engine.blueprint.findings import Findings
from mcflow.engine.blueprint.reports import Subject, reports
from mcflow.engine.blueprint.scalars import Ruling, settle_scalars, templates
from mcflow.engine.blueprint.suggest import closest, listed
from mcflow.engine.blueprint.types import ResourceType
from mcflow.engine.reading import Document, Path
from mcflow.model.diagnostic import reject
from mcflow.schemas import Schema
from mcflow.schemas import document as document_schema
from mcflow.schemas.checking import problems
from mcflow.schemas.walking import kind_of, parts_at

LATER = ("data", "stacks", "policies")
"""Top-level keys that the language keeps for what it cannot do yet."""


@cache
def resource_schema() -> Schema:
    """The schema of one resource around its properties."""
    whole = document_schema("blueprint")
    return {**whole["$defs"]["resource"], "$defs": whole["$defs"]}


@cache
def frame_schema() -> Schema:
    """The blueprint's schema without what is checked entry by entry."""
    whole = document_schema("blueprint")
    properties = {**whole["properties"], "resources": {"type": "object", "static": True}}
    return {**whole, "properties": properties}


def top(document: Document) -> dict[str, Any]:
    """The blueprint's top-level mapping. Raises Rejected if it is something else."""
    if not isinstance(document.value, dict):
        kind = "empty" if document.value is None else kind_of(document.value)
        raise reject("MC0202", position=document.position(()), kind=kind)
    return document.value


def section(root: Mapping[str, Any], name: str) -> dict[str, Any]:
    """A section of the blueprint, empty if it is absent or no mapping (which the schema has noted)."""
    found = root.get(name)
    return found if isinstance(found, dict) else {}


def settle_document(document: Document, types: Mapping[str, ResourceType]) -> None:
    """Put every plain scalar of the blueprint as its schema wants it. ``types`` by resource name."""
    shapes = _shapes(section(top(document), "variables"))

    def ruled_by(path: Path) -> Ruling | None:
        if len(path) < 2:
            return document_schema("blueprint"), path
        if path[0] == "resources" and len(path) > 3 and path[2] == "properties":
            found = types.get(str(path[1]))
            return (found.schema, path[3:]) if found else None
        if path[0] == "variables" and len(path) > 2 and path[2] in ("default", "enum"):
            shape = shapes.get(str(path[1]))
            # A default of null is a default; whether it is allowed is seen later.
            whole = path[2] == "default" and len(path) == 3 and document.raw[path] in ("", "~", "null", "Null", "NULL")
            return None if shape is None or whole else (shape, path[2:])
        if path[0] == "connections":
            return scalar_ruling(document, path)
        return document_schema("blueprint"), path

    settle_scalars(document, ruled_by)


def _shapes(variables: Mapping[str, Any]) -> dict[str, Schema]:
    """For each variable the schema of its declaration's parts that hold values."""
    found: dict[str, Schema] = {}
    for name, body in variables.items():
        if isinstance(body, dict):
            value = shape_schema({key: part for key, part in body.items() if key != "enum"})
            found[name] = {"type": "object", "properties": {"default": value, "enum": {"type": "array", "items": value}}}
    return found


def check_frame(document: Document, findings: Findings) -> None:
    """Check everything but the resources against the blueprint's schema."""
    root = top(document)
    for key in root:
        if key in LATER:
            findings.at(document, (key,), "MC0232", on_key=True, name=key)
    frame = {key: value for key, value in root.items() if key not in LATER}
    if "mcflow" in root and root["mcflow"] != 1:
        findings.at(document, ("mcflow",), "MC0226", value=root["mcflow"], suggestion="1")
        frame["mcflow"] = 1
    found = problems(frame_schema(), frame, opening="expression")
    findings.extend(reports(found, Subject("the blueprint", document.position)))
    for name in ("mcflow", "name", "variables", "state", "tags", "moved", "removed"):
        for path, _ in templates(root.get(name), (name,)):
            if _static(document_schema("blueprint"), path) and not any(problem.path == path for problem in found):
                findings.at(document, path, "MC0225", expected="a plain value")


def check_resource_frame(document: Document, name: str, body: Mapping[str, Any], type: ResourceType | None, findings: Findings) -> None:
    """Check what stands around a resource's properties."""
    path: Path = ("resources", name)
    subject = Subject(f"resource {name}", lambda inside, key: document.position((*path, *inside), key), name)
    found = problems(resource_schema(), body, opening="expression")
    findings.extend(reports(found, subject))
    known = resource_schema()["properties"]
    for key, value in body.items():
        if key in known:
            continue
        if key in known_drivers():
            _check_override(document, (*path, key), value, findings)
        elif type is not None and key in type.properties:
            findings.at(document, (*path, key), "MC0233", on_key=True, address=name, property=key)
        else:
            _note_unknown_key(document, path, key, findings)
    for at in ("type", "description", "depends_on"):
        for inside, text in templates(body.get(at), (at,)):
            bare = text.strip().removeprefix("{{").removesuffix("}}").strip().removeprefix("resources.")
            findings.at(document, (*path, *inside), "MC0225", address=name, expected="a plain value",
                        suggestion=bare if bare.isidentifier() and at == "depends_on" else None)


def _note_unknown_key(document: Document, path: Path, key: str, findings: Findings) -> None:
    known = list(resource_schema()["properties"])
    position = document.position((*path, key), key=True)
    findings.add("MC0203", position, address=str(path[1]), what=f"resource {path[1]}", known=listed(known), key=key,
                suggestion=closest(key, [*known, *known_drivers()]))


def _check_override(document: Document, path: Path, value: Any, findings: Findings) -> None:
    if not isinstance(value, dict):
        findings.at(document, path, "MC0238", driver=path[-1])
        return
    for key, native in value.items():
        if not isinstance(native, dict):
            findings.at(document, (*path, key), "MC0238", driver=path[-1])


def check_properties_as_written(
    document: Document, name: str, properties: Mapping[str, Any], type: ResourceType, findings: Findings
) -> None:
    """Check a resource's properties; what an expression will give is left open."""
    found = problems(type.schema, properties, opening="expression")
    if not found:
        return
    path: Path = ("resources", name, "properties")

    def place(inside: Path, key: bool) -> Any:
        if not inside and "properties" not in document.value["resources"][name]:
            return document.position(("resources", name), key=True)
        return document.position((*path, *inside), key)

    subject = Subject(type.name, place, name, hidden=lambda inside: sensitive_at(type.schema, inside))
    findings.extend(reports(found, subject))


def sensitive_at(schema: Schema, path: Path) -> bool:
    """True if the schema marks the value at ``path``, or what it is in, as sensitive."""
    return any(part.get("sensitive") for length in range(1, len(path) + 1) for part in parts_at(schema, path[:length]))


def _static(schema: Schema, path: Path) -> bool:
    return any(part.get("static") for part in parts_at(schema, path))
