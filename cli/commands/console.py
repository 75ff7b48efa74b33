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

_HELP = (
    "An expression without braces, like  vars.size + 1  or  resources.net.id ; names: vars, locals, resources, env, run.",
    "An open bracket goes on in the next line; Ctrl-C drops what is typed; `exit` or Ctrl-D leaves; `help` says this.",
)
_PAIRS = {"(": ")", "[": "]", "{": "}"}


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
        _help(invocation)
    code = OK
    while (line := _next(invocation, asking)) is not None:
        try:
            if line == "help":
                _help(invocation)
            elif line:
                _print(invocation, project, line)
        except Rejected as rejected:
            invocation.diagnose(rejected.diagnostics)
            code = OK if asking else ERROR
    return code


def _next(invocation: Invocation, asking: bool) -> str | None:
    """The next expression; None at the end."""
    if asking:
        text = _typed(invocation)
        if text is None:
            return None
    else:
        line = invocation.terminal.answers.readline()
        if not line:
            return None
        text = line.strip()
    return None if text in ("exit", "quit") else text


def _help(invocation: Invocation) -> None:
    from mcflow.cli.render.text import wrap

    for line in wrap(" ".join(_HELP), invocation.terminal.text_width):
        invocation.terminal.note(line)


def _typed(invocation: Invocation) -> str | None:
    """An expression from the keyboard, over several lines while a bracket is open; None for Ctrl-D."""
    import readline  # noqa: F401 - importing it gives `input` history and editing

    text = ""
    try:
        text = input("> ")
        while unclosed(text):
            text += "\n" + input(". ")
    except EOFError:
        invocation.terminal.note("")
        return None
    except KeyboardInterrupt:
        invocation.terminal.note("")
        return ""
    return text.strip()


def unclosed(text: str) -> bool:
    """True if a bracket is still open at the end of an expression; quotes hide brackets."""
    awaited: list[str] = []
    quote = ""
    before = ""
    for char in text:
        if quote:
            quote = "" if char == quote and before != "\\" else quote
        elif char in "\"'":
            quote = char
        elif char in _PAIRS:
            awaited.append(_PAIRS[char])
        elif awaited and char == awaited[-1]:
            awaited.pop()
        before = char
    return bool(awaited) and not quote


def _print(invocation: Invocation, project: Project, text: str) -> None:
    from mcflow.cli.render.documents import pretty
    from mcflow.engine import api

    value = api.evaluate(project, text)
    invocation.terminal.result([(line,) for line in pretty(value).split("\n")])
