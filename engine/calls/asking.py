"""One question to a driver outside a plan: asked again where that makes sense, its refusal told as a diagnostic."""

from __future__ import annotations

from collections.abc import Callable
from typing import TypeVar

from mcflow.drivers.sdk import AccessDenied, DriverError, InvalidCredentials
from mcflow.engine.calls.call import HandlerFault
from mcflow.engine.calls.failure import explain
from mcflow.engine.calls.reading import InterruptedReading
from mcflow.engine.calls.retry import READ_AGAIN, TRANSIENT, Retry
from mcflow.engine.ports import Ports
from mcflow.engine.redact import Redactor
from mcflow.engine.sessions import Live
from mcflow.model.diagnostic import Diagnostic, Rejected

T = TypeVar("T")
ATTEMPTS = 6
_EXPLAINED = (AccessDenied, InvalidCredentials, HandlerFault, *TRANSIENT)
"""Refusals that mean the same whatever was asked; others are about what was asked, and no plan puts them right."""


def ask(live: Live, ports: Ports, question: Callable[[], T], *, again: tuple[type[DriverError], ...] = READ_AGAIN) -> T:
    """The answer. ``again``: the errors after which it is asked once more. Raises DriverError, InterruptedReading."""
    retry = Retry(live.session.poll_interval / 2, ports.random)
    attempt = 0
    while True:
        attempt += 1
        try:
            return question()
        except Exception as failure:
            error = as_error(live, failure)
            wait = retry.delay(attempt, ATTEMPTS, error) if isinstance(error, again) else None
            if wait is None:
                raise error from failure
            if ports.clock.wait(ports.cancel, wait):
                raise InterruptedReading from failure


def read(live: Live, ports: Ports, question: Callable[[], T], *, about: str, type: str) -> T:
    """As `ask`, for a read whose failure is the end of the command: raises Rejected."""
    try:
        return ask(live, ports, question)
    except DriverError as error:
        raise Rejected([refusal(error, about=about, type=type, action="read")]) from error


def as_error(live: Live, failure: Exception) -> DriverError:
    """What the driver makes of an exception; HandlerFault if it does not know it."""
    if isinstance(failure, DriverError):
        return failure
    error = live.driver.translate(failure)
    return error if error is not None else HandlerFault(f"{type(failure).__name__}: {failure}", code=type(failure).__name__)


def refusal(error: DriverError, *, about: str, type: str, action: str, redactor: Redactor | None = None) -> Diagnostic:
    """A refusal as a diagnostic; where a permission is lacking it is named (MC1032)."""
    cover = redactor or Redactor()
    if isinstance(error, AccessDenied) and error.permission:
        args = {"permission": error.permission, "action": action, "what": f"{about} ({type})", "reason": cover.text(error.message)}
        return Diagnostic("MC1032", args, address=about, request_id=error.request_id or None)
    if isinstance(error, _EXPLAINED):
        return explain(error, address=about, type=type, action=action, redactor=cover)
    args = {"action": action, "what": f"{about} ({type})", "reason": cover.text(error.message or error.code or error.__class__.__name__),
            "code": f" (the cloud's code: {cover.text(error.code)})" if error.code else ""}
    return Diagnostic("MC1045", args, address=about, request_id=error.request_id or None)
