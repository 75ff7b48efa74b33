"""The graph of a blueprint's resources: who needs whom, how, and in which order they come."""

from __future__ import annotations

import heapq
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field

from mcflow.engine.blueprint.blocks import NO_NAMES, BlockGraph, ResourceBlock
from mcflow.engine.blueprint.expression import Written
from mcflow.engine.blueprint.findings import Findings
from mcflow.engine.blueprint.loops import shortest_loops
from mcflow.engine.blueprint.types import ResourceType
from mcflow.engine.expressions import Reference
from mcflow.model.diagnostic import Related
from mcflow.model.position import Position


@dataclass(slots=True)
class Edges:
    """What one resource names, and where: name → position of the first mention."""

    hard: dict[str, Written | Position] = field(default_factory=dict)
    soft: dict[str, Written | Position] = field(default_factory=dict)
    after: dict[str, Written | Position] = field(default_factory=dict)


def edges_of(
    block: ResourceBlock, type: ResourceType | None, written: Iterable[Written], behind_locals: Mapping[str, frozenset[str]]
) -> Edges:
    """The edges of one resource. ``behind_locals``: the resources that each local reads, through other locals too."""
    edges = Edges()
    for one in written:
        soft = type is not None and _is_soft(one, type)
        for reference in one.template.references:
            if reference.root == "resources" and reference.path:
                kind = edges.soft if soft else edges.hard
                kind.setdefault(reference.path[0], one)
            elif reference.root == "locals":
                for name in _named(reference, behind_locals):
                    edges.hard.setdefault(name, one)
    return edges


def _is_soft(written: Written, type: ResourceType) -> bool:
    """A bare handle in a property that is set after creation orders nothing."""
    path = written.path
    if len(path) < 4 or path[2] != "properties" or not type.properties.get(str(path[3]), {}).get("set_after_create"):
        return False
    bare = written.bare
    return bare is not None and bare.root == "resources" and len(bare.path) <= 2


def _named(reference: Reference, behind_locals: Mapping[str, frozenset[str]]) -> list[str]:
    if reference.path:
        return sorted(behind_locals.get(reference.path[0], NO_NAMES))
    return sorted(set().union(*behind_locals.values()))


def build_graph(edges: Mapping[str, Edges], findings: Findings) -> BlockGraph:
    """The graph. A cycle over hard and after edges is noted as the shortest loop, every edge with its place."""
    names = list(edges)
    hard = {name: frozenset(edges[name].hard.keys() & edges.keys()) for name in names}
    after = {name: frozenset(edges[name].after.keys() & edges.keys()) - hard[name] for name in names}
    soft = {name: frozenset(edges[name].soft.keys() & edges.keys()) - hard[name] - after[name] - {name} for name in names}
    needs = {name: hard[name] | after[name] for name in names}
    order = ordered(needs)
    if len(order) < len(names):
        for loop in shortest_loops(needs):
            _note_loop(loop, edges, findings)
    return BlockGraph(order, hard, soft, after)


def ordered(needs: Mapping[str, frozenset[str]]) -> list[str]:
    """The names so that each comes after all it needs; equals in the order of ``needs``. Members of a cycle are left out."""
    place = {name: index for index, name in enumerate(needs)}
    names = list(needs)
    needed_by: dict[str, list[str]] = {name: [] for name in names}
    waits = {}
    for name, others in needs.items():
        waits[name] = len(others)
        for other in others:
            needed_by[other].append(name)
    ready = [place[name] for name in names if not waits[name]]
    order: list[str] = []
    while ready:
        name = names[heapq.heappop(ready)]
        order.append(name)
        for follower in needed_by[name]:
            waits[follower] -= 1
            if not waits[follower]:
                heapq.heappush(ready, place[follower])
    return order


def _note_loop(loop: tuple[str, ...], edges: Mapping[str, Edges], findings: Findings) -> None:
    steps = list(zip(loop, (*loop[1:], loop[0]), strict=True))
    places = [_position(edges[name], other) for name, other in steps]
    related = tuple(Related(f"{name} needs {other}", place) for (name, other), place in zip(steps, places, strict=True))
    findings.add("MC0316", places[0], address=loop[0], related=related[1:], loop=" → ".join((*loop, loop[0])))


def _position(edges: Edges, other: str) -> Position | None:
    found = edges.hard.get(other) or edges.after.get(other)
    if not isinstance(found, Written):
        return found
    for reference in found.template.references:
        if reference.root == "resources" and reference.path[:1] == (other,):
            return found.position(reference)
    return found.document.position(found.path)
