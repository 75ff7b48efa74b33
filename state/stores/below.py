"""One state's part of a store of objects."""

from __future__ import annotations

from mcflow.state.stores.objects import Found, Objects


class Below:
    """The objects whose keys begin with a prefix, which is left out of them."""

    def __init__(self, objects: Objects, prefix: str) -> None:
        self._objects = objects
        self._prefix = prefix
        self.place = f"{objects.place.rstrip('/')}/{prefix.rstrip('/')}"

    def read(self, key: str) -> bytes | None:
        return self._objects.read(self._prefix + key)

    def create(self, key: str, data: bytes) -> bool:
        return self._objects.create(self._prefix + key, data)

    def put(self, key: str, data: bytes) -> None:
        self._objects.put(self._prefix + key, data)

    def remove(self, key: str) -> None:
        self._objects.remove(self._prefix + key)

    def list(self, prefix: str) -> list[Found]:
        skip = len(self._prefix)
        return [found._replace(key=found.key[skip:]) for found in self._objects.list(self._prefix + prefix)]

    def now(self) -> float:
        return self._objects.now()
