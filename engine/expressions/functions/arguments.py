"""Checks of what functions are given, with errors in the words of the blueprint."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from mcflow.engine.expressions import limits
from mcflow.engine.expressions.errors import FunctionError, NotKnownError, TooMuchError
from mcflow.model.values import Derived, Export, Handle, Ref, Secret, Unknown


def kind_of(value: Any) -> str:
    """The type of a value as users call it."""
    if value is None:
        return "null"
    if isinstance(value, bool):
        return "a boolean"
    for types, name in ((str, "text"), (int, "an integer"), (float, "a number"), (Mapping, "a mapping"), (list | tuple, "a list")):
        if isinstance(value, types):
            return name
    if isinstance(value, Handle):
        return f"a reference to a resource ({value.type})"
    return "a secret" if isinstance(value, Secret) else "a value known after apply"


def text(value: Any, what: str = "the value") -> str:
    """Text as it is; numbers and booleans as they are written."""
    if isinstance(value, str):
        return value
    if isinstance(value, bool):
        return "true" if value else "false"
    if isinstance(value, int | float):
        return written(value)
    raise FunctionError(f"{what} must be text, this is {kind_of(value)}")


def written(value: float) -> str:
    """A number as text: no exponent where none is needed, no trailing point."""
    if isinstance(value, int):
        if value.bit_length() > limits.NUMBER_BITS:
            raise TooMuchError(f"a number of more than {limits.NUMBER_BITS} bits")
        return str(value)
    return repr(value)


def strict_text(value: Any, what: str = "the value") -> str:
    """Text and nothing else."""
    if isinstance(value, str):
        return value
    raise FunctionError(f"{what} must be text, this is {kind_of(known(value))}")


def number(value: Any, what: str = "the value") -> int | float:
    if isinstance(value, int | float) and not isinstance(value, bool):
        return value
    raise FunctionError(f"{what} must be a number, this is {kind_of(value)}")


def integer(value: Any, what: str = "the value") -> int:
    if isinstance(value, int) and not isinstance(value, bool):
        return value
    raise FunctionError(f"{what} must be an integer, this is {kind_of(value)}")


def sequence(value: Any, what: str = "the value") -> list[Any]:
    if isinstance(value, list | tuple):
        return list(value)
    raise FunctionError(f"{what} must be a list, this is {kind_of(known(value))}")


def mapping(value: Any, what: str = "the value") -> Mapping[str, Any]:
    if isinstance(value, Mapping):
        return value
    raise FunctionError(f"{what} must be a mapping, this is {kind_of(known(value))}")


def known(value: Any) -> Any:
    """The value, if it is known. Raises NotKnownError."""
    if isinstance(value, Unknown | Ref | Export | Derived):
        raise NotKnownError
    return value


def key(value: Any, what: str = "a key") -> str:
    """A key of a mapping: text, or a number written as text. Secrets and handles cannot be keys."""
    known(value)
    if isinstance(value, str | int | float):
        return text(value)
    raise FunctionError(f"{what} must be text, this is {kind_of(value)}")


def room(count: int, what: str = "items", most: int = limits.ITEMS) -> None:
    """Refuse a result before it is made. Raises TooMuchError."""
    if count > most:
        raise TooMuchError(f"{count if count < 10**18 else 'too many'} {what}, at most {most} are allowed")
