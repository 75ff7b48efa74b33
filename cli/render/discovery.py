"""What discovery found, and what an import would write, as tables."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from typing import TYPE_CHECKING

from mcflow.cli.render.paint import Line, Span
from mcflow.cli.render.text import clip, columns, pad, plural, safe, wrap
from mcflow.cli.render.values import short

if TYPE_CHECKING:
    from mcflow.engine.discover.adoption import Adoption
    from mcflow.engine.discover.findings import Discovery, Found

_TITLES: dict[str, tuple[str, str]] = {
    "here": ("Managed by this state", ""),
    "missing": ("In this state, and not in the cloud", "red"),
    "orphan": ("Carrying this state's mark, and not in it", "yellow"),
    "elsewhere": ("Managed by another mcflow state", "cyan"),
    "nobody": ("Managed by nobody", "yellow"),
}
_LAST = {"here": "address", "missing": "address", "orphan": "", "elsewhere": "state", "nobody": ""}
_GAP = 2


def discovery_lines(found: Discovery, width: int) -> Iterator[Line]:
    """Everything by whose it is; what the cloud made by itself apart, at the end."""
    types = len({item.type for item in found.items})
    yield (Span(f"{found.connection}: {plural(len(found.items), 'object')} of {plural(types, 'type')}", "bold"),)
    for managed, (title, colour) in _TITLES.items():
        items = [item for item in found.items if item.managed == managed and not (item.provided and managed == "nobody")]
        yield from _section(title, colour, items, width, _LAST[managed])
    provided = [item for item in found.items if item.provided and item.managed == "nobody"]
    yield from _section("Made by the cloud itself", "dim", provided, width, "")
    yield from _advice(found)


def _section(title: str, colour: str, items: Sequence[Found], width: int, last: str) -> Iterator[Line]:
    if not items:
        return
    yield ()
    yield (Span(f"{title} ({len(items):,})", colour or "bold"),)
    kinds = _kinds(items)
    cells = [(kinds[item.type], safe(item.id), safe(item.name), _last(item, last)) for item in items]
    widths = _widths(cells, width - 2)
    for item, row in zip(items, cells, strict=True):
        yield ("  " + (" " * _GAP).join(pad(clip(text, limit), limit) for text, limit in zip(row, widths, strict=True) if limit).rstrip(),)
        if item.status not in ("ready", "gone"):
            yield (Span(f"      {item.status}", "yellow"),)
        for each in item.drift:
            before, after = ("(sensitive)",) * 2 if each.sensitive else (short(each.before), short(each.after))
            text = f"      ~ {each.path}: {before} in the state, {after} in the cloud"
            yield (Span(clip(safe(text), width), "yellow"),)


def _kinds(items: Sequence[Found]) -> Mapping[str, str]:
    """Types as they are shown: without the driver, which is the same for all."""
    return {item.type: item.type.partition(".")[2] for item in items}


def _last(item: Found, what: str) -> str:
    if what == "address":
        return safe(item.address)
    if what == "state":
        return f"state {item.state[:8]}" if item.state else "a part of it"
    return ""


def _widths(cells: Sequence[tuple[str, ...]], width: int) -> list[int]:
    """Type and id are never cut; name and last share what is left."""
    wanted = [max(columns(row[at]) for row in cells) for at in range(4)]
    left = width - wanted[0] - wanted[1] - 2 * _GAP
    if wanted[2] + wanted[3] + _GAP > left and wanted[2]:
        wanted[3] = min(wanted[3], max(left // 2, left - wanted[2] - _GAP))
        wanted[2] = max(6, min(wanted[2], left - wanted[3] - _GAP))
    return wanted


def _advice(found: Discovery) -> Iterator[Line]:
    shown = {item.managed for item in found.items if not item.provided}
    told: list[str] = []
    if found.unlisted:
        told.append(f"Not listed, as the driver cannot: {', '.join(found.unlisted)}")
    if "nobody" in shown:
        told.append(f"Import what nobody manages: mcflow discover {found.connection} --import")
    if "orphan" in shown:
        told.append("What carries this state's mark and is not in it: mcflow doctor")
    if "missing" in shown:
        told.append("What the cloud has not any more: mcflow plan")
    if told:
        yield ()
    yield from ((Span(text, "dim"),) for text in told)


def adoption_lines(made: Adoption, width: int) -> Iterator[Line]:
    """What an import would write."""
    if not made.resources:
        yield (f"Imported already, and still to be marked as this state's: {plural(made.marked, 'object')}",)
        return
    yield (Span(f"{plural(len(made.resources), 'object')} to import into {made.file.name}", "bold"),)
    yield ()
    rows = [(safe(name), type, safe(id)) for name, (type, id) in made.resources.items()]
    first, second, third = (max(columns(row[at]) for row in rows) for at in (0, 1, 2))
    # The ids stand in the file too, over each resource.
    shown = first + second + third + 8 <= width
    first = min(first, max(20, width - second - 6))
    for name, type, id in rows:
        rest = f"{pad(type, second)}  {id}" if shown else type
        yield ("  ", Span("+", "green"), f" {pad(clip(name, first), first)}  {rest}")
    notes = []
    if made.marked:
        notes.append(f"Marked as this state's in the cloud (tags mcflow-state, mcflow-op): {made.marked:,} of them")
    if made.variables:
        notes.append(f"Not told by the cloud, asked for as variables: {', '.join(made.variables)}")
    notes += [f"{name}: {', '.join(names)} left as it is (lifecycle.ignore_changes)" for name, names in made.ignored.items()]
    if made.left:
        notes.append(f"Left out: {made.left}")
    if notes:
        yield ()
    yield from ((Span(line, "dim"),) for note in notes for line in wrap(note, width))
