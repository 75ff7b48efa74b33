"""``mcflow explain [CODE]``: what a diagnostic code means."""

from __future__ import annotations

from collections.abc import Iterator

import click
from click.shell_completion import CompletionItem

from mcflow.cli.codes import OK
from mcflow.cli.invocation import Invocation, run_in
from mcflow.cli.options import SCREEN, Settings, listing, shares
from mcflow.cli.render.paint import Line, Span
from mcflow.model.codes import CODES
from mcflow.model.diagnostic import reject


class CodeName(click.ParamType[str]):
    """A diagnostic code, completed from the table."""

    name = "code"

    def shell_complete(self, ctx: click.Context, param: click.Parameter, incomplete: str) -> list[CompletionItem]:
        return [CompletionItem(code, help=CODES[code].title) for code in sorted(CODES) if code.startswith(incomplete.upper())]


@click.command("explain")
@click.argument("code", required=False, type=CodeName())
@shares(listing("table", "json"), SCREEN)
def command(settings: Settings, code: str | None) -> int:
    """What a diagnostic CODE means and what to do; without CODE, the list of all."""
    return run_in(settings, lambda invocation: _explain(invocation, code))


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
            "code": code, "severity": CODES[code].severity, "title": CODES[code].title, "help": CODES[code].help, "explain": CODES[code].explain,
        } for code in names]))
    elif name is None:
        invocation.terminal.result((Span(code, "bold"), f"  {CODES[code].severity:<8}{CODES[code].title}") for code in names)
    else:
        invocation.terminal.result(_page(names[0], invocation.terminal.text_width))
    return OK


def _page(name: str, width: int) -> Iterator[Line]:
    from mcflow.cli.render.text import wrap

    code = CODES[name]
    yield (Span(f"{code.severity}[{name}]", "bold"), f": {code.title}")
    yield ()
    for line in code.explain.strip("\n").split("\n"):
        if line.startswith("    ") or line.rstrip().endswith((":", "|")):
            yield (line,)
        else:
            for part in wrap(line, width):
                yield (part,)
    if code.help:
        yield ()
        yield (Span("What to do: ", "bold"), code.help)
