"""``mcflow graph``: the dependency graph as dot, mermaid or svg."""

from __future__ import annotations

from pathlib import Path

import click

from mcflow.cli.codes import OK
from mcflow.cli.invocation import Invocation, answer_in
from mcflow.cli.options import BLUEPRINT, SCREEN, Flag, Settings, shares
from mcflow.cli.pages import Command
from mcflow.model.diagnostic import reject


@click.command("graph", cls=Command)
@click.option("--format", "form", cls=Flag, type=click.Choice(["dot", "mermaid", "svg"]), help="Default: by --out's name, else dot.")
@click.option("--out", cls=Flag, type=click.Path(path_type=Path), metavar="FILE", help="Write it there instead of to standard output.")
@shares(BLUEPRINT, SCREEN)
def command(settings: Settings, form: str | None, out: Path | None) -> int:
    """The blueprint's dependency graph. An arrow points from what depends to what it needs."""
    return answer_in(settings, lambda invocation: _graph(invocation, form, out))


def _graph(invocation: Invocation, form: str | None, out: Path | None) -> int:
    from mcflow.cli.render.graph import DRAWINGS
    from mcflow.engine import api

    by_name = {".svg": "svg", ".mmd": "mermaid", ".mermaid": "mermaid", ".md": "mermaid"}
    chosen = form or (by_name.get(out.suffix, "dot") if out else "dot")
    text = DRAWINGS[chosen](api.graph(invocation.project()))
    if out is None:
        invocation.terminal.raw(text)
        return OK
    try:
        out.write_text(text, "utf-8")
    except OSError as refused:
        raise reject("MC0903", what="the graph", path=out, reason=refused.strerror) from refused
    invocation.terminal.note(f"Written: {out}")
    return OK
