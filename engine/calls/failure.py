"""How a cloud's refusal reads: a DriverError as a Diagnostic that says what to do."""

from __future__ import annotations

from mcflow.drivers.sdk import (
    AccessDenied,
    AlreadyExists,
    Ambiguous,
    DriverError,
    InUse,
    InvalidCredentials,
    NotFound,
    NotUpdatable,
    QuotaExceeded,
    Unsupported,
)
from mcflow.engine.calls.call import HandlerFault
from mcflow.engine.calls.retry import TRANSIENT
from mcflow.engine.redact import Redactor
from mcflow.model.diagnostic import Diagnostic

_CODES: tuple[tuple[type[DriverError], str], ...] = (
    (HandlerFault, "MC0830"), (AlreadyExists, "MC0810"), (AccessDenied, "MC0812"), (InvalidCredentials, "MC0813"),
    (QuotaExceeded, "MC0814"), (NotUpdatable, "MC0815"), (Unsupported, "MC0816"), (InUse, "MC0817"), (NotFound, "MC0818"),
    (Ambiguous, "MC0823"),
)
_DONE = {"create": "created", "update": "changed", "delete": "deleted", "read": "read"}


def explain(
    error: DriverError, *, address: str, type: str, action: str, redactor: Redactor, attempts: int = 1, attributes: str = "", id: str = ""
) -> Diagnostic:
    """The diagnostic of a call that finally failed. ``action`` is create, update, delete or read."""
    code = "MC0819" if isinstance(error, TRANSIENT) else next((code for kind, code in _CODES if isinstance(error, kind)), "MC0811")
    reason = redactor.text(error.message or error.code or error.__class__.__name__)
    args = {
        "what": f"{address} ({type})", "action": action, "done": _DONE.get(action, action), "reason": reason, "attempts": str(attempts),
        "code": f" (the cloud's code: {redactor.text(error.code)})" if error.code else "", "attributes": attributes or "an attribute",
        "address": address, "type": type, "handler": action, "id": redactor.text(id) or "the existing object",
        "cloud_code": redactor.text(error.code), "retryable": "yes" if is_retryable(error) else "no",
    }
    return Diagnostic(code, args, address=address, request_id=error.request_id or None)


def is_retryable(error: DriverError) -> bool:
    """True if the same request may succeed later without any change to the blueprint."""
    return isinstance(error, (*TRANSIENT, Ambiguous, InUse, InvalidCredentials, QuotaExceeded, HandlerFault))
