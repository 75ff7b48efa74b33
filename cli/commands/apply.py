"""``mcflow apply [PLANFILE]``: make the clouds what the blueprint says."""

from __future__ import annotations

from pathlib import Path

import click

from mcflow.cli.applying import apply_and_tell
from mcflow.cli.invocation import run_in
from mcflow.cli.options import APPLYING, BLUEPRINT, PLANNING, RUNNING, SCREEN, Flag, Settings, shares
from mcflow.cli.pages import Command
from mcflow.model.diagnostic import reject


@click.command("apply", cls=Command)
@click.argument("planfile", required=False, type=click.Path(path_type=Path))
@click.option("--full", cls=Flag, is_flag=True, help="Show every line of the plan, however many.")
@shares(BLUEPRINT, APPLYING, PLANNING, RUNNING, SCREEN)
def command(settings: Settings, planfile: Path | None, full: bool) -> int:
    """Make the clouds what the blueprint says, or do exactly what the saved PLANFILE says."""
    if planfile is not None:
        _refuse_shaping(settings)
    return run_in(settings, lambda invocation: apply_and_tell(invocation, "apply", planfile, full=full))


def _refuse_shaping(settings: Settings) -> None:
    shaping = {
        "--target": settings.target, "--exclude": settings.exclude, "--replace": settings.replace, "--repick": settings.repick,
        "--accept-driver-changes": settings.accept_driver_changes, "--refresh": settings.refresh != "all",
    }
    for option, given in shaping.items():
        if given:
            raise reject("MC0914", option=option, where="with a saved plan")
