"""Addresses: the names by which people and state know things. Parsed and printed here and nowhere else.

Grammar: ``([recipe["k"].]*name["key"][/role["key"]] | @connection/key)[@generation]``. A portable resource (or a native type
written directly) has no role; a native that a portable resource was lowered to has its role; helpers shared by all resources
of a connection live under ``@connection/``; the old half of a replacement carries its generation.
"""

from __future__ import annotations

import re
from dataclasses import dataclass, replace

_NAME = r"[A-Za-z_][A-Za-z0-9_-]*"
_KEY = r'(?:\["((?:[^"\\]|\\.)*)"\])?'
_SEGMENT = re.compile(rf"({_NAME}){_KEY}")
_ROLE = re.compile(rf"/({_NAME}){_KEY}")
_SHARED = re.compile(rf"@({_NAME})/({_NAME}){_KEY}")
_GENERATION = re.compile(r"@([0-9]+)")

NAME_PATTERN = rf"^{_NAME}$"


class AddressError(ValueError):
    """The text is not an address; the message says where it stopped making sense."""


@dataclass(frozen=True, slots=True)
class Segment:
    """A name and, where ``for_each`` made several, the key of one instance."""

    name: str
    key: str | None = None

    def __str__(self) -> str:
        if self.key is None:
            return self.name
        escaped = self.key.replace("\\", "\\\\").replace('"', '\\"')
        return f'{self.name}["{escaped}"]'


@dataclass(frozen=True, slots=True)
class Address:
    """A portable resource (``role`` is None), one of its natives, or a helper shared in a connection."""

    path: tuple[Segment, ...] = ()
    role: Segment | None = None
    connection: str | None = None
    generation: int | None = None

    @property
    def resource(self) -> Address:
        """The address of the portable resource this belongs to (itself, if it is one)."""
        return replace(self, role=None, generation=None)

    @property
    def name(self) -> str:
        """The name in the blueprint, without keys, roles and generation."""
        return self.path[-1].name if self.path else f"@{self.connection}"

    def native(self, role: str, key: str | None = None) -> Address:
        """The address of a native of this resource."""
        return replace(self, role=Segment(role, key))

    def at(self, generation: int) -> Address:
        """The address under which the old half of a replacement is kept."""
        return replace(self, generation=generation)

    def __str__(self) -> str:
        head = f"@{self.connection}" if self.connection is not None else ".".join(map(str, self.path))
        role = f"/{self.role}" if self.role else ""
        return head + role + (f"@{self.generation}" if self.generation is not None else "")


def resource_address(name: str, key: str | None = None) -> Address:
    """The address of a resource of the root blueprint."""
    return Address(path=(Segment(name, key),))


def shared_address(connection: str, role: str, key: str | None = None) -> Address:
    """The address of a helper that all resources of a connection share."""
    return Address(connection=connection, role=Segment(role, key))


def parse_address(text: str) -> Address:
    """Read an address.

    Raises AddressError when the text does not follow the grammar.
    """
    shared = _SHARED.match(text)
    if shared:
        address = shared_address(shared[1], shared[2], _unescape(shared[3]))
        return _generation(text, shared.end(), address)
    segments: list[Segment] = []
    at = 0
    while True:
        found = _SEGMENT.match(text, at)
        if not found:
            raise AddressError(f"expected a name at column {at + 1} of {text!r}")
        segments.append(Segment(found[1], _unescape(found[2])))
        at = found.end()
        if at < len(text) and text[at] == ".":
            at += 1
            continue
        break
    address = Address(path=tuple(segments))
    role = _ROLE.match(text, at)
    if role:
        address = address.native(role[1], _unescape(role[2]))
        at = role.end()
    return _generation(text, at, address)


def without_generation(text: str) -> str:
    """The text of an address without ``@generation``: the address that edges name."""
    head, _, generation = text.rpartition("@")
    return head if head and generation.isdigit() else text


def _generation(text: str, at: int, address: Address) -> Address:
    if at == len(text):
        return address
    found = _GENERATION.fullmatch(text, at)
    if not found:
        raise AddressError(f"unexpected {text[at:]!r} at column {at + 1} of {text!r}")
    return address.at(int(found[1]))


def _unescape(key: str | None) -> str | None:
    return None if key is None else re.sub(r"\\(.)", r"\1", key)
