"""A file that has been read: its value, and where everything in it stands."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Any

from mcflow.model.position import Position

Path = tuple[str | int, ...]
"""The way from the top of a document to a node: keys of mappings and indexes of sequences."""


@dataclass(frozen=True, slots=True)
class Document:
    """What a YAML file says.

    ``value`` is plain Python (None, bool, int, float, str, list, dict with str keys). ``positions`` holds the span of every value, ``keys``
    that of every mapping key, under the path of the value it names. ``raw`` is the source text of each plain scalar whose value is not a
    string, for schemas that want one. ``text`` is the source with every line ending as ``\\n``.
    """

    path: str
    value: Any
    positions: dict[Path, Position] = field(repr=False)
    keys: dict[Path, Position] = field(repr=False)
    raw: dict[Path, str] = field(repr=False)
    text: str = field(repr=False)

    def position(self, path: Path, key: bool = False) -> Position:
        """The span at ``path`` (of its key, if ``key``), or of the nearest ancestor that is known."""
        if key and path in self.keys:
            return self.keys[path]
        at = path
        while at:
            found = self.positions.get(at)
            if found is not None:
                return found
            at = at[:-1]
        return self.positions.get((), Position(self.path, 1, 1, 1, 1))

    def line(self, number: int) -> str:
        """The text of a line, counted from 1; empty outside the file."""
        lines = self.text.split("\n")
        return lines[number - 1] if 0 < number <= len(lines) else ""
