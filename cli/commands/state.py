"""``mcflow state``: what the state has, and its subcommands that change it by hand."""

from __future__ import annotations

import click

from mcflow.cli.codes import ERROR, OK
from mcflow.cli.invocation import Invocation, answer_in
from mcflow.cli.listing import show_list
from mcflow.cli.options import BLUEPRINT, SCREEN, Flag, Named, Settings, listing, shares
from mcflow.cli.pages import Command
from mcflow.cli.surgery import documents, mending, records, repairing
from mcflow.cli.surgery.keys import decrypt, rekey
from mcflow.cli.surgery.listed import Filter, list_audit, list_natives


@click.group("state")
def command() -> None:
    """Look into the state, change it by hand, mend it, move it."""


for each in (
    records.move, documents.pull, documents.push, documents.diff, mending.rollback, repairing.repair, mending.migrate, rekey, decrypt,
):
    command.add_command(each)
command.add_command(records.forget, "rm")


@command.command("list", cls=Command)
@click.argument("addresses", metavar="[ADDRESS]...", nargs=-1, type=Named("address"))
@click.option("--type", "types", cls=Flag, multiple=True, metavar="TYPE", help="Only natives of this type; may be repeated.")
@click.option("--id", "ids", cls=Flag, multiple=True, metavar="ID", help="Only the object with this id; may be repeated.")
@click.option("--connection", "connections", cls=Flag, multiple=True, metavar="NAME", help="Only of this connection.")
@click.option("--status", "statuses", cls=Flag, multiple=True, metavar="STATUS", help="Only ready, tainted, quarantined …")
@shares(BLUEPRINT, listing("table", "json", "yaml", "name"), SCREEN)
def list_state(settings: Settings, addresses: tuple[str, ...], types: tuple[str, ...], ids: tuple[str, ...],
               connections: tuple[str, ...], statuses: tuple[str, ...]) -> int:
    """The natives in the state: all, or those of resources, instances or natives named by ADDRESS (`*` stands for any text)."""
    wanted = Filter(addresses, {"type": types, "id": ids, "connection": connections, "status": statuses})
    return answer_in(settings, lambda invocation: list_natives(invocation, wanted))


@command.command("show", cls=Command)
@click.argument("address", required=False, type=Named("address"))
@shares(BLUEPRINT, listing("table", "json", "yaml"), SCREEN)
def show_state(settings: Settings, address: str | None) -> int:
    """The state in short, or everything recorded of one ADDRESS; secrets stay sealed."""
    from mcflow.cli.records import show_state_or_address

    return answer_in(settings, lambda invocation: show_state_or_address(invocation, address))


@command.command("history", cls=Command)
@click.option("--audit", cls=Flag, is_flag=True, help="Every run ever, not only those whose snapshot is kept.")
@shares(BLUEPRINT, listing("table", "json", "yaml", "name"), SCREEN)
def history(settings: Settings, audit: bool) -> int:
    """The kept snapshots, newest first: when, by whom, what was done and why."""
    return answer_in(settings, list_audit if audit else _history)


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
    return ERROR if any(finding.severity == "error" for finding in view.findings) else OK
