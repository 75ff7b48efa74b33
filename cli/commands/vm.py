"""``mcflow vm``: what one does with machines that is no plan."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

import click

from mcflow.cli.codes import ERROR, INTERRUPTED, OK, PARTIAL
from mcflow.cli.invocation import Invocation, answer_in, apply_options
from mcflow.cli.options import BLUEPRINT, RUNNING, SCREEN, WRITING, Duration, Flag, Named, Settings, listing, shares
from mcflow.cli.pages import Command
from mcflow.cli.render.paint import Line, Span
from mcflow.model.diagnostic import Diagnostic, reject

_DOING = {"start": "Start", "stop": "Stop", "reboot": "Reboot"}
_STYLES = {"done": "green", "accepted": "green", "unknown": "bold yellow", "failed": "red", "late": "yellow"}
_SAID = {"accepted": "asked for", "unknown": "it is not known whether it happened", "late": "not there yet"}


@click.group("vm")
def command() -> None:
    """Start, stop and reboot machines; what they write to their console; the first password of Windows."""


def _verb(name: str, about: str) -> None:
    @command.command(name, cls=Command, help=about)
    @click.argument("addresses", metavar="ADDRESS...", nargs=-1, required=True, type=Named("address"))
    @click.option("--no-wait", cls=Flag, is_flag=True, help="Do not wait until the machine is there.")
    @click.option("--timeout", cls=Flag, type=Duration(), default=900.0, metavar="DURATION", help="Wait so long at most; default 15m.")
    @shares(BLUEPRINT, RUNNING[0], WRITING, listing("table", "json", "yaml"), SCREEN)
    def run(settings: Settings, addresses: tuple[str, ...], no_wait: bool, timeout: float) -> int:
        return answer_in(settings, lambda invocation: _operate(invocation, name, addresses, not no_wait, timeout))


_verb("start", "Start stopped machines. Recorded in the audit log; never sent twice.")
_verb("stop", "Stop machines; their disks stay. Where the blueprint has `power`, the next apply puts it back.")
_verb("reboot", "Reboot machines. A reboot that was under way when mcflow was killed is not repeated, but told as unknown.")


def _operate(invocation: Invocation, verb: str, addresses: Sequence[str], wait: bool, timeout: float) -> int:
    from mcflow.cli.surgery.changing import answer
    from mcflow.engine import api

    settings = invocation.settings
    if not settings.auto_approve and (settings.output != "table" or not invocation.terminal.interactive):
        raise reject("MC0902", action=f"vm {verb}")
    told: list[Diagnostic] = []

    def approve(rows: Sequence[Mapping[str, Any]], findings: Sequence[Diagnostic]) -> bool:
        told.extend(findings)
        invocation.diagnose(findings)
        return settings.auto_approve or _asked(invocation, verb, rows)

    invocation.interrupts.gentle = True
    try:
        ended = api.operate(invocation.project(), addresses, verb, apply_options(settings), approve, wait=wait, timeout=timeout)
    finally:
        invocation.interrupts.gentle = False
    invocation.diagnose([finding for finding in ended.findings if finding not in told])
    if not ended.done:
        invocation.diagnose([Diagnostic("MC0908", {"action": f"vm {verb}"})])
        return ERROR
    if settings.output == "table":
        with invocation.progress.paused():
            invocation.terminal.result([_line(row) for row in ended.rows])
    answer(invocation, {"verb": verb, "run": ended.run, "machines": list(ended.rows)})
    if ended.ok:
        return OK
    if invocation.ports.cancel.level:
        return INTERRUPTED
    return PARTIAL if any(row["outcome"] in ("done", "accepted") for row in ended.rows) else ERROR


def _asked(invocation: Invocation, verb: str, rows: Sequence[Mapping[str, Any]]) -> bool:
    from mcflow.cli.applying import confirmed

    with invocation.progress.paused():
        invocation.terminal.result([(f"  {row['address']}", Span(f"  {row['type']}  {row['id']}", "dim")) for row in rows])
    return confirmed(invocation, f"{_DOING[verb]} {'this' if len(rows) == 1 else f'these {len(rows):,}'}?")


def _line(row: Mapping[str, Any]) -> Line:
    said = _SAID.get(row["outcome"], row["outcome"])
    status = f" ({row['status']})" if row["status"] else ""
    return (f"{row['address']}  ", Span(f"{row['verb']}: {said}{status}", _STYLES[row["outcome"]]), Span(f"  {row['id']}", "dim"))


@command.command("console", cls=Command)
@click.argument("address", type=Named("address"))
@shares(BLUEPRINT, listing("table", "json"), SCREEN)
def console(settings: Settings, address: str) -> int:
    """What the machine wrote to its console, as its cloud has it: some minutes old with most clouds."""
    def work(invocation: Invocation) -> int:
        from mcflow.cli.render.text import safe
        from mcflow.cli.surgery.changing import answer
        from mcflow.engine import api

        text = api.machine_console(invocation.project(), address)
        if not text.strip():
            invocation.diagnose([Diagnostic("MC1044", {}, address=address)])
        if invocation.settings.output == "table":
            invocation.terminal.result([(safe(line),) for line in text.splitlines()])
        answer(invocation, {"address": address, "console": text})
        return OK

    return answer_in(settings, work)


@command.command("password", cls=Command)
@click.argument("address", type=Named("address"))
@click.option("--key", cls=Flag, type=click.Path(path_type=Path), required=True, metavar="FILE",
              help="The private key of the machine's key pair; it is used here and sent nowhere.")
@shares(BLUEPRINT, listing("table", "json"), SCREEN)
def password(settings: Settings, address: str, key: Path) -> int:
    """The machine's first password, on standard output and nowhere else. The cloud hands it out encrypted; it is opened here."""
    def work(invocation: Invocation) -> int:
        from mcflow.cli.surgery.changing import answer
        from mcflow.engine import api

        found: str = api.machine_password(invocation.project(), address, key).reveal()
        if invocation.settings.output == "table":
            invocation.terminal.raw(found)
        answer(invocation, {"address": address, "password": found})
        return OK

    return answer_in(settings, work)
