"""Octavia's types: what is asked for, what is read, one change of a load balancer at a time."""

from __future__ import annotations

from typing import Any

import pytest
from tests.unit.drivers.openstack.stub import INTENT, MARKS, StubSession

from mcflow.drivers.openstack import driver
from mcflow.drivers.openstack.translate import refusal
from mcflow.drivers.sdk import AlreadyExists, Ambiguous, Busy, InUse, InvalidRequest, QuotaExceeded, Submitted

LB = "load-balancer"
TEXTS = [f"{key}={value}" for key, value in sorted(MARKS.items())]


def row(**more: Any) -> dict[str, Any]:
    return {"id": "x1", "provisioning_status": "ACTIVE", "operating_status": "ONLINE", "project_id": "project-1", "tags": TEXTS, **more}


def test_a_load_balancer_carries_its_marks_as_tags() -> None:
    api = StubSession({f"POST {LB} /lbaas/loadbalancers": {"loadbalancer": row(id="lb1")}})
    made = driver.natives["openstack.load_balancer"].create(api, {"name": "web", "vip_subnet_id": "s1", "tags": {"team": "shop"}}, INTENT)
    assert made.id == "lb1"
    body = api.changes[0][1]["loadbalancer"]
    assert body == {"name": "web", "vip_subnet_id": "s1", "tags": [*TEXTS, "team=shop"]}


@pytest.mark.parametrize(("said", "status"), [
    ("ACTIVE", "ready"), ("PENDING_CREATE", "pending"), ("PENDING_UPDATE", "pending"), ("PENDING_DELETE", "deleting"), ("ERROR", "failed")])
def test_provisioning_is_awaited(said: str, status: str) -> None:
    api = StubSession({f"GET {LB} /lbaas/loadbalancers/lb1": {"loadbalancer": row(id="lb1", provisioning_status=said)}})
    seen, = driver.natives["openstack.load_balancer"].observe(api, ["lb1"])
    assert seen.status == status


def test_a_deleted_load_balancer_that_is_still_told_of_is_gone() -> None:
    api = StubSession({f"GET {LB} /lbaas/loadbalancers/lb1": {"loadbalancer": row(id="lb1", provisioning_status="DELETED")}})
    assert not list(driver.natives["openstack.load_balancer"].observe(api, ["lb1"]))


@pytest.mark.parametrize("type", ["pool", "listener", "member", "health_monitor", "l7_policy", "l7_rule"])
def test_one_change_of_a_load_balancer_at_a_time(type: str) -> None:
    native = driver.natives[f"openstack.{type}"]
    serial = native.serial
    assert serial is not None
    assert serial({"loadbalancer_id": "lb1"}) == "loadbalancer/lb1"
    assert serial({}) is None, "unknown: Octavia itself says when to come again"
    assert native.attributes["loadbalancer_id"]["reference"] == ["openstack.load_balancer"]


def test_the_load_balancer_of_a_member_is_not_sent_but_read() -> None:
    member = row(id="m1", address="10.0.0.5", protocol_port=80, weight=1, backup=False, admin_state_up=True, name="")
    api = StubSession({
        f"POST {LB} /lbaas/pools/p1/members": {"member": member}, f"GET {LB} /lbaas/pools/p1/members": {"members": [member]},
        f"GET {LB} /lbaas/pools/p1": {"pool": row(id="p1", loadbalancers=[{"id": "lb1"}])}})
    native = driver.natives["openstack.member"]
    made = native.create(api, {"pool_id": "p1", "loadbalancer_id": "lb1", "address": "10.0.0.5", "protocol_port": 80}, INTENT)
    assert made.id == "p1|m1"
    assert api.changes[0][1]["member"] == {"address": "10.0.0.5", "protocol_port": 80, "tags": TEXTS}
    for _ in range(2):
        seen, = native.observe(api, ["p1|m1"])
        assert (seen.attributes["pool_id"], seen.attributes["loadbalancer_id"]) == ("p1", "lb1")
    assert [asked for asked, _ in api.requests].count(f"GET {LB} /lbaas/pools/p1") == 1, "that never changes"
    assert native.portray(seen.attributes) == {"pool_id": "p1", "address": "10.0.0.5", "protocol_port": 80}


def test_what_many_looks_need_is_listed_once() -> None:
    pools = [row(id=f"p{n}", loadbalancers=[{"id": "lb1"}], members=[]) for n in range(20)]
    monitors = [row(id=f"h{n}", pools=[{"id": f"p{n}"}], type="TCP", delay=5, timeout=3, max_retries=3) for n in range(20)]
    api = StubSession({f"GET {LB} /lbaas/pools": {"pools": pools}, f"GET {LB} /lbaas/healthmonitors": {"healthmonitors": monitors}})
    with api.gathering():
        seen = list(driver.natives["openstack.health_monitor"].observe(api, [f"h{n}" for n in range(20)]))
    assert {each.attributes["loadbalancer_id"] for each in seen} == {"lb1"}
    assert len(api.requests) == 2


def test_a_look_for_a_mark_is_made_by_octavia_itself() -> None:
    asked: list[Any] = []
    api = StubSession({f"GET {LB} /lbaas/listeners": lambda body, params: asked.append(params) or {"listeners": [
        row(id="l1", loadbalancers=[{"id": "lb1"}], protocol="TCP", protocol_port=80)]}})
    native = driver.natives["openstack.listener"]
    assert [seen.id for seen in native.find(api, {"loadbalancer_id": "lb1"}, INTENT)] == ["l1"]
    assert [seen.id for seen in native.marked(api, MARKS["mcflow-state"])] == ["l1"]
    assert asked == [{"tags": "mcflow-op=op1"}, {"tags": f"mcflow-state={MARKS['mcflow-state']}"}]


def test_what_is_wanted_no_more_is_said_as_octavia_takes_it() -> None:
    api = StubSession({f"PUT {LB} /lbaas/listeners/l1": {"listener": row(id="l1")}})
    last = {"default_pool_id": "p1", "insert_headers": {"X-Forwarded-For": "true"}, "allowed_cidrs": ["10.0.0.0/8"], "connection_limit": 5,
            "client_authentication": "NONE"}
    done = driver.natives["openstack.listener"].update(api, "l1", {"loadbalancer_id": "lb1"}, last, "settings")
    assert isinstance(done, Submitted)
    assert api.changes[0][1]["listener"] == {"connection_limit": -1, "default_pool_id": None, "insert_headers": {}, "allowed_cidrs": None}


def test_a_load_balancer_with_others_things_in_it_is_in_use() -> None:
    text = "Validation failure: Cannot delete Load Balancer lb1 - it has children"
    api = StubSession({f"DELETE {LB} /lbaas/loadbalancers/lb1": InvalidRequest(text)})
    with pytest.raises(InUse, match="children"):
        driver.natives["openstack.load_balancer"].delete(api, "lb1", {})


@pytest.mark.parametrize(("status", "message", "error"), [
    (409, "Load Balancer lb1 is immutable and cannot be updated.", Busy),
    (409, "Invalid state PENDING_UPDATE of loadbalancer resource lb1", Busy),
    (409, "Another Listener on this Load Balancer is already using protocol_port 80", AlreadyExists),
    (409, "Another member on this pool is already using ip 10.0.0.5 on protocol_port 80", AlreadyExists),
    (409, "This pool already has a health monitor", AlreadyExists),
    (409, "Pool p1 is in use by L7 policy l7", InUse),
    (403, "Quota has been met for resources: Load Balancer", QuotaExceeded),
    (503, "Project busy.  Unable to lock the project.  Please try again.", Busy),
    (503, "Service unavailable", Ambiguous),
])
def test_refusals(status: int, message: str, error: type[Exception]) -> None:
    import json

    assert type(refusal(LB, status, {}, json.dumps({"faultcode": "Client", "faultstring": message}), read=False)) is error
