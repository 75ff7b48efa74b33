"""``mcflow state repair``: what is damaged, and taking what is proven."""

from __future__ import annotations

from collections.abc import Iterator
from typing import TYPE_CHECKING

import click

from mcflow.cli.applying import confirmed, refuse_silence
from mcflow.cli.codes import ERROR, OK
from mcflow.cli.invocation import Invocation, answer_in, apply_options
from mcflow.cli.options import BLUEPRINT, SCREEN, WRITING, Flag, Settings, listing, shares
from mcflow.cli.pages import Command
from mcflow.cli.render.paint import Line, Span
from mcflow.cli.surgery.changing import answer
from mcflow.model.diagnostic import Diagnostic

if TYPE_CHECKING:
    from mcflow.engine.surgery.repair import Account


@click.command("repair", cls=Command)
@click.option("--accept-loss", cls=Flag, is_flag=True, help="Take the newest proven state, though newer records are lost.")
@click.option("--from-history", "serial", cls=Flag, type=click.IntRange(0), metavar="SERIAL", help="Take this snapshot of the history.")
@shares(BLUEPRINT, WRITING, listing("table", "json"), SCREEN)
def repair(settings: Settings, accept_loss: bool, serial: int | None) -> int:
    """Explain what is damaged in the state and write what is proven. Damaged files are set aside; where something may be lost, the
    next apply searches the clouds for this state's marks."""
    def work(invocation: Invocation) -> int:
        return _repair(invocation, accept_loss, serial)

    return answer_in(settings, work)


def _repair(invocation: Invocation, accept_loss: bool, serial: int | None) -> int:
    from mcflow.engine import api

    settings, terminal = invocation.settings, invocation.terminal
    declined: list[bool] = []

    def approve(account: Account) -> bool:
        if settings.output == "table":
            terminal.result(_lines(account))
        if not settings.auto_approve:
            refuse_silence(invocation, "state repair")
        agreed = settings.auto_approve or (settings.output == "table" and confirmed(invocation, "Repair it so?"))
        declined.append(not agreed)
        return agreed

    done = api.repair_state(invocation.project(), apply_options(settings), approve, accept_loss=accept_loss, serial=serial)
    invocation.diagnose(done.findings)
    if any(declined):
        invocation.diagnose([Diagnostic("MC0908", {"action": "state repair"})])
    elif settings.output == "table":
        terminal.note(f"Repaired; the state has serial {done.serial}." if done.done else "Nothing is damaged.")
    account = done.account
    answer(invocation, {
        "done": done.done, "serial": done.serial, "damage": [{"file": file, "problem": problem} for file, problem in account.damage],
        "source": account.source, "natives": account.natives, "lossless": account.lossless, "aside": list(done.aside)})
    return ERROR if any(declined) else OK


def _lines(account: Account) -> Iterator[Line]:
    for finding in (*account.problem, *account.findings):
        yield (Span(finding.code, "bold"), f"  {finding.message}")
    if account.damage:
        yield (Span("Damaged:", "bold"),)
        yield from ((f"  {file} ", Span(problem, "red")) for file, problem in account.damage)
    kept = "nothing is lost" if account.lossless else "what came after it is lost; the clouds are searched for it"
    yield (Span("Would be the state: ", "bold"), f"serial {account.serial}, {account.natives:,} natives, from {account.source}; {kept}.")
