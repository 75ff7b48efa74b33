"""What is sent when attributes of Neutron's types change: no more than was wanted."""

from __future__ import annotations

from typing import Any

import pytest
from tests.unit.drivers.openstack.stub import INTENT, MARKS, PROJECT, StubSession

from mcflow.drivers.openstack import driver
from mcflow.drivers.openstack.marks import described
from mcflow.drivers.openstack.native.pools import merged
from mcflow.drivers.openstack.translate import TYPES
from mcflow.drivers.sdk import Again, Busy, Submitted

NETWORK, OFFICE = driver.natives["openstack.network"], driver.natives["openstack.address_group"]
POLICY, LIMIT = driver.natives["openstack.qos_policy"], driver.natives["openstack.qos_bandwidth_limit_rule"]
FOR_ADMINISTRATORS = ("shared", "router:external", "provider:network_type", "provider:physical_network", "provider:segmentation_id")


def wire(**more: Any) -> dict[str, Any]:
    return {"id": "n-1", "name": "wire", "status": "ACTIVE", "admin_state_up": True, "shared": False, "router:external": False, "mtu": 1450,
            "port_security_enabled": True, "description": described("one", MARKS), "tags": ["team=shop", "theirs"],
            "project_id": PROJECT, **more}


def test_a_members_network_says_nothing_that_only_administrators_may() -> None:
    api = StubSession({"POST network /networks": {"network": wire()}, "PUT network /networks/n-1": {"network": wire()},
                       "GET network /networks/n-1": {"network": wire()}})
    NETWORK.create(api, {"name": "wire", "description": "one", "tags": {"team": "shop"}}, INTENT)
    NETWORK.update(api, "n-1", {"name": "other"}, {"name": "wire", "admin_state_up": False, "description": "one"}, "settings")
    made, changed = [body["network"] for _, body in api.changes]
    assert made == {"name": "wire", "description": described("one", MARKS)}
    assert changed == {"name": "other", "admin_state_up": True, "description": described("", MARKS)}, "what is said no more is as at first"
    assert not {*made, *changed} & {*FOR_ADMINISTRATORS}


def test_a_fresh_network_needs_no_change_and_a_short_portrait() -> None:
    seen, = NETWORK.observe(StubSession({"GET network /networks/n-1": {"network": wire()}}), ["n-1"])
    assert (seen.status, seen.attributes["description"], seen.tags["mcflow-op"]) == ("ready", "one", "op1")
    assert NETWORK.portray(seen.attributes) == {"name": "wire", "description": "one", "tags": {"team": "shop", "theirs": ""}}


def test_addresses_of_a_group_are_added_then_taken_away() -> None:
    present = ["192.0.2.0/24"]

    def change(body: Any, params: Any) -> Any:
        present[:] = sorted({*present, *body["addresses"]})
        return {}

    api = StubSession({
        "GET network /address-groups/a-1": lambda body, params: {"address_group": {"id": "a-1", "addresses": list(present)}},
        "PUT network /address-groups/a-1/add_addresses": change,
        "PUT network /address-groups/a-1/remove_addresses": lambda body, params: present.remove("192.0.2.0/24")})
    want = {"addresses": ["203.0.113.7"]}
    assert [type(OFFICE.update(api, "a-1", want, {}, "addresses")) for _ in range(3)] == [Again, Again, Submitted]
    assert present == ["203.0.113.7/32"]


def test_a_policys_rule_is_found_by_its_direction() -> None:
    path = "/qos/policies/q-1/bandwidth_limit_rules"
    rows = [{"id": "l-1", "max_kbps": 5, "direction": "egress"}, {"id": "l-2", "max_kbps": 5, "direction": "ingress"}]
    api = StubSession({f"GET network {path}": {"bandwidth_limit_rules": rows}, f"DELETE network {path}/l-2": None})
    assert [seen.id for seen in LIMIT.find(api, {"policy_id": "q-1", "max_kbps": 5}, INTENT)] == ["q-1|l-1"]
    assert [seen.id for seen in LIMIT.find(api, {"policy_id": "q-1", "direction": "ingress"}, INTENT)] == ["q-1|l-2"]
    LIMIT.delete(api, "q-1|l-2", {})
    assert [seen.id for seen in LIMIT.observe(api, ["q-1|l-1", "q-9|l-1"])] == ["q-1|l-1"], "a policy that is gone has no rules"


def test_a_pools_lengths_are_numbers() -> None:
    row = {"id": "p-1", "name": "pool", "prefixes": ["10.8.0.0/16"], "default_prefixlen": "24", "min_prefixlen": "8", "max_prefixlen": "32"}
    seen, = driver.natives["openstack.subnet_pool"].observe(StubSession({"GET network /subnetpools/p-1": {"subnetpool": row}}), ["p-1"])
    assert [seen.attributes[f"{name}_prefixlen"] for name in ("default", "min", "max")] == [24, 8, 32]


def test_ranges_side_by_side_are_one() -> None:
    assert merged(["10.1.0.0/16", "10.0.0.0/16", "2001:db8::/32"]) == ["10.0.0.0/15", "2001:db8::/32"]
    assert merged(["x", "10.0.0.0/16"]) == ["10.0.0.0/16", "x"]


@pytest.mark.parametrize("kind", ["GatewayIpInUse"])
def test_a_gateway_that_is_being_given_up_is_waited_for(kind: str) -> None:
    assert TYPES[kind] is Busy
