"""``mcflow destroy``: remove everything the state has."""

from __future__ import annotations

import click

from mcflow.cli.applying import apply_and_tell
from mcflow.cli.invocation import run_in
from mcflow.cli.options import APPLYING, BLUEPRINT, PLANNING, RUNNING, SCREEN, Flag, Settings, shares
from mcflow.cli.pages import Command


@click.command("destroy", cls=Command)
@click.option("--full", cls=Flag, is_flag=True, help="Show every line of the plan, however many.")
@shares(BLUEPRINT, APPLYING, PLANNING, RUNNING, SCREEN)
def command(settings: Settings, full: bool) -> int:
    """Remove everything the state of this environment has."""
    return run_in(settings, lambda invocation: apply_and_tell(invocation, "destroy", None, full=full))
