"""``mcflow import ADDRESS ID``: take over what exists as a resource of the blueprint; the cloud is not changed, but for our mark."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING

import click

from mcflow.cli.invocation import Invocation, apply_options, run_in
from mcflow.cli.options import APPLYING, BLUEPRINT, RUNNING, SCREEN, Flag, Named, Settings, shares
from mcflow.cli.pages import Command

if TYPE_CHECKING:
    from mcflow.engine.options import Import


@click.command("import", cls=Command)
@click.argument("address", required=False, type=Named("address"))
@click.argument("ids", nargs=-1, metavar="[ID] [ROLE=ID]...")
@click.option("--from", "source", cls=Flag, type=click.Path(path_type=Path), metavar="FILE",
              help="Many at once: a CSV of address,id or JSON; - reads standard input.")
@click.option("--take-over", cls=Flag, is_flag=True,
              help="Also what another mcflow state manages, or what the next apply would replace.")
@click.option("--full", cls=Flag, is_flag=True, help="Show every line, however many.")
@shares(BLUEPRINT, RUNNING, APPLYING[-1], SCREEN)
def command(settings: Settings, address: str | None, ids: tuple[str, ...], source: Path | None, take_over: bool, full: bool) -> int:
    """Take over what exists as the resource ADDRESS of the blueprint: its ID, or ids by native (vpc=… gateway=…)."""
    from mcflow.cli.importing import wishes

    wanted = wishes(address, ids, source, take_over)
    return run_in(settings, lambda invocation: _import(invocation, wanted, full))


def _import(invocation: Invocation, wanted: Sequence[Import], full: bool) -> int:
    from mcflow.cli.applying import carry_out_and_tell, refuse_silence
    from mcflow.engine import api

    refuse_silence(invocation, "import")
    project = invocation.project()
    options = apply_options(invocation.settings)
    return carry_out_and_tell(invocation, project, "import", lambda approve: api.adopt(project, wanted, options, approve),
                              full=full)
