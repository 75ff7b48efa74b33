"""Becoming the one writer of a project's state for a run."""

from __future__ import annotations

import base64
import os

from mcflow.engine.actor import ci_link, who
from mcflow.engine.options import ApplyOptions
from mcflow.engine.project import Project
from mcflow.model.event import Event
from mcflow.state.lease import LeaseHeld, Owner
from mcflow.state.writer import Writer

_FIRST_PAUSE, _LONGEST_PAUSE = 0.2, 2.0
TOLD_AGAIN = 30.0
"""Seconds after which a run that still waits says so again: a log that stands still looks like a run that hangs."""


def take_lease(project: Project, options: ApplyOptions, run: str, lineage: str = "") -> Writer:
    """The lease, waited for as long as the options say. Who holds it is told at once, whenever that changes, and now and then.
    A request to end the run ends the wait. ``lineage``: of a state that was never written.

    Raises LeaseHeld.
    """
    clock = project.ports.clock
    until = clock.monotonic() + options.lock_timeout
    told, again, pause = "", 0.0, _FIRST_PAUSE
    while True:
        try:
            return project.workspace.lease(owner_of(project, run), 0, lineage=lineage)
        except LeaseHeld as held:
            now = clock.monotonic()
            left = until - now
            if left <= 0 or project.ports.cancel.level:
                raise
            if held.info.owner != told or now >= again:
                _tell(project, run, held, left)
                told, again = held.info.owner, now + TOLD_AGAIN
            clock.wait(project.ports.cancel, min(pause, left))
            pause = min(pause * 1.2, _LONGEST_PAUSE)


def _tell(project: Project, run: str, held: LeaseHeld, left: float) -> None:
    data = {"holder": str(held.info), "since": held.info.since, "wait_seconds": round(left, 1)}
    if held.info.expires:
        data["expires"] = held.info.expires
    if held.info.ci:
        data["ci"] = held.info.ci
    project.ports.events(Event("lease", project.ports.clock.now(), run, data=data))


def owner_of(project: Project, run: str) -> Owner:
    """Who this run is, for those who wait for it."""
    environ = project.ports.environ
    return Owner(who=who(environ), run=run, ci=ci_link(environ))


def new_run_id() -> str:
    """A run's id: sortable by no one, guessable by no one, short enough to read out."""
    return base64.b32encode(os.urandom(10)).decode().lower()
