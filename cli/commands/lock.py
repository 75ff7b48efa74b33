"""``mcflow lock show|release``: who is writing to the state."""

from __future__ import annotations

import click

from mcflow.cli.codes import OK
from mcflow.cli.invocation import Invocation, answer_in
from mcflow.cli.options import BLUEPRINT, SCREEN, Flag, Settings, listing, shares
from mcflow.cli.pages import Command


@click.group("lock")
def command() -> None:
    """Who holds the state's lock, and releasing it."""


@command.command("show", cls=Command)
@shares(BLUEPRINT, listing("table", "json", "yaml"), SCREEN)
def show(settings: Settings) -> int:
    """Who holds the lock, since when, for which run."""
    return answer_in(settings, _show)


@command.command("release", cls=Command)
@click.option("--force", cls=Flag, is_flag=True, help="Even if its holder may be alive: it is fenced, and writes nothing more.")
@shares(BLUEPRINT, listing("table", "json", "yaml"), SCREEN)
def release(settings: Settings, force: bool) -> int:
    """Take the lock away from a holder that is gone. A local lock ends with its process and needs no releasing."""
    return answer_in(settings, lambda invocation: _release(invocation, force))


def _release(invocation: Invocation, force: bool) -> int:
    from mcflow.cli.surgery.changing import answer
    from mcflow.cli.surgery.locks import holder_document
    from mcflow.engine import api

    found = api.release_lock(invocation.project(), force=force)
    if invocation.settings.output == "table":
        said = "Nobody held the lock." if found is None else f"Released: {found.get('who') or 'somebody'} holds it no more."
        invocation.terminal.note(said)
    answer(invocation, {**holder_document(found), "released": found is not None})
    return OK


def _show(invocation: Invocation) -> int:
    from mcflow.cli.surgery.changing import answer
    from mcflow.cli.surgery.locks import holder_document, holder_lines
    from mcflow.engine import api

    found = api.lock(invocation.project())
    if invocation.settings.output == "table":
        invocation.terminal.result(holder_lines(found, invocation.now()))
    answer(invocation, holder_document(found))
    return OK
