"""Connections: of the blueprint, of connections.yaml beside it, of the user's configuration; evaluated and checked by their drivers."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from functools import cache
from pathlib import Path as FilePath
from typing import Any

from mcflow.drivers.sdk import Driver
from mcflow.drivers.sdk.registry import DriverUnavailableError, UnknownDriverError, load_driver
from mcflow.engine.blueprint.blocks import ConnectionBlock
from mcflow.engine.blueprint.expression import evaluate_noted, written_in
from mcflow.engine.blueprint.findings import Findings
from mcflow.engine.blueprint.names import check_names
from mcflow.engine.blueprint.reports import Subject, reports
from mcflow.engine.blueprint.scalars import settle_scalars
from mcflow.engine.blueprint.secrets import hide_secrets, is_secret_name, note_literal_secrets
from mcflow.engine.blueprint.sources import read_quietly
from mcflow.engine.blueprint.suggest import closest, listed
from mcflow.engine.reading import Document, Path
from mcflow.model.values import Value, contains_secret, reveal
from mcflow.schemas import Schema
from mcflow.schemas import document as document_schema
from mcflow.schemas.checking import problems


@dataclass(frozen=True, slots=True)
class WrittenConnection:
    """A connection as written, not evaluated yet. ``near`` is False for one of the user's own configuration."""

    name: str
    body: Mapping[str, Any]
    document: Document
    path: Path
    near: bool = True


@cache
def file_schema() -> Schema:
    """The schema of a connections.yaml: the blueprint's section in a file of its own."""
    whole = document_schema("blueprint")
    return {
        "title": "mcflow connections",
        "type": "object",
        "properties": {"connections": whole["properties"]["connections"]},
        "required": ["connections"],
        "additionalProperties": False,
        "$defs": whole["$defs"],
    }


def gather(
    document: Document, section: Mapping[str, Any], files: Iterable[FilePath], user_config: FilePath | None, findings: Findings
) -> dict[str, WrittenConnection]:
    """All connections by name. The blueprint's come before those of connections.yaml, those before the user's."""
    found: dict[str, WrittenConnection] = {}
    _take(found, document, section, True)
    for file in files:
        near = user_config is None or file.parent != user_config
        read = read_quietly(file, findings)
        if read is None:
            continue
        inside = _section_of(read, findings)
        check_names("connection", inside, read, ("connections",), findings)
        _take(found, read, inside, near)
    return found


def _section_of(document: Document, findings: Findings) -> Mapping[str, Any]:
    settle_scalars(document, lambda path: scalar_ruling(document, path))
    value = document.value
    found = problems(file_schema(), value, opening="expression")
    if found and isinstance(value, dict) and "connections" not in value and all(isinstance(one, dict) for one in value.values()):
        findings.at(document, (), "MC0510", file=document.path)
        return {}
    findings.extend(reports(found, Subject(document.path, document.position)))
    inside = value.get("connections") if isinstance(value, dict) else None
    return inside if isinstance(inside, dict) else {}


def _take(found: dict[str, WrittenConnection], document: Document, section: Mapping[str, Any], near: bool) -> None:
    for name, body in section.items():
        if isinstance(body, dict) and name not in found:
            found[name] = WrittenConnection(name, body, document, ("connections", name), near)


def scalar_ruling(document: Document, path: Path) -> tuple[Schema, Path] | None:
    """Which schema rules a plain scalar of a connection: its driver's, for what is not ``driver`` or ``region``."""
    if len(path) < 3 or path[0] != "connections":
        return None
    if path[2] in ("driver", "region"):
        return file_schema(), path
    body = document.value["connections"][path[1]]
    try:
        driver = load_driver(str(body.get("driver"))) if isinstance(body, dict) else None
    except (UnknownDriverError, DriverUnavailableError):
        return None
    return (driver.config_schema, path[2:]) if driver else None


def settle_connections(
    written: Mapping[str, WrittenConnection], wanted: frozenset[str], scope: Mapping[str, Value], broken: frozenset[tuple[str, str]],
    findings: Findings,
) -> dict[str, ConnectionBlock]:
    """The connections, evaluated and checked. What is wrong with a connection of the user's own counts only if it is ``wanted``.

    ``broken`` names variables and locals, as (root, name), that have no value: what uses them is left out.
    """
    settled: dict[str, ConnectionBlock] = {}
    for one in written.values():
        noted = findings if one.near or one.name in wanted else Findings()
        block = _settle(one, scope, broken, noted)
        if block is not None:
            settled[one.name] = block
    return settled


def _settle(
    one: WrittenConnection, scope: Mapping[str, Value], broken: frozenset[tuple[str, str]], findings: Findings
) -> ConnectionBlock | None:
    before = len(findings)
    position = one.document.position(one.path, key=True)
    body = {key: value for key, value in one.body.items() if key != "driver"}
    note_literal_secrets(one.document, body, one.path, findings)
    driver = _driver(one, findings)
    uses = [reference for each in written_in(one.document, body, one.path, findings) for reference in each.template.references]
    if any(reference.root == "resources" for reference in uses):
        findings.at(one.document, one.path, "MC0511", on_key=True, name=one.name)
    if len(findings) > before or driver is None or any((ref.root, ref.path[0]) in broken for ref in uses if ref.path):
        return None
    value, evaluated = evaluate_noted(one.document, body, one.path, scope, findings)
    if not evaluated:
        return None
    for field in _REMEMBERED:
        if contains_secret(value.get(field)):
            findings.at(one.document, (*one.path, field), "MC0514", name=one.name, field=field)
            return None
    region = value.pop("region", None)
    _check_config(one, driver, value, findings)
    return ConnectionBlock(one.name, driver.name, region, hide_secrets(value), one.document, one.path, position)


_REMEMBERED = ("region", "endpoint", "account", "path")
"""What the identity of a session may be made of; the state keeps it in clear."""


def _driver(one: WrittenConnection, findings: Findings) -> Driver | None:
    name = one.body.get("driver")
    if not isinstance(name, str):
        return None
    try:
        return load_driver(name)
    except UnknownDriverError as unknown:
        findings.at(one.document, (*one.path, "driver"), "MC0502", driver=name, known=listed(unknown.known),
                    suggestion=closest(name, unknown.known))
    except DriverUnavailableError as unavailable:
        findings.at(one.document, (*one.path, "driver"), "MC0503", driver=name, reason=unavailable.reason,
                    suggestion=unavailable.install or None)
    return None


def _check_config(one: WrittenConnection, driver: Driver, config: Mapping[str, Value], findings: Findings) -> None:
    subject = Subject(
        f"connection {one.name}", lambda path, key: one.document.position((*one.path, *path), key),
        hidden=lambda path: any(is_secret_name(str(step)) for step in path),
    )
    findings.extend(reports(problems(driver.config_schema, reveal(dict(config))), subject))


def default_connection(written: Mapping[str, WrittenConnection]) -> str | None:
    """The connection of a resource that names none and no handle: the only one of the project, else the only one of the user."""
    near = [one.name for one in written.values() if one.near]
    candidates = near or list(written)
    return candidates[0] if len(candidates) == 1 else None
