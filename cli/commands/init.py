"""``mcflow init``: start a blueprint in a folder from a shipped recipe."""

from __future__ import annotations

import os
from itertools import takewhile
from pathlib import Path

import click

from mcflow.cli.codes import OK
from mcflow.cli.invocation import Invocation, answer_in
from mcflow.cli.options import SCREEN, Flag, Named, Settings, shares
from mcflow.cli.pages import Command
from mcflow.cli.recipes import ALWAYS, recipes
from mcflow.cli.render.paint import Span
from mcflow.cli.render.text import wrap
from mcflow.model.diagnostic import Diagnostic, Rejected, reject

_IGNORED = "# State and plans hold what exists; sealed, but not for version control.\n.mcflow/\n*.mcplan\n"


@click.command("init", cls=Command)
@click.option("--recipe", cls=Flag, default="quickstart", type=Named("recipe"), metavar="NAME", help="Which recipe; --list names them.")
@click.option("--list", "list_recipes", is_flag=True, help="Name the recipes.")
@click.option("--chdir", cls=Flag, type=click.Path(path_type=Path), metavar="DIR", help="Start it in this folder; made if missing.")
@shares(SCREEN)
def command(settings: Settings, recipe: str, list_recipes: bool) -> int:
    """Start a blueprint in this folder from a recipe. Overwrites nothing."""
    if settings.chdir is not None:
        try:
            settings.chdir.mkdir(parents=True, exist_ok=True)
        except OSError as refused:
            raise reject("MC0912", path=settings.chdir, reason=refused.strerror) from refused
    return answer_in(settings, _list if list_recipes else lambda invocation: _init(invocation, recipe))


def _list(invocation: Invocation) -> int:
    if invocation.settings.output == "json":
        from mcflow.cli.render.documents import pretty

        rows = [{"name": name, "about": _about((folder / ALWAYS).read_text("utf-8"))} for name, folder in recipes().items()]
        invocation.terminal.raw(pretty(rows))
        return OK
    for name, folder in recipes().items():
        first, *more = wrap(_about((folder / ALWAYS).read_text("utf-8")), invocation.terminal.text_width - 14)
        invocation.terminal.result([(Span(f"{name:<14}", "bold"), first), *((" " * 14 + line,) for line in more)])
    return OK


def _about(text: str) -> str:
    """The first sentence of the comment at the top of a recipe."""
    comment = " ".join(line.lstrip("# ") for line in takewhile(lambda line: line.startswith("#"), text.split("\n")))
    return comment.partition(". ")[0].rstrip(".") + "."


def _init(invocation: Invocation, name: str) -> int:
    known = recipes()
    if name not in known:
        from difflib import get_close_matches

        near = get_close_matches(name, known, n=1)
        raise reject("MC0907", name=name, known=", ".join(known), suggestion=near[0] if near else None)
    wanted = {Path(item.name): item.read_text("utf-8") for item in known[name].iterdir() if item.name.endswith((".yaml", ".yml"))}
    present = [path for path in wanted if os.path.lexists(path)]
    if present:
        raise Rejected([Diagnostic("MC0906", {"path": str(path)}) for path in present])
    for path, text in wanted.items():
        _write(path, text)
    if not os.path.lexists(".gitignore"):
        _write(Path(".gitignore"), _IGNORED)
        wanted[Path(".gitignore")] = _IGNORED
    else:
        invocation.terminal.note("There is a .gitignore already: see that it has the line `.mcflow/`.")
    invocation.terminal.result([(f"Written: {', '.join(sorted(map(str, wanted)))}",), ("Next: mcflow plan, then mcflow apply",)])
    return OK


def _write(path: Path, text: str) -> None:
    try:
        handle = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o644)
    except FileExistsError as there:
        raise reject("MC0906", path=path) from there
    except OSError as refused:
        raise reject("MC0903", what="the file", path=path, reason=refused.strerror) from refused
    with os.fdopen(handle, "w", encoding="utf-8") as file:
        file.write(text)
