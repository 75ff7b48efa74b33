"""Operators on known values, and what there is to know about values before an operation: unknown, secret or handle inside."""

from __future__ import annotations

import math
from collections.abc import Callable, Mapping
from typing import Any

from mcflow.engine.expressions import limits
from mcflow.engine.expressions.errors import FunctionError, TooMuchError
from mcflow.engine.expressions.functions.arguments import kind_of, text
from mcflow.engine.expressions.functions.arguments import room as _room
from mcflow.engine.expressions.lookups import NativeView
from mcflow.engine.expressions.missing import Missing
from mcflow.engine.expressions.run import WAITING, Run
from mcflow.model.values import Derived, Export, Handle, Ref, Secret, Unknown

UNKNOWN, SECRET, HANDLE = 1, 2, 4


def survey(value: Any, run: Run) -> int:
    """Which of UNKNOWN, SECRET and HANDLE a value tree holds. Counts the work."""
    seen = 0
    count = 0
    waiting = [value]
    while waiting:
        one = waiting.pop()
        count += 1
        if one is None or isinstance(one, str | int | float):
            continue
        if isinstance(one, Mapping):
            waiting.extend(one.values())
        elif isinstance(one, list | tuple):
            waiting.extend(one)
        elif isinstance(one, Unknown | Ref | Export | Derived):
            seen |= UNKNOWN
            if isinstance(one, Unknown) and one.sensitive:
                run.touched_secret = True
        elif isinstance(one, Secret):
            seen |= SECRET
            run.touched_secret = True
        else:
            seen |= HANDLE
        if count & 1023 == 0:
            run.spend(1024)
    run.spend(count & 1023)
    return seen


def revealed(value: Any) -> Any:
    """A copy with every secret in clear; its result must become one again."""
    if isinstance(value, Secret):
        return revealed(value.reveal())
    if isinstance(value, Mapping):
        return {key: revealed(item) for key, item in value.items()}
    if isinstance(value, list | tuple):
        return [revealed(item) for item in value]
    return value


def tainted(value: Any, secret: bool, run: Run) -> Any:
    """The value, secret if what led to it was."""
    if not secret or isinstance(value, Secret | Missing | NativeView | Handle):
        return value
    if isinstance(value, Unknown):
        if value is WAITING:
            run.touched_secret = True
            return value
        return Unknown(value.source, value.schema, True)
    if survey(value, run) & (UNKNOWN | HANDLE):
        return _taint_leaves(value, run)
    return Secret(revealed(value))


def _taint_leaves(value: Any, run: Run) -> Any:
    if isinstance(value, Mapping):
        return {key: tainted(item, True, run) for key, item in value.items()}
    return [tainted(item, True, run) for item in value]


def both(left: Any, right: Any, run: Run) -> Any:
    """Two comparisons of one chain."""
    if left is WAITING or right is WAITING:
        return WAITING
    secret = isinstance(left, Secret) or isinstance(right, Secret)
    return tainted(bool(revealed(left)) and bool(revealed(right)), secret, run)


def is_handle(value: Any) -> bool:
    return isinstance(value, Handle)


def handle_in(value: Any) -> Handle | None:
    """The first handle in a value tree."""
    waiting = [value]
    while waiting:
        one = waiting.pop()
        if isinstance(one, Handle):
            return one
        if isinstance(one, NativeView):
            return one.handle
        if isinstance(one, Mapping):
            waiting.extend(one.values())
        elif isinstance(one, list | tuple):
            waiting.extend(one)
    return None


def equal(left: Any, right: Any) -> bool:
    """Equality of data: a boolean is never a number."""
    if isinstance(left, bool) or isinstance(right, bool):
        return left is right
    if isinstance(left, Mapping) and isinstance(right, Mapping):
        return left.keys() == right.keys() and all(equal(item, right[key]) for key, item in left.items())
    if isinstance(left, list | tuple) and isinstance(right, list | tuple):
        return len(left) == len(right) and all(map(equal, left, right))
    return bool(left == right)


def _is_number(value: Any) -> bool:
    return isinstance(value, int | float) and not isinstance(value, bool)


def _numbers(operator: str, left: Any, right: Any) -> None:
    for value in (left, right):
        if not _is_number(value):
            raise FunctionError(f"numbers are needed, this is {kind_of(value)}", "| int" if isinstance(value, str) else None)


def _bounded(value: int | float) -> int | float:
    if isinstance(value, int) and value.bit_length() > limits.NUMBER_BITS:
        raise TooMuchError(f"a number of more than {limits.NUMBER_BITS} bits")
    if isinstance(value, float) and not math.isfinite(value):
        raise FunctionError("the result is too large for a number")
    return value


def _arithmetic(operator: str, compute: Callable[[Any, Any], Any]) -> Callable[[Any, Any], Any]:
    def operate(left: Any, right: Any) -> Any:
        _numbers(operator, left, right)
        try:
            return _bounded(compute(left, right))
        except ZeroDivisionError as error:
            raise FunctionError("nothing can be divided by zero") from error
        except OverflowError as error:
            raise FunctionError("the result is too large for a number") from error

    return operate


def _add(left: Any, right: Any) -> Any:
    if isinstance(left, str) and isinstance(right, str):
        _room(len(left) + len(right), "characters", limits.TEXT)
        return left + right
    if isinstance(left, list | tuple) and isinstance(right, list | tuple):
        _room(len(left) + len(right))
        return [*left, *right]
    if isinstance(left, str) or isinstance(right, str):
        raise FunctionError(f"{kind_of(left)} and {kind_of(right)} cannot be added", "use ~ to put values together as text")
    return _ADD(left, right)


_ADD = _arithmetic("+", lambda left, right: left + right)


def _ordered(compare: Callable[[Any, Any], bool]) -> Callable[[Any, Any], bool]:
    def operate(left: Any, right: Any) -> bool:
        if (_is_number(left) and _is_number(right)) or (isinstance(left, str) and isinstance(right, str)):
            return compare(left, right)
        raise FunctionError(f"{kind_of(left)} and {kind_of(right)} have no order")

    return operate


def _in(left: Any, right: Any) -> bool:
    if isinstance(right, str):
        if not isinstance(left, str):
            raise FunctionError(f"text holds text only, not {kind_of(left)}")
        return left in right
    if isinstance(right, Mapping):
        return isinstance(left, str | int) and not isinstance(left, bool) and str(left) in right
    if isinstance(right, list | tuple):
        return any(equal(left, item) for item in right)
    raise FunctionError(f"{kind_of(right)} holds nothing to look for")


def _concat(*values: Any) -> str:
    parts = [as_text(value) for value in values]
    _room(sum(map(len, parts)), "characters", limits.TEXT)
    return "".join(parts)


def as_text(value: Any) -> str:
    """A known value as part of a text. Raises FunctionError for what has no one way to be written."""
    if isinstance(value, str):
        return value
    if value is None:
        raise FunctionError("null has no text", "| default('')")
    if isinstance(value, Mapping):
        raise FunctionError("a mapping has no one way to be written as text", "| json")
    if isinstance(value, list | tuple):
        raise FunctionError("a list has no one way to be written as text", "| join(',')")
    return text(value)


def _sign(compute: Callable[[Any], Any]) -> Callable[[Any], Any]:
    def operate(value: Any) -> Any:
        if not _is_number(value):
            raise FunctionError(f"a number is needed, this is {kind_of(value)}")
        return compute(value)

    return operate


OPERATORS: dict[str, Callable[..., Any]] = {
    "+": _add,
    "-": _arithmetic("-", lambda left, right: left - right),
    "*": _arithmetic("*", lambda left, right: left * right),
    "/": _arithmetic("/", lambda left, right: left / right),
    "//": _arithmetic("//", lambda left, right: left // right),
    "%": _arithmetic("%", lambda left, right: left % right),
    "negative": _sign(lambda value: -value),
    "positive": _sign(lambda value: value),
    "~": _concat,
    "eq": equal, "==": equal,
    "ne": lambda left, right: not equal(left, right), "!=": lambda left, right: not equal(left, right),
    "lt": _ordered(lambda left, right: left < right), "<": _ordered(lambda left, right: left < right),
    "lteq": _ordered(lambda left, right: left <= right), "<=": _ordered(lambda left, right: left <= right),
    "gt": _ordered(lambda left, right: left > right), ">": _ordered(lambda left, right: left > right),
    "gteq": _ordered(lambda left, right: left >= right), ">=": _ordered(lambda left, right: left >= right),
    "in": _in,
    "notin": lambda left, right: not _in(left, right),
}
