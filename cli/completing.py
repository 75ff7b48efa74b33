"""Names for shells to complete, read straight from files: no blueprint is validated, no driver loaded, no key used. Never an error."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator
from pathlib import Path

import click
import msgspec

_MOST = 500
"""Names given to a shell; more help nobody."""
_KEY = re.compile(r"""(\s*)["']?([\w.-]+)["']?\s*:""")
_NAME = re.compile(r"""name:\s*["']?([\w.-]+)""")

Name = tuple[str, str]
"""What is completed, and a word about it."""


class _Record(msgspec.Struct):
    type: str = ""


class _Names(msgspec.Struct):
    natives: dict[str, _Record] = {}
    resources: dict[str, _Record] = {}
    outputs: dict[str, msgspec.Raw] = {}


class _Snapshot(msgspec.Struct):
    state: _Names


def candidates(what: str, ctx: click.Context, incomplete: str) -> list[Name]:
    """What can stand there, beginning with ``incomplete``."""
    try:
        found = sorted({name: about for name, about in NAMES[what](ctx) if name.startswith(incomplete)}.items())
    except (OSError, ValueError, msgspec.MsgspecError):
        # A shell in the middle of a line is no place for a message; the command itself will say what is wrong.
        return []
    return found[:_MOST]


def _addresses(ctx: click.Context) -> Iterator[Name]:
    yield from ((name, "resource") for name in _blueprint_names(ctx, "resources"))
    for state in _states(ctx):
        yield from ((address, record.type) for address, record in {**state.natives, **state.resources}.items())


def _connections(ctx: click.Context) -> Iterator[Name]:
    yield from ((name, "") for name in _blueprint_names(ctx, "connections"))


def _outputs(ctx: click.Context) -> Iterator[Name]:
    for state in _states(ctx):
        yield from ((name, "") for name in state.outputs)


def _environments(ctx: click.Context) -> Iterator[Name]:
    folder = _file(ctx).parent / ".mcflow" / "state"
    yield from ((found.name, "") for found in folder.glob("[!.]*/[!.]*") if found.is_dir())


def _recipes(_ctx: click.Context) -> Iterator[Name]:
    from mcflow.cli.recipes import recipes

    yield from ((name, "") for name in recipes())


def _drivers(_ctx: click.Context) -> Iterator[Name]:
    from mcflow.engine import api

    yield from ((name, "") for name in api.driver_names())


def _types(_ctx: click.Context) -> Iterator[Name]:
    from mcflow.engine import api

    yield from ((name, "") for name in api.type_names())


def _happening(ctx: click.Context) -> Iterator[Name]:
    yield from ((name, "connection") for name, _ in _connections(ctx))
    yield from _addresses(ctx)


NAMES: dict[str, Callable[[click.Context], Iterator[Name]]] = {
    "address": _addresses, "output": _outputs, "environment": _environments, "recipe": _recipes, "driver": _drivers, "type": _types,
    "connection": _connections, "happening": _happening,
}
"""What can be completed, by kind."""


def _file(ctx: click.Context) -> Path:
    """The blueprint that the options before the cursor name."""
    folder, file = ctx.params.get("chdir"), ctx.params.get("file")
    path = Path(folder or ".") / (file or "mcflow.yaml")
    return path / "mcflow.yaml" if path.is_dir() else path


def _states(ctx: click.Context) -> Iterator[_Names]:
    """Names in the snapshots of this blueprint's environment."""
    environment = str(ctx.params.get("environment") or "default")
    for path in (_file(ctx).parent / ".mcflow" / "state").glob(f"{_blueprint_name(ctx)}/{environment}/snapshot.json"):
        yield msgspec.json.decode(path.read_bytes(), type=_Snapshot).state


def _blueprint_name(ctx: click.Context) -> str:
    path = _file(ctx)
    lines = path.read_text("utf-8", "replace").splitlines() if path.is_file() else ()
    return next((found[1] for line in lines if (found := _NAME.match(line))), "*")


def _blueprint_names(ctx: click.Context, section: str) -> Iterator[str]:
    """Keys right below ``resources:`` (or another section), by indentation: a blueprint that is being written is seldom whole."""
    path = _file(ctx)
    if not path.is_file():
        return
    inside, depth = False, None
    for line in path.read_text("utf-8", "replace").splitlines():
        if line[:1] not in ("", " ", "#"):
            inside, depth = line.startswith(f"{section}:"), None
        elif inside and (found := _KEY.match(line)):
            depth = depth or len(found[1])
            if len(found[1]) == depth:
                yield found[2]
