"""The dependency graph as SVG: left to right, what depends on nothing at the left. Follows the reader's light or dark scheme."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from html import escape

from mcflow.cli.render.layers import Layout, layered
from mcflow.cli.render.text import clip, columns, safe
from mcflow.engine.options import GraphView

_ROW, _HEIGHT, _GAP, _MARGIN = 58, 40, 80, 24
_LETTER = 7.4
"""Pixels of one column of the label's font."""

_STYLE = """
  svg { background: #ffffff; font: 13px ui-sans-serif, system-ui, sans-serif; }
  .box { fill: #f4f6fa; stroke: #5b6b8c; } .name { fill: #16203a; font-weight: 600; } .type { fill: #55617a; font-size: 11px; }
  .edge { fill: none; stroke: #8592ad; stroke-width: 1.4; } .soft { stroke-dasharray: 6 4; } .order { stroke-dasharray: 2 4; }
  .tip { fill: #8592ad; }
  @media (prefers-color-scheme: dark) {
    svg { background: #12161f; } .box { fill: #1e2635; stroke: #8fa0c4; } .name { fill: #e8edf7; } .type { fill: #a6b2c9; }
    .edge { stroke: #71809f; } .tip { fill: #71809f; }
  }
"""


def drawing(view: GraphView) -> str:
    """The whole document."""
    # Soft edges may run in circles (two groups that name each other): drawn, but they order nothing.
    layout = layered(tuple(view.nodes), ((a, b) for a, b, kind in view.edges if kind != "soft"))
    width = _box_width(view.nodes)
    total_width = len(layout.widths) * (width + _GAP) - _GAP + 2 * _MARGIN if layout.widths else 2 * _MARGIN
    total_height = max(layout.widths, default=0) * _ROW + 2 * _MARGIN
    parts = [
        f'<svg xmlns="http://www.w3.org/2000/svg" width="{total_width}" height="{total_height}" viewBox="0 0 {total_width} {total_height}"'
        ' role="img" aria-label="Dependency graph">',
        f"<style>{_STYLE}</style>",
        '<defs><marker id="tip" viewBox="0 0 8 8" refX="8" refY="4" markerWidth="7" markerHeight="7" orient="auto-start-reverse">'
        '<path class="tip" d="M0,0 L8,4 L0,8 z"/></marker></defs>',
        *_edges(view, layout, width), *_boxes(view, layout, width), "</svg>",
    ]
    return "\n".join(parts) + "\n"


def _box_width(nodes: Mapping[str, str]) -> int:
    longest = max((max(columns(name), columns(type)) for name, type in nodes.items()), default=8)
    return round(min(max(longest, 8), 32) * _LETTER) + 24


def _at(place: tuple[int, int], layout: Layout, width: int) -> tuple[float, float]:
    """The left middle of a box; layers are centred on the tallest."""
    layer, slot = place
    shift = (max(layout.widths) - layout.widths[layer]) * _ROW / 2
    return _MARGIN + layer * (width + _GAP), _MARGIN + shift + slot * _ROW + _ROW / 2


def _edges(view: GraphView, layout: Layout, width: int) -> Iterator[str]:
    for a, b, kind in view.edges:
        if a == b or a not in layout.place or b not in layout.place:
            continue
        start, end = _at(layout.place[a], layout, width), _at(layout.place[b], layout, width)
        bends = [_at(place, layout, width) for place in layout.bends.get((a, b), ())]
        shape = f" {kind}" if kind in ("soft", "order") else ""
        title = f"<title>{escape(safe(f'{a} needs {b}' + (f' ({kind})' if kind != 'hard' else '')))}</title>"
        yield f'<path class="edge{shape}" marker-end="url(#tip)" d="{_curve(start, end, bends, width)}">{title}</path>'


def _curve(start: tuple[float, float], end: tuple[float, float], bends: list[tuple[float, float]], width: int) -> str:
    """From the left of the dependant, through the slots left free for it, to the right of what it needs."""
    if start[0] <= end[0]:
        # Same layer or back: an edge of a cycle. Around the outside.
        out, into = start[0] + width, end[0] + width
        return f"M{out:.0f},{start[1]:.0f} C{out + 50:.0f},{start[1]:.0f} {into + 50:.0f},{end[1]:.0f} {into:.0f},{end[1]:.0f}"
    path, (x, y) = f"M{start[0]:.0f},{start[1]:.0f}", start
    for bend_x, bend_y in bends:
        half = (x + bend_x + width) / 2
        path += f" C{half:.0f},{y:.0f} {half:.0f},{bend_y:.0f} {bend_x + width:.0f},{bend_y:.0f} L{bend_x:.0f},{bend_y:.0f}"
        x, y = bend_x, bend_y
    goal = end[0] + width
    half = (x + goal) / 2
    return f"{path} C{half:.0f},{y:.0f} {half:.0f},{end[1]:.0f} {goal:.0f},{end[1]:.0f}"


def _boxes(view: GraphView, layout: Layout, width: int) -> Iterator[str]:
    room = int((width - 20) / _LETTER)
    for name, type in view.nodes.items():
        x, y = _at(layout.place[name], layout, width)
        whole = escape(safe(f"{name}: {type}"))
        yield (
            f'<g><title>{whole}</title><rect class="box" x="{x:.0f}" y="{y - _HEIGHT / 2:.0f}" width="{width}" height="{_HEIGHT}" rx="6"/>'
            f'<text class="name" x="{x + 12:.0f}" y="{y - 3:.0f}">{escape(clip(safe(name), room))}</text>'
            f'<text class="type" x="{x + 12:.0f}" y="{y + 13:.0f}">{escape(clip(safe(type), room + 4))}</text></g>'
        )
