"""A change of the state from the terminal: what it would do is shown, approval asked, the end told."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from mcflow.cli.applying import confirmed
from mcflow.cli.codes import ERROR, OK
from mcflow.cli.invocation import Invocation
from mcflow.cli.render.paint import Line
from mcflow.model.diagnostic import Diagnostic, reject

if TYPE_CHECKING:
    from mcflow.engine.surgery.change import Changed, Proposal


@dataclass(frozen=True)
class Wording:
    """How a change is told: ``lines`` of a proposal's rows; the question; what is said when it is done."""

    action: str
    lines: Callable[[tuple[dict[str, Any], ...]], Iterator[Line]]
    question: str
    done: str
    nothing: str
    dry_run: bool = False


def changing(invocation: Invocation, wording: Wording, work: Callable[[Callable[[Proposal], bool]], Changed]) -> int:
    """Run ``work`` with an approval that shows and asks; answers in the form ``-o`` asks for. Returns the exit code."""
    settings = invocation.settings
    asking = not settings.auto_approve and not wording.dry_run
    if asking and (settings.output != "table" or not invocation.terminal.interactive):
        raise reject("MC0902", action=wording.action)
    declined: list[bool] = []

    def approve(proposal: Proposal) -> bool:
        invocation.diagnose(proposal.findings)
        if settings.output == "table":
            invocation.terminal.result(wording.lines(proposal.rows))
        if wording.dry_run:
            return False
        agreed = not asking or confirmed(invocation, wording.question)
        declined.append(not agreed)
        return agreed

    changed = work(approve)
    invocation.diagnose(changed.findings)
    if any(declined):
        invocation.diagnose([Diagnostic("MC0908", {"action": wording.action})])
    elif settings.output == "table":
        end = wording.nothing if changed.proposal.empty else "" if wording.dry_run else wording.done.format(serial=changed.serial)
        if end:
            invocation.terminal.note(end)
    answer(invocation, {"done": changed.done, "serial": changed.serial, "run": changed.run, "changes": list(changed.proposal.rows)})
    return ERROR if any(declined) else OK


def answer(invocation: Invocation, document: Mapping[str, Any]) -> None:
    """The document to standard output if a program asked for it."""
    form = invocation.settings.output
    if form == "json":
        from mcflow.cli.render.documents import pretty

        invocation.terminal.raw(pretty(dict(document)))
    elif form == "yaml":
        from mcflow.cli.render.tables import yaml_text

        invocation.terminal.raw(yaml_text(dict(document)))
