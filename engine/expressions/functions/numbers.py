"""Numbers."""

from __future__ import annotations

import math
from typing import Any

from mcflow.engine.expressions.errors import FunctionError
from mcflow.engine.expressions.functions import arguments as take
from mcflow.engine.expressions.functions.function import Library

LIBRARY = Library()
_DIGITS = 15


def _several(values: tuple[Any, ...]) -> list[Any]:
    found = list(values[0]) if len(values) == 1 and isinstance(values[0], list | tuple) else list(values)
    if not found:
        raise FunctionError("there is nothing to choose from")
    if not all(isinstance(item, str) for item in found):
        for item in found:
            take.number(item, "every item")
    return found


@LIBRARY.add("min", "min(3, 1, 2)", 1)
def min_(*values: Any) -> Any:
    """The smallest of a list or of the arguments."""
    return min(_several(values))


@LIBRARY.add("max", "max([3, 1, 2])", 3)
def max_(*values: Any) -> Any:
    """The largest of a list or of the arguments."""
    return max(_several(values))


@LIBRARY.add("sum", "sum([1, 2, 3])", 6)
def sum_(value: Any) -> int | float:
    """The numbers of a list added up."""
    return sum(take.number(item, "every item") for item in take.sequence(value))


@LIBRARY.add("abs", "abs(-3)", 3)
def abs_(value: Any) -> int | float:
    """Without its sign."""
    return abs(take.number(value))


@LIBRARY.add("round", "round(2.567, 1)", 2.6)
def round_(value: Any, digits: Any = 0) -> int | float:
    """To the nearest number with so many digits behind the point (0: an integer); halves go away from zero."""
    number, places = take.number(value), take.integer(digits, "digits")
    if not 0 <= places <= _DIGITS:
        raise FunctionError(f"the digits are 0 to {_DIGITS}")
    if isinstance(number, int):
        return number
    scaled = abs(number) * 10**places
    if not math.isfinite(scaled):
        return number
    nearest = math.floor(scaled + 0.5)
    rounded = math.copysign(nearest / 10**places, number)
    return rounded if places else int(rounded)


@LIBRARY.add("ceil", "ceil(2.1)", 3)
def ceil(value: Any) -> int:
    """The next integer above."""
    return math.ceil(take.number(value))


@LIBRARY.add("floor", "floor(2.9)", 2)
def floor(value: Any) -> int:
    """The next integer below."""
    return math.floor(take.number(value))
