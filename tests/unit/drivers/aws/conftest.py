"""Lowering by hand: resources one after the other, each seeing the handles of those before."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import pytest

from mcflow.drivers.aws import driver
from mcflow.drivers.sdk import Lowering, Want
from mcflow.model.values import Export, Handle, Value


class Target:
    """What a handle points at in these tests: a lowered resource, or one that is not lowered yet."""

    def __init__(self, address: str, properties: Mapping[str, Value]) -> None:
        self.address = address
        self.properties = properties
        self.out: Lowering | None = None

    def export(self, name: str) -> Value:
        return Export(self.address, name) if self.out is None else self.out.exports[name]

    def private(self, name: str) -> Value:
        assert self.out is not None
        return self.out.privates.get(name)

    def native(self, role: str, attribute: str) -> Value:
        raise KeyError(role)

    def exports(self) -> tuple[str, ...]:
        return () if self.out is None else tuple(self.out.exports)


class Bench:
    """A little blueprint: ``lower(address, type, **properties)`` gives the Lowering; ``handle`` names a resource before it is lowered."""

    def __init__(self) -> None:
        self.targets: dict[str, Target] = {}
        self.types: dict[str, str] = {}

    def handle(self, address: str, type: str = "") -> Handle:
        target = self.targets.setdefault(address, Target(address, {}))
        return Handle(address, type or self.types.get(address, ""), "aws", target)

    def lower(self, address: str, type: str, tags: Mapping[str, str] | None = None, /, **properties: Value) -> Lowering:
        target = self.targets.setdefault(address, Target(address, properties))
        target.properties = properties
        self.types[address] = type
        out = Lowering(address, "aws")
        driver.lowerings[type](Want(properties, address=address, connection="aws", tags=tags), out)
        target.out = out
        return out


@pytest.fixture
def bench() -> Bench:
    return Bench()


def natives(out: Lowering) -> dict[str, dict[str, Any]]:
    """Key → want of the natives of a lowering, its type under ``type``."""
    return {native.key: {"type": native.type, **native.want} for native in out.natives}
