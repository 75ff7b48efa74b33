"""Objects that are opened when they are first asked for: what only reads a blueprint needs no credentials and no library of a cloud."""

from __future__ import annotations

import threading
from collections.abc import Callable

from mcflow.state.stores.objects import Found, Objects


class Late:
    """The objects that ``make`` gives, made at the first call. ``place`` is known before."""

    def __init__(self, make: Callable[[], Objects], place: str) -> None:
        self.place = place
        self._make = make
        self._made: Objects | None = None
        self._one = threading.Lock()

    def _objects(self) -> Objects:
        with self._one:
            if self._made is None:
                self._made = self._make()
            return self._made

    def read(self, key: str) -> bytes | None:
        return self._objects().read(key)

    def create(self, key: str, data: bytes) -> bool:
        return self._objects().create(key, data)

    def put(self, key: str, data: bytes) -> None:
        self._objects().put(key, data)

    def remove(self, key: str) -> None:
        self._objects().remove(key)

    def list(self, prefix: str) -> list[Found]:
        return self._objects().list(prefix)

    def now(self) -> float:
        return self._objects().now()
