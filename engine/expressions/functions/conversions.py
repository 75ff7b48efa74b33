"""From one type to another, never by guessing."""

from __future__ import annotations

import math
import re
from typing import Any

from mcflow.engine.expressions import limits
from mcflow.engine.expressions.errors import FunctionError
from mcflow.engine.expressions.functions import arguments as take
from mcflow.engine.expressions.functions.function import Library

LIBRARY = Library()
_INTEGER = re.compile(r"\s*[-+]?[0-9]{1,300}\s*")
_NUMBER = re.compile(r"\s*[-+]?(?:[0-9]{1,300}(?:\.[0-9]{0,300})?|\.[0-9]{1,300})(?:[eE][-+]?[0-9]{1,4})?\s*")
_WORDS = {"true": True, "false": False}


@LIBRARY.add("int", "int('42')", 42)
def int_(value: Any) -> int:
    """A text of digits, a number without its decimals or a boolean (1, 0) as an integer."""
    if isinstance(value, int):
        return int(value)
    if isinstance(value, float):
        return math.trunc(value)
    text = take.strict_text(value)
    if not _INTEGER.fullmatch(text):
        raise FunctionError(f"{text[:40]!r} is not an integer")
    return int(text)


@LIBRARY.add("float", "float('1.5')", 1.5)
def float_(value: Any) -> float:
    """A number or a text of one as a number with decimals."""
    if isinstance(value, int | float) and not isinstance(value, bool):
        if isinstance(value, int) and value.bit_length() > limits.NUMBER_BITS - 1:
            raise FunctionError("the number is too large")
        return float(value)
    text = take.strict_text(value)
    if not _NUMBER.fullmatch(text):
        raise FunctionError(f"{text[:40]!r} is not a number")
    number = float(text)
    if not math.isfinite(number):
        raise FunctionError(f"{text[:40]!r} is too large")
    return number


@LIBRARY.add("string", "string(42)", "42")
def string(value: Any) -> str:
    """A text, number or boolean as text."""
    return take.text(value)


@LIBRARY.add("bool", "bool('true')", True)
def bool_(value: Any) -> bool:
    """The texts true and false, the numbers 1 and 0, as a boolean."""
    if isinstance(value, bool):
        return value
    if isinstance(value, int | float) and value in (0, 1):
        return value == 1
    found = _WORDS.get(value.strip().lower()) if isinstance(value, str) else None
    if found is None:
        raise FunctionError(f"{value if isinstance(value, int | float) else repr(value)[:40]} is neither true nor false")
    return found
