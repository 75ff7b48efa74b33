"""From an offset inside a scalar's value to the line and column of the file."""

from __future__ import annotations

import re
from bisect import bisect_right
from dataclasses import dataclass
from functools import lru_cache
from typing import Any

from mcflow.engine.reading.document import Document, Path
from mcflow.model.position import Position

_ANCHOR = re.compile(r"&\S+[ \t]*\n?[ \t]*")
_SIMPLE = {
    "0": "\0", "a": "\a", "b": "\b", "t": "\t", "\t": "\t", "n": "\n", "v": "\v", "f": "\f", "r": "\r", "e": "\x1b", " ": " ", '"': '"',
    "/": "/", "\\": "\\", "N": "\x85", "_": "\xa0", "L": "\u2028", "P": "\u2029",
}
_WIDTHS = {"x": 2, "u": 4, "U": 8}
_HEADER = re.compile(r"[|>]([+-]?)([1-9]?)[+-]?")

_Marked = list[tuple[str, int]]
"""Characters of a value, each with its index in the source."""


@dataclass(frozen=True, slots=True)
class _Source:
    text: str
    start: int
    end: int


def place(document: Document, path: Path, offset: int, length: int) -> Position:
    """Where ``length`` characters from ``offset`` of the scalar at ``path`` stand.

    Exact for plain, quoted and block scalars, escapes and folded lines included; the whole scalar where the two cannot be matched.
    """
    whole = document.position(path)
    if document.positions.get(path) is None:
        return whole
    starts = _line_starts(document.text)
    source = _Source(document.text, _index(starts, whole.line, whole.column), _index(starts, whole.end_line, whole.end_column))
    marked = _characters(source)
    value = _value_at(document, path)
    if isinstance(value, str) and _text(marked) != value:
        return whole
    if not marked or offset >= len(marked):
        return whole
    last = marked[min(offset + max(length, 1), len(marked)) - 1][1]
    first = marked[max(offset, 0)][1]
    line, column = _line_column(starts, first)
    end_line, end_column = _line_column(starts, last)
    return Position(document.path, line, column, end_line, end_column + 1)


def _characters(source: _Source) -> _Marked:
    anchor = _ANCHOR.match(source.text, source.start)
    start = anchor.end() if anchor else source.start
    first = source.text[start:start + 1]
    if first == "'":
        return _single(source.text, start + 1, source.end - 1)
    if first == '"':
        return _double(source.text, start + 1, source.end - 1)
    if first in ("|", ">"):
        return _block(source.text, start, source.end)
    return _fold([(source.text[at], at) for at in range(start, source.end)])


def _single(text: str, start: int, end: int) -> _Marked:
    marked: _Marked = []
    at = start
    while at < end:
        marked.append((text[at], at))
        at += 2 if text.startswith("''", at) else 1
    return _fold(marked)


def _double(text: str, start: int, end: int) -> _Marked:
    """Escapes are kept apart from what folding may touch by marking them first and folding only around them."""
    pieces: _Marked = []
    marked: _Marked = []
    at = start
    while at < end:
        if text[at] != "\\":
            pieces.append((text[at], at))
            at += 1
            continue
        kind = text[at + 1]
        marked += _fold(pieces, before=bool(marked), after=True)
        pieces = []
        if kind == "\n":
            at = _skip_blank(text, at + 2, end)
            continue
        width = _WIDTHS.get(kind)
        character = chr(int(text[at + 2:at + 2 + width], 16)) if width else _SIMPLE.get(kind, kind)
        marked.append((character, at))
        at += 2 + (width or 0)
    return marked + _fold(pieces, before=bool(marked), after=False)


def _skip_blank(text: str, at: int, end: int) -> int:
    while at < end and text[at] in " \t":
        at += 1
    return at


def _fold(marked: _Marked, before: bool = False, after: bool = False) -> _Marked:
    """One line break is a space, more are one break fewer; blanks around breaks go."""
    del before, after
    out: _Marked = []
    at = 0
    while at < len(marked):
        if marked[at][0] != "\n":
            out.append(marked[at])
            at += 1
            continue
        while out and out[-1][0] in " \t":
            out.pop()
        breaks: _Marked = []
        while at < len(marked) and marked[at][0] in " \t\n":
            if marked[at][0] == "\n":
                breaks.append(marked[at])
            at += 1
        out += [(" ", breaks[0][1])] if len(breaks) == 1 else breaks[1:]
    return out


def _block(text: str, start: int, end: int) -> _Marked:
    header = _HEADER.match(text, start)
    assert header is not None
    at = text.find("\n", start) + 1
    if not at:
        return []
    lines: list[tuple[int, int]] = []
    while at < end:
        stop = text.find("\n", at)
        stop = len(text) if stop < 0 else stop
        lines.append((at, stop))
        at = stop + 1
    indent = _indentation(text, lines, header[0], start)
    folded = text[start] == ">"
    marked = _folded_lines(text, lines, indent) if folded else _literal_lines(text, lines, indent)
    return _chomped(marked, header[0])


def _indentation(text: str, lines: list[tuple[int, int]], header: str, start: int) -> int:
    digit = next((int(c) for c in header if c.isdigit()), 0)
    for first, last in lines:
        line = text[first:last]
        if line.strip(" "):
            found = len(line) - len(line.lstrip(" "))
            return _parent_indent(text, start) + digit if digit else found
    return 0


def _parent_indent(text: str, start: int) -> int:
    line = text[text.rfind("\n", 0, start) + 1:start]
    indent = len(line) - len(line.lstrip(" "))
    while line[indent:indent + 2] == "- " and ":" in line[indent:]:
        rest = line[indent + 1:]
        indent += 1 + len(rest) - len(rest.lstrip(" "))
    return indent


def _literal_lines(text: str, lines: list[tuple[int, int]], indent: int) -> _Marked:
    marked: _Marked = []
    for first, last in lines:
        marked += [(text[at], at) for at in range(min(first + indent, last), last)]
        marked.append(("\n", last))
    return marked


def _folded_lines(text: str, lines: list[tuple[int, int]], indent: int) -> _Marked:
    """Breaks between lines of text fold; those beside empty or further indented lines stay."""
    marked: _Marked = []
    pending: _Marked = []
    previous_more = True
    for first, last in lines:
        content = [(text[at], at) for at in range(min(first + indent, last), last)]
        if not content:
            pending.append(("\n", last))
            continue
        more = content[0][0] in " \t"
        if previous_more or more:
            marked += pending
        elif len(pending) == 1:
            marked.append((" ", pending[0][1]))
        else:
            marked += pending[1:]
        marked += content
        pending = [("\n", last)]
        previous_more = more
    return marked + pending


def _chomped(marked: _Marked, header: str) -> _Marked:
    if "+" in header:
        return marked
    end = len(marked)
    while end and marked[end - 1][0] == "\n":
        end -= 1
    return marked[:end] if "-" in header else marked[:end + 1]


def _text(marked: _Marked) -> str:
    return "".join(character for character, _ in marked)


def _value_at(document: Document, path: Path) -> Any:
    value = document.value
    for step in path:
        value = value[step]
    return value


@lru_cache(maxsize=8)
def _line_starts(text: str) -> list[int]:
    starts = [0]
    at = text.find("\n")
    while at >= 0:
        starts.append(at + 1)
        at = text.find("\n", at + 1)
    return starts


def _index(starts: list[int], line: int, column: int) -> int:
    return starts[min(line, len(starts)) - 1] + column - 1


def _line_column(starts: list[int], index: int) -> tuple[int, int]:
    line = bisect_right(starts, index)
    return line, index - starts[line - 1] + 1
