"""``mcflow plan``: show what apply would do; nothing is written but the plan file asked for."""

from __future__ import annotations

from pathlib import Path

import click

from mcflow.cli.codes import CHANGES, OK
from mcflow.cli.invocation import Invocation, plan_options, run_in
from mcflow.cli.options import BLUEPRINT, PLANNING, SCREEN, Flag, Settings, listing, parallelism, shares
from mcflow.cli.pages import Command


@click.command("plan", cls=Command)
@click.option("--out", cls=Flag, type=click.Path(path_type=Path), metavar="FILE", help="Save the plan for `mcflow apply FILE`.")
@click.option("--detailed-exitcode", cls=Flag, is_flag=True, help="Exit with 2 if there are changes.")
@click.option("--destroy", cls=Flag, is_flag=True, help="Plan to remove everything.")
@click.option("--full", cls=Flag, is_flag=True, help="Show every line, however many.")
@shares(BLUEPRINT, PLANNING, parallelism(), listing("table", "json"), SCREEN)
def command(settings: Settings, out: Path | None, detailed_exitcode: bool, destroy: bool, full: bool) -> int:
    """Show what apply would do."""
    def work(invocation: Invocation) -> int:
        return _plan(invocation, out, destroy, full, detailed_exitcode)

    return run_in(settings, work)


def _plan(invocation: Invocation, out: Path | None, destroy: bool, full: bool, detailed: bool) -> int:
    from mcflow.cli.showing import show_plan
    from mcflow.engine import api

    project = invocation.project()
    made = api.plan(project, plan_options(invocation.settings, "destroy" if destroy else "apply"))
    show_plan(invocation, made, project, full=full)
    if out is not None:
        api.save_plan(project, made, out)
        settings = invocation.settings
        same = " with the same variables and environment" if settings.var or settings.var_file or settings.environment != "default" else ""
        invocation.terminal.note(f"Saved to {out}. To do exactly this: mcflow apply {_quoted(out)}{same}")
    return CHANGES if detailed and not made.empty else OK


def _quoted(path: Path) -> str:
    import shlex

    return shlex.quote(str(path))
