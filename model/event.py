"""Events: what a run tells while it goes on. One JSON object a line with ``--json``; names follow Terraform's where one exists."""

from __future__ import annotations

from typing import Any, Literal

import msgspec

FORMAT_VERSION = "1.0"

EventType = Literal[
    "version", "log", "diagnostic", "recovery", "refresh_start", "refresh_progress", "refresh_complete", "resource_drift",
    "planned_change",
    "change_summary", "outputs", "apply_start", "apply_progress", "apply_retry", "apply_complete", "apply_errored", "lease",
    "state_saved", "rollback_start", "run_end",
]


class Event(msgspec.Struct, frozen=True, omit_defaults=True):
    """One event. ``time`` is seconds since the epoch; ``address`` and ``step`` name what it is about; ``data`` is JSON without secrets.

    ``data`` by type: apply_start {action, type, id?}, apply_progress {action, elapsed_seconds, status?}, apply_retry {action, code,
    message, attempt, wait_seconds}, apply_complete {action, id, elapsed_seconds}, apply_errored {action, elapsed_seconds, diagnostic},
    lease {holder, since, wait_seconds, expires, ci} (the run waits for another one's end; told again as long as it does),
    rollback_start {run, steps} (the run failed; what it had done is undone by the run named), refresh_* {done, total, requests?},
    recovery {op, action, outcome, id?, found_by?, advice?, commands?}, change_summary {add, change, replace, remove, forget, import,
    operation}, diagnostic {diagnostic}, outputs {name: {value?, sensitive, type}}, run_end {status, done, failed,
    skipped, state_saved, duration_seconds, exit_code}, of commands without a run {status, exit_code} only.
    """

    type: EventType
    time: float
    run: str = ""
    level: Literal["debug", "info", "warn", "error"] = "info"
    address: str = ""
    step: str = ""
    request_id: str = ""
    data: dict[str, Any] = {}
