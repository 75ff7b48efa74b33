"""Drawings of the dependency graph."""

from __future__ import annotations

import xml.etree.ElementTree as ElementTree

import pytest

from mcflow.cli.render.graph import DRAWINGS, dot, mermaid, svg
from mcflow.cli.render.layers import layered
from mcflow.engine.options import GraphView

VIEW = GraphView(
    {"net": "vpc", "app": "subnet", "a": "security_group", "b": "security_group", "web": "vm"},
    (("app", "net", "hard"), ("a", "net", "hard"), ("b", "net", "hard"), ("a", "b", "soft"), ("b", "a", "soft"), ("web", "app", "hard"),
     ("web", "net", "order")),
)


def test_layers_put_what_is_needed_first() -> None:
    layout = layered(tuple(VIEW.nodes), ((a, b) for a, b, kind in VIEW.edges if kind != "soft"))
    assert {name: place[0] for name, place in layout.place.items()} == {"net": 0, "app": 1, "a": 1, "b": 1, "web": 2}
    assert len(set(layout.place.values())) == 5
    assert len(layout.bends["web", "net"]) == 1


def test_no_two_nodes_share_a_place_and_crossings_are_undone() -> None:
    edges = [("b0", "a3"), ("b1", "a2"), ("b2", "a1"), ("b3", "a0")]
    layout = layered([f"a{i}" for i in range(4)] + [f"b{i}" for i in range(4)], edges)
    order = [(layout.place[a][1], layout.place[b][1]) for a, b in edges]
    assert sum((x1 - x2) * (y1 - y2) < 0 for x1, y1 in order for x2, y2 in order) == 0


def test_a_cycle_and_a_long_chain_are_drawn() -> None:
    assert len(layered(["a", "b"], [("a", "b"), ("b", "a"), ("a", "a")]).place) == 2
    chain = [str(number) for number in range(5000)]
    layout = layered(chain, [(str(number + 1), str(number)) for number in range(4999)])
    assert layout.place["4999"] == (4999, 0)
    assert layered([], []).widths == ()


def test_svg_is_xml_with_every_node_and_edge() -> None:
    tree = ElementTree.fromstring(svg(VIEW))
    space = "{http://www.w3.org/2000/svg}"
    assert len(tree.findall(f"{space}g")) == 5
    assert len(tree.findall(f"{space}path")) == 7
    assert sum("soft" in str(path.get("class")) for path in tree.findall(f"{space}path")) == 2


def test_mermaid_and_dot() -> None:
    assert "n1 --> n0" in mermaid(VIEW)
    assert "n2 -.-> n3" in mermaid(VIEW)
    assert '"app" -> "net";' in dot(VIEW)
    assert '"a" -> "b" [style=dashed];' in dot(VIEW)


@pytest.mark.parametrize("form", list(DRAWINGS))
def test_hostile_names_stay_text(form: str) -> None:
    drawn = DRAWINGS[form](GraphView({'</svg><script>"\x1b[2J': "vm\\"}))
    assert "<script" not in drawn or form == "dot"
    assert "\x1b" not in drawn
    if form == "dot":
        assert '\\"\\\\x1b' in drawn
