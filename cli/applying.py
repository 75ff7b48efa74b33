"""Apply and destroy: plan, ask, watch, tell how it ended."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import TYPE_CHECKING

import msgspec

from mcflow.cli.codes import ERROR, INTERRUPTED, OK, PARTIAL
from mcflow.cli.invocation import Invocation, apply_options, plan_options
from mcflow.cli.render.paint import Span
from mcflow.cli.render.values import SENSITIVE
from mcflow.cli.showing import output_lines, show_plan
from mcflow.model.address import AddressError, parse_address
from mcflow.model.diagnostic import Diagnostic, reject
from mcflow.model.plan import Plan

if TYPE_CHECKING:
    from mcflow.engine.apply.outcome import Outcome
    from mcflow.engine.project import Project

_EXIT = {"done": OK, "nothing": OK, "declined": ERROR, "partial": PARTIAL, "failed": ERROR, "interrupted": INTERRUPTED}


def apply_and_tell(invocation: Invocation, mode: str, planfile: Path | None, *, full: bool) -> int:
    """Apply (or destroy) as the settings say; returns the exit code."""
    from mcflow.engine import api

    if planfile is None:
        refuse_silence(invocation, mode)
    project = invocation.project()
    saved = None if planfile is None else api.load_plan(project, planfile)
    settings = invocation.settings

    def work(approve: Callable[[Plan], bool]) -> Outcome:
        return api.apply(project, saved, plan_options(settings, mode), apply_options(settings), approve)

    return carry_out_and_tell(invocation, project, mode, work, asked_before=saved is not None, full=full)


def carry_out_and_tell(invocation: Invocation, project: Project, mode: str, work: Callable[[Callable[[Plan], bool]], Outcome], *,
                       asked_before: bool = False, full: bool = False) -> int:
    """Run ``work`` with an approval that shows the plan and asks; tell how it ended. Returns the exit code."""
    seen: list[Plan] = []

    def approve(plan: Plan) -> bool:
        seen.append(plan)
        return _approve(invocation, project, plan, asked_before=asked_before, full=full)

    # From here on a cloud may be changed, at first by settling what an earlier run left open.
    invocation.interrupts.gentle = True
    try:
        outcome = work(approve)
    finally:
        invocation.interrupts.gentle = False
    if not seen and outcome.ok:
        # Nobody was asked: there was nothing to do.
        show_plan(invocation, Plan(name=project.name, environment=project.environment, mode=mode))  # type: ignore[arg-type]
    return tell_outcome(invocation, project, outcome, mode, changed=bool(seen))


def tell_outcome(invocation: Invocation, project: Project, outcome: Outcome, mode: str, *, changed: bool) -> int:
    """How a run ended, told; returns the exit code. ``changed``: there was a plan, and somebody was asked."""
    invocation.status = outcome.status if changed or not outcome.ok else "nothing"
    _tell(invocation, project, outcome, mode, changed=changed)
    return _EXIT[outcome.status]


def refuse_silence(invocation: Invocation, action: str) -> None:
    """Before anything is done: if a question will come, somebody must be there to answer it."""
    settings = invocation.settings
    if not settings.auto_approve and (settings.json or not invocation.terminal.interactive):
        raise reject("MC0902", action=action)


def _approve(invocation: Invocation, project: Project, plan: Plan, *, asked_before: bool, full: bool) -> bool:
    if invocation.ports.cancel.level:
        raise KeyboardInterrupt
    # What an earlier run left open was told line by line when it was settled.
    told = plan if invocation.terminal.quiet else msgspec.structs.replace(plan, recovered=[])
    show_plan(invocation, told, project, full=full)
    if not plan.empty and not invocation.settings.auto_approve and not asked_before and not _confirmed(invocation, plan.mode):
        return False
    invocation.progress.expect(len(plan.steps))
    return True


def _confirmed(invocation: Invocation, mode: str) -> bool:
    return confirmed(invocation, "Destroy all of this?" if mode == "destroy" else "Do this?")


def confirmed(invocation: Invocation, question: str) -> bool:
    """Ask; True for the answer ``yes``. Ctrl-C at the question leaves at once."""
    terminal = invocation.terminal
    invocation.interrupts.gentle = False
    try:
        with invocation.progress.paused():
            terminal.err.write(f"\n{question} Only `yes` is taken as an answer: ")
            terminal.err.flush()
            answer = ""
            try:
                answer = terminal.answers.readline()
            finally:
                # Ctrl-D and Ctrl-C leave the cursor behind the question.
                if not answer.endswith("\n"):
                    terminal.err.write("\n")
    finally:
        invocation.interrupts.gentle = True
    return answer.strip() == "yes"


def _placed(project: Project, finding: Diagnostic) -> Diagnostic:
    """A cloud's refusal points at the resource in the blueprint."""
    if finding.position is not None or not finding.address:
        return finding
    try:
        block = project.blueprint.resources.get(parse_address(finding.address).name)
    except AddressError:
        return finding
    return finding if block is None else msgspec.structs.replace(finding, position=block.position)


def _tell(invocation: Invocation, project: Project, outcome: Outcome, mode: str, *, changed: bool) -> None:
    from mcflow.cli.render.outcome import outcome_lines

    if outcome.status == "declined":
        invocation.diagnose([Diagnostic("MC0908", {"action": mode})])
        return
    invocation.diagnose([_placed(project, finding) for finding in (*(finding for _, finding in outcome.failed), *outcome.diagnostics)])
    values = {name: item.get("value", SENSITIVE) for name, item in outcome.outputs.items()} if mode == "apply" else {}
    if not invocation.text:
        return
    with invocation.progress.paused():
        if changed or not outcome.ok:
            invocation.terminal.result([(), *outcome_lines(outcome, mode, invocation.terminal.text_width)])
        if values:
            invocation.terminal.result([(), (Span("Outputs", "bold"),), *output_lines(values, invocation.terminal.text_width)])
