"""``mcflow explain [CODE]``: what a diagnostic code means."""

from __future__ import annotations

import re
from collections.abc import Iterator

import click
from click.shell_completion import CompletionItem

from mcflow.cli.codes import OK
from mcflow.cli.invocation import Invocation, answer_in
from mcflow.cli.options import SCREEN, Settings, listing, shares
from mcflow.cli.pages import Command
from mcflow.cli.render.paint import Line, Span
from mcflow.model.codes import CODES
from mcflow.model.diagnostic import reject

_ARGUMENT = re.compile(r"(?<!\{)\{(\w+)\}(?!\})")


class CodeName(click.ParamType[str]):
    """A diagnostic code, completed from the table."""

    name = "code"

    def shell_complete(self, ctx: click.Context, param: click.Parameter, incomplete: str) -> list[CompletionItem]:
        return [CompletionItem(code, help=CODES[code].title) for code in sorted(CODES) if code.startswith(incomplete.upper())]


@click.command("explain", cls=Command)
@click.argument("code", required=False, type=CodeName())
@shares(listing("table", "json"), SCREEN)
def command(settings: Settings, code: str | None) -> int:
    """What a diagnostic CODE means and what to do; without CODE, the list of all."""
    return answer_in(settings, lambda invocation: _explain(invocation, code))


def _explain(invocation: Invocation, name: str | None) -> int:
    if name is None:
        names = sorted(CODES)
    else:
        wanted = name.strip().upper()
        wanted = wanted if wanted.startswith("MC") else f"MC{wanted.zfill(4)}"
        if wanted not in CODES:
            from difflib import get_close_matches

            raise reject("MC0909", name=name, suggestion=next(iter(get_close_matches(wanted, CODES, n=1)), None))
        names = [wanted]
    if invocation.settings.output == "json":
        from mcflow.cli.render.documents import pretty

        invocation.terminal.raw(pretty([{
            "code": name, "severity": code.severity, "title": code.title, "help": code.help, "explain": code.explain,
        } for name, code in ((name, CODES[name]) for name in names)]))
    elif name is None:
        invocation.terminal.result((Span(code, "bold"), f"  {CODES[code].severity:<8}{_named(CODES[code].title)}") for code in names)
    else:
        invocation.terminal.result(_page(names[0], invocation.terminal.text_width))
    return OK


def _page(name: str, width: int) -> Iterator[Line]:
    from mcflow.cli.render.text import wrap

    code = CODES[name]
    yield (Span(f"{code.severity}[{name}]", "bold"), f": {_named(code.title)}")
    yield ()
    for line in code.explain.strip("\n").split("\n"):
        if line.startswith("    ") or line.rstrip().endswith((":", "|")):
            yield (line,)
        else:
            for part in wrap(line, width):
                yield (part,)
    if code.help:
        yield ()
        first, *more = wrap(f"What to do: {_named(code.help)}", width)
        yield (Span(first[:12], "bold"), first[12:])
        yield from ((part,) for part in more)


def _named(template: str) -> str:
    """A text of the table with its arguments shown as <names>."""
    return _ARGUMENT.sub(r"<\1>", template).replace("{{", "{").replace("}}", "}")
