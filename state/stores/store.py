"""What a store must be able to do, and the table of those there are."""

from __future__ import annotations

from collections.abc import Mapping
from contextlib import AbstractContextManager
from importlib import import_module
from pathlib import Path
from typing import Any, Protocol

from mcflow.model.diagnostic import reject
from mcflow.model.position import Position
from mcflow.state.lease import LeaseInfo, Owner

STORES = {"local": "mcflow.state.stores.local:LocalStore"}
"""Name → where it is made."""

OBJECTS = {
    "s3": "mcflow.state.stores.s3",
    "gcs": "mcflow.state.stores.gcs",
    "azure": "mcflow.state.stores.azure",
    "postgresql": "mcflow.state.stores.postgresql",
}
"""Name of a remote store → the module that opens what it keeps its log in: ``open_objects(settings, position)``, ``place_of(settings)``."""


class Hold(Protocol):
    """A lease while it is held."""

    @property
    def info(self) -> LeaseInfo:
        """What others see of it."""

    def check(self, outlive: float = 0.0) -> None:
        """Raises LeaseLost if the lease is somebody else's now, OSError if it ran out and cannot be renewed.

        Nobody takes it by its expiry while a request lasts that is sent now and takes at most ``outlive`` seconds.
        """

    def beat(self, now: float) -> None:
        """Show that the holder lives."""

    def release(self, now: float) -> None:
        """Give it back. Never raises for a lease that is lost already."""


class Store(Protocol):
    """Names are relative (``snapshot.json``, ``journal/000001.journal``). Every writing call is durable when it returns, or raises
    OSError having changed nothing that was acknowledged; ``fence`` is the writer's epoch, and a store refuses (LeaseLost) one that is
    not the lease's.
    """

    place: str
    """Where it is, for people."""

    def look(self) -> None:
        """See the store as it is now. What is read until the next look is of one moment where the store can do that."""

    def read(self, name: str) -> bytes | None:
        """A document; None if there is none."""

    def names(self, folder: str) -> list[str]:
        """Names of the documents in a folder, sorted, each with the folder before it."""

    def put(self, name: str, data: bytes, *, fence: int) -> None:
        """Write a document as a whole, in place of the one there."""

    def append(self, name: str, data: bytes, *, at: int, fence: int) -> None:
        """Add to a document of which ``at`` bytes are there; what a failed earlier call left beyond them is dropped."""

    def remove(self, name: str, *, fence: int) -> None:
        """Remove a document, there or not."""

    def together(self, *, fence: int) -> AbstractContextManager[None]:
        """What is written inside becomes durable at its end at the latest: at once and as a whole where the store can do that."""

    def read_mark(self) -> bytes | None:
        """The head mark's file, which is kept apart from the documents."""

    def write_mark(self, data: bytes, *, at: int | None, fence: int) -> None:
        """Write a slot of the mark in place, or (``at`` None) the whole file."""

    def reserve(self, *, fence: int) -> None:
        """See to it that `spill` will have room."""

    def spill(self, data: bytes) -> str:
        """Keep bytes when nothing else works any more, after those spilled before; returns where. Raises OSError if nowhere."""

    def spilled(self) -> list[tuple[str, bytes]]:
        """What was spilled, by place."""

    def clear_spill(self, *, fence: int) -> None:
        """What was spilled is in the journal now."""

    def acquire(self, owner: Owner, floor: int, now: float) -> Hold:
        """Take the lease, its epoch higher than any before and than ``floor``. Raises LeaseHeld."""

    def holder(self) -> LeaseInfo | None:
        """Who holds the lease now. Looks."""

    def now(self) -> float | None:
        """Seconds since the epoch by the store's own clock; None if it has none but this machine's. Some tell it only by a write of an
        empty object, which is removed again."""

    def break_lease(self, owner: Owner, now: float) -> LeaseInfo | None:
        """End the lease by force, whoever holds it and however alive: nothing its holder writes from now on is acknowledged or seen.

        Returns who held it; None if nobody did.
        """


def open_store(kind: str, directory: Path, name: str, environment: str, **options: Any) -> Store:
    """Make a store by name. A remote one takes ``settings`` and ``position``. Rejected (MC0741) if there is none of it."""
    if kind in OBJECTS:
        return _open_remote(kind, name, environment, **options)
    if kind not in STORES:
        raise reject("MC0741", kind=kind, known=", ".join(sorted({*STORES, *OBJECTS})))
    module, _, attribute = STORES[kind].partition(":")
    made: Store = getattr(import_module(module), attribute)(directory, name, environment, **options)
    return made


def _open_remote(kind: str, name: str, environment: str, *, settings: Mapping[str, Any], position: Position | None = None,
                 **options: Any) -> Store:
    from mcflow.state.stores.late import Late
    from mcflow.state.stores.remote import RemoteStore

    module = import_module(OBJECTS[kind])
    objects = Late(lambda: module.open_objects(settings, position), module.place_of(settings))
    made: Store = RemoteStore(objects, name, environment, **options)
    return made
