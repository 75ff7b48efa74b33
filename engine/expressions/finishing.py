"""Scalars that waited for apply, evaluated once what they waited for is there."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from mcflow.engine.expressions.deferral import HANDLE_MARK
from mcflow.engine.expressions.scalar import evaluate
from mcflow.engine.expressions.template import parse
from mcflow.model.values import Value


def finish_template(args: Sequence[Value], resources: Mapping[str, Any]) -> Value:
    """The value of ``Derived("template", args)``.

    ``args`` are the text, the scope kept at plan (its own unknowns replaced by now) and the names of the resources it reads; ``resources``
    maps those names to handles as in any scope. What is still unknown gives an Unknown again. Raises ExpressionError.
    """
    text, kept = args[0], args[1]
    template = parse(text)
    if template is None:
        return text
    scope = {root: _with_handles(value, resources) for root, value in kept.items()}
    scope["resources"] = resources
    return evaluate(template, scope)


def _with_handles(value: Any, resources: Mapping[str, Any]) -> Any:
    if isinstance(value, Mapping):
        if len(value) == 1 and HANDLE_MARK in value:
            name, key = value[HANDLE_MARK]
            found = resources[name]
            return found if key is None else found[key]
        return {name: _with_handles(item, resources) for name, item in value.items()}
    if isinstance(value, list):
        return [_with_handles(item, resources) for item in value]
    return value
