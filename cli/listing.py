"""Lists to standard output in the form ``-o`` asks for."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from mcflow.cli.invocation import Invocation


def show_list(invocation: Invocation, rows: Sequence[Mapping[str, Any]], headings: Mapping[str, str], name: str, nothing: str) -> None:
    """``headings`` are the table's columns; ``name`` the key printed with ``-o name``; ``nothing`` is said where there are no rows."""
    from mcflow.cli.render.documents import pretty
    from mcflow.cli.render.tables import table, yaml_text

    form = invocation.settings.output
    if form == "json":
        invocation.terminal.raw(pretty(list(rows)))
    elif form == "yaml":
        invocation.terminal.raw(yaml_text([dict(row) for row in rows]))
    elif form == "name":
        invocation.terminal.result([(str(row[name]),) for row in rows])
    elif rows:
        invocation.terminal.result(table(rows, headings))
    else:
        invocation.terminal.note(nothing)
