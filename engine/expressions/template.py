"""Templates: scalars that hold expressions, read once and kept by their text."""

from __future__ import annotations

import re
from dataclasses import dataclass, field
from functools import lru_cache
from typing import TYPE_CHECKING

from mcflow.engine.expressions.names import ROOTS, Reference
from mcflow.engine.expressions.scanning import Piece, split

if TYPE_CHECKING:
    from jinja2 import nodes

_CHAIN = re.compile(
    r"\s*(" + "|".join(ROOTS) + r""")((?:\.[A-Za-z_][A-Za-z0-9_]*|\[(?:[0-9]{1,9}|"[^"\\{}\r\n]*"|'[^'\\{}\r\n]*')\])*)\s*""", re.ASCII
)
_STEP = re.compile(r"""\.([A-Za-z_][A-Za-z0-9_]*)|\[(?:([0-9]+)|"([^"]*)"|'([^']*)')\]""")


@dataclass(frozen=True, slots=True)
class Step:
    """One ``.name`` or ``[index]`` of a chain."""

    key: str | int
    offset: int
    length: int


@dataclass(frozen=True, slots=True)
class Chain:
    """An expression that is one constant reference; read without a syntax tree."""

    root: str
    steps: tuple[Step, ...]
    offset: int
    length: int


@dataclass(frozen=True, slots=True)
class Tree:
    """Any other expression. ``ends`` maps the offset of each token to its end, for spans."""

    node: nodes.Expr
    ends: dict[int, int]
    offset: int
    length: int


Part = str | Chain | Tree


@dataclass(frozen=True, slots=True)
class Template:
    """A scalar with at least one expression. ``whole``: it is exactly one, and keeps the type of its value."""

    text: str
    whole: bool
    references: tuple[Reference, ...]
    parts: tuple[Part, ...] = field(repr=False)


def parse(text: str) -> Template | None:
    """The template in a scalar; None for plain text. Raises ExpressionError."""
    if "{{" not in text and "{%" not in text:
        return None
    return _parse_cached(text)


@lru_cache(maxsize=65_536)
def _parse_cached(text: str) -> Template | None:
    return parse_afresh(text)


def parse_afresh(text: str, fast: bool = True) -> Template | None:
    """As `parse`, without the cache; ``fast=False`` reads every expression through the grammar (both give equal values)."""
    pieces = split(text)
    if not any(isinstance(piece, Piece) for piece in pieces):
        return None
    parts: list[Part] = []
    references: list[Reference] = []
    for piece in pieces:
        if isinstance(piece, str):
            parts.append(piece)
            continue
        chain = _chain(piece) if fast else None
        if chain is not None:
            parts.append(chain)
            path = tuple([str(step.key) for step in chain.steps])
            references.append(Reference(chain.root, path, False, chain.offset, chain.length))
        else:
            parts.append(_tree(piece, references))
    whole = isinstance(parts[0], Chain | Tree) and (len(parts) == 1 or (len(parts) == 2 and str(parts[1]).strip("\n") == ""))
    return Template(text, whole, tuple(references), tuple(parts[:1] if whole else parts))


def _chain(piece: Piece) -> Chain | None:
    found = _CHAIN.fullmatch(piece.source)
    if found is None:
        return None
    base = piece.offset
    start, end = found.start(1), found.end(2)
    steps: list[Step] = []
    for step in _STEP.finditer(piece.source, found.start(2), end):
        group = step.lastindex or 1
        key = step[group]
        quotes = 1 if group > 2 else 0
        first, last = step.span(group)
        steps.append(Step(int(key) if group == 2 else key, base + first - quotes, last - first + 2 * quotes))
    return Chain(found[1], tuple(steps), base + start, end - start)


def _tree(piece: Piece, references: list[Reference]) -> Tree:
    from mcflow.engine.expressions.grammar import grammar
    from mcflow.engine.expressions.references import references_of

    node, ends = grammar().tree(piece)
    references += references_of(node, ends)
    stripped = piece.source.strip()
    return Tree(node, ends, piece.offset + piece.source.index(stripped), len(stripped))
