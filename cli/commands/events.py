"""``mcflow events ADDRESS|CONNECTION``: what happened, who did it."""

from __future__ import annotations

from typing import TYPE_CHECKING

import click

from mcflow.cli.codes import ERROR, OK
from mcflow.cli.invocation import Invocation, answer_in
from mcflow.cli.options import BLUEPRINT, SCREEN, Duration, Flag, Named, Settings, listing, shares
from mcflow.cli.pages import Command

if TYPE_CHECKING:
    from mcflow.engine.operate.events import Happening
    from mcflow.engine.project import Project

_PAUSE = 15.0
"""Seconds between two looks with --follow: clouds are slow to tell, and count the questions."""
_LATE = 1200.0
"""How far back each look goes after the first: CloudTrail tells a call up to a quarter of an hour later."""


@click.command("events", cls=Command)
@click.argument("about", metavar="ADDRESS|CONNECTION", type=Named("happening"))
@click.option("--since", cls=Flag, type=Duration(), default=86400.0, metavar="DURATION", help="How far back: 30m, 24h; default 24h.")
@click.option("--follow", cls=Flag, is_flag=True, help="Go on telling what happens, until Ctrl-C. -o json: one event a line.")
@shares(BLUEPRINT, listing("table", "json", "yaml"), SCREEN)
def command(settings: Settings, about: str, since: float, follow: bool) -> int:
    """What happened to ADDRESS, or everywhere in CONNECTION: calls of the API and who made them, status checks, planned maintenance,
    alarms; oldest first."""
    work = _follow if follow else _once
    return answer_in(settings, lambda invocation: work(invocation, about, since))


def _once(invocation: Invocation, about: str, since: float) -> int:
    from mcflow.cli.render.happened import event_document, event_lines
    from mcflow.cli.surgery.changing import answer
    from mcflow.engine import api

    found = api.events(invocation.project(), about, since=invocation.now() - since)
    invocation.diagnose(found.findings)
    if invocation.settings.output != "table":
        answer(invocation, {"events": [event_document(each, found.addresses) for each in found.events]})
    elif found.events:
        invocation.terminal.result(event_lines(found.events, found.addresses))
    elif found.ok:
        invocation.terminal.note("Nothing happened in that time, as far as the cloud tells.")
    return OK if found.ok else ERROR


def _follow(invocation: Invocation, about: str, since: float) -> int:
    project = invocation.project()
    begin = invocation.now() - since
    told: set[tuple[str, str]] = set()
    try:
        while _tell_new(invocation, project, about, begin, told):
            begin = max(begin, invocation.now() - _LATE)
            invocation.ports.clock.wait(invocation.ports.cancel, _PAUSE)
            if invocation.terminal.abandoned():
                return OK
    except KeyboardInterrupt:
        # How one leaves it: nothing is wrong.
        return OK
    return ERROR


def _tell_new(invocation: Invocation, project: Project, about: str, begin: float, told: set[tuple[str, str]]) -> bool:
    """What was not told yet; False if no source answers."""
    import json

    from mcflow.cli.render.happened import event_document, event_lines
    from mcflow.cli.render.tables import yaml_text
    from mcflow.engine import api

    found = api.events(project, about, since=begin)
    # What cannot be read is told once: it will not be otherwise fifteen seconds later.
    findings = [each for each in found.findings if (each.code, each.message) not in told]
    fresh = [each for each in found.events if _key(each) not in told]
    told |= {(each.code, each.message) for each in findings} | {_key(each) for each in fresh}
    invocation.diagnose(findings)
    documents = [event_document(each, found.addresses) for each in fresh]
    if invocation.settings.output == "table":
        invocation.terminal.result(event_lines(fresh, found.addresses))
    elif invocation.settings.output == "yaml" and documents:
        # One list that grows: at any time all of it is one document.
        invocation.terminal.raw(yaml_text(documents))
    else:
        for document in documents:
            invocation.terminal.raw(json.dumps(document))
    return found.ok


def _key(event: Happening) -> tuple[str, str]:
    return event.source, event.key or f"{event.at} {event.what} {event.object}"
