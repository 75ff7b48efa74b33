"""Lowering: a portable resource becomes natives. Pure, and it only adds."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from mcflow.model.record import Ownership
from mcflow.model.values import Derived, Ref, Value


class Unsuitable(Exception):
    """This cloud cannot honour the want: a plan error. ``property`` names what, ``message`` why, ``remedy`` what to do instead."""

    def __init__(self, property: str, message: str, remedy: str = "") -> None:
        super().__init__(message)
        self.property = property
        self.message = message
        self.remedy = remedy


class Want(Mapping[str, Value]):
    """The evaluated properties of a portable resource: ``want.cidr``; an absent optional property reads None.

    Values may be `Unknown` and references are handles; both raise when used as plain data, which the engine turns into a plan error.
    Selectors are already replaced by what was chosen for them.
    """

    def __init__(
        self, properties: Mapping[str, Value], *, address: str = "", connection: str = "", tags: Mapping[str, str] | None = None
    ) -> None:
        self._properties = properties
        self.address = address
        self.connection = connection
        self.tags: dict[str, Any] = dict(tags or {})
        """The blueprint's default tags with the resource's own laid over them."""

    def __getattr__(self, name: str) -> Value:
        if name.startswith("_"):
            raise AttributeError(name)
        return self._properties.get(name)

    def __getitem__(self, name: str) -> Value:
        return self._properties[name]

    def __iter__(self) -> Iterator[str]:
        return iter(self._properties)

    def __len__(self) -> int:
        return len(self._properties)


@dataclass(slots=True)
class Native:
    """A native that a lowering asked for. Attribute access gives a reference: ``vpc.id``, ``vpc.cidr_block``."""

    address: str
    type: str
    key: str
    want: dict[str, Value]
    after: tuple[Value, ...] = ()
    ownership: Ownership = "owned"
    formerly: tuple[str, ...] = ()
    stem: str = ""
    """What a name derived for it starts with."""

    def __getattr__(self, name: str) -> Ref:
        if name.startswith("_"):
            raise AttributeError(name)
        return Ref(self.address, (name,))


@dataclass(slots=True)
class Lowering:
    """Collects what a portable resource lowers to. ``address`` is the resource's; natives get ``address/key``."""

    address: str
    connection: str
    natives: list[Native] = field(default_factory=list)
    exports: dict[str, Value] = field(default_factory=dict)
    privates: dict[str, Value] = field(default_factory=dict)

    def native(self, key: str, type: str, /, *, item: str | None = None, after: Sequence[Value] = (), formerly: Sequence[str] = (),
               stem: str = "", **want: Value) -> Native:
        """A native that mcflow creates and destroys. ``key`` is public API (overrides and state name it); ``item`` tells apart several
        under one key (``target["web"]``). ``after`` orders it behind references (or natives) no attribute shows. None values are dropped.
        ``formerly`` lists keys it had in earlier releases."""
        return self._add(key, type, item, "owned", after, formerly, stem, want)

    def adopt(self, key: str, type: str, *, item: str | None = None, after: Sequence[Value] = (), **want: Value) -> Native:
        """Something that exists and is only configured, never created or deleted. The type's ``match`` finds it."""
        return self._add(key, type, item, "adopted", after, (), "", want)

    def byproduct(self, key: str, type: str, *, of: Native, **want: Value) -> Native:
        """What creating ``of`` brings along: observed, deleted after it if it outlives it. The type's ``match`` finds it."""
        return self._add(key, type, None, "byproduct", (of,), (), "", want)

    def shared(self, key: str, type: str, *, stem: str = "", **want: Value) -> Native:
        """One helper per state and connection for all who ask with the same want (resource group, service role): ``@connection/key``."""
        native = Native(f"@{self.connection}/{key}", type, key, _present(want), (), "shared", (), stem or key)
        self.natives.append(native)
        return native

    def export(self, **values: Value) -> None:
        """Public exports: what ``resources.x.<name>`` reads."""
        self.exports.update(values)

    def private(self, **values: Value) -> None:
        """Exports only other lowerings of this driver read."""
        self.privates.update(values)

    def _add(self, key: str, type: str, item: str | None, ownership: Ownership, after: Sequence[Value], formerly: Sequence[str], stem: str,
             want: Mapping[str, Value]) -> Native:
        suffix = "" if item is None else '["' + item.replace("\\", "\\\\").replace('"', '\\"') + '"]'
        refs = tuple(Ref(each.address) if isinstance(each, Native) else each for each in after if each is not None)
        native = Native(f"{self.address}/{key}{suffix}", type, key, _present(want), refs, ownership, tuple(formerly), stem)
        self.natives.append(native)
        return native


def _present(want: Mapping[str, Value]) -> dict[str, Value]:
    return {name: value for name, value in want.items() if value is not None}


def text(pattern: str, *args: Value) -> Value:
    """``pattern.format(*args)`` once the arguments are known; a plain string if they already are."""
    if all(isinstance(arg, str | int | float) for arg in args):
        return pattern.format(*args)
    return Derived("format", (pattern, *args))


def concat(*parts: Value) -> Value:
    """One list of several (each a list or a reference to one)."""
    if all(isinstance(part, list) for part in parts):
        return [item for part in parts for item in part]
    return Derived("concat", parts)
