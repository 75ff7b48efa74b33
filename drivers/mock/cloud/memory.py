"""The store in plain dicts: for the engine's benchmarks and for tests. One process only."""

from __future__ import annotations

import threading
from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from typing import Any

from mcflow.drivers.mock.cloud.objects import Entry, Object, Operation


class MemoryStore:
    """Objects live as they are; callers that hand them out copy first."""

    def __init__(self) -> None:
        self._lock = threading.RLock()
        self._clear()

    def _clear(self) -> None:
        self._objects: dict[str, Object] = {}
        self._terms: dict[str, dict[str, None]] = {}
        self._held: dict[str, tuple[str, ...]] = {}
        self._attempts: dict[tuple[str, str], int] = {}
        self._tokens: dict[str, tuple[str, str]] = {}
        self._operations: dict[str, Operation] = {}
        self._ledger: list[Entry] = []
        self._settings: dict[str, Any] = {}

    @contextmanager
    def transaction(self) -> Iterator[None]:
        with self._lock:
            yield

    def get(self, id: str) -> Object | None:
        return self._objects.get(id)

    def many(self, ids: Iterable[str]) -> list[Object]:
        objects = self._objects
        return [objects[id] for id in ids if id in objects]

    def put(self, found: Object) -> None:
        id, old = found.id, self._held.get(found.id, ())
        self._objects[id] = found
        if old == found.terms:
            return
        for term in set(old).difference(found.terms):
            self._unlist(term, id)
        for term in found.terms:
            self._terms.setdefault(term, {})[id] = None
        self._held[id] = found.terms

    def drop(self, id: str) -> None:
        if self._objects.pop(id, None) is not None:
            for term in self._held.pop(id, ()):
                self._unlist(term, id)

    def _unlist(self, term: str, id: str) -> None:
        ids = self._terms[term]
        del ids[id]
        if not ids:
            del self._terms[term]

    def find(self, term: str) -> list[Object]:
        with self._lock:
            return [self._objects[id] for id in self._terms.get(term, ())]

    def everything(self) -> list[Object]:
        with self._lock:
            return sorted(self._objects.values(), key=lambda found: found.id)

    def count(self, term: str) -> int:
        return len(self._terms.get(term, ()))

    def attempt(self, address: str, verb: str) -> int:
        count = self._attempts.get((address, verb), 0) + 1
        self._attempts[address, verb] = count
        return count

    def token(self, token: str) -> tuple[str, str] | None:
        return self._tokens.get(token)

    def keep_token(self, token: str, id: str, digest: str) -> None:
        self._tokens[token] = (id, digest)

    def operations(self, ids: Iterable[str]) -> list[Operation]:
        return [self._operations[id] for id in ids if id in self._operations]

    def keep_operation(self, operation: Operation) -> None:
        self._operations[operation.id] = operation

    def log(self, entry: Entry) -> None:
        entry.seq = len(self._ledger) + 1
        self._ledger.append(entry)

    def ledger(self, after: int = 0) -> list[Entry]:
        return self._ledger[after:]

    def settings(self) -> dict[str, Any]:
        return self._settings

    def set_settings(self, settings: dict[str, Any]) -> None:
        self._settings = settings

    def reset(self) -> None:
        with self._lock:
            self._clear()

    def close(self) -> None:
        """Nothing to give back: the store belongs to the process, not to a session."""
