"""``mcflow state rollback``: the clouds as they were."""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING

import click

from mcflow.cli.applying import carry_out_and_tell, refuse_silence
from mcflow.cli.invocation import Invocation, apply_options, run_in
from mcflow.cli.options import APPLYING, BLUEPRINT, RUNNING, SCREEN, Flag, Settings, shares
from mcflow.cli.pages import Command
from mcflow.model.plan import Plan

if TYPE_CHECKING:
    from mcflow.engine.apply.outcome import Outcome


@click.command("rollback", cls=Command)
@click.argument("serial", type=click.IntRange(0))
@click.option("--full", cls=Flag, is_flag=True, help="Show every line of the plan, however many.")
@shares(BLUEPRINT, APPLYING, RUNNING, SCREEN)
def rollback(settings: Settings, serial: int, full: bool) -> int:
    """Bring the clouds back to what the snapshot SERIAL of the history recorded: a plan is shown and asked for, like any other."""
    def work(invocation: Invocation) -> int:
        from mcflow.engine import api

        refuse_silence(invocation, "state rollback")
        project = invocation.project()

        def carry_out(approve: Callable[[Plan], bool]) -> Outcome:
            return api.rollback(project, serial, apply_options(invocation.settings), approve)

        return carry_out_and_tell(invocation, project, "rollback", carry_out, full=full)

    return run_in(settings, work)
