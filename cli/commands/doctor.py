"""``mcflow doctor``: everything that can be checked about a state, and what to do about what is wrong."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import click

from mcflow.cli.codes import ERROR, OK
from mcflow.cli.invocation import Invocation, answer_in, apply_options
from mcflow.cli.options import BLUEPRINT, RUNNING, SCREEN, Flag, Settings, listing, shares
from mcflow.cli.pages import Command

if TYPE_CHECKING:
    from mcflow.cli.render.paint import Line
    from mcflow.engine.doctor.check import Check, Examination

_MARKS = {"ok": ("ok", "green"), "note": ("note", "cyan"), "warn": ("warn", "yellow"), "error": ("ERROR", "bold red")}


@click.command("doctor", cls=Command)
@click.option("--fix", cls=Flag, is_flag=True, help="First settle what is open, and take back what is exactly ours.")
@click.option("--strict", cls=Flag, is_flag=True, help="End with exit code 1 for warnings too.")
@shares(BLUEPRINT, RUNNING, listing("table", "json"), SCREEN)
def command(settings: Settings, fix: bool, strict: bool) -> int:
    """Check the state, its lock, history, secrets and files, and that clouds and state agree. Changes nothing without --fix."""
    return answer_in(settings, lambda invocation: _examine(invocation, fix, strict))


def _examine(invocation: Invocation, fix: bool, strict: bool) -> int:
    from mcflow.engine import api

    found = api.examine(invocation.project(), apply_options(invocation.settings), fix=fix)
    if invocation.settings.output == "json":
        from mcflow.cli.render.documents import pretty

        invocation.terminal.raw(pretty(_document(found)))
    else:
        invocation.terminal.result(list(_lines(found, invocation.terminal.text_width)))
    return ERROR if found.health == "error" or (strict and found.health == "warn") else OK


def _document(found: Examination) -> dict[str, Any]:
    checks = [
        {"check": each.name, "health": each.health, "message": each.message, "help": each.help, "code": each.code, "address": each.address,
         "commands": list(each.commands)} for each in found.checks
    ]
    return {"format_version": "1.0", "health": found.health, "fixed": list(found.fixed), "checks": checks}


def _lines(found: Examination, width: int) -> list[Line]:
    from mcflow.cli.render.paint import Span
    from mcflow.cli.render.text import plural, wrap

    lines: list[Line] = [(Span("fixed ", "green"), text) for text in found.fixed]
    for each in found.checks:
        lines += _told(each, width)
    count = {health: sum(each.health == health for each in found.checks) for health in _MARKS}
    bad = [plural(count[health], word, f"{word}s") for health, word in (("error", "error"), ("warn", "warning")) if count[health]]
    lines += [(), *((line,) for line in wrap(f"{' and '.join(bad)} among {len(found.checks)} checks." if bad else "All is well.", width))]
    return lines


def _told(each: Check, width: int) -> list[Line]:
    from mcflow.cli.render.paint import Span
    from mcflow.cli.render.text import wrap

    word, style = _MARKS[each.health]
    code = f"  ({each.code})" if each.code else ""
    first, *more = wrap(f"{each.name}: {each.message}{code}", width - 7)
    lines: list[Line] = [(Span(f"{word:<7}", style), first), *((" " * 7 + line,) for line in more)]
    if each.help:
        lines += [(" " * 7, Span(line, "dim")) for line in wrap(each.help, width - 7)]
    lines += [(" " * 9, Span(text, "bold")) for text in each.commands]
    return lines
