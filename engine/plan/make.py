"""Making a plan: the walk (or, for destroy, the state alone), then assembly. Raises Rejected with every finding."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import replace
from functools import cache, partial

from msgspec.structs import replace as replace_fields

from mcflow.engine.blueprint.blocks import Blueprint
from mcflow.engine.plan.adoption import adoption_plan
from mcflow.engine.plan.assemble import add_removals, assemble, protect, resource_records
from mcflow.engine.plan.canonical import canonical
from mcflow.engine.plan.cost import estimate
from mcflow.engine.plan.findings import Findings
from mcflow.engine.plan.moves import check_natives, moved_state, moves_now, stands, suggest_moves
from mcflow.engine.plan.node import Node
from mcflow.engine.plan.removed import check_removed, left_in_cloud
from mcflow.engine.plan.select import unknown_patterns
from mcflow.engine.plan.shrinking import refuse_shrinking
from mcflow.engine.plan.walk import Ground, Walk
from mcflow.engine.sessions import connection_record
from mcflow.model.address import without_generation
from mcflow.model.diagnostic import Rejected
from mcflow.model.plan import Action, Change, Drift, OutputChange, Plan, PlanInputs, Recovery
from mcflow.model.record import ConnectionRecord, NativeRecord
from mcflow.model.values import Secret, Unknown, Value, contains_secret, contains_unknown, leaves, substitute
from mcflow.model.wire import decode, redact


def make_plan(ground: Ground, *, recovered: list[Recovery], refreshed: Mapping[str, NativeRecord | None], drift: list[Drift],
              version: str) -> Plan:
    """A plan over the ground's state, which already holds what recovery and refresh found.

    Raises Rejected; exit code 6 if only protection refuses it, 4 if credentials do.
    """
    destroy = ground.options.mode == "destroy"
    moves = {} if destroy else _moves(ground)
    if moves:
        _settled_first(moves, recovered, ground)
        ground = replace(ground, state=moved_state(ground.state, moves), came_from={new: old for old, new in moves.items()})
    walk = Walk(ground)
    if not destroy:
        walk.run()
        check_natives(ground.blueprint, moves, walk.instances, walk.nodes, walk.findings)
        check_removed(ground.blueprint, walk.instances, walk.findings)
        suggest_moves(ground.blueprint, ground.state, walk.instances, ground.sealer, walk.findings)
    if ground.options.adopt_only:
        _stop_on_errors(walk.findings)
        return adoption_plan(walk, recovered, dict(refreshed), moves, plan_inputs(ground), _connections(walk), version)
    _stop_on_errors(walk.findings)
    settling = frozenset(
        moves.get(item.address, item.address) for item in recovered if item.outcome in ("unfinished", "in-progress", "quarantined"))
    reason = "destroy" if destroy else "no longer in the blueprint"
    add_removals(walk.nodes, ground.state, ground.sessions, settling, walk.moved, reason, left_in_cloud(ground.blueprint))
    _check_patterns(walk)
    made = assemble(walk.nodes, walk.instances, walk.findings, ground.options, ground.state, settling)
    protect(walk.nodes.values(), walk.findings, made.steps)
    refuse_shrinking(walk.nodes, walk.instances, walk.findings, made.steps)
    _stop_on_errors(walk.findings)
    undone = _undone(walk.nodes, made.complete, {without_generation(step.address) for step in made.steps}, destroy)
    outputs, output_changes = _outputs(walk, destroy) if made.complete else ({}, {})
    if walk.opener.failure is not None:
        walk.findings.say("MC0649", reason=walk.opener.failure.message)
    records = resource_records(walk.instances, ground.state, ground.sessions, ground.sealer, undone, partial(stands, ground.blueprint))
    all_moves = _all_moves(moves, walk.moved)
    came_from = {new: old for old, new in all_moves.items()}
    cost = estimate(walk.nodes, made.steps, ground.sessions, ground.ports.clock, ground.options.cost)
    drift = [replace_fields(each, address=moves.get(each.address, each.address)) for each in drift]
    return Plan(
        mcflow_version=version, name=ground.blueprint.name, environment=ground.blueprint.environment, mode=ground.options.mode,
        created_at=ground.ports.clock.now(), inputs=plan_inputs(ground, {step.connection for step in made.steps}), resource_drift=drift,
        resource_changes=[_coming_from(change, came_from) for change in made.changes],
        output_changes=output_changes, recovered=recovered, steps=made.steps,
        refreshed=dict(refreshed), moved=all_moves, adopted=walk.adopted, resources=records, outputs=outputs,
        connections=_connections(walk), diagnostics=[*ground.blueprint.warnings, *walk.findings.diagnostics],
        complete=made.complete, applyable=_applyable(walk, recovered), targets=ground.options.targets,
        excludes=ground.options.excludes, cost=cost,
    )


def _moves(ground: Ground) -> dict[str, str]:
    """What the blueprint's ``moved`` makes of the state. Raises Rejected."""
    if not ground.blueprint.moved:
        return {}
    findings = Findings(ground.blueprint)
    moves = moves_now(ground.blueprint, ground.state, cache(Walk(ground).instances_of), findings)
    _stop_on_errors(findings)
    return moves


def _settled_first(moves: Mapping[str, str], recovered: list[Recovery], ground: Ground) -> None:
    findings = Findings(ground.blueprint)
    for item in recovered:
        if item.outcome == "quarantined" and item.address in moves:
            findings.say("MC0653", address=item.address)
    _stop_on_errors(findings)


def _all_moves(moves: Mapping[str, str], renamed: Mapping[str, NativeRecord | None]) -> dict[str, str]:
    """The blueprint's moves and those of keys that a driver renamed, from where things are to where they will be."""
    origin = {new: old for old, new in moves.items()}
    kept = dict(moves)
    gone = [address for address, record in renamed.items() if record is None]
    made = [address for address, record in renamed.items() if record is not None]
    for old, new in zip(gone, made, strict=True):
        kept[origin.get(old, old)] = new
    return kept


def _coming_from(change: Change, came_from: Mapping[str, str]) -> Change:
    before = came_from.get(change.address, "")
    return replace_fields(change, previous_address=before) if before else change


def plan_inputs(ground: Ground, also: Iterable[str] = ()) -> PlanInputs:
    """Digests of what a plan is made from; a saved plan is refused when any has moved. ``also``: connections that the state does not use
    yet."""
    blueprint: Blueprint = ground.blueprint
    used = {name: ground.sessions.get(name) for name in sorted({*_used_connections(ground), *also})}
    return PlanInputs(
        blueprint=blueprint.digest, variables=blueprint.variables_digest,
        drivers={live.driver.name: live.driver.version for live in used.values()},
        connections={name: str(live.identity) for name, live in used.items()},
        lineage=ground.state.lineage, serial=ground.state.serial,
    )


def _used_connections(ground: Ground) -> set[str]:
    return {record.connection for record in ground.state.natives.values()}


def _stop_on_errors(findings: Findings) -> None:
    if findings.errors:
        raise Rejected(findings.diagnostics, findings.exit_code)


def _check_patterns(walk: Walk) -> None:
    options = walk.ground.options
    known = [*walk.nodes, *walk.instances, *walk.ground.state.resources, *walk.ground.blueprint.resources]
    for flag, patterns in (("--target", options.targets), ("--exclude", options.excludes), ("--replace", options.replace),
                           ("--repick", options.repick)):
        for text in unknown_patterns(patterns, known):
            walk.findings.say("MC0634", address=text, flag=flag, suggestion=_nearest(text, known))
    _stop_on_errors(walk.findings)


def _nearest(text: str, known: list[str]) -> str | None:
    from rapidfuzz import process

    found = process.extractOne(text, known, score_cutoff=60)
    return found[0] if found else None


def _applyable(walk: Walk, recovered: list[Recovery]) -> bool:
    """False while somebody else's run is going on, or if values that apply would write anew could not be opened."""
    return walk.opener.failure is None and not any(item.outcome == "in-progress" for item in recovered)


def _undone(nodes: Mapping[str, Node], complete: bool, kept: set[str], destroy: bool) -> set[str]:
    if complete:
        return set()
    left = (node for node in nodes.values() if without_generation(node.address) not in kept and (destroy or node.action != "no-op"))
    return {node.origin for node in left if node.origin}


def _connections(walk: Walk) -> dict[str, ConnectionRecord]:
    ground = walk.ground
    names = {node.connection for node in walk.nodes.values()} | {instance.connection for instance in walk.instances.values()}
    made = {}
    for name in sorted(filter(None, names)):
        record = connection_record(ground.sessions.get(name))
        if ground.state.connections.get(name) != record:
            made[name] = record
    return made


def _outputs(walk: Walk, destroy: bool) -> tuple[dict[str, Value], dict[str, OutputChange]]:
    """Output trees (unknowns as what they wait for) and how they change."""
    ground = walk.ground
    trees: dict[str, Value] = {}
    changes: dict[str, OutputChange] = {}
    for name, block in ({} if destroy else ground.blueprint.outputs).items():
        value = walk.evaluator.tree(block.value, block.path, f"outputs.{name}")
        value = substitute(value, lambda leaf: walk.knowledge.put_in(leaf))
        if block.sensitive and not isinstance(value, Secret | Unknown):
            value = Secret(value)
        trees[name] = substitute(value, lambda leaf: leaf.source if isinstance(leaf, Unknown) and leaf.source is not None else leaf)
        _describe_output(walk, name, value, block.sensitive or contains_secret(value), changes)
    _stop_on_errors(walk.findings)
    for name, old in ground.state.outputs.items():
        if name not in trees:
            before = "(sensitive)" if old.sensitive else old.value
            changes[name] = OutputChange(("delete",), before, None, old.sensitive)
    return trees, changes


def _describe_output(walk: Walk, name: str, value: Value, sensitive: bool, changes: dict[str, OutputChange]) -> None:
    sealer = walk.ground.sealer
    old = walk.ground.state.outputs.get(name)
    unknown = contains_unknown(value) or any(isinstance(leaf, Unknown) for leaf in leaves(value))
    if old is not None and not unknown:
        before = decode(old.value, walk.opener.unseal)
        if canonical(_bare(before), sealer.fingerprint) == canonical(_bare(value), sealer.fingerprint) and old.sensitive == sensitive:
            return
    actions: tuple[Action, ...] = ("create",) if old is None else ("update",)
    shown = "(sensitive)" if sensitive else redact(value)
    was = None if old is None else "(sensitive)" if old.sensitive else old.value
    changes[name] = OutputChange(actions, was, shown, sensitive, unknown)


def _bare(value: Value) -> Value:
    return substitute(value, lambda leaf: leaf.reveal() if isinstance(leaf, Secret) else leaf)


