"""The way back: the plan that undoes what one run did, from the state as it was before its steps and as it is now.

It is planned like anything else (diff, order, what a group needs, releases), only that what is wanted comes from the records of before.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field

from msgspec.structs import replace

from mcflow.engine.options import PlanOptions
from mcflow.engine.plan.assemble import add_removals, assemble
from mcflow.engine.plan.diff import Differ
from mcflow.engine.plan.findings import Findings
from mcflow.engine.plan.known import Knowledge
from mcflow.engine.plan.node import Node
from mcflow.engine.resolve import Resolver
from mcflow.engine.sessions import Sessions
from mcflow.model.address import without_generation
from mcflow.model.diagnostic import Diagnostic
from mcflow.model.plan import Plan, Step
from mcflow.model.record import NativeRecord, ResourceRecord
from mcflow.model.values import Ref, Value
from mcflow.model.wire import decode
from mcflow.state.records import State
from mcflow.state.sealing import Sealer


@dataclass(frozen=True)
class Back:
    """The plan that undoes a run. ``remade``: addresses of what was deleted and is made anew. ``findings``: why it cannot be planned."""

    plan: Plan
    remade: tuple[str, ...] = ()
    findings: tuple[Diagnostic, ...] = ()


@dataclass
class _Change:
    """What one run did to the natives, by address: ``kept`` have the id they had, ``gone`` have none or another, ``aside`` are old halves
    of replacements that are still there (address now → address before)."""

    before: Mapping[str, NativeRecord]
    now: Mapping[str, NativeRecord]
    aside: dict[str, str] = field(default_factory=dict)
    gone: list[str] = field(default_factory=list)

    def __post_init__(self) -> None:
        for address, record in self.before.items():
            have = self.now.get(address)
            if have is None or have.id != record.id:
                moved = self._moved(address, record.id)
                if moved:
                    self.aside[moved] = address
                else:
                    self.gone.append(address)

    def _moved(self, address: str, id: str) -> str:
        return next((other for other, record in self.now.items()
                     if record.id == id and other not in self.before and without_generation(other) == address), "")


def way_back(before: State, now: State, sessions: Sessions, sealer: Sealer) -> Back:
    """The plan from ``now`` to ``before``. Natives that the run did not touch are left as they are. Raises Rejected: a type that the driver
    no longer has, a connection that cannot be opened."""
    changed = _Change(before.natives, now.natives)
    nodes = {address: _node(address, record, now, sessions, sealer) for address, record in _wanted(changed).items()}
    settling = frozenset(opened.intent.address for opened in now.open.values())
    add_removals(nodes, now, sessions, settling, (), "made by the run that is undone", lambda address: False)
    for address in set(now.natives) - set(before.natives) - set(changed.aside) - settling:
        _remove(nodes[address])
    for address in changed.aside.values():
        _remove(nodes[address])
    _decide(nodes, changed, now, sealer)
    findings = Findings(None)
    made = assemble(nodes, {}, findings, PlanOptions(), now, settling)
    steps = [*made.steps, *_put_back(changed, {step.id for step in made.steps})]
    resources: dict[str, ResourceRecord | None] = {
        address: before.resources.get(address) for address in {**before.resources, **now.resources}
        if before.resources.get(address) != now.resources.get(address)
    }
    plan = Plan(
        name=now.name, environment=now.environment, mode="rollback", resource_changes=made.changes, steps=steps, resources=resources)
    return Back(plan, tuple(changed.gone), tuple(findings.errors))


def _wanted(changed: _Change) -> dict[str, NativeRecord]:
    """The records of before, by the address where the object is now: those that are (again) to be so."""
    found = dict(changed.before)
    for moved, address in changed.aside.items():
        found[moved] = replace(changed.before[address], address=moved)
        if address in changed.now:
            found[address] = changed.now[address]
        else:
            del found[address]
    return found


def _node(address: str, wanted: NativeRecord, now: State, sessions: Sessions, sealer: Sealer) -> Node:
    want = decode(wanted.want, sealer.unseal)
    assert isinstance(want, dict)
    have = now.natives.get(address)
    return Node(
        address=address, type=sessions.type(wanted.connection, wanted.type), connection=wanted.connection, driver=wanted.driver,
        origin=wanted.origin, ownership=wanted.ownership, want=want, record=have, settings=wanted.settings, edges=wanted.edges,
        name=wanted.name, generation=wanted.generation,
    )


def _remove(node: Node) -> None:
    """Made by the run: it goes, whatever its settings say of objects that people have come to rely on."""
    if node.action != "no-op" or node.record is not None:
        node.action = "forget" if node.ownership == "adopted" else "delete"
        node.settled = True
        node.changed = {}


def _decide(nodes: dict[str, Node], changed: _Change, now: State, sealer: Sealer) -> None:
    knowledge = Knowledge(nodes, now.natives, sealer.unseal, Resolver(now, sealer.unseal).resolve)
    differ = Differ(sealer.unseal, sealer.fingerprint, now.lineage, lambda address: address in nodes and nodes[address].made_anew)
    gone = set(changed.gone)
    ids = {changed.before[address].id: address for address in changed.gone}
    active = [node for node in _in_order(nodes) if node.action == "no-op" and _touched(node, changed, gone)]
    for node in nodes.values():
        node.settled = node not in active
        node.known = node.want
    for node in active:
        name, generation = node.name, node.generation
        node.want = {key: _pointed(value, ids, node.address) for key, value in node.want.items()}
        node.known = {key: knowledge.put_in(value) for key, value in node.want.items()}
        # A name that was derived once is in the want: it comes back as it was.
        node.name = None
        differ.decide(node, soft_later=True, forced="it was replaced by the run that is undone" if _other(node, changed, gone) else "")
        node.name = name
        node.generation = generation if node.action == "update" else node.generation
        node.settled = True
    for node in active:
        node.known = {key: knowledge.put_in(value) for key, value in node.want.items()}
        differ.decide_soft(node)
        if node.action == "no-op" and node.changed:
            node.action = "update"


def _touched(node: Node, changed: _Change, gone: set[str]) -> bool:
    """True if the run changed it, or if it names something that will get another id."""
    was = changed.before.get(changed.aside.get(node.address, node.address))
    return node.address in gone or node.record != was or any(edge in gone for edge in node.edges)


def _other(node: Node, changed: _Change, gone: set[str]) -> bool:
    return node.address in gone and node.record is not None


def _in_order(nodes: Mapping[str, Node]) -> list[Node]:
    """Sources before what uses them; where soft edges close a loop, by their hard ones."""
    done: dict[str, Node] = {}
    for start in nodes:
        stack = [(start, False)]
        while stack:
            address, leaving = stack.pop()
            if address in done or address not in nodes:
                continue
            if leaving:
                done[address] = nodes[address]
                continue
            stack.append((address, True))
            edges = nodes[address].edges
            stack += [(edge, False) for edge in (*edges.hard, *edges.order) if edge not in done and (edge, True) not in stack]
    return list(done.values())


def _pointed(value: Value, ids: Mapping[str, str], own: str) -> Value:
    """The value, with ids of what is made anew as references."""
    if isinstance(value, str):
        target = ids.get(value, own)
        return Ref(target, ("id",)) if target != own else value
    if isinstance(value, dict):
        return {key: _pointed(item, ids, own) for key, item in value.items()}
    return [_pointed(item, ids, own) for item in value] if isinstance(value, list) else value


def _put_back(changed: _Change, steps: set[str]) -> list[Step]:
    """The old halves of replacements get their address back when the new ones are gone."""
    made = []
    for moved, address in changed.aside.items():
        record = changed.before[address]
        needs = tuple(sorted(each for each in steps if each == f"{address}:delete" or each.startswith(f"{moved}:")))
        # One record moves it: killed at any point, the object has one entry.
        made.append(Step(id=f"{moved}:record", address=moved, verb="record", type=record.type, connection=record.connection,
                         driver=record.driver, origin=record.origin, record=record, needs=needs, weight=0.0))
    return made
