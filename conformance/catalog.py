"""What a driver's catalog answers is well-formed, selectors resolve through it, and every native says what it costs or why not."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from pathlib import Path
from typing import Any

from mcflow.conformance.rig import Rig, expect
from mcflow.conformance.subject import Subject
from mcflow.drivers.sdk import Catalog, Driver, DriverError, Reader, Unsuitable, Want, reader_of
from mcflow.drivers.sdk.catalog import ROWS, Kind
from mcflow.engine.catalog.filtering import row_of
from mcflow.schemas import portable

IDENTITY: dict[Kind, tuple[str, ...]] = {
    "regions": ("name",), "zones": ("name",), "images": ("id",), "specs": ("name", "of"),
    "prices": ("key", "of", "variant", "kind", "zone"), "quotas": ("name", "service", "code"),
    "services": ("type", "kind", "limits"),
}
"""What tells a row from every other."""
CHOSEN: dict[str, Kind] = {"image": "images", "spec": "specs", "zone": "zones"}
"""Properties whose selectors a catalog answers, and with what."""


def catalog_answers(subject: Subject, scratch: Path) -> None:
    """Every kind that the catalog has; every selector of the schemas' examples, twice; every native's cost."""
    with subject.open(scratch) as cloud:
        rig = Rig(scratch / "project", cloud)
        rig.write({})
        project = rig.project()
        sessions = project.sessions(rig.state())
        try:
            live = sessions.get("cloud")
            if live.driver.catalog is not None:
                _check_all(live.driver, live.driver.catalog, live.session)
        finally:
            sessions.close()


def _check_all(driver: Driver, catalog: Catalog[Any], session: Any) -> None:
    reader = reader_of(session, catalog)
    for kind in ROWS:
        if catalog.offers(kind) and (kind != "prices" or catalog.source == "table"):
            _check_rows(kind, _read(reader, kind))
    for (type, name), chooser in sorted(driver.choosers.items()):
        if name in CHOSEN and catalog.offers(CHOSEN[name]):
            for selector in _selectors(type, name):
                want = Want(_required(type))
                _check_choice(type, name, selector, lambda asked, chooser=chooser, want=want: chooser(session, asked, want), reader)  # type: ignore[misc]
    if catalog.sells:
        silent = sorted(driver.natives.keys() - driver.costs.keys())
        expect(not silent, f"natives of which it is not said what they cost, that they are free, or that it depends on use: {silent}")


def _read(reader: Reader, kind: Kind) -> Sequence[Any]:
    try:
        return reader.read(kind).items
    except DriverError as refused:
        # An emulator may lack a service; it has to say so in the contract's words.
        expect(bool(refused.message), f"{kind}: {type(refused).__name__} without a message")
        return ()


def _check_rows(kind: Kind, rows: Sequence[Any]) -> None:
    expect(all(isinstance(row, ROWS[kind]) for row in rows), f"{kind} are not all {ROWS[kind].__name__}")
    names = [repr([row_of(row)[field] for field in IDENTITY[kind]]) for row in rows]
    twice = sorted({name for name in names if names.count(name) > 1}) if len(names) < 3000 and len(set(names)) < len(names) else []
    expect(not twice, f"{kind} that are there twice: {twice[:5]}")
    for row in rows:
        wrong = _wrong(kind, row_of(row))
        expect(not wrong, f"{kind}: {wrong}: {row}")


def _wrong(kind: Kind, row: Mapping[str, Any]) -> str:
    """What is wrong with a row; empty if nothing is."""
    if not all(row[field] for field in IDENTITY[kind][:1]):
        return "it has no name"
    if kind == "specs" and not (row["vcpus"] > 0 and row["memory_gib"] > 0):
        return "a size without processors or memory"
    if kind == "prices" and not (row["amount"] > 0 and row["currency"]):
        return "a price that is nothing, or of no currency"
    if kind == "quotas" and row["limit"] < 0:
        return "a limit below nothing"
    return ""


def _required(type: str) -> dict[str, Any]:
    """Example values of the plain texts that the type cannot do without."""
    schema = portable(type)
    return {name: schema["properties"][name]["enum"][0] for name in schema.get("required", ()) if "enum" in schema["properties"][name]}


def _selectors(type: str, name: str) -> Iterator[Any]:
    """The examples of a property that are selectors, and none at all where that is allowed."""
    schema = portable(type)["properties"].get(name, {})
    yield from (example for example in schema.get("examples", ()) if isinstance(example, dict))


def _check_choice(type: str, name: str, selector: Any, choose: Callable[[Any], Any], reader: Reader) -> None:
    try:
        first, second = choose(selector), choose(selector)
    except Unsuitable as refused:
        expect(bool(refused.message and refused.remedy), f"{type}.{name} {selector}: refused without a remedy")
        return
    expect(first.value == second.value, f"{type}.{name} {selector}: once {first.value}, once {second.value}")
    expect(first.source in ("live", "cached", "table"), f"{type}.{name}: it is not said how {first.value} was found")
    if CHOSEN[name] != "images":
        known = {row.name for row in reader.read(CHOSEN[name]).items}
        expect(first.value in known or type == "database", f"{type}.{name} {selector}: {first.value} is not in the catalog")
