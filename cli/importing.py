"""What `mcflow import` is asked for: an address with its ids, or a file of many."""

from __future__ import annotations

import csv
import io
import sys
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import Any

import msgspec

from mcflow.engine.options import Import
from mcflow.model.diagnostic import Rejected, reject

USAGE = 64


def wishes(address: str | None, ids: Sequence[str], source: Path | None, force: bool) -> list[Import]:
    """The imports asked for. Raises Rejected (MC0840, exit code 64) for what makes no sense."""
    if source is not None:
        if address is not None:
            raise _wrong(source, "an address beside it says the same twice", USAGE)
        return _read(source, force)
    if address is not None and not ids:
        problem = f"which object `{address}` is to be is not said; write `mcflow import {address} ID`"
        raise reject("MC0840", file="", problem=problem, exit_code=USAGE)
    if address is None:
        raise reject("MC0840", file="", problem="there is none; write `mcflow import ADDRESS ID`, or --from FILE", exit_code=USAGE)
    return [Import(address, dict(_roles(ids)), force)]


def _roles(ids: Sequence[str]) -> Iterator[tuple[str, str]]:
    """``vpc=vpc-1`` is the id of a role; an id alone is the resource's own. What has a ``=`` but no name before it is an id."""
    for text in ids:
        role, equals, id = text.partition("=")
        if equals and role.replace("-", "_").partition("[")[0].isidentifier():
            yield role, id
        else:
            yield "", text


def _read(source: Path, force: bool) -> list[Import]:
    try:
        text = sys.stdin.read() if str(source) == "-" else source.read_text(encoding="utf-8")
    except (OSError, UnicodeDecodeError) as failure:
        raise _wrong(source, getattr(failure, "strerror", None) or "it is not UTF-8") from failure
    found = list(_json(source, text, force) if text.lstrip()[:1] in ("[", "{") else _csv(source, text, force))
    if not found:
        raise _wrong(source, "it names nothing")
    return found


def _json(source: Path, text: str, force: bool) -> Iterator[Import]:
    try:
        value = msgspec.json.decode(text)
    except msgspec.DecodeError as failure:
        raise _wrong(source, str(failure)) from failure
    entries = [{"address": key, "id": item} for key, item in value.items()] if isinstance(value, dict) else value
    for number, entry in enumerate(entries, 1):
        ids: Any = None
        if isinstance(entry, dict):
            ids = entry.get("ids") if "ids" in entry else {"": entry.get("id")}
        named = isinstance(ids, dict) and isinstance(entry.get("address"), str)
        if not named or not all(isinstance(id, str) and id for id in ids.values()):
            raise _wrong(source, f"entry {number} is not {{\"address\": …, \"id\": …}}")
        yield Import(entry["address"], ids, force)


def _csv(source: Path, text: str, force: bool) -> Iterator[Import]:
    lines = csv.reader(io.StringIO(text), skipinitialspace=True)
    for row in lines:
        if not row or row[0].startswith("#") or [cell.strip() for cell in row] == ["address", "id"]:
            continue
        if len(row) < 2 or not all(cell.strip() for cell in row):
            raise _wrong(source, f"line {lines.line_num} is not `address,id`")
        yield Import(row[0].strip(), dict(_roles([cell.strip() for cell in row[1:]])), force)


def _wrong(source: Path, problem: str, exit_code: int = 1) -> Rejected:
    return reject("MC0840", file=f" from {source}", problem=problem, exit_code=exit_code)
