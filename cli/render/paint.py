"""Styled lines and the one place that turns them into escape codes."""

from __future__ import annotations

from collections.abc import Iterable
from typing import NamedTuple

from mcflow.cli.render.text import clip, columns, safe

_CODES = {
    "bold": "1", "dim": "2", "red": "31", "green": "32", "yellow": "33", "blue": "34", "magenta": "35", "cyan": "36",
}


class Span(NamedTuple):
    """A piece of a line and its style: words of ``bold dim red green yellow blue magenta cyan``."""

    text: str
    style: str = ""


Line = tuple[Span | str, ...]
"""A line of text as its pieces. Texts may be hostile: `paint` makes them safe."""


def paint(line: Line, *, colour: bool, limit: int | None = None) -> str:
    """The line as it goes to the terminal, safe, at most ``limit`` columns wide, with escape codes only if ``colour``."""
    left = limit
    parts = []
    for piece in line:
        span = piece if isinstance(piece, Span) else Span(piece)
        text = safe(span.text)
        if left is not None:
            if left <= 0:
                break
            text = clip(text, left)
            left -= columns(text)
        parts.append(_styled(text, span.style) if colour and span.style and text else text)
    return "".join(parts).rstrip(" ") if not colour else "".join(parts)


def _styled(text: str, style: str) -> str:
    codes = ";".join(_CODES[word] for word in style.split())
    return f"\x1b[{codes}m{text}\x1b[0m"


def plain(line: Line) -> str:
    """The line without style."""
    return paint(line, colour=False)


def paint_all(lines: Iterable[Line], *, colour: bool, limit: int | None = None) -> str:
    """Many lines, each ended by a newline."""
    return "".join(paint(line, colour=colour, limit=limit) + "\n" for line in lines)
