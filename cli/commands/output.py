"""``mcflow output [NAME]``: the outputs of the last apply."""

from __future__ import annotations

import json
from typing import Any

import click

from mcflow.cli.codes import OK
from mcflow.cli.invocation import Invocation, answer_in
from mcflow.cli.options import BLUEPRINT, SCREEN, Flag, Named, Settings, listing, shares
from mcflow.cli.pages import Command
from mcflow.cli.render.values import SENSITIVE
from mcflow.model.diagnostic import reject


@click.command("output", cls=Command)
@click.argument("name", required=False, type=Named("output"))
@click.option("--reveal", cls=Flag, is_flag=True, help="Show sensitive values in clear.")
@click.option("--raw", cls=Flag, is_flag=True, help="The text of NAME as it is, for scripts: no quotes, no line break at the end.")
@shares(BLUEPRINT, listing("table", "json", "yaml", "name"), SCREEN)
def command(settings: Settings, name: str | None, reveal: bool, raw: bool) -> int:
    """The outputs of the last apply, or one of them."""
    if raw and name is None:
        raise click.UsageError("--raw needs the NAME of one output", click.get_current_context())
    return answer_in(settings, lambda invocation: _output(invocation, name, reveal, raw))


def _output(invocation: Invocation, name: str | None, reveal: bool, raw: bool) -> int:
    from mcflow.engine import api

    project = invocation.project()
    values = api.outputs(project, reveal)
    if name is not None and name not in values:
        from difflib import get_close_matches

        near = get_close_matches(name, values, n=1)
        raise reject("MC0910", name=name, known=", ".join(values) or "none", suggestion=near[0] if near else None)
    if invocation.streams:
        from mcflow.model.event import Event

        # Who asks to see a secret sees it on the screen; it does not go into a file of events.
        hidden = api.outputs(project)
        chosen = hidden if name is None else {name: hidden[name]}
        data = {key: {"sensitive": True} if value == SENSITIVE else {"value": value} for key, value in chosen.items()}
        invocation.emit(Event("outputs", invocation.now(), data=data))
    if raw and name is not None:
        invocation.terminal.exact(_bare(name, values[name]))
    elif invocation.text:
        _show(invocation, values, name)
    return OK


def _bare(name: str, value: Any) -> str:
    """A single value as a script wants it."""
    if isinstance(value, dict | list):
        raise reject("MC0915", name=name, kind="a list" if isinstance(value, list) else "a map")
    return value if isinstance(value, str) else json.dumps(value)


def _show(invocation: Invocation, values: dict[str, Any], name: str | None) -> None:
    from mcflow.cli.render.documents import pretty
    from mcflow.cli.render.tables import yaml_text
    from mcflow.cli.showing import output_lines

    form, terminal = invocation.settings.output, invocation.terminal
    wanted = values if name is None else values[name]
    if form == "json":
        terminal.raw(pretty(wanted))
    elif form == "yaml":
        terminal.raw(yaml_text(wanted))
    elif form == "name":
        terminal.result([(key,) for key in (values if name is None else [name])])
    elif name is not None:
        # One value alone is for a script: a text as it is, anything else as JSON.
        terminal.raw(wanted if isinstance(wanted, str) and not terminal.width_out else pretty(wanted))
    elif values:
        terminal.result(output_lines(values, terminal.text_width))
    else:
        terminal.note("There are no outputs: none is in the blueprint, or nothing was applied yet.")
