"""How the service says no. ``Refused`` is an answer; ``Lost`` is the absence of one."""

from __future__ import annotations


class Refused(Exception):
    """An error answer. ``code`` is the service's own word, one of the constants of this module."""

    def __init__(self, code: str, message: str, retry_after: float | None = None) -> None:
        super().__init__(message)
        self.code = code
        self.message = message
        self.retry_after = retry_after


class Lost(Exception):
    """The connection broke before an answer came; only the ledger knows whether the work was done. ``mutation``: it could change things."""

    def __init__(self, mutation: bool) -> None:
        super().__init__("connection reset by peer")
        self.mutation = mutation


NOT_FOUND = "NotFound"
ALREADY_EXISTS = "AlreadyExists"
DEPENDENCY = "DependencyViolation"
INCORRECT_STATE = "IncorrectState"
STALE = "PreconditionFailed"
INVALID = "InvalidParameter"
NOT_MODIFIABLE = "NotModifiable"
QUOTA = "QuotaExceeded"
CAPACITY = "InsufficientCapacity"
THROTTLED = "RequestLimitExceeded"
INTERNAL = "InternalError"
TOKEN_MISMATCH = "IdempotentParameterMismatch"  # noqa: S105 - an error code
