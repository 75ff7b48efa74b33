"""Values that are more than JSON: references, unknowns, secrets, handles, and functions over trees of them.

A *value tree* is JSON (None, bool, int, float, str, list, dict with str keys) whose leaves may also be `Ref`, `Export`,
`Derived`, `Unknown`, `Secret` or `Handle`.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from typing import Any, NoReturn, Protocol

Value = Any
"""A value tree; see the module's text."""


class MisusedValueError(TypeError):
    """A value that is not known yet (or a handle) was used as if it were plain data."""

    def __init__(self, value: object, operation: str) -> None:
        super().__init__(f"{operation} needs a value that is known; {value!r} is not")
        self.value = value
        self.operation = operation


class _Unusable:
    """Raises on truth, length, iteration, comparison, arithmetic and formatting: nothing can misuse it silently."""

    __slots__ = ()

    def _refuse(self, operation: str) -> NoReturn:
        raise MisusedValueError(self, operation)

    def __bool__(self) -> bool:
        self._refuse("truth")

    def __len__(self) -> int:
        self._refuse("length")

    def __iter__(self) -> Iterator[Any]:
        self._refuse("iteration")

    def __contains__(self, item: object) -> bool:
        self._refuse("membership")

    def __eq__(self, other: object) -> bool:
        self._refuse("comparison")

    def __ne__(self, other: object) -> bool:
        self._refuse("comparison")

    def __lt__(self, other: object) -> bool:
        self._refuse("comparison")

    def __le__(self, other: object) -> bool:
        self._refuse("comparison")

    def __gt__(self, other: object) -> bool:
        self._refuse("comparison")

    def __ge__(self, other: object) -> bool:
        self._refuse("comparison")

    def __add__(self, other: object) -> Any:
        self._refuse("arithmetic")

    def __radd__(self, other: object) -> Any:
        self._refuse("arithmetic")

    def __mul__(self, other: object) -> Any:
        self._refuse("arithmetic")

    def __int__(self) -> int:
        self._refuse("conversion")

    def __float__(self) -> float:
        self._refuse("conversion")

    def __str__(self) -> str:
        self._refuse("formatting")

    def __format__(self, spec: str) -> str:
        self._refuse("formatting")

    __hash__ = object.__hash__


@dataclass(frozen=True, slots=True)
class Ref:
    """An attribute of a native: ``Ref("net/vpc", ("id",))``. The path ``("id",)`` is the native's id itself."""

    native: str
    path: tuple[str | int, ...] = ("id",)


@dataclass(frozen=True, slots=True)
class Export:
    """An export of a portable resource that is not lowered yet; bound to a value once everything is."""

    resource: str
    name: str
    private: bool = False


@dataclass(frozen=True, slots=True)
class Derived:
    """A value computed from others, as data: an operation's name and its arguments (value trees).

    ``format``, ``concat`` and ``json`` belong to the engine, a driver's own are named ``<driver>.<name>``. ``template`` is an expression
    kept until apply; its arguments are ``(text, scope, uses)``: the scalar, the values known at plan of the roots it reads (``vars``,
    ``locals``, ``each`` …, nested by name), and the addresses of the resources it reads. Never a closure: a step is serialisable.
    """

    op: str
    args: tuple[Value, ...]


class Unknown(_Unusable):
    """A value that only apply will know, typed by ``schema``; ``source`` (a Ref, Export or Derived) says where it will come from.

    ``sensitive`` is true when the value, once known, is a secret.
    """

    __slots__ = ("schema", "sensitive", "source")

    def __init__(
        self, source: Ref | Export | Derived | None = None, schema: Mapping[str, Any] | None = None, sensitive: bool = False
    ) -> None:
        self.source = source
        self.schema = schema or {}
        self.sensitive = sensitive

    def __repr__(self) -> str:
        return "(known after apply)"


class Secret:
    """A sensitive value. Shown as ``(sensitive)``, compared by value, written nowhere in clear. ``reveal()`` is for the driver's call."""

    __slots__ = ("_value",)

    def __init__(self, value: Any) -> None:
        self._value = value.reveal() if isinstance(value, Secret) else value

    def reveal(self) -> Any:
        """The value itself. Only what is about to hand it to a cloud, to a sealing key or to a person who asked may call this."""
        return self._value

    def __repr__(self) -> str:
        return "(sensitive)"

    __str__ = __repr__

    def __format__(self, spec: str) -> str:
        return "(sensitive)"

    def __eq__(self, other: object) -> bool:
        return isinstance(other, Secret) and bool(self._value == other._value)

    def __hash__(self) -> int:
        return hash(repr(self._value))

    def __reduce__(self) -> NoReturn:
        raise TypeError("a secret cannot be pickled")


class HandleTarget(Protocol):
    """What a handle points at. The engine implements it; languages and lowerings only ask."""

    @property
    def properties(self) -> Mapping[str, Value]:
        """The target's evaluated properties."""

    def export(self, name: str) -> Value:
        """A public export: a value, Unknown, or Export while the target is not lowered. Raises KeyError(name) if there is none."""

    def private(self, name: str) -> Value:
        """A private export, None where the target has none of that name."""

    def native(self, role: str, attribute: str) -> Value:
        """An attribute of one of the target's natives. Raises KeyError."""

    def exports(self) -> tuple[str, ...]:
        """The names that `export` answers."""


class Handle(_Unusable):
    """A reference to a resource, written ``{{ resources.net }}``. An opaque handle stands for a literal cloud id (``target`` None).

    Attribute access gives a public export; ``properties``, ``private(name)`` are for lowerings.
    """

    __slots__ = ("_literal", "_target", "address", "connection", "key", "type")

    def __init__(
        self, address: str, type: str, connection: str, target: HandleTarget | None, *, literal: str | None = None, key: str | None = None
    ) -> None:
        self.address = address
        self.type = type
        self.connection = connection
        self.key = key
        self._target = target
        self._literal = literal

    @property
    def opaque(self) -> bool:
        """True for a literal cloud id, about which nothing else is known."""
        return self._target is None

    @property
    def properties(self) -> Mapping[str, Value]:
        return self._ask("properties").properties

    def export(self, name: str) -> Value:
        """A public export. Raises KeyError for an unknown name, OpaqueHandleError where only the id is known."""
        if self._target is None and name == "id":
            return self._literal
        return self._ask(name).export(name)

    def private(self, name: str) -> Value:
        """A private export of the same driver's lowering; None where there is none."""
        return self._ask(name).private(name)

    def native(self, role: str, attribute: str) -> Value:
        return self._ask(f"native.{role}").native(role, attribute)

    def exports(self) -> tuple[str, ...]:
        return ("id",) if self._target is None else self._target.exports()

    def _ask(self, question: str) -> HandleTarget:
        if self._target is None:
            raise OpaqueHandleError(self, question)
        return self._target

    def __getattr__(self, name: str) -> Value:
        if name.startswith("_"):
            raise AttributeError(name)
        try:
            return self.export(name)
        except KeyError as missing:
            raise AttributeError(name) from missing

    def __repr__(self) -> str:
        return f"<{self.type} {self.address or self._literal}>"


class OpaqueHandleError(LookupError):
    """A literal cloud id was asked for something only a resource in the blueprint can answer."""

    def __init__(self, handle: Handle, question: str) -> None:
        super().__init__(f"{handle!r} is a literal id; its {question} is not known")
        self.handle = handle
        self.question = question


def leaves(value: Value) -> Iterator[Value]:
    """Every leaf of a value tree, the arguments of Derived included."""
    if isinstance(value, dict):
        for item in value.values():
            yield from leaves(item)
    elif isinstance(value, list | tuple):
        for item in value:
            yield from leaves(item)
    elif isinstance(value, Derived):
        yield value
        for item in value.args:
            yield from leaves(item)
    elif isinstance(value, Unknown):
        yield value
        if value.source is not None:
            yield from leaves(value.source)
    else:
        yield value


def refs(value: Value) -> Iterator[Ref]:
    """Every Ref in a value tree."""
    return (leaf for leaf in leaves(value) if isinstance(leaf, Ref))


def substitute(value: Value, change: Callable[[Value], Value]) -> Value:
    """A copy of the tree in which every non-JSON leaf (Ref, Export, Derived, Unknown, Secret, Handle) is ``change(leaf)``."""
    if isinstance(value, dict):
        return {key: substitute(item, change) for key, item in value.items()}
    if isinstance(value, list | tuple):
        return [substitute(item, change) for item in value]
    if value is None or isinstance(value, str | int | float | bool):
        return value
    return change(value)


def contains_unknown(value: Value) -> bool:
    """True if any part of the tree is not known yet (Unknown, Ref, Export or Derived)."""
    if isinstance(value, dict):
        return any(contains_unknown(item) for item in value.values())
    if isinstance(value, list | tuple):
        return any(contains_unknown(item) for item in value)
    return isinstance(value, Unknown | Ref | Export | Derived)


def contains_secret(value: Value) -> bool:
    """True if any leaf is a Secret or an unknown that will be one."""
    return any(isinstance(leaf, Secret) or (isinstance(leaf, Unknown) and leaf.sensitive) for leaf in leaves(value))


def reveal(value: Value) -> Value:
    """A copy of the tree with every secret in clear. For the driver's call only."""
    return substitute(value, lambda leaf: leaf.reveal() if isinstance(leaf, Secret) else leaf)
