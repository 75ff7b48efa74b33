"""A layered layout: longest-path layers, dummy nodes on long edges, a few barycenter sweeps. Pure Python, linear in edges a sweep."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from itertools import pairwise

_SWEEPS = 8


@dataclass(frozen=True, slots=True)
class Layout:
    """``place`` maps a node to (layer, slot): layer 0 has what depends on nothing. ``bends`` maps an edge to the places it passes."""

    place: Mapping[str, tuple[int, int]]
    bends: Mapping[tuple[str, str], tuple[tuple[int, int], ...]]
    widths: tuple[int, ...]
    """How many slots each layer has."""


def layered(nodes: Sequence[str], edges: Iterable[tuple[str, str]]) -> Layout:
    """Lay out a graph whose edges are (from, to), ``from`` depends on ``to``. Edges that would close a cycle are drawn but do not order."""
    wanted = list(dict.fromkeys((a, b) for a, b in edges if a != b))
    layer = _layers(nodes, wanted)
    chains, dummies = _chains(wanted, layer)
    rows: list[list[str]] = [[] for _ in range(max(layer.values(), default=-1) + 1)]
    for node in nodes:
        rows[layer[node]].append(node)
    for name, level in dummies.items():
        rows[level].append(name)
    _sweep(rows, chains)
    place = {node: (level, slot) for level, row in enumerate(rows) for slot, node in enumerate(row)}
    bends = {edge: tuple(place[name] for name in chain[1:-1]) for edge, chain in chains.items()}
    return Layout({node: place[node] for node in nodes}, bends, tuple(map(len, rows)))


def _layers(nodes: Sequence[str], edges: Sequence[tuple[str, str]]) -> dict[str, int]:
    """Longest path to a node that depends on nothing; iterative, and blind to edges back into the path being walked."""
    needs: dict[str, list[str]] = {node: [] for node in nodes}
    for dependant, needed in edges:
        needs[dependant].append(needed)
    layer: dict[str, int] = {}
    for start in nodes:
        path: list[tuple[str, int]] = [(start, 0)] if start not in layer else []
        open_nodes = {start}
        while path:
            node, at = path.pop()
            ahead = needs[node]
            while at < len(ahead) and (ahead[at] in layer or ahead[at] in open_nodes):
                at += 1
            if at < len(ahead):
                path += [(node, at + 1), (ahead[at], 0)]
                open_nodes.add(ahead[at])
            else:
                layer[node] = 1 + max((layer[other] for other in ahead if other in layer), default=-1)
                open_nodes.discard(node)
    return layer


def _chains(edges: Sequence[tuple[str, str]], layer: Mapping[str, int]) -> tuple[dict[tuple[str, str], list[str]], dict[str, int]]:
    chains: dict[tuple[str, str], list[str]] = {}
    dummies: dict[str, int] = {}
    for a, b in edges:
        step = 1 if layer[b] > layer[a] else -1
        between = [f"\0{a}\0{b}\0{level}" for level in range(layer[a] + step, layer[b], step)] if layer[a] != layer[b] else []
        dummies.update({name: int(name.rpartition("\0")[2]) for name in between})
        chains[a, b] = [a, *between, b]
    return chains, dummies


def _sweep(rows: list[list[str]], chains: Mapping[tuple[str, str], list[str]]) -> None:
    below: dict[str, list[str]] = {}
    above: dict[str, list[str]] = {}
    level = {node: index for index, row in enumerate(rows) for node in row}
    for chain in chains.values():
        for one, other in pairwise(chain):
            low, high = (one, other) if level[one] < level[other] else (other, one)
            above.setdefault(low, []).append(high)
            below.setdefault(high, []).append(low)
    for turn in range(_SWEEPS):
        neighbours = below if turn % 2 == 0 else above
        for row in rows if turn % 2 == 0 else reversed(rows):
            _reorder(row, rows, level, neighbours)


def _reorder(row: list[str], rows: list[list[str]], level: Mapping[str, int], neighbours: Mapping[str, list[str]]) -> None:
    found = {level[other] for node in row for other in neighbours.get(node, ())}
    slots = {node: slot for index in found for slot, node in enumerate(rows[index])}
    own = {node: slot for slot, node in enumerate(row)}

    def middle(node: str) -> float:
        near = neighbours.get(node, ())
        return sum(slots[other] for other in near) / len(near) if near else float(own[node])

    row.sort(key=middle)
