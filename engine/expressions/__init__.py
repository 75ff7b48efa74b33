"""Expressions: what stands between ``{{`` and ``}}`` in a scalar of a blueprint, from text to value.

The grammar is Jinja2's; the evaluation is our own walk over its syntax tree, so that types survive, nothing unlisted can be reached,
and unknown, secret and handle values keep their meaning. What names stand for (variables, resources) comes in with the scope and is
decided elsewhere, as is where in a file a scalar stands.
"""

from __future__ import annotations

from mcflow.engine.expressions.errors import ExpressionError
from mcflow.engine.expressions.finishing import finish_template
from mcflow.engine.expressions.functions import functions_table
from mcflow.engine.expressions.names import Reference
from mcflow.engine.expressions.scalar import evaluate
from mcflow.engine.expressions.template import Template, parse
from mcflow.engine.expressions.trees import Problem, evaluate_tree

__all__ = [
    "ExpressionError", "Problem", "Reference", "Template", "evaluate", "evaluate_tree", "finish_template", "functions_table", "parse",
]
