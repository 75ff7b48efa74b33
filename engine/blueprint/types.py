"""Types of resources: the portable ones, and the native ones of installed drivers."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from functools import cache
from typing import Any

from mcflow.drivers.sdk import Driver, NativeType
from mcflow.drivers.sdk.registry import DriverUnavailableError, UnknownDriverError, known_drivers, load_driver
from mcflow.schemas import portable, portable_types


@dataclass(frozen=True, slots=True)
class ResourceType:
    """A type that a resource may have. ``driver`` is None for a portable one. ``schema`` is that of its properties, with ``outputs``."""

    name: str
    schema: Mapping[str, Any]
    driver: str | None = None

    @property
    def outputs(self) -> Mapping[str, Any]:
        """What ``resources.x.<name>`` can read: name → schema."""
        found: Mapping[str, Any] = self.schema["outputs"]
        return found

    @property
    def properties(self) -> Mapping[str, Any]:
        """Its properties: name → schema."""
        found: Mapping[str, Any] = self.schema["properties"]
        return found


class UnknownTypeError(LookupError):
    """There is no such type. ``known`` are those near it; ``driver`` is set if the driver exists but has no such native type."""

    def __init__(self, name: str, known: Iterable[str], driver: str | None = None) -> None:
        super().__init__(name)
        self.name = name
        self.known = tuple(known)
        self.driver = driver


def resource_type(name: str) -> ResourceType:
    """The type of that name. Raises UnknownTypeError, UnknownDriverError, DriverUnavailableError."""
    if name in portable_types():
        return _portable_type(name)
    driver_name, dot, _ = name.partition(".")
    if not dot:
        raise UnknownTypeError(name, [*portable_types(), *_loadable_natives()])
    driver = load_driver(driver_name)
    native = driver.natives.get(name)
    if native is None:
        raise UnknownTypeError(name, driver.natives, driver_name)
    return _native_type(driver_name, native)


def available(driver: str) -> Driver | None:
    """The driver, or None if it is not installed or cannot be loaded."""
    try:
        return load_driver(driver)
    except (UnknownDriverError, DriverUnavailableError):
        return None


@cache
def native_schema(type: NativeType[Any]) -> Mapping[str, Any]:
    """The schema of a native type's attributes as properties of a resource, with ``outputs``, in the form of `mcflow.schemas.portable`.

    Attributes that only the cloud sets stay in it, marked ``read_only``, so that setting one can be told from a misspelling.
    """
    attributes = {name: _plural_reference(schema) for name, schema in type.attributes.items()}
    summary = (type.__class__.__doc__ or "").strip().splitlines()
    return {
        "title": type.name,
        "description": summary[0] if summary else type.name,
        "type": "object",
        "properties": attributes,
        "required": [name for name in type.required if not attributes.get(name, {}).get("read_only")],
        "additionalProperties": False,
        "outputs": {"id": {"description": "The cloud's id.", "type": "string"}, **attributes},
    }


def _plural_reference(schema: Mapping[str, Any]) -> Mapping[str, Any]:
    target = schema.get("reference")
    return {**schema, "reference": [target]} if isinstance(target, str) else schema


@cache
def _portable_type(name: str) -> ResourceType:
    return ResourceType(name, portable(name))


@cache
def _native_type(driver: str, native: NativeType[Any]) -> ResourceType:
    return ResourceType(native.name, native_schema(native), driver)


def _loadable_natives() -> list[str]:
    return [name for driver in map(available, known_drivers()) if driver for name in driver.natives]
