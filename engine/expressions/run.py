"""What one evaluation of a scalar keeps on the way: its scope, what it has spent, what it met."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from mcflow.engine.expressions import limits
from mcflow.engine.expressions.errors import TooMuchError
from mcflow.engine.expressions.files import Files
from mcflow.model.values import Unknown

WAITING: Any = Unknown()
"""The result of an operation on something unknown, inside an evaluation only."""


class Run:
    """``uses``: names of resources read; ``waiting``: an operation met an unknown; ``touched_secret``: something secret was read."""

    __slots__ = ("files", "scope", "spent", "text", "touched_secret", "uses", "waiting")

    def __init__(self, text: str, scope: Mapping[str, Any], files: Files) -> None:
        self.text = text
        self.scope = scope
        self.files = files
        self.spent = 0
        self.waiting = False
        self.touched_secret = False
        self.uses: set[str] = set()

    def spend(self, steps: int) -> None:
        """Count work. Raises TooMuchError."""
        self.spent += steps
        if self.spent > limits.STEPS:
            raise TooMuchError("more work than one value may take")

    def weigh(self, result: Any) -> None:
        """Refuse a result that is too large, and count what making it cost. Raises TooMuchError."""
        if isinstance(result, str):
            if len(result) > limits.TEXT:
                raise TooMuchError(f"a text of {len(result)} characters, at most {limits.TEXT} are allowed")
            self.spend(1 + len(result) // limits.TEXT_PER_STEP)
        elif isinstance(result, list | dict):
            if len(result) > limits.ITEMS:
                raise TooMuchError(f"{len(result)} items, at most {limits.ITEMS} are allowed")
            self.spend(1 + len(result))

    def wait(self, *values: Any) -> Any:
        """Note that the scalar waits for apply, and whether for a secret."""
        self.waiting = True
        for value in values:
            if isinstance(value, Unknown) and value.sensitive:
                self.touched_secret = True
        return WAITING
