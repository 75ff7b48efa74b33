"""What a run tells: events with run, step, address and request id; nothing secret in any."""

from __future__ import annotations

from typing import Any, Literal

import msgspec

from mcflow.drivers.sdk import DriverError
from mcflow.engine.apply.task import Task
from mcflow.engine.ports import Ports
from mcflow.engine.redact import Redactor
from mcflow.model.diagnostic import Diagnostic
from mcflow.model.event import Event, EventType

HEARTBEAT = 10.0


class Reporter:
    """Tells the events of one run through ``ports.events``."""

    def __init__(self, ports: Ports, run: str, redactor: Redactor) -> None:
        self._ports = ports
        self._run = run
        self._redactor = redactor

    def tell(self, type: EventType, data: dict[str, Any], *, task: Task | None = None, address: str = "", request_id: str = "",
             level: Literal["debug", "info", "warn", "error"] = "info") -> None:
        """One event; about a task if one is given."""
        step = "" if task is None else task.step.id
        where = address if task is None else task.step.address
        self._ports.events(Event(type, self._ports.clock.now(), self._run, level, where, step, request_id, data))

    def started(self, task: Task) -> None:
        """apply_start, or recovery's beginning."""
        data: dict[str, Any] = {"action": task.action, "type": task.step.type}
        if task.id:
            data["id"] = task.id
        if task.step.purpose:
            data["purpose"] = task.step.purpose
        self.tell("apply_start", data, task=task)

    def progress(self, task: Task, now: float) -> None:
        """A heartbeat of a task that takes its time."""
        data: dict[str, Any] = {"action": task.action, "elapsed_seconds": round(now - task.began, 1)}
        if task.seen:
            data["status"] = task.seen
        self.tell("apply_progress", data, task=task)

    def retrying(self, task: Task, error: DriverError, wait: float) -> None:
        """The same call will be made again."""
        data = {
            "action": task.action, "code": self._redactor.text(error.code) or type(error).__name__,
            "message": self._redactor.text(error.message), "attempt": task.attempt, "wait_seconds": round(wait, 3),
        }
        self.tell("apply_retry", data, task=task, request_id=error.request_id, level="warn")

    def completed(self, task: Task, now: float) -> None:
        """The step is done."""
        data = {"action": task.action, "id": task.id, "elapsed_seconds": round(now - task.began, 3)}
        if task.step.purpose:
            data["purpose"] = task.step.purpose
        self.tell("apply_complete", data, task=task, request_id=task.request_id)

    def errored(self, task: Task, finding: Diagnostic, now: float) -> None:
        """The step failed for good."""
        data = {
            "action": task.action, "elapsed_seconds": round(now - task.began, 3) if task.began else 0.0,
            "diagnostic": msgspec.to_builtins(finding),
        }
        self.tell("apply_errored", data, task=task, request_id=finding.request_id or "", level="error")

    def diagnostic(self, finding: Diagnostic) -> None:
        """A finding that is not about one step."""
        level: Literal["warn", "error"] = "error" if finding.severity == "error" else "warn"
        self.tell("diagnostic", {"diagnostic": msgspec.to_builtins(finding)}, address=finding.address or "", level=level)
