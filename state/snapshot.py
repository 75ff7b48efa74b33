"""Snapshots: a state as one JSON document that proves itself intact."""

from __future__ import annotations

import gzip
import re
import zlib
from hashlib import sha256
from typing import Any

import msgspec
from msgspec.structs import replace

from mcflow.model.diagnostic import Diagnostic, Rejected
from mcflow.state.records import FORMAT_VERSION, State
from mcflow.state.upgrade import SNAPSHOTS, upgrade

_PREFIX = b'{"sha256":"'
_HEX = 64
_BODY = len(_PREFIX) + _HEX + 2

KEPT = 20
"""How many snapshots the history keeps."""


class Snapshot(msgspec.Struct, frozen=True, kw_only=True):
    """``state`` after ``sequence`` records, ``chain`` the hash chain there (hex); journal segment ``segment`` goes on from it.

    ``format_version`` of one that was read is the version it was written in.
    """

    format_version: int = FORMAT_VERSION
    sequence: int
    chain: str
    segment: int
    epoch: int = 0
    run: str = ""
    at: float = 0.0
    state: State


class HistoryEntry(msgspec.Struct, frozen=True, kw_only=True):
    """A kept snapshot: the state's serial, when it was taken (seconds since the epoch), by which run; ``name`` in the store."""

    serial: int
    sequence: int
    at: float
    run: str
    name: str


class _Version(msgspec.Struct):
    format_version: int


_ENCODER = msgspec.json.Encoder()
_DECODER = msgspec.json.Decoder(Snapshot)
_VERSION = msgspec.json.Decoder(_Version)
_NAME = re.compile(r"(\d{10})-(\d{10})-(\d{10})-([A-Za-z0-9_-]*)\.json\.gz")


class DamagedError(ValueError):
    """The bytes are not the snapshot that was written."""


def encode_snapshot(snapshot: Snapshot) -> bytes:
    """The document: its own SHA-256 first, over everything that follows it."""
    body = _ENCODER.encode(snapshot)[1:] + b"\n"
    return _PREFIX + sha256(body).hexdigest().encode() + b'",' + body


def decode_snapshot(data: bytes, place: str) -> Snapshot:
    """The snapshot. Raises DamagedError if a single bit is not as written, Rejected for a format this mcflow cannot read."""
    body = data[_BODY:]
    if data[:_BODY] != _PREFIX + sha256(body).hexdigest().encode() + b'",':
        raise DamagedError(f"{place} is not what was written")
    document = b"{" + body
    try:
        if (version := _VERSION.decode(document).format_version) == FORMAT_VERSION:
            return _DECODER.decode(document)
        old: dict[str, Any] = msgspec.json.decode(document)
        return replace(msgspec.convert(upgrade(old, version, SNAPSHOTS, place), Snapshot), format_version=version)
    except msgspec.MsgspecError as fault:
        # Intact bytes of a shape this code does not know: not damage, and no older copy would read better.
        raise Rejected([Diagnostic("MC0722", {"place": place, "problem": str(fault)})]) from fault


def history_name(snapshot: Snapshot) -> str:
    """The name under which the history keeps it; it says what `history` lists, so that listing opens no file."""
    run = re.sub(r"[^A-Za-z0-9_-]", "-", snapshot.run)[:64]
    return f"history/{snapshot.state.serial:010d}-{snapshot.sequence:010d}-{int(snapshot.at):010d}-{run}.json.gz"


def history_entry(name: str) -> HistoryEntry | None:
    """What a history file's name says; None for a file that is not one."""
    found = _NAME.fullmatch(name.rpartition("/")[2])
    if found is None:
        return None
    serial, sequence, at, run = found.groups()
    return HistoryEntry(serial=int(serial), sequence=int(sequence), at=float(at), run=run, name=f"history/{found.group()}")


def pack(document: bytes) -> bytes:
    """A document as the history keeps it."""
    return gzip.compress(document, compresslevel=1, mtime=0)


def unpack(data: bytes, place: str) -> bytes:
    """The document. Raises DamagedError."""
    try:
        return gzip.decompress(data)
    except (OSError, EOFError, ValueError, zlib.error) as fault:
        raise DamagedError(f"{place} is not what was written") from fault
