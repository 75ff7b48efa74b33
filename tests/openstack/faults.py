"""What goes wrong on the way to the lab on purpose, and for which calls.

Faults are a function of (seed, service, method and path without ids, how many such calls came before): the same run meets the same faults.
"""

from __future__ import annotations

import hashlib
import re
from collections import Counter
from dataclasses import dataclass
from typing import Literal

Fate = Literal["", "throttle", "error_500", "error_503", "lose_request", "lose_reply"]
SPARED = ("identity",)
"""Services that suffer nothing, unless `Faults.calls` names them: who one is, is asked outside the engine's steps."""
READS = ("GET", "HEAD", "OPTIONS")
REFUSALS: dict[str, tuple[int, str]] = {
    "throttle": (429, "Too many requests"), "error_500": (500, "Something went wrong"), "error_503": (503, "Service unavailable"),
}
_IDS = re.compile(r"(?<=/)(?:[0-9a-f]{32}|[0-9a-f]{8}(?:-[0-9a-f]{4}){3}-[0-9a-f]{12})(?=/|$|\.)")
_COUNTED: tuple[tuple[str, Fate], ...] = (("next_throttled", "throttle"), ("next_unavailable", "error_503"))
_COUNTED_LOSSES: tuple[tuple[str, Fate], ...] = (("next_requests_lost", "lose_request"), ("next_replies_lost", "lose_reply"))
_SHARES: tuple[Fate, ...] = ("throttle", "error_500", "error_503")
_LOSSES: tuple[Fate, ...] = ("lose_request", "lose_reply")


@dataclass
class Faults:
    """What goes wrong. Shares are 0 to 1 of calls; counts are of the next calls; only mutating ones are lost. Times in seconds."""

    seed: str = "0"
    throttle: float = 0.0
    error_500: float = 0.0
    error_503: float = 0.0
    lose_request: float = 0.0
    lose_reply: float = 0.0
    next_throttled: int = 0
    next_unavailable: int = 0
    next_requests_lost: int = 0
    next_replies_lost: int = 0
    lost_as: str = "reset"
    """``reset``: the connection is dropped; ``504``: a gateway's page without meaning."""
    calls: str = ""
    """Only calls that this regular expression is found in suffer, written ``POST network /v2.0/ports``; empty: all."""
    retry_after: str = ""
    """What a throttled call is told to wait, seconds; empty: nothing is told."""
    delay_before: float = 0.0
    delay_after: float = 0.0
    """Between the work being done and the answer."""


def kind_of(service: str, method: str, path: str) -> str:
    """Method, service and path without ids and query: ``GET network /v2.0/ports/{}``."""
    return f"{method} {service} {_IDS.sub('{}', path.partition('?')[0])}"


def fate(faults: Faults, calls: Counter[str], service: str, method: str, path: str) -> Fate:
    """What becomes of this call; counts it. The caller holds a lock."""
    kind = kind_of(service, method, path)
    count = calls[kind]
    calls[kind] += 1
    spared = not re.search(faults.calls, f"{method} {service} {path}") if faults.calls else service in SPARED
    if spared:
        return ""
    reads = method in READS
    for name, due in (*_COUNTED, *(() if reads else _COUNTED_LOSSES)):
        if getattr(faults, name) > 0:
            setattr(faults, name, getattr(faults, name) - 1)
            return due
    draw = int(hashlib.sha256(f"{faults.seed}:{kind}:{count}".encode()).hexdigest()[:12], 16) / 16**12
    for due in (*_SHARES, *(() if reads else _LOSSES)):
        if draw < getattr(faults, due):
            return due
        draw -= getattr(faults, due)
    return ""
