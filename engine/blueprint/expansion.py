"""``for_each``: which instances a map or a list of scalars makes."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

from mcflow.model.values import Value


class ForEachError(ValueError):
    """The value is nothing to go through. ``code`` and ``arguments`` are a diagnostic's."""

    def __init__(self, code: str, **arguments: str) -> None:
        super().__init__(code)
        self.code = code
        self.arguments = arguments


def instances(value: Value) -> dict[str, Value]:
    """Key → value of each instance of an evaluated ``for_each``, in order. Keys are strings, values keep their type.

    Raises ForEachError for anything but a map or a list (or iterable) of scalars, and for equal keys.
    """
    if isinstance(value, dict):
        return dict(value)
    if isinstance(value, str | bytes) or not isinstance(value, Iterable):
        raise ForEachError("MC0330", actual=type(value).__name__)
    found: dict[str, Value] = {}
    for item in value:
        if isinstance(item, bool):
            key = "true" if item else "false"
        elif isinstance(item, str | int | float):
            key = str(item)
        else:
            raise ForEachError("MC0330", actual=f"a list with {type(item).__name__}")
        if key in found:
            raise ForEachError("MC0331", key=key)
        found[key] = item
    return found


def literal_keys(tree: Any) -> list[str] | None:
    """The keys of a ``for_each`` that is written out; None if an expression gives them (or it is wrong)."""
    if isinstance(tree, str) or (isinstance(tree, list) and any(isinstance(item, str) and "{{" in item for item in tree)):
        return None
    try:
        return list(instances(tree))
    except ForEachError:
        return None
