"""``mcflow state mv`` and ``mcflow forget``, which is ``mcflow state rm`` too."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import click

from mcflow.cli.invocation import Invocation, answer_in, apply_options
from mcflow.cli.options import BLUEPRINT, SCREEN, WRITING, Flag, Named, Settings, listing, shares
from mcflow.cli.pages import Command
from mcflow.cli.render.paint import Line, Span
from mcflow.cli.surgery.changing import Wording, changing

_DONE = "Forgotten; the state has serial {serial}. Nothing manages these objects now; what the blueprint still has would be created anew."


@click.command("mv", cls=Command)
@click.argument("old", metavar="FROM", type=Named("address"))
@click.argument("new", metavar="TO", type=Named("address"))
@click.option("--dry-run", cls=Flag, is_flag=True, help="Show what would move; change nothing.")
@shares(BLUEPRINT, WRITING, listing("table", "json"), SCREEN)
def move(settings: Settings, old: str, new: str, dry_run: bool) -> int:
    """Move a resource, one instance of it or a native to another address. Nothing in a cloud changes, and nothing is renamed: rename it
    in the blueprint too, and the next plan is empty."""
    def work(invocation: Invocation) -> int:
        from mcflow.engine import api

        project = invocation.project()
        wording = Wording("state mv", _moves, "Move this?", "Moved; the state has serial {serial}.", "Nothing to move.", dry_run)
        options = apply_options(invocation.settings)
        return changing(invocation, wording, lambda approve: api.move_state(project, old, new, options, approve))

    return answer_in(settings, work)


def _moves(rows: tuple[dict[str, Any], ...]) -> Iterator[Line]:
    yield (Span("Would move" if rows else "Nothing would move", "bold"), ":" if rows else ".")
    for row in rows:
        yield (f"  {row['from']} → {row['to']}", Span(f"  {row['type']}  {row['id']}".rstrip(), "dim"))


@click.command("forget", cls=Command)
@click.argument("addresses", metavar="ADDRESS...", nargs=-1, required=True, type=Named("address"))
@click.option("--force", cls=Flag, is_flag=True, help="Also where others in the state depend on it.")
@click.option("--dry-run", cls=Flag, is_flag=True, help="Show what would be forgotten; change nothing.")
@shares(BLUEPRINT, WRITING, listing("table", "json"), SCREEN)
def forget(settings: Settings, addresses: tuple[str, ...], force: bool, dry_run: bool) -> int:
    """Forget resources, instances or natives: they leave the state and stay in the cloud."""
    def work(invocation: Invocation) -> int:
        from mcflow.engine import api

        project = invocation.project()
        wording = Wording("forget", _forgotten, "Forget this?", _DONE, "Nothing to forget.", dry_run)
        options = apply_options(invocation.settings)
        return changing(invocation, wording, lambda approve: api.forget(project, addresses, options, approve, force=force))

    return answer_in(settings, work)


def _forgotten(rows: tuple[dict[str, Any], ...]) -> Iterator[Line]:
    from mcflow.cli.render.tables import table

    yield (Span("Would be forgotten, and stay in the cloud" if rows else "Nothing would be forgotten", "bold"), ":" if rows else ".")
    yield from table(rows, {"address": "address", "type": "type", "id": "id", "connection": "connection"})
