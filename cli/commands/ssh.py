"""``mcflow ssh ADDRESS``: log in with OpenSSH's client."""

from __future__ import annotations

from pathlib import Path

import click

from mcflow.cli.invocation import run_in
from mcflow.cli.login import Wish, log_in
from mcflow.cli.options import BLUEPRINT, SCREEN, Flag, Named, Settings, shares
from mcflow.cli.pages import Command


@click.command("ssh", cls=Command)
@click.argument("address", type=Named("address"))
@click.argument("words", metavar="[-- COMMAND]", nargs=-1, type=click.UNPROCESSED)
@click.option("-l", "--user", cls=Flag, default="", metavar="NAME", help="Log in as this user; default: the blueprint's, else the image's.")
@click.option("-i", "--key", cls=Flag, type=click.Path(path_type=Path), metavar="FILE",
              help="A private key; default: the one made for the machine, else what ssh finds.")
@click.option("-p", "--port", cls=Flag, type=click.IntRange(1, 65535), default=22, metavar="N", help="Default 22.")
@click.option("--private", "use_private", cls=Flag, is_flag=True, help="Use the private address though it has a public one.")
@click.option("-J", "--jump", cls=Flag, default="", metavar="ADDRESS|[USER@]HOST[:PORT]",
              help="Go through this machine, of the state or any other, to the private address.")
@click.option("-t", "--tty", cls=Flag, is_flag=True, help="Give the command a terminal.")
@click.option("--print", "printing", cls=Flag, is_flag=True, help="Print the command of ssh; run nothing.")
@shares(BLUEPRINT, SCREEN)
def command(settings: Settings, address: str, words: tuple[str, ...], user: str, key: Path | None, port: int, use_private: bool, jump: str,
            tty: bool, printing: bool) -> int:
    """Log in to the machine ADDRESS, or run COMMAND on it. The exit code is that of ssh (255: no connection).

    Host keys are kept for each state, by machine: the first is taken, another one later is refused."""
    if user.startswith("-") or jump.startswith("-"):
        raise click.BadParameter("a name does not begin with a dash", click.get_current_context())
    wish = Wish(address, words, user, key, port, use_private or bool(jump), jump, tty, printing)
    return run_in(settings, lambda invocation: log_in(invocation, wish))
