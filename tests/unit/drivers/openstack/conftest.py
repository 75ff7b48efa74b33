"""Lowering by hand: resources one after the other, each seeing the handles of those before."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import pytest

from mcflow.drivers.openstack import driver
from mcflow.drivers.sdk import Lowering, Want
from mcflow.model.values import Handle, Value


class Target:
    """What a handle points at in these tests: a lowered resource."""

    def __init__(self, properties: Mapping[str, Value]) -> None:
        self.properties = properties
        self.out: Lowering | None = None

    def export(self, name: str) -> Value:
        assert self.out is not None
        return self.out.exports[name]

    def private(self, name: str) -> Value:
        assert self.out is not None
        return self.out.privates.get(name)

    def native(self, role: str, attribute: str) -> Value:
        raise KeyError(role)

    def exports(self) -> tuple[str, ...]:
        return () if self.out is None else tuple(self.out.exports)


class Bench:
    """A little blueprint: ``lower(address, type, tags, **properties)`` gives the Lowering; ``handle`` names a resource of before."""

    def __init__(self) -> None:
        self.targets: dict[str, Target] = {}
        self.types: dict[str, str] = {}

    def handle(self, address: str) -> Handle:
        return Handle(address, self.types[address], "cloud", self.targets[address])

    def lower(self, address: str, type: str, tags: Mapping[str, str] | None = None, /, **properties: Value) -> Lowering:
        target = self.targets[address] = Target(properties)
        self.types[address] = type
        target.out = Lowering(address, "cloud")
        driver.lowerings[type](Want(properties, address=address, connection="cloud", tags=tags), target.out)
        return target.out


@pytest.fixture
def bench() -> Bench:
    return Bench()


def natives(out: Lowering) -> dict[str, dict[str, Any]]:
    """Key → want of the natives of a lowering, its type under ``type``."""
    return {native.key: {"type": native.type, **native.want} for native in out.natives}
