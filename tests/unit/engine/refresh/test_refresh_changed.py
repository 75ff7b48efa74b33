"""What --refresh changed reads: what a plan would touch, what that depends on, and nothing else."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest
from tests.conformance.fragments import block, ref
from tests.conformance.mock_cloud import mock_cloud

from mcflow.conformance.rig import Rig
from mcflow.engine.refresh import needed
from mcflow.model.plan import Plan, Step
from mcflow.model.record import Edges, NativeRecord

RESOURCES: dict[str, Any] = {
    "net": block("vpc", cidr="10.0.0.0/16"),
    "web": block("security_group", vpc=ref("net"), description="web", inbound=[{"protocol": "tcp", "ports": 80, "cidr": "0.0.0.0/0"}]),
    "other": block("security_group", vpc=ref("net"), description="other", inbound=[]),
    "data": block("disk", size_gib=20),
}


def record(address: str, *hard: str) -> NativeRecord:
    return NativeRecord(address=address, type="toy.tagged", connection="toy", driver="toy", id=f"id-{address}", edges=Edges(hard=hard))


def step(address: str, *hard: str, verb: Any = "update") -> Step:
    return Step(id=f"{address}:{verb}", address=address, verb=verb, type="toy.tagged", connection="toy", edges=Edges(hard=hard))


def made(*steps: Step, **more: Any) -> Plan:
    return Plan(mcflow_version="0", name="n", environment="e", mode="apply", created_at=0.0, steps=list(steps), **more)


def test_touched_and_all_that_it_depends_on() -> None:
    natives = {each.address: each for each in (record("a"), record("b", "a"), record("c", "b"), record("d", "a"), record("e"))}
    assert needed(made(step("c", "b")), natives) == {"a", "b", "c"}
    assert needed(made(step("new", "d", verb="create")), natives) == {"a", "d"}
    assert needed(made(), natives) == set()


def test_generations_and_moved_addresses_are_found() -> None:
    natives = {each.address: each for each in (record("a@2"), record("old", "a"), record("z"))}
    assert needed(made(step("a")), natives) == {"a@2"}
    assert needed(made(step("new"), moved={"old": "new"}), natives) == {"a@2", "old"}


@pytest.fixture
def rig(tmp_path: Path) -> Any:
    with mock_cloud(tmp_path / "cloud") as cloud:
        rig = Rig(tmp_path / "project", cloud)
        rig.write(RESOURCES)
        rig.apply()
        yield rig


def drifted(rig: Rig, mode: Any) -> set[str]:
    return {each.address for each in rig.plan(refresh=mode).resource_drift}


def alter(rig: Rig, address: str, attribute: str, value: Any) -> None:
    native = rig.state().natives[address]
    rig.cloud.alter(native.type, native.id, attribute, value)


def test_what_is_not_touched_is_not_read(rig: Rig) -> None:
    for name in ("web/group", "other/group"):
        alter(rig, name, "inbound", 22)
    assert drifted(rig, "all") == {"web/group", "other/group"}
    assert drifted(rig, "changed") == set(), "the blueprint asks for no change"
    rig.write({**RESOURCES, "web": block("security_group", vpc=ref("net"), description="web", inbound=[])})
    assert drifted(rig, "changed") == {"web/group"}
    assert drifted(rig, "none") == set()
    rig.apply(refresh="changed")
    assert drifted(rig, "all") == {"other/group"}, "what was read was settled"


def test_a_plan_that_grows_reads_on(rig: Rig) -> None:
    natives = rig.state().natives
    network = next(each for each in natives.values() if each.type == "mock.vpc")
    for each in natives.values():
        if each.origin != "data" and each.id in rig.cloud.inventory():
            rig.cloud.remove(each.type, each.id)
    rig.outlive_lag(network.address)
    rig.write({**RESOURCES, "web": block("security_group", vpc=ref("net"), description="web", inbound=[])})
    plan = rig.plan(refresh="changed")
    gone = {each.address for each in plan.resource_drift if each.gone}
    assert {network.address, "web/group", "other/group"} <= gone, "the network is gone, so that the other group is made anew: read too"
    assert "data" not in {address.partition("/")[0] for address in gone}
