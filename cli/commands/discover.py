"""``mcflow discover CONNECTION``: what there is, whose it is; with ``--import`` and ``--destroy`` what is to become of it."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

import click

from mcflow.cli.discovering import Wish, destroy_found, import_found, show_found
from mcflow.cli.invocation import answer_in, run_in
from mcflow.cli.options import APPLYING, BLUEPRINT, RUNNING, SCREEN, Flag, Named, Settings, listing, shares
from mcflow.cli.pages import Command
from mcflow.model.diagnostic import reject


@click.command("discover", cls=Command)
@click.argument("connection", type=Named("connection"))
@click.argument("ids", nargs=-1, metavar="[ID]...")
@click.option("--type", "types", cls=Flag, multiple=True, metavar="GLOB",
              help="Only types that fit, such as 'vpc' or 'route*'; may be repeated.")
@click.option("--managed", cls=Flag, multiple=True, type=click.Choice(["here", "orphan", "elsewhere", "nobody", "missing"]),
              help="Only what this state has, has lost, another mcflow state has, nobody has, or only the state has.")
@click.option("--tag", "tags", cls=Flag, multiple=True, metavar="KEY[=GLOB]", help="Only what carries the tag; may be repeated.")
@click.option("--import", "importing", cls=Flag, is_flag=True,
              help="Import it: a new blueprint file and the state; the plan after it is empty.")
@click.option("--into", cls=Flag, type=click.Path(path_type=Path), metavar="FILE",
              help="The new file of --import, beside the blueprint; default found.yaml.")
@click.option("--destroy", cls=Flag, is_flag=True, help="Destroy what nobody manages; the plan is shown first.")
@click.option("--take-over", cls=Flag, is_flag=True, help="Import or destroy also what another mcflow state manages.")
@click.option("--full", cls=Flag, is_flag=True, help="Show every line, however many.")
@shares(BLUEPRINT, RUNNING, APPLYING, listing("table", "json", "yaml", "name"), SCREEN)
def command(
    settings: Settings, connection: str, ids: Sequence[str], types: Sequence[str], managed: Sequence[str], tags: Sequence[str],
    importing: bool, into: Path | None, destroy: bool, take_over: bool, full: bool,
) -> int:
    """What there is in CONNECTION (or only these IDs): managed by this state, by another, by nobody; and how it differs from the state."""
    if any(not tag.partition("=")[0] for tag in tags):
        raise click.BadParameter("a tag's key is missing", click.get_current_context(), param_hint="'--tag'")
    wish = Wish(connection, tuple(ids), tuple(types), tuple(managed), tuple(tags), into, take_over, full)
    _refuse_nonsense(wish, importing, destroy)
    if importing:
        return run_in(settings, lambda invocation: import_found(invocation, wish))
    if destroy:
        return run_in(settings, lambda invocation: destroy_found(invocation, wish))
    return answer_in(settings, lambda invocation: show_found(invocation, wish))


def _refuse_nonsense(wish: Wish, importing: bool, destroy: bool) -> None:
    if importing and destroy:
        raise reject("MC0926", option="--import", where="beside --destroy", exit_code=64)
    if wish.into is not None and not importing:
        raise reject("MC0926", option="--into", where="without --import", exit_code=64)
    if wish.take_over and not (importing or destroy):
        raise reject("MC0926", option="--take-over", where="without --import or --destroy", exit_code=64)
    if destroy and not (wish.ids or wish.types or wish.tags or wish.managed):
        raise reject("MC0925", exit_code=64)
