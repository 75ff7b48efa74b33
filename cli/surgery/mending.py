"""``mcflow state rollback`` and ``mcflow state migrate``: the clouds as they were, and the state elsewhere."""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING

import click

from mcflow.cli.applying import carry_out_and_tell, confirmed, refuse_silence
from mcflow.cli.codes import ERROR, OK
from mcflow.cli.invocation import Invocation, answer_in, apply_options, run_in
from mcflow.cli.options import APPLYING, BLUEPRINT, RUNNING, SCREEN, WRITING, Flag, Settings, listing, shares
from mcflow.cli.pages import Command
from mcflow.cli.render.paint import Span
from mcflow.cli.surgery.changing import answer
from mcflow.model.diagnostic import Diagnostic
from mcflow.model.plan import Plan

if TYPE_CHECKING:
    from mcflow.engine.apply.outcome import Outcome
    from mcflow.engine.surgery.migrate import Migration
    from mcflow.engine.surgery.origin import Origin


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


@click.command("migrate", cls=Command)
@click.option("--from", "state", cls=Flag, default="", metavar="BLOCK|FILE",
              help="Where the state was: the old `state:` block as YAML or JSON, or the file of the old blueprint.")
@click.option("--from-name", "name", cls=Flag, default="", metavar="NAME", help="The name the blueprint had.")
@click.option("--from-environment", "origin", cls=Flag, default="", metavar="NAME", help="The environment the state was of.")
@shares(BLUEPRINT, WRITING, listing("table", "json"), SCREEN)
def migrate(settings: Settings, state: str, name: str, origin: str) -> int:
    """Move the whole state (snapshot, history, audit log) to where the blueprint now says it is: from another store, name or environment.
    The old place is closed and kept. Interrupted, the same command goes on."""
    if not (state or name or origin):
        raise click.UsageError("say where the state was: --from, --from-name or --from-environment", click.get_current_context())

    def work(invocation: Invocation) -> int:
        from mcflow.engine.api import Origin

        return _migrate(invocation, Origin(state, name, origin))

    return answer_in(settings, work)


def _migrate(invocation: Invocation, origin: Origin) -> int:
    from mcflow.engine import api

    settings, terminal = invocation.settings, invocation.terminal
    if not settings.auto_approve and (settings.output != "table" or not terminal.interactive):
        refuse_silence(invocation, "state migrate")

    finished: list[bool] = []

    def approve(found: Migration) -> bool:
        if settings.output == "table":
            again = "The state was moved before:" if found.done else "An earlier attempt is to be finished:"
            head = again if found.resumed else "The whole state would move:"
            terminal.result([(Span(head, "bold"),), ("  from ", found.source), ("  to   ", found.target)])
        finished.append(found.done)
        return settings.auto_approve or found.done or confirmed(invocation, "Move it?")

    done = api.migrate_state(invocation.project(), origin, apply_options(settings), approve)
    if done is None:
        invocation.diagnose([Diagnostic("MC0908", {"action": "state migrate"})])
        return ERROR
    if done.left:
        terminal.note(f"Damaged, and left where they were: {', '.join(done.left)}")
    if settings.output == "table":
        moved = f"Moved {done.documents:,} documents, {done.bytes:,} bytes, read back and checked"
        what = "Nothing was left to do" if any(finished) else "Finished" if done.resumed else moved
        terminal.note(f"{what}. The state has serial {done.serial}; the old place is closed and kept.")
    answer(invocation, {
        "serial": done.serial, "lineage": done.lineage, "documents": done.documents, "bytes": done.bytes, "left": list(done.left),
        "resumed": done.resumed})
    return OK
