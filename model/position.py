"""Where something stands in a file."""

from __future__ import annotations

import msgspec


class Position(msgspec.Struct, frozen=True, gc=False):
    """A span of a file; lines and columns count from 1, ``end_column`` is exclusive. ``path`` is as the user gave it."""

    path: str
    line: int
    column: int
    end_line: int = 0
    end_column: int = 0

    def __str__(self) -> str:
        return f"{self.path}:{self.line}:{self.column}"
