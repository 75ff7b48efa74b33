"""``mcflow lock show|release``: who is writing to the state."""

from __future__ import annotations

import click

from mcflow.cli.codes import OK
from mcflow.cli.invocation import Invocation, answer_in
from mcflow.cli.options import BLUEPRINT, SCREEN, Settings, listing, shares
from mcflow.cli.pages import Command


@click.group("lock")
def command() -> None:
    """Who holds the state's lock, and releasing it."""


@command.command("show", cls=Command)
@shares(BLUEPRINT, listing("table", "json", "yaml"), SCREEN)
def show(settings: Settings) -> int:
    """Who holds the lock, since when, for which run."""
    return answer_in(settings, _show)


def _show(invocation: Invocation) -> int:
    from mcflow.cli.surgery.changing import answer
    from mcflow.cli.surgery.locks import holder_document, holder_lines
    from mcflow.engine import api

    found = api.lock(invocation.project())
    if invocation.settings.output == "table":
        invocation.terminal.result(holder_lines(found, invocation.now()))
    answer(invocation, holder_document(found))
    return OK
