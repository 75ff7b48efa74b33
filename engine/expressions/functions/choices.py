"""What to take where something may be missing."""

from __future__ import annotations

from typing import Any

from mcflow.engine.expressions.errors import FunctionError
from mcflow.engine.expressions.functions.function import Library
from mcflow.engine.expressions.missing import Missing
from mcflow.model.values import Secret

LIBRARY = Library()


@LIBRARY.add("default", "default({'a': 1}.b, 2)", 2, kind="any")
def default(value: Any, fallback: Any) -> Any:
    """The value, or the fallback where it is missing or null. What is known only after apply stays so."""
    return fallback if _is_nothing(value) else value


@LIBRARY.add("coalesce", "coalesce(null, 'a', 'b')", "a", kind="any")
def coalesce(*values: Any) -> Any:
    """The first that is neither missing nor null."""
    for value in values:
        if not _is_nothing(value):
            return value
    raise FunctionError("all of them are missing or null")


def _is_nothing(value: Any) -> bool:
    if isinstance(value, Secret):
        return value.reveal() is None
    return value is None or isinstance(value, Missing)
