"""Natives of networks beyond the first ones, by hand on the wrapped moto: made, seen, found, changed, deleted."""

from __future__ import annotations

from typing import Any

import pytest
from tests.aws.conftest import Hand
from tests.aws.ground import Ground
from tests.aws.moto_handle import MotoCloud

from mcflow.drivers.aws import driver

POLICY = {"Version": "2012-10-17", "Statement": [{"Effect": "Allow", "Principal": "*", "Action": "s3:GetObject", "Resource": "*"}]}


@pytest.fixture
def ground(hand: Hand, aws_cloud: MotoCloud) -> Ground:
    return Ground(hand, aws_cloud.register_images()[0])


def wants(ground: Ground, type: str) -> dict[str, Any]:
    """A want of a type, with what it needs made first."""
    tags = {"tags": {"Name": "x"}}
    if type == "aws.nat_gateway":
        assert ground.attached
        return {"subnet_id": ground.subnet, "allocation_id": ground.address, **tags}
    return {
        "aws.network_interface": lambda: {"subnet_id": ground.subnet, "groups": [ground.group], "private_ip_address": "10.0.1.20",
                                          "description": "one", **tags},
        "aws.network_interface_attachment": lambda: {"network_interface_id": ground.interface, "instance_id": ground.instance},
        "aws.network_acl": lambda: {"vpc_id": ground.vpc, **tags},
        "aws.network_acl_association": lambda: {"subnet_id": ground.subnet, "network_acl_id": ground.acl},
        "aws.vpc_peering_connection": lambda: {"vpc_id": ground.vpc, "peer_vpc_id": ground.other_vpc, **tags},
        "aws.vpc_endpoint": lambda: {"vpc_id": ground.vpc, "service_name": "com.amazonaws.ap-northeast-2.s3",
                                     "route_table_ids": [ground.table], "policy_document": POLICY, **tags},
        "aws.dhcp_options": lambda: {"domain_name": "example.com", "domain_name_servers": ["10.0.0.2", "10.0.0.3"], **tags},
        "aws.dhcp_options_association": lambda: {"vpc_id": ground.vpc, "dhcp_options_id": ground.options},
        "aws.egress_only_internet_gateway": lambda: {"vpc_id": ground.vpc, **tags},
        "aws.snapshot": lambda: {"volume_id": ground.volume, "description": "one", **tags},
        "aws.snapshot_copy": lambda: {"source_snapshot_id": ground.snapshot, "description": "two", **tags},
        "aws.image": lambda: {"name": "golden", "instance_id": ground.instance, "description": "one", **tags},
        "aws.launch_template": lambda: {"launch_template_name": "other", "launch_template_data": {
            "image_id": ground.image, "instance_type": "t3.micro"}, "user_data": "#!/bin/sh", **tags},
    }[type]()


TYPES = ["aws.nat_gateway", "aws.network_interface", "aws.network_interface_attachment", "aws.network_acl", "aws.network_acl_association",
         "aws.vpc_peering_connection", "aws.vpc_endpoint", "aws.dhcp_options", "aws.dhcp_options_association",
         "aws.egress_only_internet_gateway", "aws.snapshot", "aws.snapshot_copy", "aws.image", "aws.launch_template"]


@pytest.mark.parametrize("type", TYPES)
def test_made_seen_found_and_gone(ground: Ground, hand: Hand, type: str) -> None:
    native, want, intent = driver.natives[type], wants(ground, type), hand.intent()
    bystander = hand.make(type, **wants_other(ground, type)) if wants_other(ground, type) else ""
    id = hand.make(type, intent, **want)
    seen = hand.see(type, id)
    assert seen is not None
    assert seen.status == "ready"
    kept = {name: value for name, value in want.items() if name not in FORGOTTEN}
    assert {name: seen.attributes.get(name) for name in kept} == kept
    assert [found.id for found in native.find(hand.api, want, intent)] == [id]
    listed = {found.id: found for found in native.discover(hand.api)}
    assert not listed[id].provided
    assert bystander in listed or not bystander
    if native.identity.marked:
        assert seen.tags == {"Name": "x", **intent.marks}
        assert id in [found.id for found in native.marked(hand.api, "lineage")]
        assert list(native.marked(hand.api, "another")) == []
    if native.offers("match") and want.keys() & {"network_interface_id", "vpc_id", "subnet_id", "name", "launch_template_name"}:
        assert id in [found.id for found in native.match(hand.api, want)] or type in ("aws.network_interface", "aws.network_acl")
    hand.remove(type, id)
    after = hand.see(type, id)
    assert after is None or after.status == "gone"
    assert [found for found in native.find(hand.api, want, intent) if found.status != "gone"] == []


FORGOTTEN = ("source_snapshot_id",)
"""What AWS does not tell later."""


def wants_other(ground: Ground, type: str) -> dict[str, Any]:
    """Another of the type, which a look must not take for the one that is meant."""
    return {"aws.nat_gateway": {"subnet_id": ground.subnet, "connectivity_type": "private"},
            "aws.egress_only_internet_gateway": {"vpc_id": ground.other_vpc},
            "aws.vpc_peering_connection": {"vpc_id": ground.other_vpc, "peer_vpc_id": ground.vpc},
            "aws.dhcp_options": {"domain_name": "example.org"}, "aws.snapshot": {"volume_id": ground.volume},
            }.get(type, {})
