"""Attribute values and attribute changes as lines."""

from __future__ import annotations

import json
from collections.abc import Iterator
from typing import Any

from mcflow.cli.render.paint import Line, Span
from mcflow.model.plan import AttributeChange

SENSITIVE = "(sensitive)"
UNKNOWN = "(known after apply)"


def short(value: Any) -> str:
    """A value on one line, as JSON; nothing is cut here: `paint` clips lines to the terminal."""
    if value is None:
        return "null"
    if value in (SENSITIVE, UNKNOWN):
        return str(value)
    return json.dumps(value, ensure_ascii=False, default=str)


MOST = 12
"""Lines of one list or map unless all are asked for."""


def attribute_lines(changes: tuple[AttributeChange, ...], indent: int, most: int | None = MOST) -> Iterator[Line]:
    """``~ size: 8 → 16``, one line each; lists and maps item by item where they differ in part, at most ``most`` lines each."""
    for change in changes:
        lines = list(_attribute(change, " " * indent))
        if most is None or len(lines) <= most + 2:
            yield from lines
        else:
            yield from lines[:most]
            yield (" " * (indent + 4), Span(f"… {len(lines) - most:,} more lines", "dim"))


def _attribute(change: AttributeChange, margin: str) -> Iterator[Line]:
    note = Span("  # forces replacement", "red") if change.replaces else ""
    if not change.sensitive and not change.unknown and _both(change, list):
        yield (margin, Span("~ ", "yellow"), f"{change.path}:", note)
        yield from _items(change, margin + "    ")
    elif not change.sensitive and not change.unknown and _both(change, dict) and (key := _only_difference(change)) is not None:
        one = AttributeChange(f"{change.path}.{key}", change.before.get(key), change.after.get(key), replaces=change.replaces)
        sign, colour, text = _one_line(one)
        yield (margin, Span(f"{sign} ", colour), f"{one.path}: ", text, note)
    elif not change.sensitive and not change.unknown and _both(change, dict):
        yield (margin, Span("~ ", "yellow"), f"{change.path}:", note)
        yield from _entries(change, margin + "    ")
    else:
        sign, colour, text = _one_line(change)
        yield (margin, Span(f"{sign} ", colour), f"{change.path}: ", text, note)


def _one_line(change: AttributeChange) -> tuple[str, str, str]:
    before = SENSITIVE if change.sensitive and change.before is not None else short(change.before)
    after = UNKNOWN if change.unknown else SENSITIVE if change.sensitive and change.after is not None else short(change.after)
    if change.before is None:
        return "+", "green", after
    if change.after is None and not change.unknown:
        return "-", "red", f"{before} → null"
    if change.sensitive and not change.unknown:
        return "~", "yellow", f"{SENSITIVE} → {SENSITIVE}, changed"
    return "~", "yellow", f"{before} → {after}"


def _both(change: AttributeChange, kind: type) -> bool:
    return isinstance(change.before, kind) and isinstance(change.after, kind)


def _only_difference(change: AttributeChange) -> str | None:
    keys = [key for key in {**change.before, **change.after} if change.before.get(key) != change.after.get(key)]
    return str(keys[0]) if len(keys) == 1 else None


def _items(change: AttributeChange, margin: str) -> Iterator[Line]:
    before, after = [short(item) for item in change.before], [short(item) for item in change.after]
    kept = 0
    for text in before:
        if text in after:
            kept += 1
        else:
            yield (margin, Span("- ", "red"), text)
    for text in after:
        if text not in before:
            yield (margin, Span("+ ", "green"), text)
    if kept:
        order = "" if kept < len(before) or kept < len(after) else ", in another order"
        yield (margin, Span(f"  ({kept} unchanged{order})", "dim"))


def _entries(change: AttributeChange, margin: str) -> Iterator[Line]:
    kept = 0
    for key in dict.fromkeys([*change.before, *change.after]):
        if key in change.before and key in change.after and change.before[key] == change.after[key]:
            kept += 1
            continue
        if key not in change.after:
            yield (margin, Span("- ", "red"), f"{key}: {short(change.before[key])}")
        elif key not in change.before:
            yield (margin, Span("+ ", "green"), f"{key}: {short(change.after[key])}")
        else:
            yield (margin, Span("~ ", "yellow"), f"{key}: {short(change.before[key])} → {short(change.after[key])}")
    if kept:
        yield (margin, Span(f"  ({kept} unchanged)", "dim"))
