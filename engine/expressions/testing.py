"""Tests: what ``is`` may ask of a value."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any

from mcflow.engine.expressions.missing import Missing
from mcflow.model.values import Secret

_TESTS: dict[str, Callable[[Any], bool]] = {
    "defined": lambda value: not isinstance(value, Missing),
    "undefined": lambda value: isinstance(value, Missing),
    "none": lambda value: value is None,
    "null": lambda value: value is None,
    "string": lambda value: isinstance(value, str),
    "number": lambda value: isinstance(value, int | float) and not isinstance(value, bool),
    "integer": lambda value: isinstance(value, int) and not isinstance(value, bool),
    "boolean": lambda value: isinstance(value, bool),
    "mapping": lambda value: isinstance(value, Mapping),
    "sequence": lambda value: isinstance(value, list | tuple),
}
TESTS = (*_TESTS, "in")


def run_test(name: str, value: Any) -> Any:
    """The outcome, secret if the value is (its type may tell something)."""
    if isinstance(value, Secret) and name not in ("defined", "undefined"):
        return Secret(_TESTS[name](value.reveal()))
    return _TESTS[name](value)
