"""What became of a run."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any, Literal

from mcflow.model.diagnostic import Diagnostic
from mcflow.model.plan import Step

Status = Literal["done", "partial", "failed", "interrupted", "nothing", "declined"]


@dataclass(frozen=True)
class Outcome:
    """What was done, what failed and why, what was therefore skipped. ``done`` and ``skipped`` are steps in the order they ended.

    done: everything · partial: some steps failed · failed: nothing succeeded (or all of it was undone), or the state could not be written ·
    interrupted: asked to end before the end · nothing: there was nothing to do · declined: nobody approved. ``unfinished`` steps are open
    in the journal and go on with the next run. ``outputs`` are redacted JSON.
    """

    status: Status
    done: tuple[Step, ...] = ()
    failed: tuple[tuple[Step, Diagnostic], ...] = ()
    skipped: tuple[Step, ...] = ()
    unfinished: tuple[Step, ...] = ()
    diagnostics: tuple[Diagnostic, ...] = ()
    """What is not about one step: warnings, a journal that cannot be written, a lost lease."""
    outputs: Mapping[str, Any] = field(default_factory=dict)
    state_saved: bool = True
    seconds: float = 0.0
    run: str = ""
    undone: tuple[Step, ...] = ()
    """Steps that undid what the run had done (--on-failure=rollback)."""
    not_undone: tuple[Step, ...] = ()
    """Steps that should have, and failed or were not begun."""
    imported: int = 0
    """Natives taken over into the state."""
    moved: int = 0
    """Natives that have another address now."""

    @property
    def ok(self) -> bool:
        """True if the cloud now is what the plan said."""
        return self.status in ("done", "nothing")
