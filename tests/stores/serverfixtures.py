"""Servers for tests: one that runs around the session already, else one started for it."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import ExitStack
from pathlib import Path

from tests.stores.servers import Server, running, serving


class Servers:
    """Servers by name, each started once."""

    def __init__(self, folder: Path, stack: ExitStack) -> None:
        self._folder = folder
        self._stack = stack
        self._known = running()

    def __call__(self, name: str) -> Server:
        if name not in self._known:
            place = self._folder / name
            place.mkdir()
            self._known[name] = self._stack.enter_context(serving(name, place))
        return self._known[name]


def session_servers(folder: Path) -> Iterator[Servers]:
    """For a fixture of the session's scope."""
    with ExitStack() as stack:
        yield Servers(folder, stack)
