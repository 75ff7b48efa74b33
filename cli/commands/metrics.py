"""``mcflow metrics ADDRESS``: how busy something is."""

from __future__ import annotations

from pathlib import Path

import click

from mcflow.cli.codes import OK
from mcflow.cli.invocation import Invocation, answer_in
from mcflow.cli.options import BLUEPRINT, SCREEN, Duration, Flag, Named, Settings, listing, shares
from mcflow.cli.pages import Command
from mcflow.model.diagnostic import reject


@click.command("metrics", cls=Command)
@click.argument("address", type=Named("address"))
@click.option("--range", "span", cls=Flag, type=Duration(), default=3600.0, metavar="DURATION", help="How far back: 1h, 7d; default 1h.")
@click.option("--step", cls=Flag, type=Duration(), metavar="DURATION", help="Time between two values; default: about sixty values.")
@click.option("--metric", "metrics", cls=Flag, multiple=True, metavar="NAME", help="Only this one, such as cpu; may be repeated.")
@click.option("--svg", cls=Flag, type=click.Path(path_type=Path), metavar="FILE", help="Also draw them into FILE.")
@shares(BLUEPRINT, listing("table", "json", "yaml", "csv"), SCREEN)
def command(settings: Settings, address: str, span: float, step: float | None, metrics: tuple[str, ...], svg: Path | None) -> int:
    """What the cloud measured of ADDRESS: cpu, memory where there is any, disk, network, and what its kind has."""
    if span <= 0 or (step is not None and step < 1):
        raise click.BadParameter("--range and --step must be at least a second", click.get_current_context())
    return answer_in(settings, lambda invocation: _show(invocation, address, span, step, metrics, svg))


def _show(invocation: Invocation, address: str, span: float, step: float | None, metrics: tuple[str, ...], svg: Path | None) -> int:
    from mcflow.cli.render.documents import pretty
    from mcflow.cli.render.measured import measured_csv, measured_document, measured_lines
    from mcflow.cli.render.tables import yaml_text
    from mcflow.engine import api

    measured = api.metrics(invocation.project(), address, span=span, step=step, names=metrics)
    invocation.diagnose(measured.findings)
    form, terminal = invocation.settings.output, invocation.terminal
    if svg is not None:
        from mcflow.cli.render.plot import plot

        try:
            svg.write_text(plot(measured), encoding="utf-8")
        except OSError as refused:
            raise reject("MC0903", what="the drawing", path=svg, reason=refused.strerror or refused) from refused
    if form == "json":
        terminal.raw(pretty(measured_document(measured)))
    elif form == "yaml":
        terminal.raw(yaml_text(measured_document(measured)))
    elif form == "csv":
        terminal.exact(measured_csv(measured))
    else:
        encoding = (getattr(terminal.out, "encoding", None) or "utf-8").lower()
        terminal.result(measured_lines(measured, terminal.width_out or terminal.text_width, ascii_only=not encoding.startswith("utf")))
    return OK
