"""Series as an SVG: a panel for each metric, a line for each object. Follows the reader's light or dark scheme."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from datetime import UTC, datetime
from html import escape
from typing import TYPE_CHECKING

from mcflow.cli.render.quantities import quantity
from mcflow.cli.render.text import clip, safe

if TYPE_CHECKING:
    from mcflow.engine.operate.metrics import Measured, Series, Window

_WIDTH, _LEFT, _RIGHT = 760, 84, 20
_PLOT, _TITLE, _FOOT, _LEGEND = 120, 30, 26, 20
_COLOURS = 8
_STYLE = """
  svg { background: #ffffff; font: 12px ui-sans-serif, system-ui, sans-serif; }
  .title { fill: #16203a; font-weight: 600; font-size: 13px; } .axis { fill: #55617a; } .grid { stroke: #d8dee9; stroke-width: 1; }
  .line { fill: none; stroke-width: 1.6; stroke-linejoin: round; } .key { fill: #16203a; } .none { fill: #8592ad; font-style: italic; }
  .c0 { stroke: #1f6feb; } .c1 { stroke: #c2410c; } .c2 { stroke: #15803d; } .c3 { stroke: #a21caf; }
  .c4 { stroke: #0e7490; } .c5 { stroke: #b91c1c; } .c6 { stroke: #6d28d9; } .c7 { stroke: #854d0e; }
  @media (prefers-color-scheme: dark) {
    svg { background: #12161f; } .title, .key { fill: #e8edf7; } .axis { fill: #a6b2c9; } .grid { stroke: #2b3446; }
    .c0 { stroke: #6cb0ff; } .c1 { stroke: #fb923c; } .c2 { stroke: #4ade80; } .c3 { stroke: #e879f9; }
    .c4 { stroke: #22d3ee; } .c5 { stroke: #f87171; } .c6 { stroke: #a78bfa; } .c7 { stroke: #facc15; }
  }
"""


def plot(measured: Measured) -> str:
    """The whole document."""
    panels: dict[tuple[str, str], list[Series]] = {}
    for each in measured.series:
        panels.setdefault((each.metric, each.unit), []).append(each)
    subjects = list(dict.fromkeys(each.subject for each in measured.series))
    colours = {subject: at % _COLOURS for at, subject in enumerate(subjects)}
    rows = (len(subjects) + 1) // 2 if len(subjects) > 1 else 0
    head, panel = rows * _LEGEND + 12, _TITLE + _PLOT + _FOOT
    height = head + max(1, len(panels)) * panel + 8
    parts = [
        f'<svg xmlns="http://www.w3.org/2000/svg" width="{_WIDTH}" height="{height}" viewBox="0 0 {_WIDTH} {height}" role="img"'
        ' aria-label="Metrics">', f"<style>{_STYLE}</style>", *(_legend(subjects, colours) if rows else ()),
    ]
    for at, members in enumerate(panels.values()):
        parts += _panel(members, colours, measured.window, head + at * panel)
    if not panels:
        parts.append(f'<text class="none" x="{_LEFT}" y="{head + 40}">Nothing is measured.</text>')
    return "\n".join((*parts, "</svg>")) + "\n"


def _legend(subjects: Sequence[str], colours: dict[str, int]) -> Iterator[str]:
    for at, subject in enumerate(subjects):
        x, y = _LEFT + at % 2 * 330, 20 + at // 2 * _LEGEND
        yield f'<line class="line c{colours[subject]}" x1="{x}" y1="{y - 4}" x2="{x + 18}" y2="{y - 4}"/>'
        yield f'<text class="key" x="{x + 24}" y="{y}">{escape(clip(safe(subject), 42))}</text>'


def _panel(members: Sequence[Series], colours: dict[str, int], window: Window, top: int) -> Iterator[str]:
    unit = members[0].unit
    values = [value for each in members for _, value in each.points]
    low, high = min(0.0, min(values, default=0.0)), max(values, default=0.0)
    high = 100.0 if unit == "%" and high > 50 else high if high > low else low + 1
    plot_top = top + _TITLE
    yield f'<text class="title" x="{_LEFT}" y="{top + 20}">{escape(safe(members[0].title or members[0].metric))}</text>'
    for part in (0.0, 0.5, 1.0):
        y = plot_top + _PLOT * (1 - part)
        yield f'<line class="grid" x1="{_LEFT}" y1="{y:.1f}" x2="{_WIDTH - _RIGHT}" y2="{y:.1f}"/>'
        label = escape(quantity(low + (high - low) * part, unit))
        yield f'<text class="axis" text-anchor="end" x="{_LEFT - 8}" y="{y + 4:.1f}">{label}</text>'
    for part, anchor in ((0.0, "start"), (0.5, "middle"), (1.0, "end")):
        x, at = _LEFT + (_WIDTH - _LEFT - _RIGHT) * part, window.start + (window.end - window.start) * part
        yield f'<text class="axis" text-anchor="{anchor}" x="{x:.1f}" y="{plot_top + _PLOT + 16}">{_clock(at, window)}</text>'
    if not values:
        yield f'<text class="none" x="{_LEFT + 12}" y="{plot_top + _PLOT / 2:.0f}">nothing measured</text>'
    for each in members:
        path = _path(each, window, plot_top, low, high)
        if path:
            yield f'<path class="line c{colours[each.subject]}" d="{path}"><title>{escape(safe(each.subject))}</title></path>'


def _path(series: Series, window: Window, top: int, low: float, high: float) -> str:
    """A line through the points, broken where more than two steps are missing."""
    step, span = max(series.step or 0, window.step), max(window.end - window.start, 1.0)
    parts: list[str] = []
    before = None
    for at, value in series.points:
        x = _LEFT + (_WIDTH - _LEFT - _RIGHT) * min(max((at - window.start) / span, 0.0), 1.0)
        y = top + _PLOT * (1 - (value - low) / (high - low))
        parts.append(f"{'M' if before is None or at - before > 2 * step else 'L'}{x:.1f},{y:.1f}")
        before = at
    return " ".join(parts)


def _clock(at: float, window: Window) -> str:
    form = "%H:%M" if window.end - window.start <= 86400 else "%m-%d %H:%M"
    return datetime.fromtimestamp(at, UTC).strftime(form) + " UTC"
