"""Plain scalars by the core schema of YAML 1.2: null, booleans, integers, floats; everything else is text."""

from __future__ import annotations

import math
import re
from collections.abc import Callable

from mcflow.engine.reading.limits import NUMBER_CHARACTERS

Plain = bool | int | float | str | None

WORDS: dict[str, bool | None] = {
    "": None, "~": None, "null": None, "Null": None, "NULL": None,
    "true": True, "True": True, "TRUE": True, "false": False, "False": False, "FALSE": False,
}
_NUMBER_START = frozenset("+-.0123456789")
_INTEGER = re.compile(r"[-+]?[0-9]+").fullmatch
_OCTAL = re.compile(r"0o[0-7]+").fullmatch
_HEXADECIMAL = re.compile(r"0x[0-9a-fA-F]+").fullmatch
_FLOAT = re.compile(r"[-+]?(?:\.[0-9]+|[0-9]+(?:\.[0-9]*)?)(?:[eE][-+]?[0-9]+)?").fullmatch
_ENDLESS = re.compile(r"[-+]?\.(?:inf|Inf|INF)|\.(?:nan|NaN|NAN)").fullmatch
_BASES: tuple[tuple[Callable[[str], object], int], ...] = ((_INTEGER, 10), (_OCTAL, 8), (_HEXADECIMAL, 16))


class NumberError(ValueError):
    """A number that JSON and clouds have not: infinite, not a number, or longer than any of them takes."""


def resolve(text: str) -> Plain:
    """The value of a plain scalar. Raises NumberError."""
    if text[:1] not in _NUMBER_START:
        return WORDS.get(text, text)
    if not text:
        return None
    return _number(text)


def _number(text: str) -> Plain:
    for matches, base in _BASES:
        if matches(text):
            if len(text) > NUMBER_CHARACTERS:
                raise NumberError(text)
            return int(text, base)
    if _FLOAT(text):
        value = float(text)
        if not math.isfinite(value):
            raise NumberError(text)
        return value
    if _ENDLESS(text):
        raise NumberError(text)
    return text
