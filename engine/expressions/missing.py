"""A name that is not there, kept until something either takes its place or needs it."""

from __future__ import annotations

from dataclasses import dataclass

from mcflow.engine.expressions.errors import ExpressionError


@dataclass(frozen=True, slots=True, eq=False)
class Missing:
    """Stands for what was not found; ``error`` is raised by whatever needs it."""

    error: ExpressionError
