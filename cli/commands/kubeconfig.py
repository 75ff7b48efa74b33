"""``mcflow kubeconfig ADDRESS``: how to reach a cluster with kubectl."""

from __future__ import annotations

import os
from pathlib import Path

import click

from mcflow.cli.codes import OK
from mcflow.cli.invocation import Invocation, answer_in
from mcflow.cli.kubeconfigs import merge, write
from mcflow.cli.options import BLUEPRINT, SCREEN, Flag, Named, Settings, listing, shares
from mcflow.cli.pages import Command


@click.command("kubeconfig", cls=Command)
@click.argument("address", type=Named("address"))
@click.option("--out", cls=Flag, type=click.Path(path_type=Path), metavar="FILE", help="Write it into FILE, readable by you alone.")
@click.option("--merge", "merging", cls=Flag, is_flag=True, help="Put it into the file that kubectl uses; everything else in it stays.")
@click.option("--use", cls=Flag, is_flag=True, help="With --merge: make it kubectl's current context.")
@shares(BLUEPRINT, listing("yaml", "json"), SCREEN)
def command(settings: Settings, address: str, out: Path | None, merging: bool, use: bool) -> int:
    """The kubeconfig of the cluster ADDRESS, derived now: on standard output, in a file, or merged into kubectl's own."""
    if (out is not None and merging) or (use and not merging):
        raise click.UsageError("--out and --merge exclude each other, and --use needs --merge", click.get_current_context())
    return answer_in(settings, lambda invocation: _kubeconfig(invocation, address, out, merging, use))


def _kubeconfig(invocation: Invocation, address: str, out: Path | None, merging: bool, use: bool) -> int:
    from mcflow.cli.render.documents import pretty
    from mcflow.cli.render.tables import yaml_text
    from mcflow.engine import api

    document = api.kubeconfig(invocation.project(), address).reveal()
    name = document["current-context"]
    if merging:
        file = _kubectls()
        merge(file, document, use=use)
        invocation.terminal.note(f"{file} has the context {name}: kubectl --context {name} get nodes")
    elif out is not None:
        write(out, document)
        invocation.terminal.note(f"Written: kubectl --kubeconfig {out} get nodes")
    elif invocation.settings.output == "json":
        invocation.terminal.raw(pretty(document))
    else:
        invocation.terminal.raw(yaml_text(document))
    return OK


def _kubectls() -> Path:
    """The file that kubectl writes to."""
    named = [part for part in os.environ.get("KUBECONFIG", "").split(os.pathsep) if part]
    return Path(named[0]) if named else Path.home() / ".kube" / "config"
