"""Answers of catalogs in files: one file an answer, written aside and renamed, for the user's eyes only.

What is damaged, of another format or of another question counts as absent and is written anew. A file that cannot be written is no error:
the answer was had, and will be asked for again.
"""

from __future__ import annotations

import hashlib
import os
import tempfile
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import msgspec

from mcflow.drivers.sdk.catalog import ROWS, Kind, Query
from mcflow.model.connection import ConnectionIdentity

FORMAT = 1


class Key(msgspec.Struct, frozen=True):
    """Whose answer to which question."""

    driver: str
    account: str
    region: str
    endpoint: str
    kind: Kind
    query: Query = Query()


class _Kept(msgspec.Struct):
    format: int
    key: Key
    at: float
    items: msgspec.Raw


class _Who(msgspec.Struct):
    format: int
    whose: str
    at: float
    driver: str
    account: str
    region: str
    endpoint: str


def key_of(who: ConnectionIdentity, kind: Kind, query: Query) -> Key:
    """The key of an answer to this connection."""
    return Key(who.driver, who.account, who.region, who.endpoint, kind, query)


class Keeper:
    """The files below ``folder``; None: nothing is kept."""

    def __init__(self, folder: Path | None) -> None:
        self._folder = folder

    def get(self, key: Key) -> tuple[tuple[Any, ...], float] | None:
        """The rows and when the cloud was asked for them, if that is kept."""
        data = self._read(self._path(key.kind, msgspec.json.encode(key)))
        try:
            kept = msgspec.json.decode(data, type=_Kept)
            if kept.format != FORMAT or kept.key != key:
                return None
            rows: Any = list.__class_getitem__(ROWS[key.kind])
            return tuple(msgspec.json.decode(kept.items, type=rows)), kept.at
        except (msgspec.DecodeError, UnicodeDecodeError):
            return None

    def put(self, key: Key, items: Sequence[Any], at: float) -> None:
        """Keep an answer."""
        kept = _Kept(FORMAT, key, at, msgspec.Raw(msgspec.json.encode(list(items))))
        self._write(self._path(key.kind, msgspec.json.encode(key)), msgspec.json.encode(kept))

    def who(self, driver: str, whose: str) -> tuple[ConnectionIdentity, float] | None:
        """Who a connection turned out to be, and when; ``whose`` is what its driver says decides that."""
        data = self._read(self._path("who", f"{driver}\n{whose}".encode()))
        try:
            kept = msgspec.json.decode(data, type=_Who)
        except (msgspec.DecodeError, UnicodeDecodeError):
            return None
        if kept.format != FORMAT or kept.whose != _digest(whose.encode()) or kept.driver != driver:
            return None
        return ConnectionIdentity(kept.driver, kept.account, kept.region, kept.endpoint), kept.at

    def remember(self, driver: str, whose: str, who: ConnectionIdentity, at: float) -> None:
        """Keep who a connection is. ``whose`` itself is not written, only its digest."""
        kept = _Who(FORMAT, _digest(whose.encode()), at, driver, who.account, who.region, who.endpoint)
        self._write(self._path("who", f"{driver}\n{whose}".encode()), msgspec.json.encode(kept))

    def _path(self, kind: str, meaning: bytes) -> Path | None:
        return self._folder / f"{kind}-{_digest(meaning)[:32]}.json" if self._folder is not None else None

    @staticmethod
    def _read(path: Path | None) -> bytes:
        try:
            return path.read_bytes() if path is not None else b""
        except OSError:
            return b""

    @staticmethod
    def _write(path: Path | None, data: bytes) -> None:
        if path is None:
            return
        try:
            path.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
            descriptor, draft = tempfile.mkstemp(dir=path.parent, prefix=f".{path.name}.")
        except OSError:
            return
        try:
            with os.fdopen(descriptor, "wb") as file:
                file.write(data)
            os.replace(draft, path)
        except BaseException as failure:
            Path(draft).unlink(missing_ok=True)
            if not isinstance(failure, OSError):
                raise


def _digest(data: bytes) -> str:
    return hashlib.sha256(data).hexdigest()
