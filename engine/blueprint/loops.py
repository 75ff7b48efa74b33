"""Cycles: every knot of things that need each other, as the shortest way round."""

from __future__ import annotations

from collections import deque
from collections.abc import Iterable, Mapping

_STARTS = 200
"""From how many members of a knot the shortest way round is looked for."""


def shortest_loops(needs: Mapping[str, Iterable[str]]) -> list[tuple[str, ...]]:
    """For every knot of ``needs`` (name → names it needs) its shortest loop, each name needing the next and the last the first.

    A loop begins with the name that comes first in ``needs``; loops stand in that order. Names that are not keys are ignored.
    """
    if not _knotted(needs):
        return []
    import networkx

    place = {name: index for index, name in enumerate(needs)}
    graph: networkx.DiGraph[str] = networkx.DiGraph()
    graph.add_nodes_from(needs)
    for name, others in needs.items():
        graph.add_edges_from((name, other) for other in sorted(set(others) & place.keys(), key=place.__getitem__))
    loops = []
    for knot in networkx.strongly_connected_components(graph):
        if len(knot) > 1 or any(graph.has_edge(name, name) for name in knot):
            inside = {name: [other for other in graph[name] if other in knot] for name in sorted(knot, key=place.__getitem__)}
            loops.append(_turned(_shortest(inside), place))
    return sorted(loops, key=lambda loop: place[loop[0]])


def _knotted(needs: Mapping[str, Iterable[str]]) -> bool:
    """True if there is any cycle: what is left when everything whose needs are met is taken away."""
    open_needs = {name: sum(1 for other in set(others) if other in needs) for name, others in needs.items()}
    needed_by: dict[str, list[str]] = {name: [] for name in needs}
    for name, others in needs.items():
        for other in set(others):
            if other in needs:
                needed_by[other].append(name)
    ready = [name for name, count in open_needs.items() if count == 0]
    left = len(open_needs)
    while ready:
        left -= 1
        for name in needed_by[ready.pop()]:
            open_needs[name] -= 1
            if open_needs[name] == 0:
                ready.append(name)
    return left > 0


def _shortest(inside: Mapping[str, list[str]]) -> tuple[str, ...]:
    best: tuple[str, ...] | None = None
    for start in list(inside)[:_STARTS]:
        found = _round(start, inside, len(best) if best else len(inside) + 1)
        if found and (best is None or len(found) < len(best)):
            best = found
        if best is not None and len(best) == 1:
            break
    assert best is not None, "every member of a knot lies on a loop"
    return best


def _round(start: str, inside: Mapping[str, list[str]], shorter_than: int) -> tuple[str, ...] | None:
    came_from: dict[str, str] = {}
    length = {start: 1}
    waiting = deque([start])
    while waiting:
        name = waiting.popleft()
        if length[name] >= shorter_than:
            return None
        for other in inside[name]:
            if other == start:
                way = [name]
                while way[-1] != start:
                    way.append(came_from[way[-1]])
                return tuple(reversed(way))
            if other not in length:
                length[other] = length[name] + 1
                came_from[other] = name
                waiting.append(other)
    return None


def _turned(loop: tuple[str, ...], place: Mapping[str, int]) -> tuple[str, ...]:
    first = min(range(len(loop)), key=lambda index: place[loop[index]])
    return loop[first:] + loop[:first]
