"""Answering ``mcflow catalog``: rows in the form asked for, and a line that says how they were found."""

from __future__ import annotations

from collections.abc import Iterator
from typing import TYPE_CHECKING, Any

from mcflow.cli.codes import OK
from mcflow.cli.invocation import Invocation
from mcflow.cli.render.text import plural
from mcflow.model.diagnostic import reject

if TYPE_CHECKING:
    from mcflow.engine.options import CatalogView

COLUMNS: dict[str, dict[str, str]] = {
    "regions": {"name": "region", "title": "title", "enabled": "enabled"},
    "zones": {"name": "zone", "region": "region", "id": "id", "available": "available"},
    "images": {"id": "id", "os": "os", "version": "version", "architecture": "arch", "created": "created", "root_gib": "root GiB",
               "publisher": "publisher", "name": "name"},
    "specs": {"name": "spec", "of": "of", "vcpus": "vcpus", "memory_gib": "GiB", "architecture": "arch", "gpus": "gpus",
              "gpu_model": "gpu", "disk_gib": "disk GiB", "network": "network", "special": "special", "price": "price/h"},
    "prices": {"of": "of", "key": "of which", "variant": "variant", "zone": "zone", "amount": "price", "currency": "", "per": "per",
               "unit": "for each"},
    "quotas": {"service": "service", "name": "quota", "limit": "limit", "used": "used", "unit": "unit", "adjustable": "adjustable",
               "code": "code"},
    "services": {"type": "type", "kind": "kind", "available": "offered", "limits": "limits", "reason": "why not"},
}
"""What tables show, of what `-o json` has."""
NAMES = {"images": "id", "prices": "key", "services": "type"}
"""What `-o name` prints, where it is not the name."""
HALF_EMPTY = {"of", "gpus", "gpu_model", "disk_gib", "special", "network", "variant", "zone", "used", "unit", "id", "title", "reason",
              "region", "price", "limits", "publisher"}
"""Columns that a table leaves out where no row has anything there."""


def show_catalog(invocation: Invocation, kind: str, *, connection: str, driver: str, **wanted: Any) -> int:
    """The rows, in the form asked for."""
    from mcflow.engine import api
    from mcflow.engine.options import CatalogOptions

    if connection and driver:
        raise reject("MC1005", option="--driver", exit_code=64)
    options = CatalogOptions(kind=kind, connection=connection, driver=driver, **wanted)  # type: ignore[arg-type]
    view = api.catalog(invocation.project() if connection else None, options, invocation.ports)
    form = invocation.settings.output
    if form == "json":
        from mcflow.cli.render.documents import pretty

        invocation.terminal.raw(pretty(document(view)))
    elif form == "yaml":
        from mcflow.cli.render.tables import yaml_text

        invocation.terminal.raw(yaml_text(document(view)))
    elif form == "csv":
        invocation.terminal.raw(csv_text(view))
    elif form == "name":
        column = NAMES.get(kind, "name")
        invocation.terminal.result([(str(row[column]),) for row in view.rows])
    else:
        _show_table(invocation, view)
    if form != "table" and view.empty:
        invocation.terminal.note(f"Nothing: {view.empty}.")
    return OK


def document(view: CatalogView) -> dict[str, Any]:
    """The answer for programs."""
    from mcflow.cli.render.documents import timestamp

    made: dict[str, Any] = {
        "format_version": "1.0", "kind": view.kind, "connection": view.connection, "where": view.where, "source": view.source,
        "as_of": timestamp(view.at) if view.at else None, "total": view.total,
        "rows": [{name: list(value) if isinstance(value, tuple) else value for name, value in row.items()} for row in view.rows],
    }
    if view.kind == "specs":
        made["prices"] = {"source": view.prices or None, "as_of": timestamp(view.prices_at) if view.prices_at else None,
                          "unknown_because": view.unpriced or None}
    return {**made, "empty_because": view.empty or None}


def csv_text(view: CatalogView) -> str:
    """Every column, a heading first; lists with blanks between, limits as ``name=value``."""
    import csv
    import io

    out = io.StringIO()
    if view.rows:
        writer = csv.writer(out, lineterminator="\n")
        writer.writerow(view.rows[0])
        writer.writerows([[_plain(value) for value in row.values()] for row in view.rows])
    return out.getvalue()


def _plain(value: Any) -> Any:
    if isinstance(value, dict):
        return "; ".join(f"{name}={text}" for name, text in value.items())
    if isinstance(value, bool):
        return "true" if value else "false"
    return " ".join(map(str, value)) if isinstance(value, tuple | list) else value


def _show_table(invocation: Invocation, view: CatalogView) -> None:
    from mcflow.cli.render.tables import table

    rows = [{name: _cell(name, value) for name, value in row.items()} for row in view.rows]
    headings = {name: title for name, title in COLUMNS[view.kind].items()
                if name not in HALF_EMPTY or any(row[name] not in (None, "") for row in rows)}
    if view.kind == "specs" and {row["of"] for row in view.rows} == {"vm"}:
        headings.pop("of", None)
    if rows:
        invocation.terminal.result(table(rows, headings))
    else:
        invocation.terminal.note(f"Nothing: {view.empty}.")
    for line in summary(view, invocation.now()):
        invocation.terminal.note(line)


def summary(view: CatalogView, now: float) -> Iterator[str]:
    """``40 of 1,312 specs of aws/123456789012/eu-west-1; kept for 2 hours.``"""
    kind = view.kind if view.total != 1 else view.kind.removesuffix("s")
    shown = f"{len(view.rows):,} of {view.total:,}" if len(view.rows) != view.total else f"{view.total:,}"
    yield f"{shown} {kind} of {view.where}; {_found(view.source, view.at, now)}."
    if view.kind == "specs" and view.rows:
        told = f"Prices: {_found(view.prices, view.prices_at, now)}" if view.prices else f"No prices: {view.unpriced}"
        yield f"{told}."


def _found(source: str, at: float, now: float) -> str:
    if source == "table":
        return "from the driver's table"
    return "asked just now" if source == "live" else f"kept for {age(now - at)}, --refresh asks anew"


def age(seconds: float) -> str:
    """``3 minutes``, ``2 hours``, ``5 days``."""
    for length, unit in ((86400.0, "day"), (3600.0, "hour"), (60.0, "minute")):
        if seconds >= length:
            return plural(int(seconds // length), unit)
    return plural(int(seconds), "second")


def _cell(name: str, value: Any) -> Any:
    if name == "created" and isinstance(value, str):
        return value[:10]
    if name == "limits" and isinstance(value, dict):
        return "; ".join(f"{of}: {text}" for of, text in value.items())
    if isinstance(value, float) and (value or name != "disk_gib"):
        return f"{value:,.6g}" if name in ("amount", "price") else f"{value:,.12g}"
    return "" if name in ("gpus", "disk_gib") and not value else value
