"""What is wrong with an expression, and where in its scalar."""

from __future__ import annotations

from mcflow.model.codes import CODES
from mcflow.model.diagnostic import Diagnostic
from mcflow.model.position import Position


class ExpressionError(Exception):
    """A scalar that cannot be evaluated.

    ``offset`` and ``length`` count characters of the scalar's value; ``arguments`` fill the code's texts; ``suggestion`` is what to write
    instead.
    """

    def __init__(self, code: str, offset: int = 0, length: int = 0, suggestion: str | None = None, **arguments: object) -> None:
        self.code = code
        self.offset = offset
        self.length = length
        self.suggestion = suggestion
        self.arguments = {name: str(value) for name, value in arguments.items()}
        assert code in CODES, code
        super().__init__(f"{code} {self.diagnostic().message}")

    def diagnostic(self, position: Position | None = None, address: str | None = None) -> Diagnostic:
        """The finding, standing where the caller says."""
        return Diagnostic(self.code, self.arguments, position, address, self.suggestion)


class FunctionError(Exception):
    """A function cannot work with what it was given. The evaluation adds the place."""

    def __init__(self, problem: str, suggestion: str | None = None) -> None:
        super().__init__(problem)
        self.problem = problem
        self.suggestion = suggestion


class NotKnownError(Exception):
    """A function needs a part of its arguments that only apply will know: the whole scalar waits for it."""


class TooMuchError(Exception):
    """A limit was passed. ``what`` says which."""

    def __init__(self, what: str) -> None:
        super().__init__(what)
        self.what = what
