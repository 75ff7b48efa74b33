"""Value trees with templates in their scalars."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from mcflow.engine.expressions import limits
from mcflow.engine.expressions.errors import ExpressionError
from mcflow.engine.expressions.scalar import evaluate
from mcflow.engine.expressions.template import parse
from mcflow.model.values import Value

Problem = tuple[tuple[str | int, ...], ExpressionError]
"""Where in the tree, and what."""


def evaluate_tree(tree: Any, scope: Mapping[str, Value], path: tuple[str | int, ...] = ()) -> tuple[Value, list[Problem]]:
    """The tree with every template evaluated, and all problems. ``path`` is where the tree stands in its document.

    Only texts of the tree itself are templates: what an expression gives is data and never evaluated again. A scalar with a problem is
    None.
    """
    problems: list[Problem] = []
    value = _value(tree, scope, path, problems)
    if isinstance(tree, dict | list) and _is_too_large(value):
        what = f"more than {limits.TREE_NODES} values in one place"
        return None, [*problems, (path, ExpressionError("MC0405", what=what))]
    return value, problems


def _is_too_large(value: Value) -> bool:
    """Whether the tree has more than its share of values; a long text counts as several. Parts that are shared count each time."""
    left, waiting = limits.TREE_NODES, [value]
    while waiting and left >= 0:
        one = waiting.pop()
        if isinstance(one, str):
            left -= 1 + len(one) // limits.TEXT_PER_STEP
        else:
            left -= 1
            if isinstance(one, dict):
                waiting += one.values()
            elif isinstance(one, list):
                waiting += one
    return left < 0


def _value(tree: Any, scope: Mapping[str, Value], path: tuple[str | int, ...], problems: list[Problem]) -> Any:
    if isinstance(tree, str):
        return _scalar(tree, scope, path, problems) if "{{" in tree or "{%" in tree else tree
    if isinstance(tree, dict):
        for key in tree:
            if "{{" in key:
                problems.append(((*path, key), ExpressionError("MC0409", 0, len(key), key=key)))
        return {key: _value(item, scope, (*path, key), problems) for key, item in tree.items()}
    if isinstance(tree, list):
        return [_value(item, scope, (*path, index), problems) for index, item in enumerate(tree)]
    return tree


def _scalar(text: str, scope: Mapping[str, Value], path: tuple[str | int, ...], problems: list[Problem]) -> Any:
    try:
        template = parse(text)
        return text if template is None else evaluate(template, scope)
    except ExpressionError as error:
        problems.append((path, error))
        return None
