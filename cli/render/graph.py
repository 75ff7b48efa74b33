"""The dependency graph as text for graphviz, for mermaid, and as a drawing of our own."""

from __future__ import annotations

from collections.abc import Callable

from mcflow.cli.render.text import safe
from mcflow.engine.options import GraphView

_DASHES = {"hard": "", "soft": "dashed", "order": "dotted"}


def dot(view: GraphView) -> str:
    """For graphviz."""
    lines = ["digraph mcflow {", "  rankdir=RL;", '  node [shape=box, style=rounded, fontname="sans-serif"];']
    lines += [f"  {_quoted(name)} [label={_quoted(name, type)}];" for name, type in view.nodes.items()]
    for a, b, kind in view.edges:
        style = f" [style={_DASHES[kind]}]" if _DASHES.get(kind) else ""
        lines.append(f"  {_quoted(a)} -> {_quoted(b)}{style};")
    return "\n".join([*lines, "}"]) + "\n"


def _quoted(*parts: str) -> str:
    return '"' + "\\n".join(safe(part).replace("\\", "\\\\").replace('"', '\\"') for part in parts) + '"'


def mermaid(view: GraphView) -> str:
    """For Markdown pages that draw mermaid."""
    number = {name: f"n{index}" for index, name in enumerate(view.nodes)}
    lines = ["flowchart RL"]
    lines += [f'  {number[name]}["{_entities(name)}<br/><small>{_entities(type)}</small>"]' for name, type in view.nodes.items()]
    arrows = {"hard": "-->", "soft": "-.->", "order": "-.->"}
    lines += [f"  {number[a]} {arrows.get(kind, '-->')} {number[b]}" for a, b, kind in view.edges]
    return "\n".join(lines) + "\n"


def _entities(text: str) -> str:
    from html import escape

    return escape(safe(text), quote=True).replace("#", "&num;") if '"' in text else escape(safe(text))


def svg(view: GraphView) -> str:
    """A drawing for a browser."""
    from mcflow.cli.render.svg import drawing

    return drawing(view)


DRAWINGS: dict[str, Callable[[GraphView], str]] = {"dot": dot, "mermaid": mermaid, "svg": svg}
