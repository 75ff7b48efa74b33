"""``mcflow state pull``, ``push`` and ``diff``: the state as a document."""

from __future__ import annotations

import sys
from collections.abc import Iterable, Iterator, Mapping
from pathlib import Path
from typing import Any

import click

from mcflow.cli.codes import CHANGES, OK
from mcflow.cli.invocation import Invocation, answer_in, apply_options
from mcflow.cli.options import BLUEPRINT, SCREEN, WRITING, Flag, Settings, listing, shares
from mcflow.cli.pages import Command
from mcflow.cli.render.paint import Line, Span
from mcflow.cli.render.values import short
from mcflow.cli.surgery.changing import Wording, changing

_SIGNS = {"added": ("+", "green"), "removed": ("-", "red"), "changed": ("~", "yellow")}


@click.command("pull", cls=Command)
@shares(BLUEPRINT, SCREEN)
def pull(settings: Settings) -> int:
    """The whole state as one JSON document on standard output; sensitive values stay sealed."""
    def work(invocation: Invocation) -> int:
        from mcflow.engine import api

        invocation.terminal.exact(api.pull_state(invocation.project()).decode())
        return OK

    return answer_in(settings, work)


@click.command("push", cls=Command)
@click.argument("document", metavar="FILE", type=click.Path(path_type=Path))
@click.option("--force", cls=Flag, is_flag=True, help="Also if it is of another lineage, older, or has values that no key here opens.")
@click.option("--dry-run", cls=Flag, is_flag=True, help="Show what would change; change nothing.")
@shares(BLUEPRINT, WRITING, listing("table", "json"), SCREEN)
def push(settings: Settings, document: Path, force: bool, dry_run: bool) -> int:
    """Make the state what FILE says (`-` for standard input), a document that `mcflow state pull` wrote: one journalled change, the
    history is kept."""
    def work(invocation: Invocation) -> int:
        from mcflow.engine import api

        project = invocation.project()
        wording = Wording("state push", difference_lines, "Push this?", "Pushed; the state has serial {serial}.",
                          "The state is what the document says.", dry_run)
        options = apply_options(invocation.settings)
        given = sys.stdin.buffer.read() if str(document) == "-" else None
        return changing(invocation, wording, lambda approve: api.push_state(project, document, options, approve, force=force, data=given))

    return answer_in(settings, work)


@click.command("diff", cls=Command)
@click.argument("left", metavar="A")
@click.argument("right", metavar="[B]", default="current")
@click.option("--detailed-exitcode", cls=Flag, is_flag=True, help="Exit with 2 if they differ.")
@shares(BLUEPRINT, listing("table", "json", "yaml"), SCREEN)
def diff(settings: Settings, left: str, right: str, detailed_exitcode: bool) -> int:
    """What differs from A to B: serials of the history, files that `mcflow state pull` wrote, or the word `current` (B's default)."""
    return answer_in(settings, lambda invocation: _diff(invocation, left, right, detailed_exitcode))


def _diff(invocation: Invocation, left: str, right: str, detailed: bool) -> int:
    from mcflow.engine import api

    rows = api.diff_state(invocation.project(), left, right)
    form = invocation.settings.output
    if form == "json":
        from mcflow.cli.render.documents import pretty

        invocation.terminal.raw(pretty(rows))
    elif form == "yaml":
        from mcflow.cli.render.tables import yaml_text

        invocation.terminal.raw(yaml_text(rows))
    elif rows:
        invocation.terminal.result(difference_lines(rows))
    else:
        invocation.terminal.note("They do not differ.")
    return CHANGES if detailed and rows else OK


def difference_lines(rows: Iterable[Mapping[str, Any]]) -> Iterator[Line]:
    """Differences as text: a line each, attributes below."""
    for row in rows:
        sign, style = _SIGNS[row["change"]]
        kind = "" if row["kind"] == "native" else f"{row['kind']} "
        yield (Span(f"{sign} ", style), f"{kind}{row['address']}", Span(f"  {row['type']}  {row['id']}".rstrip(), "dim"))
        for item in row["attributes"]:
            yield (f"    {item['path']}: {short(item['before'])} → {short(item['after'])}",)
