"""Discovering: the list, and what follows from it."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

import msgspec

from mcflow.cli.applying import confirmed, refuse_silence, tell_outcome
from mcflow.cli.codes import ERROR, OK
from mcflow.cli.invocation import Invocation, apply_options
from mcflow.cli.render.text import plural
from mcflow.cli.showing import show_plan
from mcflow.model.diagnostic import Diagnostic
from mcflow.model.plan import Plan

if TYPE_CHECKING:
    from mcflow.engine.discover.adoption import Adoption
    from mcflow.engine.discover.findings import Discovery, Found
    from mcflow.engine.options import DiscoverOptions

DEFAULT_INTO = Path("found.yaml")


@dataclass(frozen=True)
class Wish:
    """What the command's own options say."""

    connection: str
    ids: tuple[str, ...]
    types: tuple[str, ...]
    managed: tuple[str, ...]
    tags: tuple[str, ...]
    into: Path | None
    take_over: bool
    full: bool


def show_found(invocation: Invocation, wish: Wish) -> int:
    """The list, in the form asked for."""
    from mcflow.engine import api

    found = api.discover(invocation.project(), options_of(wish, invocation.settings.parallelism))
    # What no driver can list is no news in a table that says so itself.
    invocation.diagnose(found.findings, notes=invocation.settings.output != "table")
    form = invocation.settings.output
    if form == "table":
        from mcflow.cli.render.discovery import discovery_lines

        invocation.terminal.result(discovery_lines(found, invocation.terminal.text_width), cut=not wish.full)
    elif form == "name":
        invocation.terminal.result([(item.id,) for item in found.items])
    elif form == "yaml":
        from mcflow.cli.render.tables import yaml_text

        invocation.terminal.raw(yaml_text(discovery_document(found)))
    else:
        from mcflow.cli.render.documents import pretty

        invocation.terminal.raw(pretty(discovery_document(found)))
    return OK


def options_of(wish: Wish, parallelism: int) -> DiscoverOptions:
    """What the engine is asked for."""
    from mcflow.engine.options import DiscoverOptions

    return DiscoverOptions(wish.connection, wish.types, wish.managed, wish.tags, wish.ids, wish.take_over, parallelism)


def discovery_document(found: Discovery) -> dict[str, Any]:
    """What was found as one JSON document."""
    return {
        "format_version": "1.0", "connection": found.connection, "objects": [_object(item) for item in found.items],
        "unlisted": list(found.unlisted), "unread": list(found.unread),
    }


def _object(item: Found) -> dict[str, Any]:
    told = {"type": item.type, "id": item.id, "managed": item.managed, "name": item.name or None, "address": item.address or None,
            "state": item.state or None, "provided": item.provided, "status": item.status, "tags": dict(item.tags),
            "attributes": dict(item.attributes)}
    drift = [{"attribute": each.path, "before": each.before, "after": each.after, "sensitive": each.sensitive} for each in item.drift]
    return {**told, "drift": drift}


def import_found(invocation: Invocation, wish: Wish) -> int:
    """Import: what will be written is shown and asked for; the cloud is not changed but for our mark."""
    from mcflow.cli.render.discovery import adoption_lines
    from mcflow.engine import api

    refuse_silence(invocation, "discover --import")
    project = invocation.project()

    def approve(made: Adoption) -> bool:
        invocation.diagnose(made.findings, notes=False)
        if invocation.text:
            with invocation.progress.paused():
                invocation.terminal.result(adoption_lines(made, invocation.terminal.text_width), cut=not wish.full)
        question = f"Write {made.file.name} and take {plural(len(made.resources), 'object')} into the state?"
        if not invocation.settings.auto_approve and not confirmed(invocation, question if made.resources else "Set the marks?"):
            return False
        invocation.progress.expect(made.marked)
        return True

    invocation.interrupts.gentle = True
    try:
        made = api.adopt_all(project, options_of(wish, invocation.settings.parallelism), wish.into or DEFAULT_INTO,
                             apply_options(invocation.settings), approve)
    finally:
        invocation.interrupts.gentle = False
    assert made.outcome is not None
    invocation.status = made.outcome.status
    if made.outcome.status == "declined":
        invocation.diagnose([Diagnostic("MC0908", {"action": "discover --import"})])
        return ERROR
    if not made.outcome.ok:
        return tell_outcome(invocation, project, made.outcome, "import", changed=True)
    invocation.diagnose(made.outcome.diagnostics)
    if invocation.text and not made.resources:
        with invocation.progress.paused():
            invocation.terminal.result([("What was begun is finished: everything imported is marked.",)])
    elif invocation.text:
        with invocation.progress.paused():
            told = f"{plural(len(made.resources), 'object')} imported. See: mcflow plan -f {made.file.name}"
            rest = "The old blueprint does not name them: its next apply would destroy them."
            invocation.terminal.result([(), (told,), (rest,), (f"Go on with {made.file.name}, or give it the old one's name.",)])
    return OK


def destroy_found(invocation: Invocation, wish: Wish) -> int:
    """Destroy: the plan is shown and asked for."""
    from mcflow.engine import api

    refuse_silence(invocation, "discover --destroy")
    project = invocation.project()
    seen: list[Plan] = []

    def approve(plan: Plan) -> bool:
        seen.append(plan)
        told = plan if invocation.terminal.quiet else msgspec.structs.replace(plan, recovered=[])
        show_plan(invocation, told, project, full=wish.full)
        if not invocation.settings.auto_approve and not confirmed(invocation, "Destroy all of this?"):
            return False
        invocation.progress.expect(len(plan.steps))
        return True

    invocation.interrupts.gentle = True
    try:
        outcome = api.destroy_found(project, options_of(wish, invocation.settings.parallelism), apply_options(invocation.settings), approve)
    finally:
        invocation.interrupts.gentle = False
    return tell_outcome(invocation, project, outcome, "destroy", changed=bool(seen))
