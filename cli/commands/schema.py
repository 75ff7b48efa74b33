"""``mcflow schema [TYPE]``: JSON Schema for editors, or of one type."""

from __future__ import annotations

import click

from mcflow.cli.codes import OK
from mcflow.cli.invocation import Invocation, answer_in
from mcflow.cli.options import SCREEN, Named, Settings, listing, shares
from mcflow.cli.pages import Command


@click.command("schema", cls=Command)
@click.argument("type", required=False, type=Named("type"))
@shares(listing("json", "yaml"), SCREEN)
def command(settings: Settings, type: str | None) -> int:
    """JSON Schema with which an editor completes and checks a blueprint; with TYPE, of that portable or native type."""
    return answer_in(settings, lambda invocation: _schema(invocation, type))


def _schema(invocation: Invocation, type: str | None) -> int:
    from mcflow.cli.render.documents import pretty
    from mcflow.cli.render.tables import yaml_text
    from mcflow.engine import api

    document = api.schema(type)
    invocation.terminal.raw(yaml_text(dict(document)) if invocation.settings.output == "yaml" else pretty(document))
    return OK
