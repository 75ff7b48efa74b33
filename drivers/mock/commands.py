"""``mcflow mock``: what the rehearsal cloud holds and has done, and its switches. Works on the account's file, not on any state."""

from __future__ import annotations

import json
import time
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

import click
import msgspec

from mcflow.drivers.mock.cloud import backdoor
from mcflow.drivers.mock.cloud.objects import Object
from mcflow.drivers.mock.cloud.sqlite import SqliteStore
from mcflow.drivers.mock.session import DEFAULT_ACCOUNT, store_path

FAULTS = ("error", "throttle", "lost_reply", "lost_request", "read_error")

json_option = click.option("-o", "--output", "form", type=click.Choice(["table", "json"]), default="table", help="table or json.")


def _examples(*lines: str) -> str:
    """The end of a help page."""
    return "\b\nExamples:\n" + "\n".join(f"  mcflow mock {line}" for line in lines)


@click.group("mock", epilog=_examples(
    "objects", "ledger --verb delete", "drift net/vpc tags.owner=ann", "faults set error=0.2 seed=7", "-C shop reset -y"))
@click.option("--account", default=DEFAULT_ACCOUNT, show_default=True, help="The account.")
@click.option("--path", type=click.Path(path_type=Path), help="The account's file, where the connection names one.")
@click.option("-C", "--chdir", "--directory", "directory", type=click.Path(path_type=Path), default=Path(), help="The blueprint's folder.")
@click.pass_context
def group(ctx: click.Context, account: str, path: Path | None, directory: Path) -> None:
    """Look behind the counter of the rehearsal cloud, alter it out of band, and set how it fails."""
    ctx.obj = Path(store_path({"account": account, "directory": str(directory), **({"path": str(path)} if path else {})}))


def _open(ctx: click.Context, *, make: bool = False) -> SqliteStore:
    path: Path = ctx.obj
    if not make and not path.exists():
        raise click.ClickException(f"there is no rehearsal cloud at {path} yet; apply first, or name it with --account, --path or -C")
    store = SqliteStore(path)
    ctx.call_on_close(store.close)
    return store


def _show(form: str, rows: Sequence[Mapping[str, Any]], nothing: str) -> None:
    if form == "json":
        click.echo(json.dumps(list(rows), indent=2))
    elif not rows:
        click.echo(nothing)
    else:
        _table(rows)


def _table(rows: Sequence[Mapping[str, Any]]) -> None:
    names = list(rows[0])
    cells = [[name.upper() for name in names], *([_cell(row[name]) for name in names] for row in rows)]
    widths = [max(len(line[at]) for line in cells) for at in range(len(names))]
    for line in cells:
        click.echo("  ".join(cell.ljust(width) for cell, width in zip(line, widths, strict=True)).rstrip())


def _cell(value: Any) -> str:
    return value if isinstance(value, str) else json.dumps(value)


def _pairs(arguments: Sequence[str]) -> dict[str, Any]:
    """``name=value`` arguments; values are JSON where they read as such, else text."""
    found = {}
    for argument in arguments:
        name, equals, text = argument.partition("=")
        if not equals or not name:
            raise click.UsageError(f"{argument!r} is not of the form name=value")
        try:
            found[name] = json.loads(text)
        except ValueError:
            found[name] = text
    return found


def _numbers(arguments: Sequence[str], accepted: Sequence[str] | None = None, most: float | None = None) -> dict[str, float]:
    values = _pairs(arguments)
    for name, value in values.items():
        if accepted is not None and name not in accepted:
            raise click.UsageError(f"there is no {name}; there are {', '.join(accepted)}")
        ceiling = None if name == "seed" else most
        if isinstance(value, bool) or not isinstance(value, int | float) or value < 0 or (ceiling is not None and value > ceiling):
            raise click.UsageError(f"{name} takes a number from 0" + (f" to {most:g}" if most is not None else "") + f", not {value!r}")
    return values


def _row(found: Object, now: float) -> dict[str, Any]:
    return {"id": found.id, "kind": found.kind, "status": found.status(now), "scope": found.scope, "address": found.address}


@group.command(epilog=_examples("objects", "objects --kind vpc -o json"))
@click.option("--kind", help="Only objects of this kind.")
@json_option
@click.pass_context
def objects(ctx: click.Context, kind: str | None, form: str) -> None:
    """List what the account holds."""
    now = time.time()
    found = [each for each in backdoor.living(_open(ctx)) if kind in (None, each.kind)]
    details = [{**_row(each, now), "attributes": each.attributes, "tags": each.tags, "etag": each.etag, "created_at": each.created_at}
               if form == "json" else _row(each, now) for each in found]
    _show(form, details, "The account holds nothing.")


@group.command(short_help="List the mutating calls that reached the cloud.", epilog=_examples("ledger", "ledger --after 40 --verb create"))
@click.option("--after", type=int, default=0, help="Only lines behind this number.")
@click.option("--verb", help="Only calls of this verb: create, modify, delete, empty, drift, vanish.")
@json_option
@click.pass_context
def ledger(ctx: click.Context, after: int, verb: str | None, form: str) -> None:
    """List every mutating call that reached the cloud, and what came of it."""
    rows = [msgspec.structs.asdict(entry) for entry in _open(ctx).ledger(after) if verb in (None, entry.verb)]
    short = ("seq", "verb", "type", "object_id", "address", "op", "outcome")
    _show(form, rows if form == "json" else [{name: row[name] for name in short} for row in rows], "Nothing was called.")


def _one(store: SqliteStore, name: str) -> Object:
    found = backdoor.named(store, name)
    if not found:
        raise click.ClickException(f"there is no object {name}; `mcflow mock objects` lists them")
    if len(found) > 1:
        raise click.ClickException(f"{name} names {len(found)} objects: {', '.join(each.id for each in found)}; use an id")
    return found[0]


@group.command(short_help="Change an object out of band.",
               epilog=_examples("drift net/vpc tags.owner=ann", 'drift \'server["0"]/instance\' instance_type=m1.large'))
@click.argument("name", metavar="ID|ADDRESS")
@click.argument("changes", metavar="ATTRIBUTE=VALUE...", nargs=-1, required=True)
@json_option
@click.pass_context
def drift(ctx: click.Context, name: str, changes: tuple[str, ...], form: str) -> None:
    """Change an object out of band, as somebody at the console would. `tags.KEY=VALUE` sets a tag, `tags.KEY=null` removes one."""
    store = _open(ctx)
    values = _pairs(changes)
    tags = {key[5:]: None if value is None else _cell(value) for key, value in values.items() if key.startswith("tags.")}
    attributes = {key: value for key, value in values.items() if not key.startswith("tags.")}
    found = _one(store, name)
    known = backdoor.attributes_of(found)
    foreign = sorted(set(attributes) - known)
    if foreign:
        raise click.ClickException(f"{found.id} has no attribute {foreign[0]}; it has {', '.join(sorted(known))}")
    after = backdoor.alter(store, found.id, attributes, tags)
    written = {f"tags.{key}": value for key, value in tags.items()}
    _show(form, [{"id": after.id, **{key: after.attributes[key] for key in attributes}, **written}], "")


@group.command(short_help="Delete an object out of band.", epilog=_examples('delete \'server["0"]/instance\''))
@click.argument("name", metavar="ID|ADDRESS")
@json_option
@click.pass_context
def delete(ctx: click.Context, name: str, form: str) -> None:
    """Delete an object out of band, with everything that holds on to it."""
    store = _open(ctx)
    removed = backdoor.vanish(store, _one(store, name).id)
    _show(form, [{"id": each.id, "kind": each.kind, "address": each.address} for each in removed], "")


@group.group(short_help="Make calls fail.", epilog=_examples("faults set lost_reply=0.1", "faults clear"))
def faults() -> None:
    """Make calls fail: error, throttle, lost_reply, lost_request (mutations), read_error (reads)."""


@faults.command("set", epilog=_examples("faults set error=0.2 lost_reply=0.1 seed=7"))
@click.argument("rates", metavar="NAME=RATE...", nargs=-1, required=True)
@json_option
@click.pass_context
def faults_set(ctx: click.Context, rates: tuple[str, ...], form: str) -> None:
    """Set rates between 0 and 1, and `seed`. What is set here lies over the connection's own."""
    values: dict[str, Any] = _numbers(rates, (*FAULTS, "seed"), 1)
    _settings(form, backdoor.set_by_hand(_open(ctx, make=True), "faults", values))


@faults.command("show", epilog=_examples("faults show"))
@json_option
@click.pass_context
def faults_show(ctx: click.Context, form: str) -> None:
    """Show what was set by hand."""
    _settings(form, _open(ctx).settings())


@faults.command("clear", epilog=_examples("faults clear"))
@json_option
@click.pass_context
def faults_clear(ctx: click.Context, form: str) -> None:
    """Back to what the connection says."""
    _settings(form, backdoor.set_by_hand(_open(ctx), "faults", None))


def _settings(form: str, settings: Mapping[str, Any]) -> None:
    if form == "json":
        click.echo(json.dumps(settings, indent=2))
        return
    rows = [{"section": section, "name": name, "value": value} for section, values in settings.items() for name, value in values.items()]
    _show(form, rows, "Nothing is set by hand.")


def _section(name: str, short: str, help: str, accepted: Sequence[str] | None, example: str, most: float | None = None) -> None:
    """A command that lays numbers over one section of the settings, clears it, or shows them all."""
    @group.command(name, help=help, short_help=short, epilog=_examples(f"{name} {example}", f"{name} --clear"))
    @click.argument("values", metavar="NAME=VALUE...", nargs=-1)
    @click.option("--clear", is_flag=True, help="Back to what the connection says.")
    @json_option
    @click.pass_context
    def command(ctx: click.Context, values: tuple[str, ...], clear: bool, form: str) -> None:
        if values and clear:
            raise click.UsageError("either --clear or values")
        if not values and not clear:
            _settings(form, _open(ctx).settings())
            return
        numbers: dict[str, Any] | None = None if clear else _numbers(values, accepted, most)
        if accepted is None and numbers is not None:
            numbers = {key: int(value) for key, value in numbers.items()}
        _settings(form, backdoor.set_by_hand(_open(ctx, make=True), _SECTIONS[name], numbers))


_SECTIONS = {"latency": "latency", "quota": "quotas", "capacity": "capacity"}
_section("latency", "Set how slow the cloud is.",
         "Set how long a call takes and changes take to settle (seconds), the share of both that varies, and the lag of reads.",
         ("call", "settle", "jitter", "visibility_lag"), "call=0.2 settle=5")
_section("quota", "Set how many objects there may be.", "Set how many objects of a kind the account may have in a region: `vpc=5`.", None,
         "vpc=5")
_section("capacity", "Set how many machines a zone takes.", "Set how many machines a zone takes: `mock-east-a=3`.", None,
         "mock-east-a=3")


@group.command(short_help="Forget everything of the account.", epilog=_examples("reset", "reset -y"))
@click.option("-y", "--yes", is_flag=True, help="Do not ask.")
@json_option
@click.pass_context
def reset(ctx: click.Context, yes: bool, form: str) -> None:
    """Forget every object, the ledger and all settings of the account."""
    store = _open(ctx)
    count = len(backdoor.living(store))
    if not yes:
        click.confirm(f"Forget {count} objects of {ctx.obj}?", abort=True)
    store.reset()
    _show(form, [{"forgotten": count}], "")
