"""One line of an examination."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import Literal

from mcflow.model.diagnostic import Diagnostic

Health = Literal["ok", "note", "warn", "error"]
_RANKS: tuple[Health, ...] = ("ok", "note", "warn", "error")
_OF: dict[str, Health] = {"error": "error", "warning": "warn", "note": "note"}


@dataclass(frozen=True)
class Check:
    """What was looked at (``name``), how it is, and what to do. ``commands`` are exact; each alone settles it."""

    name: str
    health: Health
    message: str
    help: str = ""
    code: str = ""
    address: str = ""
    commands: tuple[str, ...] = ()


@dataclass(frozen=True)
class Examination:
    """Every check in the order they were made. ``fixed``: what was mended on the way."""

    checks: tuple[Check, ...]
    fixed: tuple[str, ...] = ()

    @property
    def health(self) -> Health:
        """The worst of all."""
        return max((each.health for each in self.checks), key=_RANKS.index, default="ok")


def of_diagnostics(name: str, findings: Iterable[Diagnostic], *, at_most: Health = "error") -> list[Check]:
    """Diagnostics as checks. ``at_most``: how bad they can be here."""
    limit = _RANKS.index(at_most)
    return [
        Check(name, _RANKS[min(limit, _RANKS.index(_OF[each.severity]))], each.message, each.suggestion or each.help, each.code,
              each.address or "") for each in findings
    ]


def listed(texts: Sequence[str], most: int = 5) -> str:
    """Some of many, for people."""
    shown = ", ".join(texts[:most])
    return f"{shown} and {len(texts) - most} more" if len(texts) > most else shown
