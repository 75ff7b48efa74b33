"""The plan of a rollback: what an earlier state recorded is what is wanted; diff, order, protection and steps are those of every plan.

Not the same as undoing a run that failed: things that were replaced since need not get their old ids back, only what they were like.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from mcflow import __version__
from mcflow.drivers.sdk import UniqueName
from mcflow.engine.options import PlanOptions
from mcflow.engine.plan.assemble import add_removals, assemble, protect
from mcflow.engine.plan.diff import Differ
from mcflow.engine.plan.findings import Findings
from mcflow.engine.plan.known import Knowledge
from mcflow.engine.plan.make import plan_inputs
from mcflow.engine.plan.node import Node
from mcflow.engine.plan.walk import Ground
from mcflow.engine.project import Project
from mcflow.engine.resolve import Resolver
from mcflow.engine.run import Seen
from mcflow.engine.sessions import Sessions, connection_record
from mcflow.engine.surgery.earlier import Brought, wanted
from mcflow.engine.surgery.links import Links
from mcflow.engine.surgery.sealed import SENSITIVE
from mcflow.model.diagnostic import Diagnostic, Rejected
from mcflow.model.plan import Action, OutputChange, Plan
from mcflow.model.record import NativeRecord
from mcflow.model.values import Secret
from mcflow.model.wire import decode, redact
from mcflow.state.records import State


def plan_back(project: Project, then: State, seen: Seen, brought: Brought, before: State, sessions: Sessions) -> Plan:
    """The plan from ``brought`` (what is now, under the addresses of then) to ``then``. ``before`` is the state as it is written.

    Raises Rejected: protection (exit code 6), types that no driver has any more, sealed values that cannot be opened.
    """
    now = brought.state
    findings = Findings(None)
    links = Links(then, sessions, project.sealer.unseal)
    nodes = {address: _node(record, now, links, sessions) for address, record in wanted(then).items()}
    _decide(project, nodes, then, now)
    settling = frozenset(item.address for item in seen.recovered if item.outcome in ("unfinished", "in-progress", "quarantined"))
    add_removals(nodes, now, sessions, settling, (), f"it was not there at serial {then.serial}", lambda address: False)
    made = assemble(nodes, {}, findings, PlanOptions(mode="rollback"), now, settling)
    protect(nodes.values(), findings, made.steps)
    if findings.errors:
        raise Rejected(findings.diagnostics, findings.exit_code)
    outputs, changes = _outputs(project, then, now, links)
    ground = Ground(project.blueprint, before, sessions, project.sealer, project.ports, PlanOptions(mode="rollback"))
    names = {node.connection for node in nodes.values()}
    return Plan(
        mcflow_version=__version__, name=then.name, environment=then.environment, mode="rollback",
        created_at=project.ports.clock.now(), inputs=plan_inputs(ground, names), resource_drift=seen.drift,
        resource_changes=made.changes, output_changes=changes, recovered=seen.recovered, steps=made.steps, outputs=outputs,
        refreshed=_delta(before.natives, now.natives), resources=_delta(before.resources, then.resources),
        connections={name: record for name in sorted(names)
                     if before.connections.get(name) != (record := connection_record(sessions.get(name)))},
        diagnostics=[*seen.unread, *_shortcomings(then, nodes, links), *findings.diagnostics],
    )


def _node(record: NativeRecord, now: State, links: Links, sessions: Sessions) -> Node:
    kind = sessions.type(record.connection, record.type)
    want = links.want(record)
    for name, schema in kind.attributes.items():
        if schema.get("local"):
            want.pop(name, None)
    if record.name is not None and isinstance(kind.identity, UniqueName):
        # Derived, not asked for: what is there keeps its own; what is made anew gets this one back.
        want.pop(kind.identity.attribute, None)
    return Node(
        address=record.address, type=kind, connection=record.connection, driver=record.driver, origin=record.origin,
        ownership=record.ownership, want=want, record=now.natives.get(record.address), settings=record.settings, edges=record.edges)


def _decide(project: Project, nodes: dict[str, Node], then: State, now: State) -> None:
    unseal, fingerprint = project.sealer.unseal, project.sealer.fingerprint
    knowledge = Knowledge(nodes, now.natives, unseal, Resolver(now, unseal).resolve)
    differ = Differ(unseal, fingerprint, now.lineage, lambda address: _anew(nodes, address))
    for node in _in_order(nodes):
        node.known = {name: knowledge.put_in(value) for name, value in node.want.items()}
        record = node.record
        forced = f"its connection was {node.connection}" if record is not None and record.connection != node.connection else ""
        if record is not None and record.type != node.type.name:
            forced = f"it was a {node.type.name}"
        differ.decide(node, soft_later=True, forced=forced)
        if node.action == "create":
            _name_as_before(node, then.natives[node.address])
        node.settled = True
    for node in nodes.values():
        if any(schema.get("set_after_create") for schema in node.type.attributes.values()):
            node.known = {**node.known, **{name: knowledge.put_in(value) for name, value in node.want.items()}}
            differ.decide_soft(node)


def _anew(nodes: Mapping[str, Node], address: str) -> bool | None:
    node = nodes.get(address)
    return False if node is None else None if node.conditional else node.made_anew


def _name_as_before(node: Node, was: NativeRecord) -> None:
    identity = node.type.identity
    if was.name is not None and isinstance(identity, UniqueName):
        node.name = was.name
        node.want = {**node.want, identity.attribute: was.name}
        node.known = {**node.known, identity.attribute: was.name}


def _in_order(nodes: Mapping[str, Node]) -> list[Node]:
    """Each after those that its creation needs."""
    done: dict[str, Node] = {}
    for start in nodes:
        stack = [start]
        while stack:
            address = stack[-1]
            missing = [target for target in nodes[address].edges.hard if target in nodes and target not in done and target not in stack]
            if missing and address not in done:
                stack += missing
            else:
                done.setdefault(address, nodes[address])
                stack.pop()
    return list(done.values())


def _shortcomings(then: State, nodes: Mapping[str, Node], links: Links) -> list[Diagnostic]:
    """What the records alone cannot bring back, told before anybody approves."""
    found = [Diagnostic("MC0785", {"problem": f"its record of then says {record.status}"}, address=address)
             for address, record in then.natives.items() if record.status in ("creating", "deleting")]
    for node in nodes.values():
        if node.action == "no-op" or node.address not in then.natives:
            continue
        for target in (*node.edges.hard, *node.edges.soft):
            source = nodes.get(target)
            if source is not None and source.made_anew and links.stale(node.want, target):
                problem = f"a text of it holds a value of {target}, which is made anew and gets another"
                found.append(Diagnostic("MC0785", {"problem": problem}, address=node.address))
    found += [Diagnostic("MC0785", {"problem": "the object is made anew; what was in it is not in the state"}, address=node.address)
              for node in nodes.values() if node.action == "create" and node.ownership == "owned" and node.address in then.natives]
    return [*found, Diagnostic("MC0786")]


def _outputs(project: Project, then: State, now: State, links: Links) -> tuple[dict[str, Any], dict[str, OutputChange]]:
    table = links.all()
    trees: dict[str, Any] = {}
    changes: dict[str, OutputChange] = {}
    unseal = project.sealer.unseal
    for name, record in then.outputs.items():
        value = decode(record.value, unseal)
        trees[name] = value if isinstance(value, Secret) else links.linked(value, table)
        old = now.outputs.get(name)
        if old is None or decode(old.value, unseal) != value:
            actions: tuple[Action, ...] = ("create",) if old is None else ("update",)
            shown = SENSITIVE if record.sensitive else redact(value)
            was = None if old is None else SENSITIVE if old.sensitive else old.value
            changes[name] = OutputChange(actions, was, shown, record.sensitive)
    for name, old in now.outputs.items():
        if name not in trees:
            changes[name] = OutputChange(("delete",), SENSITIVE if old.sensitive else old.value, None, old.sensitive)
    return trees, changes


def _delta(before: Mapping[str, Any], after: Mapping[str, Any]) -> dict[str, Any]:
    """What must be recorded to come from one to the other."""
    return {address: after.get(address) for address in {**before, **after} if before.get(address) != after.get(address)}
