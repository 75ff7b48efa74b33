"""The rehearsal cloud takes its time: creation, deletion, changes, lag, operations, throttling."""

from __future__ import annotations

import pytest
from tests.unit.drivers.mock.stage import Stage, create, find, observe

from mcflow.drivers.mock import driver
from mcflow.drivers.mock.cloud.errors import Refused
from mcflow.drivers.sdk import Progress


def test_creation_settles_and_blocks_what_needs_it() -> None:
    stage = Stage(latency={"settle": 10})
    made = create(stage, "mock.vpc", {"cidr_block": "10.0.0.0/16"})
    assert made.id
    assert observe(stage, "mock.vpc", made.id).status == "pending"
    with pytest.raises(Refused) as early:
        stage.make("subnet", vpc_id=made.id, cidr_block="10.0.1.0/24")
    assert early.value.code == "IncorrectState"
    stage.clock.sleep(10)
    assert observe(stage, "mock.vpc", made.id).status == "ready"
    stage.make("subnet", vpc_id=made.id, cidr_block="10.0.1.0/24")


def test_deletion_settles_and_holds_on_meanwhile() -> None:
    stage = Stage()
    vpc = stage.make("vpc", cidr_block="10.0.0.0/16")
    subnet = stage.make("subnet", vpc_id=vpc, cidr_block="10.0.1.0/24")
    stage.store.set_settings({"latency": {"settle": 10}})
    stage.cloud.delete("subnet", subnet)
    stage.cloud.delete("subnet", subnet)
    assert stage.status("subnet", subnet) == "deleting"
    with pytest.raises(Refused) as held:
        stage.cloud.delete("vpc", vpc)
    assert held.value.code == "DependencyViolation"
    stage.clock.sleep(10)
    assert stage.status("subnet", subnet) == "gone"
    stage.cloud.delete("vpc", vpc)
    assert stage.store.get(subnet) is None


def test_a_change_settles_and_only_one_goes_on() -> None:
    stage = Stage()
    machine = stage.machine(stage.network()["front"])
    stage.store.set_settings({"latency": {"settle": 10}})
    stage.cloud.modify("instance", machine, {"power": "stopped"})
    assert stage.status("instance", machine) == "pending"
    with pytest.raises(Refused) as busy:
        stage.cloud.modify("instance", machine, {"power": "running"})
    assert busy.value.code == "IncorrectState"
    stage.clock.sleep(20)
    stage.cloud.modify("instance", machine, {"instance_type": "m1.large"})


def test_a_busy_load_balancer_takes_no_second_listener() -> None:
    stage = Stage()
    balancer = stage.make("load_balancer", name="b", subnet_ids=[stage.network()["front"]])
    stage.store.set_settings({"latency": {"settle": 10}})
    stage.make("listener", load_balancer_id=balancer, port=80, protocol="tcp")
    with pytest.raises(Refused) as busy:
        stage.make("listener", load_balancer_id=balancer, port=81, protocol="tcp")
    assert busy.value.code == "IncorrectState"
    stage.clock.sleep(10)
    stage.make("listener", load_balancer_id=balancer, port=81, protocol="tcp")


def test_reads_lag_behind_a_creation() -> None:
    stage = Stage(visibility_lag=30.0)
    assert stage.api.visibility_lag == 30.0
    want = {"cidr_block": "10.0.0.0/16"}
    made = [create(stage, "mock.vpc", want, op=f"op-{at}", address=f"net{at}").id for at in range(8)]
    hidden = [at for at in range(8) if not find(stage, "mock.vpc", want, op=f"op-{at}")]
    assert hidden
    first = made[hidden[0]]
    assert list(driver.natives["mock.vpc"].observe(stage.api, [first or ""])) == []
    with pytest.raises(Refused) as unseen:
        stage.make("subnet", vpc_id=first, cidr_block="10.0.1.0/24")
    assert unseen.value.code == "NotFound"
    stage.clock.sleep(30)
    assert all(find(stage, "mock.vpc", want, op=f"op-{at}") for at in range(8))


def test_calls_take_time() -> None:
    stage = Stage(latency={"call": 2.0})
    began = stage.clock.at
    stage.make("vpc", cidr_block="10.0.0.0/16")
    assert stage.clock.at - began == pytest.approx(2.0)
    assert stage.api.request_lifetime == pytest.approx(3.0)


def test_jitter_varies_a_time_and_never_lengthens_it() -> None:
    stage = Stage(latency={"settle": 10, "jitter": 0.5})
    for at in range(20):
        create(stage, "mock.vpc", {"cidr_block": "10.0.0.0/16"}, op=str(at), address=str(at))
    ready = {found.ready_at for found in stage.store.everything()}
    assert len(ready) > 1
    assert all(1005.0 <= at <= 1010.0 for at in ready)


def _cluster(stage: Stage) -> tuple[dict[str, object], str]:
    there = stage.network()
    role = stage.make("service_role", name="r", service="cluster")
    return {"name": "c", "role_id": role, "subnet_ids": [there["front"]]}, there["front"]


def test_an_operation_ends_with_the_object() -> None:
    stage = Stage()
    want, _ = _cluster(stage)
    stage.store.set_settings({"latency": {"settle": 10}})
    made = create(stage, "mock.cluster", want)
    assert made.id is None
    assert made.operation
    poll = driver.natives["mock.cluster"].poll
    assert [each.status for each in poll(stage.api, [made.operation])] == ["running"]
    stage.clock.sleep(60)
    (done,) = poll(stage.api, [made.operation, "op-unknown"])
    assert done.status == "done"
    assert done.id
    assert observe(stage, "mock.cluster", done.id).status == "ready"


def test_no_room_shows_only_in_the_operation() -> None:
    stage = Stage(capacity={"mock-east-a": 0}, latency={})
    want, _ = _cluster(stage)
    made = create(stage, "mock.cluster", want)
    assert made.operation
    (progress,) = driver.natives["mock.cluster"].poll(stage.api, [made.operation])
    assert progress == Progress(made.operation, "failed", "mock-east-a has no room for 1 more", None)
    assert stage.cloud.search("cluster") == []


def test_too_many_calls_are_throttled() -> None:
    stage = Stage(rate=2.0)
    refusals: list[Refused] = []
    for at in range(5):
        try:
            stage.make("note", text=str(at))
        except Refused as refused:
            refusals.append(refused)
    assert len(refusals) + len(stage.created()) == 5
    assert {refused.code for refused in refusals} == {"RequestLimitExceeded"}
    assert all(refused.retry_after and refused.retry_after <= 0.5 for refused in refusals)
