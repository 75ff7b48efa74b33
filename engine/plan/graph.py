"""The execution graph: steps and what each needs. Apply walks it and does nothing else.

Edges are strong (must hold) or weak (better so): a consumer needs its source's create, and would rather wait for its finish. Where weak
edges close a loop (two security groups that name each other) they give way; a delete that loses one so gets a release step.
"""

from __future__ import annotations

import json
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from itertools import pairwise
from typing import Any

from mcflow.drivers.sdk import NativeType, UniqueName
from mcflow.engine.plan.node import Node
from mcflow.model.address import without_generation
from mcflow.model.plan import Purpose, Step
from mcflow.model.values import Derived, leaves, refs


@dataclass(slots=True)
class Draft:
    """A step being wired. ``soft`` maps a delete step this one would rather wait for to the address whose attributes hold the link."""

    step: Step
    strong: set[str] = field(default_factory=set)
    weak: set[str] = field(default_factory=set)
    links: dict[str, str] = field(default_factory=dict)


class GraphBuilder:
    """Builds the steps of a set of decided nodes."""

    def __init__(self, nodes: Mapping[str, Node], users: Mapping[str, set[str]]) -> None:
        self._nodes = nodes
        self._users = users
        self._texts: dict[str, dict[str, set[str]]] = {}
        self.drafts: dict[str, Draft] = {}

    def build(self) -> dict[str, Draft]:
        """All drafts, wired. Loops of weak edges are still in it; `settle` takes them out."""
        for node in self._nodes.values():
            self._steps(node)
        for node in self._nodes.values():
            self._wire(node)
        self._hand_over_places()
        return self.drafts

    def _hand_over_places(self) -> None:
        """A name or a place (a subnet's range, a route's destination) is free for the next only when the one that has it is gone: a
        resource that was renamed. Places that several have at once are no places."""
        leaving: dict[str, set[str]] = {}
        for node in self._nodes.values():
            record, removal = node.record, f"{old_address(node)}:delete"
            if record is not None and record.name is None and removal in self.drafts:
                place = _place(node.old_type or node.type, record.connection, {**record.attributes, **record.want})
                if place:
                    leaving.setdefault(place, set()).add(removal)
        for node in self._nodes.values() if leaving else ():
            create = self.drafts.get(f"{node.address}:create")
            if create is not None and node.name is None:
                holders = leaving.get(_place(node.type, node.connection, node.known), set())
                if len(holders) == 1:
                    create.weak |= holders - {f"{old_address(node)}:delete"}

    def _steps(self, node: Node) -> None:
        if node.decided_by == node.address and node.conditional:
            create_only = tuple(change.path for change in node.details if change.replaces)
            self._add(node, "decide", attributes=create_only)
        if node.action in ("delete", "replace"):
            self._add(node, "delete")
        if node.action == "forget":
            self._add(node, "forget")
        if node.made_anew:
            self._add(node, "create")
        for group, attributes in node.changed.items():
            self._group(node, group, attributes, anew=node.made_anew)
        for group, attributes in node.kept.items():
            self._group(node, group, attributes, anew=False)
        if node.mark and node.action in ("no-op", "update"):
            self._add(node, "update", "mark", str(node.type.attributes["tags"]["group"]), ("tags",))

    def _add(self, node: Node, verb: str, purpose: Purpose = "", group: str = "", attributes: tuple[str, ...] = (),
             override: Mapping[str, object] | None = None, suffix: str = "") -> str:
        address = old_address(node) if verb in ("delete", "forget") else node.address
        name = ":".join(filter(None, (address, purpose or verb, suffix or group)))
        record = node.record if verb in ("delete", "forget") else None
        step = Step(
            id=name, address=address, verb=verb, purpose=purpose, type=record.type if record else node.type.name,  # type: ignore[arg-type]
            connection=record.connection if record else node.connection, driver=record.driver if record else node.driver,
            want={} if record or purpose == "mark" else node.want, attributes=attributes, group=group, override=dict(override or {}),
            edges=record.edges if record else node.edges, origin=node.origin, ownership=node.ownership,
            generation=record.generation if record else node.generation, name=node.name,
            settings=record.settings if record else node.settings,
            decided_by=f"{node.decided_by}:decide" if node.conditional and verb != "decide" else None,
            weight=node.type.seconds,
        )
        self.drafts[name] = Draft(step)
        return name

    def _group(self, node: Node, group: str, attributes: tuple[str, ...], *, anew: bool) -> None:
        """The steps of one update group: what it needs first, the change, and back."""
        purpose: Purpose = "finish" if anew else ""
        needs = next((each.needs for each in node.type.groups if each.name == group), {}) if not anew else {}
        before, after = [], []
        for name, value in needs.items():
            if node.record is not None and node.record.attributes.get(name) == value:
                continue
            its_group = str(node.type.attributes.get(name, {}).get("group", name))
            back = node.known.get(name, node.record.attributes.get(name) if node.record else None)
            suffix = f"{group}.{name}"
            before.append(self._add(node, "update", "prepare", its_group, (name,), {name: value}, suffix))
            if back != value:
                after.append(self._add(node, "update", "restore", its_group, (name,), {name: back}, suffix))
        chain = [*before, self._add(node, "update", purpose, group, attributes), *after]
        for earlier, later in pairwise(chain):
            self.drafts[later].strong.add(earlier)

    def _wire(self, node: Node) -> None:
        own = [draft for draft in self._of(node.address) if draft.step.verb == "update"]
        create = self.drafts.get(f"{node.address}:create")
        decide = self.drafts.get(f"{node.address}:decide")
        if create:
            self._wire_create(node, create)
        if decide:
            self._after_sources(node, decide, decide.step.attributes, hard=True)
            for draft in (create, self.drafts.get(f"{old_address(node)}:delete"), *own):
                if draft:
                    draft.strong.add(decide.step.id)
        self._chain(own)
        mark = self.drafts.get(f"{node.address}:mark:{node.type.attributes.get('tags', {}).get('group')}") if node.mark else None
        if mark:
            mark.strong |= {draft.step.id for draft in own}
        for draft in own:
            if create:
                draft.strong.add(create.step.id)
            self._after_sources(node, draft, draft.step.attributes, hard=False)
        for verb in ("delete", "forget"):
            removal = self.drafts.get(f"{old_address(node)}:{verb}")
            if removal:
                self._wire_removal(node, removal)

    def _of(self, address: str) -> list[Draft]:
        node = self._nodes[address]
        groups = {**node.changed, **node.kept}
        names = [f"{address}:update:{group}" for group in groups] + [f"{address}:finish:{group}" for group in groups]
        for group in node.type.groups:
            if group.name in groups:
                names += [f"{address}:{purpose}:{group.name}.{name}" for name in group.needs for purpose in ("prepare", "restore")]
        return [self.drafts[name] for name in names if name in self.drafts]

    def _chain(self, own: list[Draft]) -> None:
        """One change of an object at a time: whole chains (prepare, change, restore) behind each other."""
        middles = [draft for draft in own if draft.step.purpose in ("", "finish")]
        for earlier, later in pairwise(middles):
            heads = [draft for draft in own if draft.step.purpose == "prepare" and draft.step.id in later.strong] or [later]
            tails = [draft for draft in own if draft.step.purpose == "restore" and earlier.step.id in draft.strong] or [earlier]
            for head in heads:
                head.strong |= {tail.step.id for tail in tails}

    def _wire_create(self, node: Node, create: Draft) -> None:
        attributes = tuple(name for name in node.want if not node.type.attributes.get(name, {}).get("set_after_create"))
        self._after_sources(node, create, attributes, hard=True)
        for target in node.edges.order:
            self._after_native(create, target)
        if node.action == "replace" and not node.create_first:
            create.strong.add(f"{old_address(node)}:delete")

    def _after_sources(self, node: Node, draft: Draft, attributes: tuple[str, ...], *, hard: bool) -> None:
        finished = hard or any(has_template(node.want.get(name)) for name in attributes)
        for target in sources(node, attributes):
            self._after_native(draft, target, finish=finished)

    def _after_native(self, draft: Draft, target: str, *, finish: bool = True) -> None:
        create = f"{target}:create"
        source = self._nodes.get(target)
        if draft.step.verb == "decide" and source is not None and source.conditional:
            # Settled together: what is replaced cannot be waited for by what must go before it.
            draft.strong.add(f"{target}:decide")
            return
        if create in self.drafts:
            draft.strong.add(create)
        if finish and target in self._nodes:
            draft.weak |= {other.step.id for other in self._of(target)}

    def _wire_removal(self, node: Node, removal: Draft) -> None:
        """A thing goes after those that use it: they are gone, or point elsewhere."""
        if node.create_first:
            removal.strong.add(f"{node.address}:create")
            removal.weak |= {draft.step.id for draft in self._of(node.address)}
        for user in self._users.get(without_generation(node.address), ()):
            other = self._nodes.get(user)
            if other is None or other is node or other.record is None:
                continue
            gone = f"{old_address(other)}:delete"
            if gone in self.drafts:
                self._after_delete(removal, gone, other, without_generation(node.address))
            else:
                removal.weak |= {draft.step.id for draft in self._of(user)}

    def _after_delete(self, removal: Draft, gone: str, user: Node, target: str) -> None:
        record = user.record
        assert record is not None
        if target in record.edges.hard or target in record.edges.order:
            removal.strong.add(gone)
        else:
            removal.weak.add(gone)
            removal.links[gone] = user.address

    def release(self, user: str, target: str) -> list[str]:
        """Steps that empty, before a native is deleted, what it set after its create and names the target. Made once."""
        node = self._nodes[user]
        record = node.record
        assert record is not None
        full: dict[str, dict[str, object]] = {}
        attributes, id = (node.old_type or node.type).attributes, self._id(target)
        for name, said in self._said(node).items():
            if id in said:
                schema = attributes[name]
                empty: object = [] if schema.get("type") == "array" else {} if schema.get("type") == "object" else None
                full.setdefault(str(schema.get("group", name)), {})[name] = empty
        made = [self._add_release(node, group, emptied) for group, emptied in full.items()]
        for earlier, later in pairwise(made):
            self.drafts[later].strong.add(earlier)
        self.drafts[f"{old_address(node)}:delete"].strong |= set(made)
        return made

    def _said(self, node: Node) -> dict[str, set[str]]:
        """The texts in each attribute that is set after the create. Made once: a group of groups asks for each of its links."""
        if node.address not in self._texts:
            shown = node.record.attributes if node.record else {}
            late = (name for name, schema in (node.old_type or node.type).attributes.items() if schema.get("set_after_create"))
            self._texts[node.address] = {name: {leaf for leaf in leaves(shown.get(name)) if isinstance(leaf, str)} for name in late}
        return self._texts[node.address]

    def _id(self, address: str) -> str:
        node = self._nodes.get(address) or self._nodes.get(without_generation(address))
        return node.record.id if node is not None and node.record else ""

    def _add_release(self, node: Node, group: str, emptied: Mapping[str, object]) -> str:
        record = node.record
        assert record is not None
        address = old_address(node)
        name = f"{address}:release:{group}"
        already = self.drafts[name].step.override if name in self.drafts else {}
        override = {**already, **emptied}
        if name in self.drafts and override == already:
            return name
        step = Step(
            id=name, address=address, verb="update", purpose="release", type=record.type, connection=record.connection,
            driver=record.driver, want={}, attributes=tuple(override), group=group, override=override, edges=record.edges,
            origin=node.origin, ownership=node.ownership, generation=record.generation, settings=record.settings,
            weight=node.type.seconds, decided_by=f"{node.decided_by}:decide" if node.conditional else None,
        )
        # The old half has an entry of its own only once the new one has been begun.
        before = {each for each in (f"{node.address}:create",) if node.create_first and each in self.drafts}
        self.drafts[name] = Draft(step, self.drafts[name].strong if name in self.drafts else before)
        return name


def _place(type: NativeType[Any], connection: str, values: Mapping[str, Any]) -> str:
    """What an object takes up that no other can have: its unique name, else all it must be told. Empty where that is nothing, or is not
    known: what is yet to be made stands in nobody's way."""
    identity = type.identity
    names = (identity.attribute,) if isinstance(identity, UniqueName) else tuple(type.required)
    told = {name: values.get(name) for name in names}
    if not told or any(not isinstance(value, str | int) for value in told.values()):
        return ""
    return json.dumps([connection, type.name, [[name, type.normalise(name, value)] for name, value in sorted(told.items())]])


def old_address(node: Node) -> str:
    """Where the record of what is to go is kept once the new one has been begun."""
    if node.action == "replace" and node.create_first and node.record is not None:
        return f"{node.address}@{node.record.generation}"
    return node.address


def settle(builder: GraphBuilder) -> list[Step]:
    """Take weak edges out of loops (with a release step where a delete would deadlock) and give the steps their needs.

    Raises LoopError with the shortest loop of strong edges, if there is one.
    """
    drafts = builder.drafts
    present = set(drafts)
    for draft in drafts.values():
        draft.strong &= present
        draft.weak &= present
        draft.weak.discard(draft.step.id)
    while True:
        left = _unordered(drafts)
        if not left:
            break
        if not _loosen(builder, left):
            raise LoopError(_shortest_loop(drafts, left))
    for draft in drafts.values():
        draft.step.needs = tuple(sorted(draft.strong | draft.weak))
    return [draft.step for draft in drafts.values()]


class LoopError(ValueError):
    """Steps that wait for each other; ``steps`` are their ids in order."""

    def __init__(self, steps: list[str]) -> None:
        super().__init__(" → ".join(steps))
        self.steps = steps


def _unordered(drafts: Mapping[str, Draft]) -> set[str]:
    """What is left when everything that can be done in some order has been done (Kahn); empty if there is no loop."""
    waiting = {name: len(draft.strong | draft.weak) for name, draft in drafts.items()}
    followers: dict[str, list[str]] = {}
    for name, draft in drafts.items():
        for need in draft.strong | draft.weak:
            followers.setdefault(need, []).append(name)
    ready = [name for name, count in waiting.items() if count == 0]
    while ready:
        name = ready.pop()
        del waiting[name]
        for follower in followers.get(name, ()):
            waiting[follower] -= 1
            if waiting[follower] == 0:
                ready.append(follower)
    return set(waiting)


def _loosen(builder: GraphBuilder, left: set[str]) -> bool:
    """Drop the weak edges inside loops; True if any was dropped."""
    import networkx as nx

    drafts = builder.drafts
    graph: Any = nx.DiGraph((name, need) for name in left for need in (drafts[name].strong | drafts[name].weak) & left)
    dropped = False
    for loop in list(nx.strongly_connected_components(graph)):
        if len(loop) < 2:
            continue
        for name in loop:
            draft = drafts[name]
            for need in draft.weak & loop:
                if need in draft.strong:
                    continue
                draft.weak.discard(need)
                dropped = True
                if need in draft.links:
                    draft.strong |= set(builder.release(draft.links[need], draft.step.address))
            draft.weak -= draft.strong
    return dropped


def _shortest_loop(drafts: Mapping[str, Draft], left: set[str]) -> list[str]:
    import networkx as nx

    graph: Any = nx.DiGraph((name, need) for name in left for need in drafts[name].strong & left)
    best: list[str] = []
    for loop in nx.strongly_connected_components(graph):
        if len(loop) > 1:
            found = list(nx.find_cycle(graph.subgraph(loop)))
            steps = [edge[0] for edge in found]
            best = steps if not best or len(steps) < len(best) else best
    return best or sorted(left)


def natives_of(value: object) -> set[str]:
    """The natives that a value tree refers to."""
    if value is None or isinstance(value, str | int | float):
        return set()
    return {ref.native for ref in refs(value)}


def has_template(value: object) -> bool:
    """True if a value tree holds a text that apply finishes: it names resources, not natives."""
    return bool(named_in(value))


def named_in(value: object) -> set[str]:
    """The resources that texts which apply finishes name: addresses, or blocks."""
    if value is None or isinstance(value, str | int | float):
        return set()
    return {str(name) for leaf in leaves(value) if isinstance(leaf, Derived) and leaf.op == "template" for name in leaf.args[2]}


def sources(node: Node, attributes: Iterable[str]) -> set[str]:
    """The natives whose values these attributes are made of."""
    found: set[str] = set()
    for name in attributes:
        value = node.want.get(name)
        found |= natives_of(value)
        found |= node.named.get(name, frozenset())
    return found - {node.address}
