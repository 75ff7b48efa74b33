"""``mcflow show [PLANFILE|ADDRESS]``: a saved plan, the state, or one address of it."""

from __future__ import annotations

from pathlib import Path

import click

from mcflow.cli.codes import OK
from mcflow.cli.invocation import Invocation, answer_in
from mcflow.cli.options import BLUEPRINT, SCREEN, Flag, Named, Settings, listing, shares
from mcflow.cli.pages import Command


@click.command("show", cls=Command)
@click.argument("what", required=False, metavar="[PLANFILE|ADDRESS]", type=Named("address"))
@click.option("--full", cls=Flag, is_flag=True, help="Show every line of a plan, however many.")
@shares(BLUEPRINT, listing("table", "json", "yaml"), SCREEN)
def command(settings: Settings, what: str | None, full: bool) -> int:
    """A saved plan (if a file of that name exists), one address of the state, or the state in short."""
    return answer_in(settings, lambda invocation: _show(invocation, what, full))


def _show(invocation: Invocation, what: str | None, full: bool) -> int:
    if what is None or not Path(what).is_file():
        from mcflow.cli.records import show_state_or_address

        return show_state_or_address(invocation, what)
    from mcflow.cli.showing import show_plan
    from mcflow.engine import api

    project = invocation.project()
    show_plan(invocation, api.load_plan(project, Path(what)), project, full=full)
    return OK
