"""Entries of a remote store's log: what was written to the state, in order, each an immutable object that proves itself intact.

An object is a line with the SHA-256 of the rest, a line of JSON (an `Entry`), and the bytes that its operations put into documents.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from hashlib import sha256
from typing import Literal

import msgspec

from mcflow.model.diagnostic import reject
from mcflow.state.lease import LeaseInfo

FORMAT_VERSION = 1
ZERO = "0" * 64
"""The digest before the first entry."""


class Blob(msgspec.Struct, frozen=True, array_like=True):
    """Bytes of a document kept in an object of their own, ``size`` of them from its beginning."""

    key: str
    size: int


Piece = bytes | Blob
"""A part of a document: bytes at hand, or where they are."""


Kind = Literal["put", "append", "remove", "mark"]
"""What an operation does: a document as a whole, bytes added to one, one removed; bytes of the head mark's file."""


class Part(msgspec.Struct, frozen=True, array_like=True, omit_defaults=True):
    """A piece as an entry names it; without a ``blob`` its bytes follow in the entry's own body, in order."""

    size: int
    blob: str = ""


class Operation(msgspec.Struct, frozen=True, kw_only=True, omit_defaults=True):
    """One change. ``at``: how many bytes of the document stay before what is appended, or the place in the mark's file."""

    do: Kind
    name: str = ""
    at: int = 0
    parts: tuple[Part, ...] = ()


class Entry(msgspec.Struct, frozen=True, kw_only=True, omit_defaults=True):
    """``previous`` is the digest of the entry before; ``lease`` is who wrote it, and (``released``) whether that lease ends with it.

    ``over``: it took the lease from a holder that had not given it back, who may yet try to write under this number: it is never removed.
    In a base, which is the fold of the log up to ``number``, ``previous`` is that entry's own digest, and ``kept`` are the numbers of
    the entries never removed.
    """

    format_version: int = msgspec.field(name="format_version")
    number: int
    nonce: str
    previous: str
    lease: LeaseInfo
    over: bool = False
    kept: tuple[int, ...] = ()
    operations: tuple[Operation, ...] = ()


@dataclass(frozen=True, slots=True)
class Change:
    """An operation with its bytes."""

    do: Kind
    name: str = ""
    at: int = 0
    pieces: tuple[Piece, ...] = ()


class DamagedEntryError(ValueError):
    """The bytes are not an entry as it was written."""


_ENCODER = msgspec.json.Encoder()
_DECODER = msgspec.json.Decoder(Entry)
_HEX = 64


def operations(changes: Iterable[Change]) -> tuple[Operation, ...]:
    """What an entry says of changes."""
    return tuple(Operation(do=change.do, name=change.name, at=change.at, parts=tuple(map(_part, change.pieces))) for change in changes)


def _part(piece: Piece) -> Part:
    return Part(piece.size, piece.key) if isinstance(piece, Blob) else Part(len(piece))


def encode_entry(entry: Entry, changes: Sequence[Change]) -> tuple[str, bytes]:
    """The digest and the object of an entry with these changes."""
    body = b"".join(piece for change in changes for piece in change.pieces if isinstance(piece, bytes))
    rest = _ENCODER.encode(entry) + b"\n" + body
    digest = sha256(rest).hexdigest()
    return digest, digest.encode() + b"\n" + rest


def decode_entry(data: bytes, place: str) -> tuple[Entry, str, list[Change]]:
    """The entry, its digest, its changes. Raises DamagedEntryError; Rejected (MC0720) for a format this mcflow cannot read."""
    rest = data[_HEX + 1:]
    digest = sha256(rest).hexdigest()
    if data[:_HEX + 1] != digest.encode() + b"\n":
        raise DamagedEntryError("is not what was written")
    end = rest.find(b"\n")
    try:
        version = msgspec.json.decode(rest[:end], type=_Version).format_version
        if version > FORMAT_VERSION:
            raise reject("MC0720", place=place, version=version, current=FORMAT_VERSION)
        entry = _DECODER.decode(rest[:end])
        return entry, digest, list(_changes(entry, rest, end + 1))
    except (msgspec.MsgspecError, ValueError) as fault:
        raise DamagedEntryError(f"does not read as an entry: {fault}") from fault


class _Version(msgspec.Struct):
    format_version: int


def _changes(entry: Entry, data: bytes, at: int) -> Iterable[Change]:
    for operation in entry.operations:
        pieces: list[Piece] = []
        for part in operation.parts:
            if part.blob:
                pieces.append(Blob(part.blob, part.size))
                continue
            pieces.append(data[at:at + part.size])
            at += part.size
        yield Change(operation.do, operation.name, operation.at, tuple(pieces))
    if at != len(data):
        raise ValueError(f"its body has {len(data)} bytes, not {at}")
