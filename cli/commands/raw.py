"""``mcflow raw CONNECTION SERVICE OPERATION``: one call to any API of a cloud."""

from __future__ import annotations

import json
import sys
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any

import click

from mcflow.cli.codes import OK
from mcflow.cli.invocation import Invocation, answer_in, apply_options
from mcflow.cli.listing import show_list
from mcflow.cli.options import BLUEPRINT, RUNNING, SCREEN, Flag, Named, Settings, listing, shares
from mcflow.cli.pages import Command
from mcflow.cli.render.paint import Line, Span
from mcflow.model.diagnostic import reject


@click.command("raw", cls=Command)
@click.argument("connection", type=Named("connection"))
@click.argument("service", required=False)
@click.argument("operation", required=False)
@click.option("--params", cls=Flag, default="", metavar="JSON|@FILE|-", help="A JSON object, a file of one, or standard input.")
@click.option("--all-pages", cls=Flag, is_flag=True, help="Gather an answer that comes in pages.")
@click.option("--query", cls=Flag, default="", metavar="JMESPATH", help="Only this part of the answer.")
@click.option("--allow-write", cls=Flag, is_flag=True, help="Also call what may change something; it is recorded in the audit log.")
@click.option("--reveal", cls=Flag, is_flag=True, help="Show secrets in the answer.")
@click.option("--help-operation", "describing", cls=Flag, is_flag=True, help="Say what OPERATION does and takes; call nothing.")
@shares(BLUEPRINT, RUNNING[1:], listing("json", "yaml", "table"), SCREEN)
def command(settings: Settings, connection: str, service: str | None, operation: str | None, params: str, all_pages: bool, query: str,
            allow_write: bool, reveal: bool, describing: bool) -> int:
    """Call OPERATION of SERVICE with the credentials of CONNECTION and print the answer. Without OPERATION: the operations there are;
    without SERVICE: the services."""
    if describing and operation is None:
        raise click.UsageError("--help-operation needs SERVICE and OPERATION", click.get_current_context())

    def work(invocation: Invocation) -> int:
        if service is None or operation is None:
            return _list(invocation, connection, service)
        if describing:
            return _describe(invocation, connection, service, operation)
        from mcflow.engine.operate.raw import RawCall

        wanted = RawCall(connection, service, operation, _parameters(params), all_pages, query, allow_write, reveal)
        return _call(invocation, wanted)

    return answer_in(settings, work)


def _call(invocation: Invocation, wanted: Any) -> int:
    from mcflow.cli.render.documents import pretty
    from mcflow.cli.render.tables import yaml_text
    from mcflow.engine import api

    told = api.raw_call(invocation.project(), wanted, apply_options(invocation.settings))
    invocation.diagnose(told.findings)
    text = yaml_text(told.data) if invocation.settings.output == "yaml" else pretty(told.data)
    invocation.terminal.raw(text)
    return OK


_SERVICES = {"name": "service"}
_OPERATIONS = {"name": "operation", "effect": "effect", "pages": "pages", "about": "what it does"}


def _list(invocation: Invocation, connection: str, service: str | None) -> int:
    from mcflow.engine import api

    rows = api.raw_names(invocation.project(), connection, service)
    headings = _SERVICES if service is None else _OPERATIONS
    # A list is for people, unless a program asked for another form.
    invocation.settings = _as_table(invocation)
    if invocation.settings.output == "table" and service is not None:
        room = max(20, invocation.terminal.text_width - max(len(row["name"]) for row in rows) - 18)
        from mcflow.cli.render.text import clip

        rows = [{**row, "about": clip(row["about"], room)} for row in rows]
    show_list(invocation, rows, headings, "name", "There are none.")
    return OK


def _describe(invocation: Invocation, connection: str, service: str, operation: str) -> int:
    from mcflow.cli.surgery.changing import answer
    from mcflow.engine import api

    found = api.raw_operation(invocation.project(), connection, service, operation)
    invocation.settings = _as_table(invocation)
    if invocation.settings.output == "table":
        invocation.terminal.result(_operation_lines(found, invocation.terminal.text_width))
    answer(invocation, found)
    return OK


def _as_table(invocation: Invocation) -> Settings:
    """The settings with a table as the form, unless one was asked for."""
    from dataclasses import replace

    context = click.get_current_context(silent=True)
    source = context.get_parameter_source("output") if context is not None else None
    given = source not in (None, click.core.ParameterSource.DEFAULT) or (context is not None and context.params.get("json"))
    return invocation.settings if given else replace(invocation.settings, output="table")


_EFFECTS = {"read": "changes nothing", "secret": "changes nothing; tells a secret", "write": "may change something: needs --allow-write"}


def _operation_lines(found: Mapping[str, Any], width: int) -> Iterator[Line]:
    from mcflow.cli.render.text import columns, pad, safe, wrap

    pages = ", comes in pages" if found["pages"] else ""
    yield (Span(f"{found['service']} {found['name']}", "bold"), f"  {_EFFECTS[found['effect']]}{pages}")
    yield from ((f"  {line}",) for line in wrap(safe(found["about"]), width - 2) if line)
    if not found["parameters"]:
        yield ()
        yield ("It takes no parameters.",)
        return
    yield ()
    size = min(40, max(columns(each["path"]) for each in found["parameters"]))
    for each in found["parameters"]:
        need = Span(" required", "yellow") if each["required"] else Span("")
        yield ("  ", Span(pad(safe(each["path"]), size), "bold"), f"  {each['kind']}", need)
        words = f"one of {', '.join(each['words'])}. " if each["words"] else ""
        yield from ((Span(f"      {line}", "dim"),) for line in wrap(safe(words + each["about"]), width - 6) if line)


def _parameters(given: str) -> dict[str, Any]:
    """The object in a text, a file or standard input. Raises Rejected (MC1056)."""
    if not given:
        return {}
    try:
        text = sys.stdin.read() if given == "-" else Path(given[1:]).read_text("utf-8") if given.startswith("@") else given
        found = json.loads(text)
    except OSError as refused:
        raise reject("MC1056", reason=f"{given[1:]}: {refused.strerror or refused}") from refused
    except (ValueError, RecursionError) as wrong:
        raise reject("MC1056", reason=str(wrong) or "it is too deep") from wrong
    if not isinstance(found, dict):
        raise reject("MC1056", reason=f"it is a {type(found).__name__}")
    return found
