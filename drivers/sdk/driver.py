"""A driver: native types, lowerings, choosers and a way to connect, gathered under one name."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import Any, TypeVar

from mcflow.drivers.sdk.catalog import Catalog
from mcflow.drivers.sdk.errors import DriverError
from mcflow.drivers.sdk.lowering import Lowering, Want
from mcflow.drivers.sdk.native import NativeType
from mcflow.drivers.sdk.operations import Operations
from mcflow.drivers.sdk.raw import Raw
from mcflow.drivers.sdk.session import Session
from mcflow.drivers.sdk.telemetry import Telemetry
from mcflow.model.connection import Connection

CONTRACT = 1
"""The version of this contract. A driver made for another is refused with a diagnostic."""

LowerFunction = Callable[[Want, Lowering], None]
Chooser = Callable[[Any, Any, Want], "Chosen | None"]
Acceptor = Callable[[Any, Any, Any, Want], bool]
Derivation = Callable[..., Any]
C = TypeVar("C", bound=Callable[[Any, Any, Want], "Chosen | None"])
T = TypeVar("T", bound=type[NativeType[Any]])


@dataclass(frozen=True, slots=True)
class Chosen:
    """A choice: the value, how it was found (``live``, ``cached`` or ``table``), and a note for the plan."""

    value: Any
    source: str = "live"
    note: str = ""


@dataclass(slots=True)
class Driver:
    """One cloud. ``connect`` imports the SDK, lazily. ``translate`` turns an SDK's exception into a DriverError (None: not ours).

    ``config_schema`` is the JSON Schema of the connection's keys beside ``driver`` and ``region``.
    """

    name: str
    version: str
    title: str
    connect: Callable[[Connection], Session]
    translate: Callable[[BaseException], DriverError | None]
    config_schema: Mapping[str, Any]
    verified: str = ""
    """How the driver is verified: ``third-party emulator``, ``real service``, ``contract-checked simulator``, ``rehearsal``."""
    contract: int = CONTRACT
    natives: dict[str, NativeType[Any]] = field(default_factory=dict)
    lowerings: dict[str, LowerFunction] = field(default_factory=dict)
    lowering_versions: dict[str, int] = field(default_factory=dict)
    choosers: dict[tuple[str, str], Chooser] = field(default_factory=dict)
    worded: set[tuple[str, str]] = field(default_factory=set)
    """The choosers that are asked about plain texts too."""
    acceptors: dict[tuple[str, str], Acceptor] = field(default_factory=dict)
    derivations: dict[str, Derivation] = field(default_factory=dict)
    catalog: Catalog[Any] | None = None
    """What the cloud sells, where the driver can tell."""
    costs: dict[str, Callable[[Mapping[str, Any]], Any]] = field(default_factory=dict)
    """Native type → what it costs; see `mcflow.drivers.sdk.costs`."""
    telemetry: Telemetry[Any] | None = None
    operations: Operations[Any] | None = None
    raw: Raw[Any] | None = None

    def add(self, *modules: Any) -> Driver:
        """Take over what the modules declare with `native_type`, `lowers`, `chooses`, `accepts` and `derives`."""
        for module in modules:
            for thing in vars(module).values():
                for register in getattr(thing, "_mcflow", ()):
                    register(self, thing)
        return self


def mark(thing: Any, register: Callable[[Driver, Any], None]) -> None:
    """Note on a thing of a driver's module how `Driver.add` takes it over."""
    thing._mcflow = (*vars(thing).get("_mcflow", ()), register)


def native_type(cls: T) -> T:
    """Class decorator: this is a native type of the driver whose module list has it."""
    def register(driver: Driver, found: Any) -> None:
        driver.natives[found.name] = found()

    mark(cls, register)
    return cls


def lowers(type: str, *, version: int = 1) -> Callable[[LowerFunction], LowerFunction]:
    """Decorator: lowers a portable type. ``version`` grows when what it produces changes for an unchanged want."""
    def decorate(function: LowerFunction) -> LowerFunction:
        def register(driver: Driver, found: Any) -> None:
            driver.lowerings[type] = found
            driver.lowering_versions[type] = version

        mark(function, register)
        return function

    return decorate


def chooses(type: str, property: str, *, words: bool = False) -> Callable[[C], C]:
    """Decorator: ``choose(api, selector, want) -> Chosen`` picks the value of a property (``root_disk.type``: in a structure) through the
    catalog; None: it stays what it is.

    Called when the selector is not a plain string (a mapping, or None where the property is absent), and only when there is no pin for
    the same selector. ``words``: also for a plain string, where only the catalog tells what it stands for (``ssd``) and what there is.
    Raise Unsuitable when nothing fits.
    """
    def decorate(function: C) -> C:
        def register(driver: Driver, found: Any) -> None:
            driver.choosers[type, property] = found
            if words:
                driver.worded.add((type, property))

        mark(function, register)
        return function

    return decorate


def accepts(type: str, property: str) -> Callable[[Acceptor], Acceptor]:
    """Decorator: ``accept(api, value, selector, want) -> bool`` says whether a value that an object has fits the selector: an object that
    is imported keeps it then. Absent: only what would be chosen now is taken for a fit."""
    def decorate(function: Acceptor) -> Acceptor:
        mark(function, lambda driver, found: driver.acceptors.__setitem__((type, property), found))
        return function

    return decorate


def derives(name: str) -> Callable[[Derivation], Derivation]:
    """Decorator: a function over known values that a lowering may name in ``Derived("<driver>.<name>", args)``."""
    def decorate(function: Derivation) -> Derivation:
        mark(function, lambda driver, found: driver.derivations.__setitem__(name, found))
        return function

    return decorate
