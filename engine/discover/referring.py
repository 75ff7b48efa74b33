"""Which objects an object names. An id need not be unique in an account: a role, a table and a cluster may all be called `prod`. Pure."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from typing import Any

from mcflow.drivers.sdk import NativeType, Natural, UniqueName
from mcflow.engine.discover.findings import Found, Key


@dataclass(frozen=True, slots=True)
class Place:
    """Where a text stands: the name it stands under, the types that a reference there may be of, whether it is an attribute by itself."""

    name: str
    types: tuple[str, ...] = ()
    top: bool = False

    @property
    def holds_ids(self) -> bool:
        """Whether its name says so."""
        return self.name.endswith(("_id", "_ids", "_arn", "_arns")) or self.name in ("id", "ids", "arn", "arns")

    def within(self, schema: Mapping[str, Any]) -> Place:
        """The same place with the types that its schema says, if it says any."""
        return Place(self.name, types_at(schema) or self.types, self.top)


def types_at(schema: Mapping[str, Any]) -> tuple[str, ...]:
    """The types that a reference may be of, where this schema says so."""
    named = schema.get("reference") or ()
    return (named,) if isinstance(named, str) else tuple(named)


def places(value: Any, schema: Mapping[str, Any], place: Place) -> Iterator[tuple[str, Place]]:
    """Every text in a value, with its place."""
    here = place.within(schema)
    if isinstance(value, str):
        yield value, here
    elif isinstance(value, Mapping):
        fields = schema.get("properties", {})
        for name, item in value.items():
            yield from places(item, fields.get(name, {}), Place(name))
    elif isinstance(value, list | tuple):
        for item in value:
            yield from places(item, schema.get("items", {}), here)


class Index:
    """Objects by what others call them: their ids, the names that are theirs alone, the ARNs that the cloud tells of them."""

    def __init__(self, items: Iterable[Found]) -> None:
        self._called: dict[str, dict[Key, str]] = {}
        self._chosen: set[tuple[Key, str]] = set()
        for item in items:
            self._put(item)

    def _put(self, item: Found) -> None:
        called = {item.id: "id"}
        told = item.observed.attributes if item.native is not None and item.observed is not None else {}
        for name, value in told.items():
            if isinstance(value, str) and value and item.native is not None and _is_name(item.native, name):
                called.setdefault(value, name)
        identity = item.native.identity if item.native is not None else None
        if isinstance(identity, UniqueName):
            self._chosen.add((item.key, called.get(told.get(identity.attribute, ""), identity.attribute)))
        for text, attribute in called.items():
            self._called.setdefault(text, {})[item.key] = attribute

    def at(self, text: str, place: Place, own: Key) -> Mapping[Key, str]:
        """The objects that a text may mean, and the attribute by which it means them: those of the types that the place takes, else what
        the cloud calls so, or what others call by a name of that very attribute."""
        called = {key: attribute for key, attribute in self._called.get(text, {}).items() if key != own}
        of_type = {key: attribute for key, attribute in called.items() if key[0] in place.types}
        if of_type or not called:
            return of_type
        # Inside documents that are policies each of two objects may name the other, so an ARN there is only a text.
        if place.holds_ids or (place.top and text.startswith("arn:")):
            return {key: attribute for key, attribute in called.items() if (key, attribute) not in self._chosen}
        # `key_name` is the attribute by which key pairs are called.
        named = place.top and not place.types and place.name.endswith("_name")
        return {key: attribute for key, attribute in called.items() if attribute == place.name} if named else {}

    def one_at(self, text: str, place: Place, own: Key) -> tuple[Key, str] | None:
        """The object that a text surely means, and the attribute by which it does."""
        meant = self.at(text, place, own)
        return next(iter(meant.items())) if len(meant) == 1 else None

    def named_by(self, item: Found, attributes: Iterable[str]) -> set[Key]:
        """All objects that an object may name in these attributes; an id that the cloud gave is one wherever it stands."""
        if item.native is None or item.observed is None:
            return set()
        found: set[Key] = set()
        for name in attributes:
            value, schema = item.observed.attributes.get(name), item.native.attributes.get(name, {})
            for text, place in places(value, schema, place_of(item.native, name)):
                found.update(self.at(text, place, item.key) or self._given(text))
        return found - {item.key}

    def _given(self, text: str) -> Iterator[Key]:
        """The objects to which the cloud gave this id."""
        called = self._called.get(text, {})
        return (key for key, attribute in called.items() if attribute == "id" and (key, attribute) not in self._chosen)


def place_of(native: NativeType[Any], attribute: str) -> Place:
    """Where an attribute stands. What makes up the object's own name (the name of a policy within a role) is nobody else's."""
    identity = native.identity
    own = isinstance(identity, Natural) or (isinstance(identity, UniqueName) and identity.attribute == attribute)
    return Place(attribute, top=not own)


def _is_name(native: NativeType[Any], attribute: str) -> bool:
    identity = native.identity
    if isinstance(identity, UniqueName) and identity.attribute == attribute:
        return True
    return bool(native.attributes.get(attribute, {}).get("read_only")) and (attribute == "arn" or attribute.endswith("_arn"))
