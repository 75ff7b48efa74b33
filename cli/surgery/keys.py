"""``mcflow state rekey`` and ``mcflow state decrypt``: another key, and no encryption any more."""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING

import click

from mcflow.cli.codes import OK
from mcflow.cli.invocation import Invocation, answer_in, apply_options
from mcflow.cli.options import BLUEPRINT, RUNNING, SCREEN, Settings, listing, shares
from mcflow.cli.pages import Command

if TYPE_CHECKING:
    from mcflow.engine.options import ApplyOptions
    from mcflow.engine.project import Project
    from mcflow.engine.rekey import Rekeyed


@click.command("rekey", cls=Command)
@shares(BLUEPRINT, RUNNING[1:], listing("table", "json", "yaml"), SCREEN)
def rekey(settings: Settings) -> int:
    """Put the whole state, its history included, under the key that the blueprint names now; keys in `previous_keys` are not needed any
    more afterwards. Interrupted, it can be run again; no cloud is asked."""
    def work(invocation: Invocation) -> int:
        from mcflow.engine import api

        return _work(invocation, api.rekey, _rekeyed)

    return answer_in(settings, work)


@click.command("decrypt", cls=Command)
@shares(BLUEPRINT, RUNNING[1:], listing("table", "json", "yaml"), SCREEN)
def decrypt(settings: Settings) -> int:
    """Write the whole state in clear again; secrets stay sealed. The blueprint must not say `encrypt: true` any more: the next run would
    encrypt it again."""
    def work(invocation: Invocation) -> int:
        from mcflow.engine import api

        return _work(invocation, api.decrypt, lambda done: "The state is in clear; its secrets stay sealed.")

    return answer_in(settings, work)


def _work(invocation: Invocation, act: Callable[[Project, ApplyOptions], Rekeyed], told: Callable[[Rekeyed], str]) -> int:
    from mcflow.cli.surgery.changing import answer

    done = act(invocation.project(), apply_options(invocation.settings))
    invocation.diagnose(done.findings)
    if invocation.settings.output == "table":
        invocation.terminal.note(told(done))
        if done.dropped:
            invocation.terminal.note(f"{done.dropped:,} write-only values are not known any more: the next apply sends them once more.")
        for name in done.left:
            invocation.terminal.note(f"Damaged, and left as it was: {name}")
    answer(invocation, {
        "key": done.key, "encrypted": done.encrypted, "secrets": done.secrets, "fingerprints": done.fingerprints,
        "dropped_fingerprints": done.dropped, "left": list(done.left)})
    return OK


def _rekeyed(done: Rekeyed) -> str:
    what = "The state and its history are encrypted" if done.encrypted else "The state's secrets are sealed"
    return f"{what} with key {done.key}; no other key is needed any more."
