"""The few things a remote store asks of an object store or a database. Everything about leases and fences is built on these once."""

from __future__ import annotations

from typing import NamedTuple, Protocol


class Moved(OSError):
    """What was being read has been written anew and cleared away meanwhile: look again."""


class Found(NamedTuple):
    """An object in a listing. ``modified``: seconds since the epoch, by the store's clock."""

    key: str
    size: int
    modified: float


class Objects(Protocol):
    """Objects by key (``log/000000000001``), below one prefix of one bucket or in one table. Calls may come from several threads.

    Everything raises OSError if the store cannot be reached or answers with a failure, and Rejected where only a person can help
    (credentials, no such bucket). After an OSError a write may or may not have happened. What a call wrote, later calls of anybody read.
    """

    place: str
    """Where it is, for people; without credentials."""

    def read(self, key: str) -> bytes | None:
        """An object's bytes; None if there is none."""

    def create(self, key: str, data: bytes) -> bool:
        """Write an object if there is none under the key: True. False, and nothing changed, if there is. Of many at once, one gets True.
        A client that repeats a request by itself may get False for what it wrote: who cares reads and compares."""

    def put(self, key: str, data: bytes) -> None:
        """Write an object, there or not."""

    def remove(self, key: str) -> None:
        """Remove an object, there or not."""

    def list(self, prefix: str) -> list[Found]:
        """All objects whose key begins with the prefix, sorted by key."""

    def now(self) -> float:
        """Seconds since the epoch by the store's clock; where it has none to ask, from the times it gives what is written."""
