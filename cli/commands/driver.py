"""``mcflow driver list|show``: installed drivers and what they can do."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any

import click

from mcflow.cli.codes import OK
from mcflow.cli.invocation import Invocation, answer_in
from mcflow.cli.listing import show_list
from mcflow.cli.options import SCREEN, Named, Settings, listing, shares
from mcflow.cli.pages import Command
from mcflow.cli.render.paint import Line, Span


@click.group("driver")
def command() -> None:
    """Installed drivers and what they can do."""


@command.command("list", cls=Command)
@shares(listing("table", "json", "yaml", "name"), SCREEN)
def list_drivers(settings: Settings) -> int:
    """All installed drivers."""
    return answer_in(settings, _list)


@command.command("show", cls=Command)
@click.argument("name", type=Named("driver"))
@shares(listing("table", "json", "yaml"), SCREEN)
def show_driver(settings: Settings, name: str) -> int:
    """One driver: its connection's settings and its types."""
    return answer_in(settings, lambda invocation: _show(invocation, name))


def _list(invocation: Invocation) -> int:
    from mcflow.engine import api

    rows = [{**entry, "install": entry.get("install") if not entry.get("available") else ""} for entry in api.drivers()]
    headings = {"name": "name", "version": "version", "title": "cloud", "available": "usable", "verified": "verified by",
                "install": "install"}
    if all(row.get("available") for row in rows):
        headings.pop("install")
    show_list(invocation, rows, headings, "name", "No driver is installed.")
    return OK


def _show(invocation: Invocation, name: str) -> int:
    from mcflow.engine import api

    entry = api.driver(name)
    if invocation.settings.output == "json":
        from mcflow.cli.render.documents import pretty

        invocation.terminal.raw(pretty(entry))
    elif invocation.settings.output == "yaml":
        from mcflow.cli.render.tables import yaml_text

        invocation.terminal.raw(yaml_text(dict(entry)))
    else:
        invocation.terminal.result(_page(entry, invocation.terminal.text_width))
    return OK


def _page(entry: Mapping[str, Any], width: int) -> Iterator[Line]:
    from mcflow.cli.render.text import pad, wrap

    yield (Span(str(entry["name"]), "bold"), f" {entry.get('version', '')}  {entry.get('title', '')}")
    if entry.get("verified"):
        yield (f"verified by: {entry['verified']}",)
    if not entry.get("available", True):
        yield (Span(f"cannot be used yet: {entry.get('install') or 'its software is missing'}", "yellow"),)
    schema = entry.get("connection") or {}
    if schema.get("properties"):
        yield ()
        yield (Span("connection settings", "bold"),)
        widest = max(len(key) for key in schema["properties"])
        for key, item in schema["properties"].items():
            first, *more = wrap(str(item.get("description", "")), max(20, width - widest - 4)) or [""]
            yield (f"  {pad(key, widest)}", Span(f"  {first}", "dim"))
            yield from ((" " * (widest + 4), Span(line, "dim")) for line in more)
    for title, key in (("beside types", "offers"), ("portable types", "portable"), ("native types", "native")):
        names = sorted(entry.get(key) or ())
        if names:
            yield ()
            yield (Span(f"{title} ({len(names)})", "bold"),)
            for line in wrap(", ".join(names), width - 2):
                yield (f"  {line}",)
