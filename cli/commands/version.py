"""``mcflow version``."""

from __future__ import annotations

import sys

import click

from mcflow import __version__
from mcflow.cli.codes import OK
from mcflow.cli.invocation import Invocation, answer_in
from mcflow.cli.options import SCREEN, Settings, listing, shares
from mcflow.cli.pages import Command


@click.command("version", cls=Command)
@shares(listing("table", "json"), SCREEN)
def command(settings: Settings) -> int:
    """Version of mcflow, of Python, and of the installed drivers."""
    return answer_in(settings, _version)


def _version(invocation: Invocation) -> int:
    from mcflow.engine import api

    drivers = {str(entry["name"]): str(entry["version"]) for entry in api.drivers() if entry.get("available")}
    if invocation.settings.output == "json" and invocation.text:
        from mcflow.cli.render.documents import pretty

        python = sys.version.split()[0]
        invocation.terminal.raw(pretty({"mcflow": __version__, "python": python, "platform": sys.platform, "drivers": drivers}))
    elif invocation.text:
        lines = [(f"mcflow {__version__}",), (f"python {sys.version.split()[0]} on {sys.platform}",)]
        invocation.terminal.result([*lines, *((f"driver {name} {version}",) for name, version in drivers.items())])
    return OK
