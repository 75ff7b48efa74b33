"""Resolving: references, derived values and kept expressions become plain values once the natives they name are there."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterable, Mapping
from typing import Any

from mcflow.drivers.sdk import Driver
from mcflow.drivers.sdk.registry import load_driver
from mcflow.model.address import parse_address
from mcflow.model.diagnostic import Rejected
from mcflow.model.record import NativeRecord, ResourceRecord
from mcflow.model.values import Derived, Export, Handle, Ref, Secret, Unknown, Value, contains_secret, reveal, substitute
from mcflow.model.wire import Unseal, decode
from mcflow.state.records import State


class MissingValueError(LookupError):
    """Something that is needed is not there (yet): ``reference`` says what, in the words of the blueprint."""

    def __init__(self, reference: str) -> None:
        super().__init__(f"{reference} is not known")
        self.reference = reference


class UncomputableError(ValueError):
    """A derived value or a kept expression fails on the real values; ``reason`` says why."""

    def __init__(self, reason: str) -> None:
        super().__init__(reason)
        self.reason = reason


def resolve(tree: Value, state: State, unseal: Unseal, resources: Mapping[str, ResourceRecord | None] | None = None,
            drivers: Callable[[str], Driver] = load_driver) -> Value:
    """The tree with every reference replaced by what the state knows. Secrets stay Secret. For many trees keep one `Resolver`."""
    return Resolver(state, unseal, resources, drivers).resolve(tree)


class Resolver:
    """Resolves trees against a state that may change meanwhile. ``resources`` are records that are going to replace the state's."""

    def __init__(self, state: State, unseal: Unseal, resources: Mapping[str, ResourceRecord | None] | None = None,
                 drivers: Callable[[str], Driver] = load_driver) -> None:
        self._state = state
        self._unseal = unseal
        self._overlay = dict(resources or {})
        self._drivers = drivers
        self._by_name: dict[str, dict[str | None, ResourceRecord]] | None = None

    def resolve(self, tree: Value) -> Value:
        """Raises MissingValueError, UncomputableError, and what the sealer raises for a value that cannot be opened."""
        return substitute(tree, self._leaf)

    def decode(self, wire: Any) -> Value:
        """A recorded tree as a value tree: secrets as Secret, references kept."""
        return decode(wire, self._unseal)

    def _leaf(self, leaf: Value) -> Value:
        if isinstance(leaf, Secret):
            return leaf
        if isinstance(leaf, Ref):
            return self.reference(leaf)
        if isinstance(leaf, Unknown):
            if leaf.source is None:
                raise MissingValueError("a value that nothing gives")
            found = self._leaf(leaf.source)
            return Secret(reveal(found)) if leaf.sensitive else found
        if isinstance(leaf, Derived):
            return self._derived(leaf)
        if isinstance(leaf, Export):
            return self._export(leaf)
        if isinstance(leaf, Handle):
            return self.resolve(leaf.export("id"))
        raise TypeError(f"{leaf!r} has no value")

    def reference(self, ref: Ref) -> Value:
        """What a reference stands for: the native's id, or an attribute as observed, else as last wanted."""
        record = self._state.natives.get(ref.native)
        if record is None:
            raise MissingValueError(_spoken(ref))
        if ref.path == ("id",):
            if not record.id:
                raise MissingValueError(_spoken(ref))
            return record.id
        for tree in (record.attributes, record.want):
            found, value = _walk(tree, ref.path)
            if found:
                return self.decode(value)
        if self._declares(record, ref.path[0]):
            return None
        raise MissingValueError(_spoken(ref))

    def _declares(self, record: NativeRecord, attribute: str | int) -> bool:
        """A declared attribute that the cloud does not show is null; an undeclared one is a slip."""
        if not record.id or record.status == "creating":
            return False
        kind = self._drivers(record.driver).natives.get(record.type)
        return kind is not None and attribute in kind.attributes

    def _export(self, export: Export) -> Value:
        record = self._resource(export.resource)
        if record is None or export.name not in record.exports:
            raise MissingValueError(f"{export.resource}.{export.name}")
        return self.resolve(self.decode(record.exports[export.name]))

    def _resource(self, address: str) -> ResourceRecord | None:
        return self._overlay.get(address) or self._state.resources.get(address)

    def _derived(self, derived: Derived) -> Value:
        if derived.op == "template":
            return self._template(derived)
        args = [self.resolve(arg) for arg in derived.args]
        plain = [reveal(arg) for arg in args]
        try:
            result = self._compute(derived.op, plain)
        except (Rejected, MissingValueError):
            raise
        except Exception as failure:
            said = type(failure).__name__ if contains_secret(args) else str(failure)
            raise UncomputableError(f"{derived.op}: {said}") from failure
        return Secret(result) if contains_secret(args) else result

    def _compute(self, op: str, args: list[Any]) -> Any:
        if op == "format":
            return args[0].format(*args[1:])
        if op == "concat":
            return [item for part in args for item in (part or [])]
        if op == "json":
            return json.dumps(args[0], sort_keys=True, separators=(",", ":"))
        driver, _, name = op.partition(".")
        derivation = self._drivers(driver).derivations.get(name)
        if derivation is None:
            raise LookupError(f"driver {driver} has no derivation {name!r}")
        return derivation(*args)

    def _template(self, derived: Derived) -> Value:
        from mcflow.engine.expressions import ExpressionError, finish_template

        text, scope, uses = derived.args
        known = (text, self.resolve(scope), list(uses))
        try:
            return self.resolve(finish_template(known, self.targets(uses)))
        except ExpressionError as failure:
            raise UncomputableError(str(failure)) from failure

    def targets(self, names: Iterable[str] | None = None) -> dict[str, Any]:
        """The ``resources`` root for these names (all, without any): a handle, a map of handles by key, or None."""
        index = self._index()
        targets: dict[str, Any] = {}
        for name in index if names is None else [parse_address(name).name for name in names]:
            found = index.get(name, {})
            if None in found:
                targets[name] = self._handle(found[None], None)
            else:
                targets[name] = {str(key): self._handle(record, key) for key, record in found.items()} or None
        return targets

    def _handle(self, record: ResourceRecord, key: str | None) -> Handle:
        return Handle(record.address, record.type, record.connection, _Target(self, record), key=key)

    def _index(self) -> dict[str, dict[str | None, ResourceRecord]]:
        """Resources by name and for_each key. The overlay is fixed and the state's resources change only by it, so once is enough."""
        if self._by_name is None:
            self._by_name = {}
            records: dict[str, ResourceRecord | None] = {**self._state.resources, **self._overlay}
            for text, record in records.items():
                if record is not None:
                    address = parse_address(text)
                    self._by_name.setdefault(address.name, {})[address.path[-1].key] = record
        return self._by_name


class _Target:
    """What a handle points at when everything is known: the resource's record, its references resolved when read."""

    def __init__(self, resolver: Resolver, record: ResourceRecord) -> None:
        self._resolver = resolver
        self._record = record

    @property
    def properties(self) -> Mapping[str, Value]:
        return self._resolver.decode(self._record.properties)  # type: ignore[no-any-return]

    def export(self, name: str) -> Value:
        return self._resolver.resolve(self._resolver.decode(self._record.exports[name]))

    def private(self, name: str) -> Value:
        return None

    def native(self, role: str, attribute: str) -> Value:
        address = f"{self._record.address}/{role}"
        if address not in self._record.natives:
            raise KeyError(role)
        return self._resolver.reference(Ref(address, (attribute,)))

    def exports(self) -> tuple[str, ...]:
        return tuple(self._record.exports)


def _walk(tree: Any, path: tuple[str | int, ...]) -> tuple[bool, Any]:
    for part in path:
        if isinstance(tree, dict) and len(tree) == 1 and "$map" in tree:
            tree = tree["$map"]
        known = isinstance(tree, dict) and part in tree
        listed = isinstance(tree, list) and isinstance(part, int) and -len(tree) <= part < len(tree)
        if not known and not listed:
            return False, None
        tree = tree[part]
    return True, tree


def _spoken(ref: Ref) -> str:
    return ".".join((ref.native, *map(str, ref.path)))
