"""A blueprint without an engine: resources lowered one after the other, and built by the native types' own handlers."""

from __future__ import annotations

import re
from collections.abc import Mapping
from typing import Any

from tests.unit.drivers.mock.stage import Stage, intent

from mcflow.drivers.mock import driver
from mcflow.drivers.sdk import Lowering, Native, Want
from mcflow.model.values import Derived, Export, Handle, Ref, Secret, Value, substitute


class Target:
    """What a handle points at: a resource that has been lowered."""

    def __init__(self, properties: Mapping[str, Value], out: Lowering) -> None:
        self._properties = properties
        self._out = out

    @property
    def properties(self) -> Mapping[str, Value]:
        return self._properties

    def export(self, name: str) -> Value:
        return self._out.exports[name]

    def private(self, name: str) -> Value:
        return self._out.privates.get(name)

    def native(self, role: str, attribute: str) -> Value:
        return Ref(f"{self._out.address}/{role}", (attribute,))

    def exports(self) -> tuple[str, ...]:
        return tuple(self._out.exports)


class Blueprint:
    """Lowers resources with the driver's choosers and lowerings; `build` makes their natives on a stage."""

    def __init__(self, stage: Stage | None = None) -> None:
        self.stage = stage or Stage()
        self.natives: list[Native] = []
        self.outs: dict[str, Lowering] = {}
        self.seen: dict[str, dict[str, Any]] = {}

    def add(self, type: str, name: str, /, **properties: Value) -> Handle:
        """Choose, lower, remember; a handle on the resource."""
        chosen = dict(properties)
        for (kind, selected), choose in driver.choosers.items():
            if kind == type and not isinstance(properties.get(selected), str | Handle):
                chosen[selected] = choose(self.stage.api, properties.get(selected), Want(chosen)).value
        out = Lowering(name, "m")
        driver.lowerings[type](Want(chosen, address=name, connection="m", tags=properties.get("tags") or {}), out)
        self.natives += out.natives
        self.outs[name] = out
        return Handle(name, type, "m", Target(chosen, out))

    def types(self, name: str) -> dict[str, str]:
        """What a resource became: native key (with its item) → type."""
        return {native.address.partition("/")[2]: native.type for native in self.outs[name].natives}

    def want(self, address: str) -> dict[str, Value]:
        """What a native is wanted to be."""
        return next(native.want for native in self.natives if native.address == address)

    def build(self) -> None:
        """Create everything in order, then settle what is set after create. Raises what the cloud refuses."""
        for native in self.natives:
            if native.address not in self.seen:
                self._create(native)
        for native in self.natives:
            late = {name: schema for name, schema in driver.natives[native.type].attributes.items()
                    if schema.get("set_after_create") and name in native.want}
            for name, schema in late.items():
                value = self.value(native.want[name])
                driver.natives[native.type].update(self.stage.api, self.seen[native.address]["id"], {name: value}, {}, schema["group"])
            if late:
                self._look(native, self.seen[native.address]["id"])

    def _create(self, native: Native) -> None:
        kind = driver.natives[native.type]
        for before in native.after:
            self.value(before)
        want = {name: self.value(value) for name, value in native.want.items()
                if not kind.attributes[name].get("set_after_create") and not kind.attributes[name].get("local")}
        identity = getattr(kind.identity, "attribute", None)
        if identity and identity not in want:
            want[identity] = re.sub("[^a-z0-9]+", "-", native.address).strip("-")
        made = kind.create(self.stage.api, want, intent(native.address, native.address))
        id = made.id or next(progress.id for progress in kind.poll(self.stage.api, [str(made.operation)]))
        self._look(native, str(id))

    def _look(self, native: Native, id: str) -> None:
        (found,) = driver.natives[native.type].observe(self.stage.api, [id])
        assert found.status == "ready"
        self.seen[native.address] = {**found.attributes, "id": found.id}

    def value(self, tree: Value) -> Any:
        """A tree with everything known: references to what was built, derivations, secrets in clear."""
        return substitute(tree, self._leaf)

    def _leaf(self, leaf: Value) -> Any:
        if isinstance(leaf, Ref):
            found: Any = self.seen[leaf.native]
            for part in leaf.path:
                found = found[part] if isinstance(part, int) else found.get(part)
            return found
        if isinstance(leaf, Secret):
            return leaf.reveal()
        if isinstance(leaf, Derived):
            arguments = [self.value(argument) for argument in leaf.args]
            if leaf.op == "format":
                return arguments[0].format(*arguments[1:])
            return self.value(driver.derivations[leaf.op.removeprefix("mock.")](*arguments))
        assert not isinstance(leaf, Export | Handle), leaf
        return leaf

    def exports(self, name: str) -> dict[str, Any]:
        """A resource's exports, known."""
        return {key: self.value(value) for key, value in self.outs[name].exports.items()}


def literal(id: str, type: str) -> Handle:
    """A handle on a literal cloud id."""
    return Handle("", type, "m", None, literal=id)
