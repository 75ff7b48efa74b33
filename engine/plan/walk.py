"""The one walk: block by block in dependency order, evaluate → choose → lower → diff; then the execution graph.

Later resources see values settled by earlier diffs: known from the state, or unknown because created or replaced.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

from mcflow.drivers.sdk import Native, UniqueName
from mcflow.engine.blueprint import check_properties, hide_sensitive, native_schema
from mcflow.engine.blueprint.blocks import Blueprint
from mcflow.engine.options import PlanOptions
from mcflow.engine.plan.binding import Binder
from mcflow.engine.plan.canonical import canonical, digest
from mcflow.engine.plan.choose import Choosing
from mcflow.engine.plan.diff import Differ
from mcflow.engine.plan.driver_made import hold_back
from mcflow.engine.plan.evaluate import Evaluator
from mcflow.engine.plan.findings import Findings
from mcflow.engine.plan.graph import has_template, named_in, natives_of
from mcflow.engine.plan.imports import Imports
from mcflow.engine.plan.known import Knowledge
from mcflow.engine.plan.lacking import refuse_lacking
from mcflow.engine.plan.lower import ignored_attributes, lower, want_of
from mcflow.engine.plan.node import Instance, Node
from mcflow.engine.plan.opening import Opener
from mcflow.engine.plan.scope import Lens, Resources, Target
from mcflow.engine.plan.select import block_of
from mcflow.engine.plan.shape import shape, unknown_structure
from mcflow.engine.ports import Ports
from mcflow.engine.resolve import Resolver
from mcflow.engine.sessions import Live, Sessions
from mcflow.model.diagnostic import Rejected
from mcflow.model.record import Edges, NativeRecord
from mcflow.model.values import Derived, Export, Handle, Ref, Unknown, Value, contains_unknown, leaves, substitute
from mcflow.model.wire import decode
from mcflow.schemas import portable
from mcflow.state.records import State
from mcflow.state.sealing import Sealer


@dataclass(frozen=True)
class Ground:
    """What a walk stands on: the blueprint, the state after recovery and refresh (never written), sessions, sealer, ports."""

    blueprint: Blueprint
    state: State
    sessions: Sessions
    sealer: Sealer
    ports: Ports
    options: PlanOptions
    came_from: Mapping[str, str] = field(default_factory=dict)
    """Address → what it was until now, of everything that the blueprint moves."""


class Walk:
    """One walk over a blueprint. Afterwards ``nodes`` and ``instances`` hold everything decided, ``findings`` all that is wrong."""

    def __init__(self, ground: Ground) -> None:
        self.ground = ground
        self.findings = Findings(ground.blueprint)
        self.nodes: dict[str, Node] = {}
        self.instances: dict[str, Instance] = {}
        self.moved: dict[str, NativeRecord | None] = {}
        """Records that a renamed lowering key moved."""
        blueprint, state, sealer = ground.blueprint, ground.state, ground.sealer
        self.opener = Opener(sealer)
        unseal = self.opener.unseal
        self.knowledge = Knowledge(self.nodes, state.natives, unseal, Resolver(state, unseal).resolve)
        self._lens = Lens(self.knowledge.put_in)
        self.evaluator = Evaluator(blueprint, self.findings, self._lens, state.resources)
        self._targets: dict[str, Handle] = {}
        self._late: list[tuple[Node, frozenset[str]]] = []
        self._tags: dict[str, Any] = {}
        self._failed: set[str] = set()
        self._differ = Differ(unseal, sealer.fingerprint, state.lineage, self._made_anew)
        self.binder = Binder(state, self.knowledge, self.findings, sealer, ground.ports)
        self.adopted: dict[str, NativeRecord] = {}
        """Records of what is imported, for apply to write."""
        self._choosing = Choosing(
            self.findings, sealer.seal, unseal, sealer.fingerprint, ground.ports.clock.now, frozenset(ground.options.repick)
        )

    def run(self) -> None:
        """Walk every block. Findings are collected, not raised."""
        blueprint = self.ground.blueprint
        resources = Resources(blueprint, self.evaluator.expand, self._handle)
        self.evaluator.use(resources)
        imports = self._imports()
        tags = self.evaluator.tree(blueprint.tags, ("tags",), "tags")
        self._tags = tags if isinstance(tags, dict) else {}
        for name in blueprint.graph.order:
            for instance in self.evaluator.expand(name):
                self.instances[instance.address] = instance
            for instance in self.evaluator.expand(name):
                self._visit(instance)
        for node, ignore in self._late:
            node.want = self._bound(node.want)
            node.named = self._named(node)
            node.edges = self._edges(node, tuple(node.edges))
            node.known = self.knowledge.put_in(node.want)
            if not node.held:
                self._differ.decide_soft(node, ignore)
        imports.check(self.instances)
        if not self.findings.errors:
            self.adopted = self.binder.settle()

    def _imports(self) -> Imports:
        imports = Imports(self.ground.blueprint, self.findings, self.evaluator.tree)
        if not self.ground.options.adopt_only:
            imports.add_blocks()
        imports.add(self.ground.options.imports)
        self.binder.wanted = imports.wanted
        return imports

    def instances_of(self, name: str) -> set[str] | None:
        """The addresses of a block's instances, for who asks before the walk; None if only the walk itself can tell."""
        before = len(self.findings.errors)
        self.evaluator.use(Resources(self.ground.blueprint, self.evaluator.expand, self._handle))
        found = {instance.address for instance in self.evaluator.expand(name)}
        return None if self._worse(before) else found

    def _visit(self, instance: Instance) -> None:
        before = len(self.findings.errors)
        natives = self._lowered(instance, before)
        instance.lowered = True
        if self._worse(before) or natives is None:
            # What follows from something wrong in another resource is not reported again.
            self._failed.add(instance.block.name)
        else:
            instance.inputs_hash, instance.former_hash = self._inputs_hashes(instance)
            self._place(instance, self.ground.sessions.get(instance.connection), natives)

    def _lowered(self, instance: Instance, before: int) -> list[Native] | None:
        """Evaluate → check → choose → lower; None as soon as something is wrong."""
        if not self._failed.isdisjoint(self.ground.blueprint.graph.hard.get(instance.block.name, ())):
            return None
        self.evaluator.evaluate(instance, self.evaluator.expand)
        live = self._live(instance)
        schema = self._schema(instance, live) if live is not None and not self._worse(before) else None
        if live is None or schema is None:
            return None
        self._check(instance, schema)
        if self._worse(before):
            return None
        self._ignore_changes(instance)
        instance.properties = shape(schema, hide_sensitive(schema, instance.properties), instance.connection)
        self.binder.foresee(instance, live, lambda each: want_of(each, self._tags), self._lens)
        self._choosing.choose(instance, live.driver, live.session, lambda: want_of(instance, self._tags))
        if self._worse(before):
            return None
        natives = lower(instance, live.driver, self._tags, self._lens, self.findings)
        refuse_lacking(instance, natives, live, self.findings)
        if _ignored(instance) and instance.record is not None and not self._worse(before):
            instance.ignored = ignored_attributes(instance, natives, _ignored(instance), live.driver, self._tags, self._lens)
        return natives

    def _worse(self, before: int) -> bool:
        return len(self.findings.errors) > before

    def _live(self, instance: Instance) -> Live | None:
        if not instance.connection:
            return None
        try:
            return self.ground.sessions.get(instance.connection)
        except Rejected as rejected:
            for diagnostic in rejected.diagnostics:
                self.findings.add(diagnostic)
            self.findings.exit_code = rejected.exit_code
            return None

    def _schema(self, instance: Instance, live: Live) -> Mapping[str, Any] | None:
        type, driver = instance.block.type, live.driver
        if type in driver.natives:
            return native_schema(driver.natives[type])
        if type in driver.lowerings:
            return portable(type)
        path = (*instance.block.path, "type")
        code = "MC0508" if "." in type else "MC0509"
        self.findings.say(code, path, address=instance.address, type=type, driver=driver.name, connection=instance.connection,
                          known=", ".join(sorted(driver.lowerings)))
        return None

    def _check(self, instance: Instance, schema: Mapping[str, Any]) -> None:
        path = (*instance.block.path, "properties")
        for diagnostic in check_properties(schema, instance.properties, lambda where: self.findings.position((*path, *where))):
            self.findings.add(diagnostic)
        for name in unknown_structure(schema, instance.properties):
            self.findings.say("MC0601", (*path, name), address=instance.address, what=name)

    def _ignore_changes(self, instance: Instance) -> None:
        """What lifecycle.ignore_changes names keeps the value it was applied with."""
        record = instance.record
        for name in _ignored(instance):
            if record is not None and name in record.properties:
                kept = decode(record.properties[name], self.opener.unseal)
                if not contains_unknown(kept):
                    instance.properties[name] = kept

    def _place(self, instance: Instance, live: Live, natives: list[Native]) -> None:
        """Make nodes of the natives and decide what happens to each."""
        nodes = [self._node(instance, live, native) for native in natives]
        self.binder.bind(instance, live, nodes)
        for node in nodes:
            if node.origin is None and node.requesters[0] != instance.address:
                continue
            self._decide(node, instance)
        if not self.ground.options.accept_driver_changes:
            hold_back(instance, nodes, live.driver, self.ground.state, self.nodes, self.opener.unseal, self.moved)

    def _node(self, instance: Instance, live: Live, native: Native) -> Node:
        if native.ownership == "shared" and native.address in self.nodes:
            return self._joined(self.nodes[native.address], instance, native)
        record = self._record(native)
        node = Node(
            address=native.address, type=live.driver.natives[native.type], connection=instance.connection, driver=live.driver.name,
            origin=None if native.ownership == "shared" else instance.address, ownership=native.ownership, want=self._bound(native.want),
            after=tuple(native.after), key=native.key, stem=native.stem or instance.block.name, requesters=[instance.address],
            record=record, settings=instance.settings, wants_create_first=instance.lifecycle.get("create_before_destroy") is True,
        )
        local = {name: node.want.pop(name) for name, schema in node.type.attributes.items() if schema.get("local") and name in node.want}
        if local:
            from msgspec.structs import replace

            node.settings = replace(node.settings, local=local)
        self.nodes[node.address] = node
        node.named = self._named(node)
        node.edges = self._edges(node, self._order_edges(node, instance))
        return node

    def _joined(self, node: Node, instance: Instance, native: Native) -> Node:
        """A second request for a shared helper: it must want the same."""
        node.requesters.append(instance.address)
        if canonical(self._bound(native.want), str) != canonical(_asked(node), str):
            self.findings.say("MC0624", (*instance.block.path,), key=True, address=instance.address, helper=native.address,
                              other=node.requesters[0])
        return node

    def _record(self, native: Native) -> NativeRecord | None:
        records = self.ground.state.natives
        found = records.get(native.address)
        if found is not None:
            return found
        for former in native.formerly:
            address = native.address.rsplit("/", 1)[0] + "/" + former
            if address in records:
                from msgspec.structs import replace

                moved = replace(records[address], address=native.address)
                self.moved[address] = None
                self.moved[native.address] = moved
                return moved
        return None

    def _decide(self, node: Node, instance: Instance) -> None:
        node.known = self.knowledge.put_in(node.want)
        ignore = _ignored(instance) | instance.ignored.get(node.address, frozenset())
        if node.record is not None and node.record.type != node.type.name:
            node.old_type = self.ground.sessions.type(node.record.connection, node.record.type)
            self._differ.decide(node, soft_later=True, forced=f"it was a {node.record.type}")
        else:
            self._differ.decide(node, soft_later=True, ignore=ignore, forced=self._forced(node, instance))
        if any(schema.get("set_after_create") for schema in node.type.attributes.values()):
            self._late.append((node, ignore))
        node.settled = True

    def _forced(self, node: Node, instance: Instance) -> str:
        replaced = self.ground.options.replace
        if node.address in replaced:
            return "requested by --replace"
        if (instance.address in replaced or instance.block.name in replaced) and node.ownership == "owned":
            return "requested by --replace"
        record = node.record
        if record is None or record.connection == node.connection:
            return ""
        return "" if self._same_account(record.connection, node.connection) else f"its connection changes from {record.connection}"

    def _same_account(self, old: str, new: str) -> bool:
        before = self.ground.state.connections.get(old)
        now = self.ground.sessions.get(new).identity
        return before is not None and (before.driver, before.account, before.region, before.endpoint) == (
            now.driver, now.account, now.region, now.endpoint)

    def _made_anew(self, address: str) -> bool | None:
        node = self.nodes.get(address)
        if node is None:
            return False
        return None if node.conditional else node.made_anew

    def _bound(self, tree: Any) -> Any:
        """The tree with exports of resources that are lowered by now put in."""
        return substitute(tree, self._bind)

    def _bind(self, leaf: Value) -> Value:
        if isinstance(leaf, Export):
            target = self.instances.get(leaf.resource)
            if target is None or not target.lowered:
                return leaf
            return self._bound((target.privates if leaf.private else target.exports).get(leaf.name))
        if isinstance(leaf, Derived):
            return Derived(leaf.op, tuple(self._bound(arg) for arg in leaf.args))
        if isinstance(leaf, Unknown) and leaf.source is not None:
            return self._bind(leaf.source)
        return leaf

    def _edges(self, node: Node, order: tuple[str, ...]) -> Edges:
        hard: set[str] = set()
        soft: set[str] = set()
        for name, value in node.want.items():
            late = node.type.attributes.get(name, {}).get("set_after_create")
            (soft if late else hard).update(natives_of(value))
        hard.discard(node.address)
        soft -= {*hard, node.address}
        made = Edges(tuple(sorted(hard)), tuple(sorted(soft)), tuple(sorted(set(order) - hard - soft - {node.address})))
        # A known value no longer shows where it came from: what was a hard edge would turn into one of order, and back.
        before = node.record.edges if node.record is not None else None
        return before if before is not None and set(before) == set(made) else made

    def _order_edges(self, node: Node, instance: Instance) -> tuple[str, ...]:
        after = {ref.native for value in node.after for ref in _references(self._bound(value))}
        if node.ownership == "shared":
            return tuple(after)
        if instance.after and (has_template(node.want) or not _stands_on(node, instance.address)):
            for address in instance.after:
                after |= self._endings(address)
        return tuple(after)

    def _named(self, node: Node) -> dict[str, frozenset[str]]:
        found = {}
        for attribute, value in node.want.items():
            names = named_in(value)
            if names:
                found[attribute] = frozenset(
                    ending for name in names for each in self.evaluator.expand(block_of(name)) if name in (each.address, each.block.name)
                    for ending in self._endings(each.address))
        return found

    def _endings(self, address: str) -> set[str]:
        """The natives that stand for a resource: those its exports name, else all it became."""
        target = self.instances.get(address)
        if target is None:
            return set()
        if not target.endings:
            named = {native for value in target.exports.values() for native in natives_of(value)}
            target.endings = named or set(target.natives)
        return target.endings

    def _handle(self, instance: Instance) -> Handle:
        handle = self._targets.get(instance.address)
        if handle is None:
            target = Target(instance, self._lens, self._exports_of)
            handle = Handle(instance.address, instance.block.type, instance.connection, target, key=instance.key)
            self._targets[instance.address] = handle
        elif not handle.connection:
            handle.connection = instance.connection
        return handle

    def _exports_of(self, instance: Instance) -> tuple[str, ...]:
        if instance.lowered and instance.exports:
            return tuple(instance.exports)
        if "." in instance.block.type:
            return ("id",)
        return ("id", "name", *portable(instance.block.type).get("outputs", {}))

    def _inputs_hashes(self, instance: Instance) -> tuple[str, str]:
        """The digest of all its lowering reads, and the same as it was before anything moved: a new address is no other input."""
        sealer = self.ground.sealer
        read = {
            "properties": canonical(instance.properties, sealer.fingerprint),
            "overrides": canonical(instance.overrides, sealer.fingerprint),
            "tags": canonical(self._tags, sealer.fingerprint),
            "targets": {leaf.address: self._target_digest(leaf.address) for leaf in leaves(instance.properties)
                        if isinstance(leaf, Handle) and not leaf.opaque},
        }
        now = digest(read)
        if not self.ground.came_from:
            return now, now
        former = {address: self._target_digest(address, former=True) for address in read["targets"]}
        return now, digest(_as_before({**read, "targets": former}, self.ground.came_from))

    def _target_digest(self, address: str, *, former: bool = False) -> Any:
        target = self.instances.get(address)
        if target is None or not target.lowered:
            return address
        return [target.former_hash if former else target.inputs_hash, canonical(target.exports, self.ground.sealer.fingerprint)]


def _as_before(tree: Any, came_from: Mapping[str, str]) -> Any:
    """Plain JSON with every address as it was."""
    if isinstance(tree, str):
        return came_from.get(tree, tree)
    if isinstance(tree, list):
        return [_as_before(item, came_from) for item in tree]
    if isinstance(tree, dict):
        return {came_from.get(key, key): _as_before(item, came_from) for key, item in tree.items()}
    return tree


def _ignored(instance: Instance) -> frozenset[str]:
    named = instance.lifecycle.get("ignore_changes") or ()
    return frozenset(name for name in named if isinstance(name, str)) if isinstance(named, list) else frozenset()


def _asked(node: Node) -> dict[str, Value]:
    """What was wanted of a node, without the name that was derived for it."""
    identity = node.type.identity
    derived = identity.attribute if isinstance(identity, UniqueName) and node.name is not None else None
    return {name: value for name, value in node.want.items() if name != derived}


def _stands_on(node: Node, address: str) -> bool:
    """True if a native needs another of the same resource: what that one waits for, it waits for too."""
    return any(ref.rpartition("/")[0] == address for value in node.want.values() for ref in natives_of(value))


def _references(value: Value) -> list[Ref]:
    return [leaf for leaf in leaves(value) if isinstance(leaf, Ref)]
