"""From decided nodes to a Plan: removals, protection, order, graph, and the data people and machines read."""

from __future__ import annotations

from collections.abc import Callable, Collection, Iterable, Mapping
from dataclasses import dataclass
from typing import Any

from msgspec.structs import replace

from mcflow.engine.options import PlanOptions
from mcflow.engine.plan.canonical import canonical, digest
from mcflow.engine.plan.findings import Findings
from mcflow.engine.plan.graph import GraphBuilder, LoopError, settle
from mcflow.engine.plan.lower import plain
from mcflow.engine.plan.node import Instance, Node
from mcflow.engine.plan.order import decide_order, dependants
from mcflow.engine.plan.select import select
from mcflow.engine.sessions import Sessions
from mcflow.model.address import without_generation
from mcflow.model.plan import Action, Change, Step
from mcflow.model.record import NativeRecord, ResourceRecord
from mcflow.model.wire import encode
from mcflow.state.records import State
from mcflow.state.sealing import Sealer

EXIT_REFUSED = 6
LEFT = "the blueprint says to leave it in the cloud"
_DECISIVE = ("type", "connection", "inputs_hash", "properties_hash", "driver_version", "lowering_version", "natives",
             "moved_from")
_ACTIONS: dict[str, tuple[Action, ...]] = {
    "no-op": ("no-op",), "create": ("create",), "update": ("update",), "delete": ("delete",), "forget": ("forget",),
}


@dataclass(frozen=True)
class Assembled:
    """The execution graph and the changes it makes."""

    steps: list[Step]
    changes: list[Change]
    complete: bool


def add_removals(nodes: dict[str, Node], state: State, sessions: Sessions, settling: frozenset[str], moved_away: Collection[str],
                 reason: str, left: Callable[[str], bool]) -> None:
    """Nodes for natives of the state that nothing wants any more. ``settling``: addresses with an operation that is still open;
    ``moved_away``: addresses that a renamed key left; ``left``: says of an address that the blueprint leaves it in the cloud."""
    for address, record in state.natives.items():
        if address in nodes or address in moved_away:
            continue
        type = sessions.type(record.connection, record.type)
        told = left(address)
        keep = told or record.settings.retain or record.ownership == "adopted"
        node = Node(
            address=address, type=type, connection=record.connection, driver=record.driver, origin=record.origin,
            ownership=record.ownership, record=record, settings=record.settings, edges=record.edges, settled=True,
            generation=record.generation, name=record.name, action="forget" if keep else "delete",
            reason=LEFT if told else _why_removed(record, reason),
        )
        if address in settling:
            node.action, node.reason = "no-op", "an operation on it is not finished yet"
        nodes[address] = node
    _keep_shared(nodes)


def _keep_shared(nodes: Mapping[str, Node]) -> None:
    """A shared helper stays with those who are left in the cloud and use it."""
    used = {target for node in nodes.values() if node.action == "forget" for target in node.edges}
    for address in used:
        helper = nodes.get(address)
        if helper is not None and helper.ownership == "shared" and helper.action == "delete":
            helper.action, helper.reason = "forget", "what uses it is left in the cloud"


def _why_removed(record: NativeRecord, reason: str) -> str:
    if without_generation(record.address) != record.address:
        return "the old half of a replacement"
    if record.ownership == "adopted":
        return f"{reason}; it was only adopted and stays in the cloud"
    return f"{reason}; retained in the cloud" if record.settings.retain else reason


def protect(nodes: Iterable[Node], findings: Findings, steps: Iterable[Step]) -> None:
    """prevent_destroy: a plan that deletes a protected native is refused, with every one of them."""
    doomed = {step.address for step in steps if step.verb == "delete"}
    seen: set[str] = set()
    for node in nodes:
        if node.action not in ("delete", "replace") or node.conditional:
            continue
        kept = node.settings if node.action == "replace" else (node.record.settings if node.record else node.settings)
        resource = node.origin or node.address
        if kept.prevent_destroy and resource not in seen and (node.address in doomed or f"{node.address}@{_generation(node)}" in doomed):
            seen.add(resource)
            findings.say("MC0630", address=resource, action=node.action, reason=node.reason or "it would be deleted")
            findings.exit_code = EXIT_REFUSED


def _generation(node: Node) -> int:
    return node.record.generation if node.record else node.generation


def assemble(nodes: dict[str, Node], instances: Mapping[str, Instance], findings: Findings, options: PlanOptions, state: State,
             settling: frozenset[str]) -> Assembled:
    """Order the nodes, build and select the steps, and describe the changes."""
    for address in settling & nodes.keys():
        nodes[address].action, nodes[address].changed, nodes[address].conditional = "no-op", {}, False
    users = dependants(nodes)
    for address in decide_order(nodes, users):
        findings.say("MC0631", address=address)
    builder = GraphBuilder(nodes, users)
    builder.build()
    try:
        steps = settle(builder)
    except LoopError as loop:
        findings.say("MC0632", address=loop.steps[0], loop=" → ".join([*loop.steps, loop.steps[0]]))
        steps = []
    kept = select(steps, options.targets, options.excludes) if options.targets or options.excludes else steps
    shown = None if len(kept) == len(steps) else {without_generation(step.address) for step in kept}
    kept = [*kept, *_memories(nodes, state, shown)]
    held = [node for instance in instances.values() for node in instance.held]
    changes = [describe(node) for node in nodes.values() if not node.held and (shown is None or node.address in shown or
                                                                             node.action == "no-op")]
    return Assembled(kept, changes + [describe(node) for node in held], shown is None)


def _memories(nodes: Mapping[str, Node], state: State, shown: set[str] | None) -> list[Step]:
    """Steps that change only what the state remembers: edges, settings, connection, origin of an otherwise unchanged native."""
    steps = []
    for node in nodes.values():
        record = node.record
        if record is None or node.held or node.action != "no-op" or (shown is not None and node.address not in shown):
            continue
        wanted = replace(
            record, edges=node.edges, settings=node.settings, connection=node.connection, origin=node.origin, ownership=node.ownership
        )
        if wanted != record and node.settled and state.natives.get(node.address) is record:
            steps.append(Step(id=f"{node.address}:record", address=node.address, verb="record", type=node.type.name,
                              connection=node.connection, driver=node.driver, record=wanted, origin=node.origin, weight=0.0))
    return steps


def describe(node: Node) -> Change:
    """A node's decision as people and machines read it."""
    actions: tuple[Action, ...] = _ACTIONS.get(node.action, ("no-op",))
    if node.action == "replace":
        actions = ("create", "delete") if node.create_first else ("delete", "create")
    if node.importing:
        actions = ("adopt", *(each for each in actions if each != "no-op"))
    elif node.ownership == "adopted" and node.action == "create":
        # It exists and is only configured: nothing is made.
        actions = ("adopt",)
    return Change(
        address=node.address, resource=node.origin, type=node.type.name, connection=node.connection, actions=actions,
        attributes=tuple(node.details), reason=node.reason, conditional=node.conditional, driver_made=node.driver_made, held=node.held,
        id=node.record.id if node.record else "", ownership=node.ownership, importing=node.importing,
    )


def resource_records(instances: Mapping[str, Instance], state: State, sessions: Sessions, sealer: Sealer,
                     undone: set[str], standing: Callable[[str], bool]) -> dict[str, ResourceRecord | None]:
    """The thin records to write once natives have settled; only those that differ. ``undone``: resources a selection left out;
    ``standing``: says of an address that a move from it still stands in the blueprint."""
    made: dict[str, ResourceRecord | None] = {}
    for address, instance in instances.items():
        if instance.held or address in undone or not instance.lowered:
            continue
        came_from = instance.record.moved_from if instance.record else ""
        record = _record(instance, sessions, sealer, came_from if came_from and standing(came_from) else "")
        if not _same_meaning(record, state.resources.get(address)):
            made[address] = record
    for address in state.resources:
        if address not in instances and address not in undone:
            made[address] = None
    return made


def _record(instance: Instance, sessions: Sessions, sealer: Sealer, moved_from: str) -> ResourceRecord:
    driver = sessions.get(instance.connection).driver
    return ResourceRecord(
        address=instance.address, type=instance.block.type, connection=instance.connection,
        properties=encode(plain(instance.properties), sealer.seal),
        properties_hash=digest(canonical(instance.properties, sealer.fingerprint)), inputs_hash=instance.inputs_hash,
        driver_version=driver.version, lowering_version=driver.lowering_versions.get(instance.block.type, 1),
        exports=encode(instance.exports, sealer.seal),
        privates=encode(instance.privates, sealer.seal), pins=instance.pins, natives=tuple(instance.natives),
        moved_from=moved_from,
    )


def _same_meaning(new: ResourceRecord, old: ResourceRecord | None) -> bool:
    """True if the old record need not be written again. Sealing is randomised, so sealed texts do not count."""
    if old is None or sorted(new.pins) != sorted(old.pins):
        return False
    if any(getattr(new, name) != getattr(old, name) for name in _DECISIVE):
        return False
    trees = ((new.exports, old.exports), (new.privates, old.privates))
    return all(one == other or _unsealed(one) == _unsealed(other) for one, other in trees)


def _unsealed(tree: Any) -> Any:
    if isinstance(tree, dict):
        return "(sealed)" if "$secret" in tree else {key: _unsealed(item) for key, item in tree.items()}
    return [_unsealed(item) for item in tree] if isinstance(tree, list) else tree
