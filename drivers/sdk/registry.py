"""Which drivers there are: a table of our own, then the entry points that other packages install. Loading is lazy."""

from __future__ import annotations

import importlib
from dataclasses import dataclass
from functools import cache
from importlib.metadata import entry_points

from mcflow.drivers.sdk.driver import CONTRACT, Driver

GROUP = "mcflow.drivers"


@dataclass(frozen=True, slots=True)
class Entry:
    """Where a driver is (``module:attribute``) and what to install when its SDK is missing."""

    target: str
    install: str = ""


BUILTIN: dict[str, Entry] = {
    "mock": Entry("mcflow.drivers.mock:driver"),
    "aws": Entry("mcflow.drivers.aws:driver", "pip install 'mcflow[aws]'"),
    "openstack": Entry("mcflow.drivers.openstack:driver", "pip install 'mcflow[openstack]'"),
}


class UnknownDriverError(LookupError):
    """No driver of that name is installed; ``known`` are those that are."""

    def __init__(self, name: str, known: tuple[str, ...]) -> None:
        super().__init__(f"no driver {name!r}")
        self.name = name
        self.known = known


class DriverUnavailableError(RuntimeError):
    """The driver is known but cannot be loaded: its SDK is missing (``install`` says what to type) or its contract is another one."""

    def __init__(self, name: str, reason: str, install: str = "") -> None:
        super().__init__(reason)
        self.name = name
        self.reason = reason
        self.install = install


@cache
def _entries() -> dict[str, Entry]:
    found = {point.name: Entry(point.value) for point in entry_points(group=GROUP)}
    return {**found, **BUILTIN}


def known_drivers() -> tuple[str, ...]:
    """The names of all drivers that are installed."""
    return tuple(sorted(_entries()))


@cache
def load_driver(name: str) -> Driver:
    """The driver of that name. Imports it, not its SDK. Raises UnknownDriverError, DriverUnavailableError."""
    entry = BUILTIN.get(name) or _entries().get(name)
    if entry is None:
        raise UnknownDriverError(name, known_drivers())
    module, _, attribute = entry.target.partition(":")
    try:
        driver = getattr(importlib.import_module(module), attribute)
    except ImportError as missing:
        raise DriverUnavailableError(name, str(missing), entry.install) from missing
    if not isinstance(driver, Driver) or driver.contract != CONTRACT:
        raise DriverUnavailableError(name, f"it is made for contract {getattr(driver, 'contract', '?')}, this mcflow has {CONTRACT}")
    return driver


def register_driver(name: str, target: str, install: str = "") -> None:
    """Make a driver known without installing it, for tests and embedders."""
    BUILTIN[name] = Entry(target, install)
    load_driver.cache_clear()
    _entries.cache_clear()


def install_hint(name: str) -> str:
    """What to type when the driver's SDK is missing; empty where nothing is needed."""
    entry = _entries().get(name)
    return entry.install if entry else ""
