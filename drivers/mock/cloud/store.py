"""Where the service keeps things: the interface, and the two that implement it by name."""

from __future__ import annotations

import threading
from collections.abc import Iterable
from contextlib import AbstractContextManager
from pathlib import Path
from typing import Any, Protocol

from mcflow.drivers.mock.cloud.memory import MemoryStore
from mcflow.drivers.mock.cloud.objects import Entry, Object, Operation
from mcflow.drivers.mock.cloud.sqlite import SqliteStore

MEMORY = ":memory:"


class Store(Protocol):
    """Objects with an inverted index over their terms, tokens, attempts, operations, settings and the ledger."""

    def transaction(self) -> AbstractContextManager[None]:
        """All or nothing, alone among all processes."""

    def get(self, id: str) -> Object | None:
        """An object, to read or to change and `put` back; None where there is none."""

    def many(self, ids: Iterable[str]) -> list[Object]:
        """Those of ``ids`` that exist."""

    def put(self, found: Object) -> None:
        """Add or replace an object and its index entries."""

    def drop(self, id: str) -> None:
        """Remove an object and its index entries."""

    def find(self, term: str) -> list[Object]:
        """Objects indexed under a term, in order of id."""

    def everything(self) -> list[Object]:
        """All objects of all accounts and regions, in order of id."""

    def count(self, term: str) -> int:
        """How many objects a term has."""

    def attempt(self, address: str, verb: str) -> int:
        """Count one more call; 1 for the first."""

    def token(self, token: str) -> tuple[str, str] | None:
        """(id, digest of the request) of what a token made."""

    def keep_token(self, token: str, id: str, digest: str) -> None:
        """Remember what a token made."""

    def operations(self, ids: Iterable[str]) -> list[Operation]:
        """Those of the operations that exist."""

    def keep_operation(self, operation: Operation) -> None:
        """Remember an operation."""

    def log(self, entry: Entry) -> None:
        """Append to the ledger; ``seq`` is given by the store."""

    def ledger(self, after: int = 0) -> list[Entry]:
        """The ledger behind a sequence number."""

    def settings(self) -> dict[str, Any]:
        """What was set by hand; lies over a connection's config."""

    def set_settings(self, settings: dict[str, Any]) -> None:
        """Replace what was set by hand."""

    def reset(self) -> None:
        """Forget everything."""

    def close(self) -> None:
        """Give back files and connections."""


_named: dict[str, MemoryStore] = {}
_lock = threading.Lock()


def open_store(path: str, name: str) -> Store:
    """The store at a path. ``:memory:`` (and ``:memory:<anything>``, another one): a store of that name in this process, made when first
    asked for."""
    if not path.startswith(MEMORY):
        return SqliteStore(Path(path))
    with _lock:
        return _named.setdefault(f"{path}/{name}", MemoryStore())


def forget_memory(path: str, name: str) -> None:
    """Drop a named in-memory store."""
    with _lock:
        _named.pop(f"{path}/{name}", None)
