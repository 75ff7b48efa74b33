"""Counterparts: what a store is tried against. A table of ways to open a fresh store; the suite runs every case for each of them."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from mcflow.state.stores.objects import Objects
from mcflow.state.stores.store import Store


@dataclass(frozen=True)
class Counterpart:
    """One kind of store. ``scratch`` is a folder of the test's own: the same one means the same place, from any process.

    ``open`` gives a store of (scratch, state name, environment, options); options of the remote ones are those of `RemoteStore`:
    ``lease`` and ``patience`` in seconds, ``spill_folder`` …. ``objects`` opens what it keeps its log in, None for a store that has none.
    ``processes``: several processes can open it. ``slow``: every request costs more than some milliseconds, rounds are fewer.
    """

    name: str
    open: Callable[..., Store]
    objects: Callable[[Path], Objects] | None = None
    processes: bool = True
    slow: bool = False

    def __str__(self) -> str:
        return self.name


def remote(name: str, objects: Callable[[Path], Objects], **more: Any) -> Counterpart:
    """The counterpart of a store of objects."""

    def build(scratch: Path, state: str, environment: str, **options: Any) -> Store:
        from mcflow.state.stores.remote import RemoteStore

        return RemoteStore(objects(scratch), state, environment, **{"spill_folder": scratch / "own", **options})

    return Counterpart(name, build, objects, **more)
