"""Plans and outputs in the form the settings ask for."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from mcflow.cli.invocation import Invocation
from mcflow.cli.render.paint import Line, Span
from mcflow.cli.render.values import short
from mcflow.model.plan import Plan

if TYPE_CHECKING:
    from mcflow.engine.project import Project


def show_plan(invocation: Invocation, plan: Plan, project: Project | None = None, *, full: bool = False) -> None:
    """A plan as text, as one document, or as events; warnings beside it."""
    from mcflow.cli.render.documents import plan_document, plan_events, pretty
    from mcflow.cli.render.sources import Sources

    # The plan itself shows its notes, one line each.
    invocation.diagnose(plan.diagnostics, notes=False)
    for event in plan_events(plan, invocation.now()) if invocation.streams else ():
        invocation.emit(event)
    if not invocation.text:
        return
    with invocation.progress.paused():
        if invocation.settings.output == "json":
            invocation.terminal.raw(pretty(plan_document(plan, Sources().line)))
        else:
            from mcflow.cli.render.plan import plan_lines

            invocation.terminal.result(plan_lines(plan, full=full, types=_types_from_state(plan, project)), cut=not full)


def _types_from_state(plan: Plan, project: Project | None) -> dict[str, str]:
    """Portable types of the resources of which the plan has no record of its own: removed ones, and those whose record stays as it is."""
    named = {change.resource for change in plan.resource_changes if change.resource and plan.resources.get(change.resource) is None}
    if not named or project is None:
        return {}
    from mcflow.engine import api

    known = api.read_state(project).state.resources
    return {address: known[address].type for address in named if address in known}


def output_lines(values: dict[str, Any], width: int = 100) -> list[Line]:
    """``name = value``, aligned; lists and maps that do not fit on a line, item by item."""
    from mcflow.cli.render.documents import pretty
    from mcflow.cli.render.text import columns, pad

    widest = max((columns(name) for name in values), default=0)
    lines: list[Line] = []
    for name, value in values.items():
        text = short(value)
        if isinstance(value, list | dict) and columns(text) > width - widest - 3:
            first, *more = pretty(value).split("\n")
            lines += [(Span(pad(name, widest), "bold"), f" = {first}"), *((line,) for line in more)]
        else:
            lines.append((Span(pad(name, widest), "bold"), " = ", text))
    return lines
