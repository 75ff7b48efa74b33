"""A scalar's text split into what is text and what is expression."""

from __future__ import annotations

import re
from dataclasses import dataclass

from mcflow.engine.expressions import limits
from mcflow.engine.expressions.errors import ExpressionError

_STATEMENT = re.compile(r"\{%[-+]?\s*(\w*)")
_COMMENT = re.compile(r"(?<!\$)\{#.*?#\}", re.DOTALL)
_INTERESTING = re.compile(r"""[^"'(){}\[\]\\-]+|"(?:[^"\\]|\\.)*"|'(?:[^'\\]|\\.)*'|-\}\}|.""", re.DOTALL)
_CLOSING = {"(": ")", "[": "]", "{": "}"}


@dataclass(frozen=True, slots=True)
class Piece:
    """The inside of one pair of ``{{ }}``; offsets count from the start of the scalar, ``start`` and ``end`` include the braces."""

    source: str
    offset: int
    start: int
    end: int


def split(text: str) -> list[str | Piece]:
    """The text and expressions of a scalar, in order. Raises ExpressionError for statements, comments and what is not closed."""
    _refuse_statements(text)
    parts: list[str | Piece] = []
    at = 0
    trim = False
    while True:
        start = text.find("{{", at)
        if start < 0:
            break
        before = text[at:start]
        inside = start + 2
        if trim:
            before = before.lstrip()
        if text[inside:inside + 1] in ("-", "+"):
            before = before.rstrip() if text[inside] == "-" else before
            inside += 1
        if before:
            parts.append(before)
        close, at, trim = _close(text, start, inside)
        parts.append(Piece(text[inside:close], inside, start, at))
    rest = text[at:].lstrip() if trim else text[at:]
    if rest:
        parts.append(rest)
    return parts


def _close(text: str, start: int, inside: int) -> tuple[int, int, bool]:
    """Where the expression ends, where the text goes on, and whether blanks after it go."""
    brackets: list[str] = []
    at = inside
    end = min(len(text), inside + limits.EXPRESSION_CHARACTERS + 4)
    while at < end:
        found = _INTERESTING.match(text, at, end)
        if found is None:
            break
        piece = found[0]
        if not brackets and (piece == "-}}" or (piece == "}" and text.startswith("}}", at))):
            trim = piece == "-}}"
            return at, at + (3 if trim else 2), trim
        if piece == "-}}":
            piece = "-"
        if piece in _CLOSING:
            brackets.append(_CLOSING[piece])
            if len(brackets) > limits.BRACKETS:
                raise ExpressionError("MC0405", at, 1, what=f"more than {limits.BRACKETS} brackets inside each other")
        elif piece in (")", "]", "}"):
            if not brackets or brackets.pop() != piece:
                raise ExpressionError("MC0401", at, 1, problem=f"'{piece}' closes nothing")
        elif piece in ('"', "'"):
            raise ExpressionError("MC0401", at, 1, problem="this quote is never closed")
        at += len(piece)
    if at >= inside + limits.EXPRESSION_CHARACTERS:
        raise ExpressionError("MC0405", start, 2, what=f"an expression of more than {limits.EXPRESSION_CHARACTERS} characters")
    raise ExpressionError("MC0402", start, 2)


def _refuse_statements(text: str) -> None:
    at = text.find("{%")
    if at >= 0 and text.find("%}", at) >= 0 and not _within_expression(text, at):
        found = _STATEMENT.match(text, at)
        assert found is not None
        word = found[1] or "statement"
        raise ExpressionError("MC0403", at, len(found[0]), statement=word)
    if "{#" in text:
        comment = _COMMENT.search(text)
        if comment and not _within_expression(text, comment.start()):
            raise ExpressionError("MC0404", comment.start(), len(comment[0]))


def _within_expression(text: str, at: int) -> bool:
    """True for ``{{ '{%' }}``: the way to write such a text."""
    return text.rfind("{{", 0, at) > text.rfind("}}", 0, at)
