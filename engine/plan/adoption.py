"""The plan that only takes over: what is imported is recorded and marked, nothing else is touched."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from functools import partial

from mcflow.engine.plan.assemble import describe, resource_records
from mcflow.engine.plan.graph import GraphBuilder, settle
from mcflow.engine.plan.moves import stands
from mcflow.engine.plan.walk import Walk
from mcflow.model.diagnostic import Diagnostic
from mcflow.model.plan import Plan, PlanInputs, Recovery
from mcflow.model.record import ConnectionRecord, NativeRecord


def adoption_plan(walk: Walk, recovered: list[Recovery], refreshed: dict[str, NativeRecord | None], moves: Mapping[str, str],
                  inputs: PlanInputs, connections: dict[str, ConnectionRecord], version: str) -> Plan:
    """The plan of the walk's imports alone. What the blueprint would then change in place is shown and left to the next apply."""
    ground = walk.ground
    nodes = {node.address: node for node in walk.binder.nodes if node.importing or node.mark}
    still = {address: replace(node, action="no-op", changed={}, kept={}, conditional=False) for address, node in nodes.items()}
    builder = GraphBuilder(still, {})
    builder.build()
    imported = {node.origin for node in nodes.values() if node.origin}
    others = set(walk.instances) | set(ground.state.resources)
    records = resource_records(walk.instances, ground.state, ground.sessions, ground.sealer, others - imported,
                               partial(stands, ground.blueprint))
    return Plan(
        mcflow_version=version, name=ground.blueprint.name, environment=ground.blueprint.environment, mode="import",
        created_at=ground.ports.clock.now(),
        inputs=inputs, resource_changes=[describe(node) for node in nodes.values()], recovered=recovered, steps=settle(builder),
        refreshed=refreshed, moved=dict(moves), adopted=walk.adopted, resources=records, connections=connections,
        diagnostics=[*ground.blueprint.warnings, *_about(walk, imported)], complete=False, targets=tuple(sorted(walk.binder.wanted)),
    )


def _about(walk: Walk, imported: set[str]) -> list[Diagnostic]:
    """Warnings, and notes about what is imported; what was chosen for others does not matter here."""
    return [each for each in walk.findings.diagnostics
            if each.severity != "note" or (each.address or "").partition("/")[0] in imported]
