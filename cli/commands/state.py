"""``mcflow state list|show|history``: what the state has."""

from __future__ import annotations

import click

from mcflow.cli.codes import OK
from mcflow.cli.invocation import Invocation, answer_in
from mcflow.cli.listing import show_list
from mcflow.cli.options import BLUEPRINT, SCREEN, Named, Settings, listing, shares
from mcflow.cli.pages import Command
from mcflow.cli.render.text import in_numbers


@click.group("state")
def command() -> None:
    """List, show, and the history of the state."""


@command.command("list", cls=Command)
@shares(BLUEPRINT, listing("table", "json", "yaml", "name"), SCREEN)
def list_state(settings: Settings) -> int:
    """Every native in the state."""
    return answer_in(settings, _list)


@command.command("show", cls=Command)
@click.argument("address", required=False, type=Named("address"))
@shares(BLUEPRINT, listing("table", "json", "yaml"), SCREEN)
def show_state(settings: Settings, address: str | None) -> int:
    """The state in short, or everything recorded of one ADDRESS; secrets stay sealed."""
    from mcflow.cli.records import show_state_or_address

    return answer_in(settings, lambda invocation: show_state_or_address(invocation, address))


@command.command("history", cls=Command)
@shares(BLUEPRINT, listing("table", "json", "yaml", "name"), SCREEN)
def history(settings: Settings) -> int:
    """The kept snapshots, newest first: when, by whom, what was done and why."""
    return answer_in(settings, _history)


def _list(invocation: Invocation) -> int:
    from mcflow.engine import api

    view = api.read_state(invocation.project())
    invocation.diagnose(view.findings)
    rows = [
        {"address": record.address, "type": record.type, "id": record.id, "connection": record.connection, "status": record.status,
         "resource": record.origin} for record in sorted(view.state.natives.values(), key=lambda record: in_numbers(record.address))
    ]
    headings = {"address": "address", "type": "type", "id": "id", "connection": "connection", "status": "status"}
    show_list(invocation, rows, headings, "address", "The state is empty.")
    return OK


def _history(invocation: Invocation) -> int:
    from mcflow.cli.render.documents import timestamp
    from mcflow.engine import api

    view = api.history(invocation.project())
    invocation.diagnose(view.findings)
    rows = [{**entry, "at": timestamp(entry["at"])} for entry in view.entries]
    if invocation.settings.output == "table":
        rows = [{**row, "did": ", ".join(f"{count:,} {word}" for word, count in row.get("did", {}).items())} for row in rows]
    headings = {"serial": "serial", "at": "at", "who": "who", "mode": "run", "did": "done", "natives": "natives", "reason": "reason",
                "run": "run id"}
    headings = {key: title for key, title in headings.items() if any(row.get(key) not in (None, "") for row in rows)}
    show_list(invocation, rows, headings, "serial", "There is no history: nothing was applied yet.")
    return OK
