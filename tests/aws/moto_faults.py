"""What goes wrong on purpose, and for which calls."""

from __future__ import annotations

import hashlib
from collections import Counter
from dataclasses import dataclass, field
from typing import Literal

from tests.aws.moto_request import Request

Fate = Literal["", "throttle", "error_500", "error_503", "lose_request", "lose_reply"]
SPARED = ("sts",)
"""Services that suffer nothing: who one is, is asked outside the engine's steps."""


@dataclass
class Faults:
    """What goes wrong. Shares are 0 to 1 of calls; counts are of the next mutating calls; times in seconds."""

    seed: str = "0"
    throttle: float = 0.0
    error_500: float = 0.0
    error_503: float = 0.0
    lose_reply: float = 0.0
    lose_request: float = 0.0
    next_replies_lost: int = 0
    next_requests_lost: int = 0
    next_throttled: int = 0
    lost_as: str = "reset"
    """``reset``: the connection is dropped; ``504``: a gateway's page without meaning."""
    actions: list[str] = field(default_factory=list)
    """Only these suffer, written ``CreateVpc`` or ``eks.CreateCluster``; empty: all."""
    delay_before: float = 0.0
    delay_after: float = 0.0
    """Between the work being done and the answer."""
    transition: float = 0.0
    """How long what the cloud does later is under way: instances that start and stop, and what `moto_transitions` knows."""
    expired: bool = False
    """The caller's session has ended."""


def fate(faults: Faults, calls: Counter[str], request: Request) -> Fate:
    """What becomes of this call; counts it. A function of the seed, the operation, and how many calls of it came before."""
    action = request.operation if request.service == "ec2" else request.name
    count = calls[action]
    calls[action] += 1
    if request.service in SPARED or (faults.actions and not {request.operation, request.name} & set(faults.actions)):
        return ""
    if faults.next_throttled > 0:
        faults.next_throttled -= 1
        return "throttle"
    draw = int(hashlib.sha256(f"{faults.seed}:{action}:{count}".encode()).hexdigest()[:12], 16) / 16**12
    for name, share in (("throttle", faults.throttle), ("error_500", faults.error_500), ("error_503", faults.error_503)):
        if draw < share:
            return name  # type: ignore[return-value]
        draw -= share
    return "" if request.reads else _lost(faults, draw)


def _lost(faults: Faults, draw: float) -> Fate:
    if faults.next_requests_lost > 0:
        faults.next_requests_lost -= 1
        return "lose_request"
    if faults.next_replies_lost > 0:
        faults.next_replies_lost -= 1
        return "lose_reply"
    if draw < faults.lose_request:
        return "lose_request"
    return "lose_reply" if draw - faults.lose_request < faults.lose_reply else ""
