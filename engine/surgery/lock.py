"""The lock of a state: who holds it, and taking it away."""

from __future__ import annotations

from typing import Any

import msgspec

from mcflow.engine.leasing import new_run_id, owner_of
from mcflow.engine.project import Project
from mcflow.model.diagnostic import reject
from mcflow.state.lease import EXIT_LOCKED, LeaseInfo


def show(project: Project) -> dict[str, Any] | None:
    """The holder, as its lease says, and where; None if nobody holds it. Times are seconds since the epoch."""
    info = project.workspace.holder()
    return None if info is None else _document(project, info)


def release(project: Project, *, force: bool = False) -> dict[str, Any] | None:
    """Take the lock away from a holder that has run out, or (``force``) from any: it is fenced, and writes no more. Returns who held it.

    Raises Rejected (MC0789) for a holder that may be alive, unless forced.
    """
    workspace, now = project.workspace, project.ports.clock.now()
    info = workspace.holder()
    if info is None:
        return None
    if not force and not (info.expires and info.expires < now):
        left = f"it runs out by itself in {info.expires - now:.0f} s without a sign of life" if info.expires else (
            "it ends by itself with that process")
        raise reject("MC0789", exit_code=EXIT_LOCKED, who=info, place=workspace.store.place, advice=f"{left}; --force takes it away now")
    broken = workspace.break_lease(owner_of(project, new_run_id()))
    return None if broken is None else _document(project, broken)


def _document(project: Project, info: LeaseInfo) -> dict[str, Any]:
    return {**msgspec.to_builtins(info), "place": project.workspace.store.place}
