"""What there is: drivers, portable and native types, and their schemas."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from mcflow.drivers.sdk.driver import Driver
from mcflow.drivers.sdk.registry import DriverUnavailableError, UnknownDriverError, install_hint, known_drivers, load_driver
from mcflow.engine.blueprint import native_schema
from mcflow.model.diagnostic import reject
from mcflow.schemas import editor_schema, portable, portable_types


def schema(type: str | None = None) -> Mapping[str, Any]:
    """The schema for editors, or one type's. Raises Rejected."""
    natives = _native_schemas()
    if type is None:
        return editor_schema(natives, _connection_schemas())
    if type in portable_types():
        return portable(type)
    if type in natives:
        return natives[type]
    known = (*portable_types(), *natives)
    raise reject("MC0645", type=type, known=", ".join(portable_types()), suggestion=_nearest(type, known))


def drivers() -> list[Mapping[str, Any]]:
    """Installed drivers, by name."""
    return [_describe(name) for name in known_drivers()]


def driver(name: str) -> Mapping[str, Any]:
    """One driver with its connection schema, portable and native types. Raises Rejected."""
    try:
        found = load_driver(name)
    except UnknownDriverError as unknown:
        raise reject("MC0646", name=name, known=", ".join(unknown.known), suggestion=_nearest(name, unknown.known)) from unknown
    except DriverUnavailableError:
        return _describe(name)
    described = {**_describe(name), "connection": found.config_schema, "native_types": _types(found)}
    described["portable_types"] = {type: {"version": found.lowering_versions[type]} for type in sorted(found.lowerings)}
    return described


_OFFERS = ("catalog", "telemetry", "operations", "raw")
"""What a driver may have beside types."""


def _describe(name: str) -> dict[str, Any]:
    try:
        found = load_driver(name)
    except DriverUnavailableError as missing:
        return {"name": name, "available": False, "reason": missing.reason, "install": missing.install}
    return {
        "name": name, "version": found.version, "title": found.title, "verified": found.verified, "available": True,
        "install": install_hint(name), "portable": sorted(found.lowerings), "native": sorted(found.natives),
        "offers": [name for name in _OFFERS if getattr(found, name) is not None],
    }


def _types(found: Driver) -> dict[str, Any]:
    described = {}
    for name, type in sorted(found.natives.items()):
        groups = sorted({str(schema["group"]) for schema in type.attributes.values() if schema.get("group")})
        described[name] = {
            "version": type.version, "identity": _class(type.identity), "description": (type.__doc__ or "").strip().splitlines()[0],
            "groups": groups, "attributes": sorted(type.attributes),
        }
    return described


def _class(identity: object) -> str:
    return identity.__class__.__name__


def _native_schemas() -> dict[str, Mapping[str, Any]]:
    schemas: dict[str, Mapping[str, Any]] = {}
    for name in known_drivers():
        try:
            found = load_driver(name)
        except DriverUnavailableError:
            continue
        schemas |= {type: native_schema(found.natives[type]) for type in sorted(found.natives)}
    return schemas


def _connection_schemas() -> dict[str, Mapping[str, Any]]:
    schemas = {}
    for name in known_drivers():
        try:
            schemas[name] = load_driver(name).config_schema
        except DriverUnavailableError:
            continue
    return schemas


def _nearest(text: str, known: tuple[str, ...]) -> str | None:
    from rapidfuzz import process

    found = process.extractOne(text, known, score_cutoff=60)
    return found[0] if found else None
