"""``mcflow console``: evaluate expressions against variables, locals and the state."""

from __future__ import annotations

from typing import TYPE_CHECKING

import click

from mcflow.cli.codes import ERROR, OK
from mcflow.cli.invocation import Invocation, answer_in
from mcflow.cli.options import BLUEPRINT, SCREEN, Flag, Settings, listing, shares
from mcflow.cli.pages import Command
from mcflow.model.diagnostic import Rejected

if TYPE_CHECKING:
    from mcflow.engine.project import Project

_HELP = "An expression without braces, like  vars.size + 1  or  resources.net.id ; `exit` or Ctrl-D leaves."


@click.command("console", cls=Command)
@click.option("-c", "--expression", cls=Flag, multiple=True, metavar="EXPR", help="Evaluate this and leave; may be repeated.")
@shares(BLUEPRINT, listing("table", "json"), SCREEN)
def command(settings: Settings, expression: tuple[str, ...]) -> int:
    """Evaluate expressions against variables, locals and the state."""
    return answer_in(settings, lambda invocation: _console(invocation, expression))


def _console(invocation: Invocation, expressions: tuple[str, ...]) -> int:
    project = invocation.project()
    if expressions:
        for text in expressions:
            _print(invocation, project, text)
        return OK
    asking = invocation.terminal.interactive
    if asking:
        invocation.terminal.note(_HELP)
    code = OK
    while (line := _next(invocation, asking)) is not None:
        try:
            if line:
                _print(invocation, project, line)
        except Rejected as rejected:
            invocation.diagnose(rejected.diagnostics)
            code = OK if asking else ERROR
    return code


def _next(invocation: Invocation, asking: bool) -> str | None:
    """The next expression; None at the end."""
    if asking:
        import readline  # noqa: F401 - importing it gives `input` history and editing

        try:
            text = input("> ").strip()
        except EOFError:
            return None
    else:
        line = invocation.terminal.answers.readline()
        if not line:
            return None
        text = line.strip()
    return None if text in ("exit", "quit") else text


def _print(invocation: Invocation, project: Project, text: str) -> None:
    from mcflow.cli.render.documents import pretty
    from mcflow.engine import api

    value = api.evaluate(project, text)
    invocation.terminal.result([(line,) for line in pretty(value).split("\n")])
