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


def take_lease(project: Project, options: ApplyOptions, run: str, lineage: str = "") -> Writer:
    """The lease, waited for as long as the options say; who holds it is told once. ``lineage``: of a state that was never written.

    Raises LeaseHeld.
    """
    try:
        return project.workspace.lease(owner_of(project, run), 0, lineage=lineage)
    except LeaseHeld as held:
        if options.lock_timeout <= 0:
            raise
        project.ports.events(Event("lease", project.ports.clock.now(), run, data={
            "holder": str(held.info), "since": held.info.since, "wait_seconds": options.lock_timeout}))
    return project.workspace.lease(owner_of(project, run), options.lock_timeout, lineage=lineage)


def owner_of(project: Project, run: str) -> Owner:
    """Who this run is, for those who wait for it."""
    environ = project.ports.environ
    return Owner(who=who(environ), run=run, ci=ci_link(environ))


def new_run_id() -> str:
    """A run's id: sortable by no one, guessable by no one, short enough to read out."""
    return base64.b32encode(os.urandom(10)).decode().lower()
