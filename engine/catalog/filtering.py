"""Which rows of an answer are wanted, in which order, and why there are none."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence
from fnmatch import fnmatchcase
from typing import Any

from mcflow.drivers.sdk.catalog import Query
from mcflow.drivers.sdk.selecting import ARCHES
from mcflow.engine.options import CatalogOptions
from mcflow.model.diagnostic import reject

Row = dict[str, Any]
Test = Callable[[Row], bool]

ORDER: dict[str, tuple[str, ...]] = {
    "regions": ("name",), "zones": ("name",), "images": ("os", "-version", "-created", "id"), "specs": ("vcpus", "memory_gib", "name"),
    "prices": ("of", "key", "variant", "zone"), "quotas": ("service", "name"), "services": ("-kind", "type"),
}
"""How rows are sorted where nothing else is asked for."""
NAMES = {"images": "name", "prices": "key", "services": "type"}
"""Which column ``--name`` is about, where it is not ``name``."""


def query_of(options: CatalogOptions) -> Query:
    """What a catalog may narrow its answer by."""
    return Query(os=options.os.lower(), version=options.version, architecture=ARCHES.get(options.arch, options.arch), name=options.name,
                 of=options.of, spot=options.spot, service=options.service)


def row_of(item: Any) -> Row:
    """A struct as a row, every field named."""
    return {name: getattr(item, name) for name in item.__struct_fields__}


def tests_of(options: CatalogOptions) -> Mapping[str, Test]:
    """The filters that are asked for, by what one types."""
    found: dict[str, Test] = {}
    arch = ARCHES.get(options.arch, options.arch)
    column = NAMES.get(options.kind, "name")
    _equal(found, options, ("os", "publisher", "of", "service"))
    if options.name:
        found[f"--name {options.name}"] = lambda row: fnmatchcase(str(row[column]), options.name)
    if options.version:
        found[f"--version {options.version}"] = lambda row: f"{row['version']}.".startswith(f"{options.version}.")
    if arch:
        found[f"--arch {arch}"] = lambda row: row["architecture"] in ("", arch)
    if options.zone:
        found[f"--zone {options.zone}"] = lambda row: _in_zone(row, options.zone)
    ranges = (("vcpus", "vcpus", options.vcpus), ("memory", "memory_gib", options.memory), ("gpus", "gpus", options.gpus))
    for flag, amount, wanted in ranges:
        if wanted is not None:
            found[f"--{flag} {wanted}"] = lambda row, name=amount, wanted=wanted: row[name] in wanted  # type: ignore[misc]
    if options.max_price is not None:
        ceiling, price = options.max_price, "amount" if options.kind == "prices" else "price"
        found[f"--max-price {ceiling:g}"] = lambda row: row[price] is not None and row[price] <= ceiling
    if options.kind == "specs" and not options.old:
        found["current ones"] = lambda row: bool(row["current"])
    if options.kind == "prices":
        kind = "spot" if options.spot else "on_demand"
        found["--spot" if options.spot else "on demand"] = lambda row: bool(row["kind"] == kind)
    if options.available:
        found["--available"] = lambda row: bool(row["available"])
    return found


def _equal(found: dict[str, Test], options: CatalogOptions, names: Sequence[str]) -> None:
    for name in names:
        wanted = str(getattr(options, name))
        if wanted:
            found[f"--{name} {wanted}"] = lambda row, name=name, wanted=wanted: str(row[name]).lower() == wanted.lower()  # type: ignore[misc]


def _in_zone(row: Row, zone: str) -> bool:
    if "zones" in row:
        return not row["zones"] or zone in row["zones"]
    return row["zone"] in ("", zone)


def wanted_rows(rows: list[Row], tests: Mapping[str, Test]) -> list[Row]:
    """The rows that pass every test."""
    for test in tests.values():
        rows = [row for row in rows if test(row)]
    return rows


def why_none(kind: str, rows: Sequence[Row], tests: Mapping[str, Test]) -> str:
    """Why nothing passed: how many each filter leaves by itself."""
    if not rows:
        return f"the cloud names no {kind}"
    alone = {name: sum(map(test, rows)) for name, test in tests.items()}
    killers = [name for name, count in alone.items() if not count]
    if killers:
        return f"none of {len(rows):,} {kind} fits {' or '.join(f'`{name}`' for name in killers)}"
    left = ", ".join(f"`{name}` fits {count:,}" for name, count in alone.items())
    return f"none of {len(rows):,} {kind} fits all of it: {left}"


def in_order(rows: Iterable[Row], columns: Sequence[str], kind: str) -> list[Row]:
    """Sorted by these columns, one turned round where ``-`` is before it; what has no value comes last. Raises Rejected (MC1003)."""
    made = list(rows)
    for spelled in reversed(columns):
        turned, name = spelled.startswith("-"), spelled.lstrip("-")
        if made and name not in made[0]:
            raise reject("MC1003", column=name, kind=kind, known=", ".join(made[0]))
        there = [row for row in made if row[name] is not None]
        there.sort(key=lambda row, name=name: _rank(row[name]), reverse=turned)  # type: ignore[misc]
        made = there + [row for row in made if row[name] is None]
    return made


def _rank(value: Any) -> Any:
    if isinstance(value, str):
        # 24.04 after 9: numbers in a text count as numbers.
        parts = []
        for part in value.lower().replace("-", ".").split("."):
            digits = part.isdigit()
            parts.append((not digits, int(part) if digits else 0, part))
        return parts
    return len(value) if isinstance(value, tuple | list | dict) else value
