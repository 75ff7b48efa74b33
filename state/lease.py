"""Leases: who may write to a state. One at a time; each lease has a higher epoch than any before it."""

from __future__ import annotations

import os
import socket
from collections.abc import Sequence
from datetime import UTC, datetime

import msgspec

from mcflow.model.diagnostic import Diagnostic, Rejected

EXIT_LOCKED = 5


class Owner(msgspec.Struct, frozen=True, kw_only=True):
    """Who asks for a lease: a person or service, the run, the link to the CI job. Process and host are this process's by default."""

    who: str = ""
    run: str = ""
    ci: str = ""
    pid: int = msgspec.field(default_factory=os.getpid)
    host: str = msgspec.field(default_factory=socket.gethostname)


class LeaseInfo(msgspec.Struct, frozen=True, omit_defaults=True, kw_only=True):
    """What the lease file says. ``owner`` names one lease ever; times are seconds since the epoch, for display."""

    owner: str = ""
    who: str = ""
    pid: int = 0
    host: str = ""
    run: str = ""
    epoch: int = 0
    since: float = 0.0
    heartbeat: float = 0.0
    ci: str = ""
    released: float = 0.0
    """When it was given back; 0 while held (or if its holder was killed)."""
    lasts: float = 0.0
    """Seconds without a sign of life after which it runs out; 0 for a lease that ends with its process."""
    patience: float = 0.0
    """Seconds beyond that for which nobody takes it, as its holder's last requests may still be under way."""
    expires: float = 0.0
    """When it may be taken if there is no further sign of life, by the store's clock; 0 if it does not run out."""

    def __str__(self) -> str:
        named = f"{self.who or 'somebody'} (process {self.pid} on {self.host or 'an unknown host'})"
        return f"{named}, run {self.run}" if self.run else named


def moment(at: float) -> str:
    """A time for people, in UTC."""
    try:
        return datetime.fromtimestamp(at, UTC).strftime("%Y-%m-%d %H:%M:%S UTC")
    except (OverflowError, ValueError, OSError):
        # A store may say anything.
        return f"a time that is none ({at:g})"


class LeaseHeld(Rejected):
    """Somebody else is writing. ``info`` says who, since when and for which run."""

    def __init__(self, info: LeaseInfo, place: str) -> None:
        args = {"who": str(info), "place": place, "epoch": str(info.epoch), "ci": info.ci}
        if info.expires:
            args |= {"since": moment(info.since), "until": moment(info.expires)}
        super().__init__([Diagnostic("MC0744" if info.expires else "MC0701", args)], exit_code=EXIT_LOCKED)
        self.info = info


class LeaseLost(Rejected):
    """The lease is no longer this writer's; nothing was written."""

    def __init__(self, epoch: int, found: LeaseInfo | None, place: str, diagnostics: Sequence[Diagnostic] = ()) -> None:
        args = {"epoch": str(epoch), "who": str(found) if found else "nobody", "place": place}
        super().__init__(diagnostics or [Diagnostic("MC0702", args)], exit_code=EXIT_LOCKED)
        self.info = found
