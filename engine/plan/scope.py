"""What expressions and lowerings see of other resources: the ``resources`` root, and the targets behind its handles."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from typing import Any

from mcflow.engine.blueprint.blocks import Blueprint
from mcflow.engine.plan.node import Instance
from mcflow.model.values import Export, Handle, Ref, Value


class Lens:
    """How targets answer just now. While a property is evaluated: what is known, and who was asked is noted in ``touched``; while
    something is lowered (``raw``): references."""

    def __init__(self, put_in: Callable[[Value], Value]) -> None:
        self.put_in = put_in
        self.raw = False
        self.touched: set[str] = set()


class Target:
    """One instance as others see it; implements `mcflow.model.values.HandleTarget`."""

    def __init__(self, instance: Instance, lens: Lens, attributes: Callable[[Instance], tuple[str, ...]]) -> None:
        self._instance = instance
        self._lens = lens
        self._attributes = attributes

    @property
    def properties(self) -> Mapping[str, Value]:
        if not self._lens.raw:
            self._lens.touched.add(self._instance.address)
        return self._instance.properties

    def export(self, name: str) -> Value:
        instance = self._instance
        if name not in self.exports():
            raise KeyError(name)
        if not instance.lowered:
            return Export(instance.address, name)
        value = instance.exports.get(name)
        if self._lens.raw:
            return value
        self._lens.touched.add(instance.address)
        return self._lens.put_in(value)

    def private(self, name: str) -> Value:
        return self._instance.privates.get(name) if self._instance.lowered else Export(self._instance.address, name, private=True)

    def native(self, role: str, attribute: str) -> Value:
        address = f"{self._instance.address}/{role}"
        if address not in self._instance.natives:
            raise KeyError(role)
        ref = Ref(address, (attribute,))
        if self._lens.raw:
            return ref
        self._lens.touched.add(self._instance.address)
        return self._lens.put_in(ref)

    def exports(self) -> tuple[str, ...]:
        return self._attributes(self._instance)


class Resources(Mapping[str, Any]):
    """The ``resources`` root: name → handle, map of handles (``for_each``), or None (``when: false``). Expands blocks when asked."""

    def __init__(self, blueprint: Blueprint, expand: Callable[[str], list[Instance]], handle: Callable[[Instance], Handle]) -> None:
        self._blueprint = blueprint
        self._expand = expand
        self._handle = handle

    def __getitem__(self, name: str) -> Handle | dict[str, Handle] | None:
        block = self._blueprint.resources[name]
        instances = self._expand(name)
        if block.for_each is not None:
            return {str(instance.key): self._handle(instance) for instance in instances}
        return self._handle(instances[0]) if instances else None

    def __iter__(self) -> Iterator[str]:
        return iter(self._blueprint.resources)

    def __len__(self) -> int:
        return len(self._blueprint.resources)
