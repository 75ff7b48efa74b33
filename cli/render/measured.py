"""Series as a table with sparklines, as a document, as CSV."""

from __future__ import annotations

import csv
import io
from collections.abc import Iterator, Sequence
from typing import TYPE_CHECKING, Any

from mcflow.cli.render.documents import timestamp
from mcflow.cli.render.paint import Line, Span
from mcflow.cli.render.quantities import quantity, sparkline
from mcflow.cli.render.text import columns, pad, safe

if TYPE_CHECKING:
    from mcflow.engine.operate.metrics import Measured

_SPARK = 48
_HEADINGS = ("METRIC", "", "LAST", "MIN", "MEAN", "MAX")


def slots(points: Sequence[tuple[float, float]], start: float, end: float, step: float) -> list[float | None]:
    """A value for each step of a window; None where there is none."""
    count = max(1, round((end - start) / step))
    filled: list[float | None] = [None] * count
    for at, value in points:
        index = int((at - start) // step)
        if 0 <= index < count:
            filled[index] = value
    return filled


def measured_lines(measured: Measured, width: int, *, ascii_only: bool = False) -> Iterator[Line]:
    """A block for each native, a row for each metric."""
    window = measured.window
    # No wider than what is measured: a coarser series than asked for has gaps of its own.
    rows = [(each, [each.title or each.metric, "", *_figures(each)]) for each in measured.series]
    sizes = [max([columns(_HEADINGS[at]), *(columns(safe(row[at])) for _, row in rows)]) for at in range(len(_HEADINGS))]
    room = max(8, min(_SPARK, round((window.end - window.start) / window.step), width - sum(sizes) - 2 * len(sizes)))
    sizes[1] = room
    subject = None
    for each, row in rows:
        if each.subject != subject:
            yield from ([()] if subject is not None else [])
            subject = each.subject
            yield (Span(safe(subject), "bold"),)
            yield (Span("  " + "  ".join(_set(text, sizes[at], at) for at, text in enumerate(_HEADINGS)), "dim"),)
        step = max(each.step or 0, window.step)
        drawn = sparkline(slots(each.points, window.start, window.end, step), room, ascii_only=ascii_only)
        cells = [_set(safe(text), size, at) for at, (text, size) in enumerate(zip(row, sizes, strict=True))]
        yield (f"  {cells[0]}  ", Span(pad(drawn, room), "cyan"), "  " + "  ".join(cells[2:]) if each.points else "  (nothing measured)")


def _set(text: str, size: int, at: int) -> str:
    return pad(text, size) if at < 2 else " " * max(0, size - columns(text)) + text


def _figures(series: Any) -> list[str]:
    values = [value for _, value in series.points]
    if not values:
        return ["-"] * 4
    return [quantity(value, series.unit) for value in (values[-1], min(values), sum(values) / len(values), max(values))]


def measured_document(measured: Measured) -> dict[str, Any]:
    """For programs: times in RFC 3339, units as they are."""
    window = measured.window
    return {
        "start": timestamp(window.start), "end": timestamp(window.end), "step_seconds": window.step,
        "series": [
            {"address": each.subject, "metric": each.metric, "title": each.title, "unit": each.unit,
             "step_seconds": each.step or window.step, "points": [[timestamp(at), value] for at, value in each.points]}
            for each in measured.series
        ],
    }


def measured_csv(measured: Measured) -> str:
    """One line a value: time, address, metric, value, unit."""
    text = io.StringIO()
    writer = csv.writer(text, lineterminator="\n")
    writer.writerow(("time", "address", "metric", "value", "unit"))
    for each in measured.series:
        writer.writerows((timestamp(at), each.subject, each.metric, f"{value:.10g}", each.unit) for at, value in each.points)
    return text.getvalue()
