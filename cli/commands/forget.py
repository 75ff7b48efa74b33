"""``mcflow forget ADDRESS…``: take things out of the state and leave them in the cloud."""

from __future__ import annotations

import click

from mcflow.cli.options import BLUEPRINT, SCREEN, WRITING, Flag, Named, Settings, listing, shares
from mcflow.cli.pages import Command
from mcflow.cli.surgery.records import forgetting


@click.command("forget", cls=Command)
@click.argument("addresses", metavar="ADDRESS...", nargs=-1, required=True, type=Named("address"))
@click.option("--force", cls=Flag, is_flag=True, help="Also where others in the state depend on it.")
@click.option("--dry-run", cls=Flag, is_flag=True, help="Show what would be forgotten; change nothing.")
@shares(BLUEPRINT, WRITING, listing("table", "json"), SCREEN)
def command(settings: Settings, addresses: tuple[str, ...], force: bool, dry_run: bool) -> int:
    """Forget resources, instances or natives: they leave the state and stay in the cloud."""
    return forgetting(settings, addresses, force, dry_run)
