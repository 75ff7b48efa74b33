"""``mcflow refresh``: look at everything in the state and record what was found; no cloud is changed."""

from __future__ import annotations

import click

from mcflow.cli.codes import OK
from mcflow.cli.invocation import Invocation, apply_options, run_in
from mcflow.cli.options import BLUEPRINT, RUNNING, SCREEN, Settings, listing, shares
from mcflow.cli.pages import Command


@click.command("refresh", cls=Command)
@shares(BLUEPRINT, RUNNING, listing("table", "json"), SCREEN)
def command(settings: Settings) -> int:
    """Record what the clouds say of everything in the state; change nothing."""
    return run_in(settings, _refresh)


def _refresh(invocation: Invocation) -> int:
    from mcflow.cli.showing import show_plan
    from mcflow.engine import api

    project = invocation.project()
    invocation.interrupts.gentle = True
    found = api.refresh(project, apply_options(invocation.settings))
    show_plan(invocation, found, project)
    return OK
