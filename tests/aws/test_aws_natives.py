"""Each native type by hand on the wrapped moto: made, seen, found, changed, deleted; and on moto as it is."""

from __future__ import annotations

from typing import Any

import pytest
from tests.aws.conftest import Hand
from tests.aws.ground import ZONE, Ground
from tests.aws.moto_handle import MotoCloud

from mcflow.drivers.aws import driver
from mcflow.drivers.sdk import Again, Busy, InUse, InvalidRequest, NotFound, Submitted

KEY = "ssh-ed25519 AAAAC3NzaC1lZDI1NTE5AAAAIIC0pv0kTqUvYg0TGcZ1Y0mVqkBkM0lcS6q3rQ0qD3kR test"
SSH = {"ip_protocol": "tcp", "from_port": 22, "to_port": 22, "cidr_ip": "198.51.100.0/24"}
WEB = {"ip_protocol": "tcp", "from_port": 80, "to_port": 80, "cidr_ipv6": "::/0"}
EVERYTHING = {"ip_protocol": "-1", "cidr_ip": "0.0.0.0/0"}


@pytest.fixture
def ground(hand: Hand, aws_cloud: MotoCloud) -> Ground:
    return Ground(hand, aws_cloud.register_images()[0])


def wants(ground: Ground) -> dict[str, dict[str, Any]]:
    """One want of each type, with what it needs made first."""
    attached = {"internet_gateway_id": ground.gateway, "vpc_id": ground.vpc}
    return {
        "aws.vpc": {"cidr_block": "10.1.0.0/16", "tags": {"Name": "x"}},
        "aws.subnet": {"vpc_id": ground.vpc, "cidr_block": "10.0.2.0/24", "availability_zone": ZONE, "tags": {"Name": "x"}},
        "aws.internet_gateway": {"tags": {"Name": "x"}},
        "aws.internet_gateway_attachment": attached,
        "aws.route_table": {"vpc_id": ground.vpc, "tags": {"Name": "x"}},
        "aws.security_group": {"group_name": "other", "description": "d", "vpc_id": ground.vpc, "tags": {"Name": "x"}},
        "aws.key_pair": {"key_name": "k", "public_key_material": KEY, "tags": {"Name": "x"}},
        "aws.volume": {"availability_zone": ZONE, "size": 10, "volume_type": "gp3", "tags": {"Name": "x"}},
        "aws.address": {"tags": {"Name": "x"}},
    }


SIMPLE = ["aws.vpc", "aws.subnet", "aws.internet_gateway", "aws.internet_gateway_attachment", "aws.route_table", "aws.security_group",
          "aws.key_pair", "aws.volume", "aws.address"]


@pytest.mark.parametrize("type", SIMPLE)
def test_made_seen_found_and_gone(ground: Ground, hand: Hand, type: str) -> None:
    want, intent = wants(ground)[type], hand.intent()
    id = hand.make(type, intent, **want)
    seen = hand.see(type, id)
    assert seen is not None
    assert seen.status == "ready"
    sent = {name: value for name, value in want.items() if not driver.natives[type].attributes[name].get("write_only")}
    assert {name: seen.attributes.get(name) for name in sent} == sent
    assert [found.id for found in driver.natives[type].find(hand.api, want, intent)] == [id]
    assert id in [found.id for found in driver.natives[type].discover(hand.api)]
    if driver.natives[type].identity.marked:
        assert seen.tags == {"Name": "x", **intent.marks}
    hand.remove(type, id)
    assert hand.see(type, id) is None
    assert list(driver.natives[type].find(hand.api, want, intent)) == []


@pytest.mark.parametrize("type", [type for type in SIMPLE if "tags" in driver.natives[type].attributes])
def test_tags_settle_and_leave_those_of_others(ground: Ground, hand: Hand, aws_cloud: MotoCloud, type: str) -> None:
    intent = hand.intent()
    id = hand.make(type, intent, **{**wants(ground)[type], "tags": {"Name": "x", "old": "1"}})
    aws_cloud.client().create_tags(Resources=[id], Tags=[{"Key": "foreign", "Value": "1"}])
    told = hand.settle(type, id, "tags", owned={"Name": "x", "old": "1"}, tags={"Name": "y", "new": "2"})
    seen = hand.see(type, id)
    assert seen is not None
    assert seen.tags == {"Name": "y", "new": "2", "foreign": "1", **intent.marks}
    assert told == ["2 tags written", "1 tags removed"]


def test_a_tag_like_a_mark_is_not_shown_among_attributes(ground: Ground, hand: Hand) -> None:
    seen = hand.see("aws.vpc", ground.vpc)
    assert seen is not None
    assert seen.attributes["tags"] == {}


@pytest.mark.parametrize("group", ["enable_dns_support", "enable_dns_hostnames"])
def test_vpc_dns_switches(ground: Ground, hand: Hand, group: str) -> None:
    for value in (False, True):
        hand.settle("aws.vpc", ground.vpc, group, **{group: value})
        seen = hand.see("aws.vpc", ground.vpc)
        assert seen is not None
        assert seen.attributes[group] is value


def test_subnet_gives_public_addresses(ground: Ground, hand: Hand) -> None:
    hand.settle("aws.subnet", ground.subnet, "map_public_ip_on_launch", map_public_ip_on_launch=True)
    seen = hand.see("aws.subnet", ground.subnet)
    assert seen is not None
    assert seen.attributes["map_public_ip_on_launch"] is True


def test_route_is_found_by_its_destination_and_gets_another_target(ground: Ground, hand: Hand) -> None:
    want = {"route_table_id": ground.table, "destination_cidr_block": "0.0.0.0/0", "gateway_id": ground.gateway}
    assert ground.attached
    type = driver.natives["aws.route"]
    assert list(type.find(hand.api, want, hand.intent())) == []
    id = hand.make("aws.route", **want)
    assert id == f"{ground.table}|0.0.0.0/0"
    assert [found.id for found in type.find(hand.api, want, hand.intent())] == [id]
    assert [found.id for found in type.discover(hand.api)] == [id]
    interface = ground.hand.api.call("create_network_interface", SubnetId=ground.subnet)["NetworkInterface"]["NetworkInterfaceId"]
    hand.settle("aws.route", id, "target", route_table_id=ground.table, destination_cidr_block="0.0.0.0/0", network_interface_id=interface)
    seen = hand.see("aws.route", id)
    assert seen is not None
    assert seen.attributes["network_interface_id"] == interface
    hand.remove("aws.route", id)
    assert hand.see("aws.route", id) is None


def test_route_needs_a_destination(ground: Ground, hand: Hand) -> None:
    with pytest.raises(InvalidRequest, match="destination"):
        list(driver.natives["aws.route"].find(hand.api, {"route_table_id": "rtb-1"}, hand.intent()))


def test_a_subnet_has_one_table(ground: Ground, hand: Hand) -> None:
    want = {"subnet_id": ground.subnet, "route_table_id": ground.table}
    id = hand.make("aws.route_table_association", **want)
    seen = hand.see("aws.route_table_association", id)
    assert seen is not None
    assert seen.attributes == want
    other = hand.make("aws.route_table", vpc_id=ground.vpc)
    found = list(driver.natives["aws.route_table_association"].find(hand.api, {**want, "route_table_id": other}, hand.intent()))
    assert [each.attributes["route_table_id"] for each in found] == [ground.table], "the look before shows whose it is"
    hand.remove("aws.route_table_association", id)
    assert hand.see("aws.route_table_association", id) is None


def test_rules_settle_one_call_at_a_time(ground: Ground, hand: Hand, aws_cloud: MotoCloud) -> None:
    type, id = "aws.security_group", ground.group
    own = {"ip_protocol": "-1", "group_id": "self"}
    assert hand.settle(type, id, "inbound", inbound=[{**SSH, "description": "admins"}, WEB, own]) == ["3 rules sent"]
    seen = hand.see(type, id)
    assert seen is not None
    assert sorted(map(str, seen.attributes["inbound"])) == sorted(map(str, [{**SSH, "description": "admins"}, WEB, own]))
    before = len(aws_cloud.ledger())
    dns = {"ip_protocol": "udp", "from_port": 53, "to_port": 53, "cidr_ip": "10.0.0.0/8"}
    told = hand.settle(type, id, "inbound", inbound=[{**SSH, "description": "office"}, dns])
    assert [entry["action"] for entry in aws_cloud.ledger()[before:]] == [
        "AuthorizeSecurityGroupIngress", "RevokeSecurityGroupIngress", "UpdateSecurityGroupRuleDescriptionsIngress"]
    assert len(told) == 3
    seen = hand.see(type, id)
    assert seen is not None
    assert sorted(map(str, seen.attributes["inbound"])) == sorted(map(str, [{**SSH, "description": "office"}, dns]))


def test_the_rule_aws_puts_in_is_a_difference(ground: Ground, hand: Hand) -> None:
    seen = hand.see("aws.security_group", ground.group)
    assert seen is not None
    assert seen.attributes["outbound"] == [EVERYTHING]
    hand.settle("aws.security_group", ground.group, "outbound", outbound=[])
    seen = hand.see("aws.security_group", ground.group)
    assert seen is not None
    assert seen.attributes["outbound"] == []
    assert hand.settle("aws.security_group", ground.group, "outbound", outbound=[]) == []


def test_rules_of_both_ip_versions_are_withdrawn(ground: Ground, hand: Hand) -> None:
    everything = [EVERYTHING, {"ip_protocol": "-1", "cidr_ipv6": "::/0"}]
    hand.settle("aws.security_group", ground.group, "outbound", outbound=everything)
    hand.settle("aws.security_group", ground.group, "outbound", outbound=[SSH])
    seen = hand.see("aws.security_group", ground.group)
    assert seen is not None
    assert seen.attributes["outbound"] == [SSH]


def test_rules_are_settled_by_what_was_seen_last_and_judged_by_what_is_there(ground: Ground, hand: Hand, aws_cloud: MotoCloud) -> None:
    group = driver.natives["aws.security_group"]
    looks = "ec2.DescribeSecurityGroups"
    before = aws_cloud.calls().get(looks, 0)
    assert isinstance(group.update(hand.api, ground.group, {"inbound": [SSH]}, {"inbound": []}, "inbound"), Again)
    assert aws_cloud.calls().get(looks, 0) == before, "what the engine saw just now is not asked for again"
    # Seen before it was there: allowed twice is no error, and it is looked at again.
    assert isinstance(group.update(hand.api, ground.group, {"inbound": [SSH]}, {"inbound": []}, "inbound"), Again)
    # Seen before others took it away: that nothing is to be done is not believed.
    aws_cloud.client().revoke_security_group_ingress(GroupId=ground.group, IpPermissions=[
        {"IpProtocol": "tcp", "FromPort": 22, "ToPort": 22, "IpRanges": [{"CidrIp": SSH["cidr_ip"]}]}])
    assert isinstance(group.update(hand.api, ground.group, {"inbound": [SSH]}, {"inbound": [SSH]}, "inbound"), Again)
    assert isinstance(group.update(hand.api, ground.group, {"inbound": [SSH]}, {"inbound": [SSH]}, "inbound"), Submitted)
    seen = hand.see("aws.security_group", ground.group)
    assert seen is not None
    assert seen.attributes["inbound"] == [SSH]


def test_a_rule_made_by_others_is_seen_and_withdrawn(ground: Ground, hand: Hand, aws_cloud: MotoCloud) -> None:
    hand.settle("aws.security_group", ground.group, "inbound", inbound=[SSH])
    foreign = {"IpProtocol": "tcp", "FromPort": 3389, "ToPort": 3389, "IpRanges": [{"CidrIp": "0.0.0.0/0"}]}
    aws_cloud.client().authorize_security_group_ingress(GroupId=ground.group, IpPermissions=[foreign])
    seen = hand.see("aws.security_group", ground.group)
    assert seen is not None
    assert len(seen.attributes["inbound"]) == 2
    hand.settle("aws.security_group", ground.group, "inbound", inbound=[SSH])
    seen = hand.see("aws.security_group", ground.group)
    assert seen is not None
    assert seen.attributes["inbound"] == [SSH]


def test_groups_that_name_each_other_must_let_go_first(ground: Ground, hand: Hand) -> None:
    other = hand.make("aws.security_group", group_name="store", description="d", vpc_id=ground.vpc)
    hand.settle("aws.security_group", ground.group, "inbound", inbound=[{"ip_protocol": "-1", "group_id": other}])
    with pytest.raises(InUse):
        hand.remove("aws.security_group", other)
    hand.settle("aws.security_group", ground.group, "inbound", inbound=[])
    hand.remove("aws.security_group", other)
    assert hand.see("aws.security_group", other) is None


def test_instance_life(ground: Ground, hand: Hand) -> None:
    intent = hand.intent()
    want = {"image_id": ground.image, "instance_type": "t3.micro", "subnet_id": ground.subnet, "security_group_ids": [ground.group],
            "user_data": "#!/bin/sh", "root_volume_size": 20, "root_volume_type": "gp3", "tags": {"Name": "vm"}}
    id = hand.make("aws.instance", intent, **want)
    seen = hand.see("aws.instance", id)
    assert seen is not None
    assert (seen.status, seen.attributes["power"], seen.attributes["root_volume_size"]) == ("ready", "running", 20)
    assert seen.attributes["security_group_ids"] == [ground.group]
    assert seen.attributes["availability_zone"] == ZONE
    assert seen.created_at is not None
    assert [found.id for found in driver.natives["aws.instance"].find(hand.api, want, intent)] == [id]
    with pytest.raises(Busy):
        hand.settle("aws.instance", id, "instance_type", instance_type="t3.small")
    hand.settle("aws.instance", id, "power", power="stopped")
    hand.settle("aws.instance", id, "instance_type", instance_type="t3.small")
    hand.settle("aws.instance", id, "ebs_optimized", ebs_optimized=True)
    hand.settle("aws.instance", id, "power", power="running")
    hand.settle("aws.instance", id, "source_dest_check", source_dest_check=False)
    other = hand.make("aws.security_group", group_name="store", description="d", vpc_id=ground.vpc)
    hand.settle("aws.instance", id, "security_groups", security_group_ids=[other])
    hand.settle("aws.instance", id, "root_volume", root_volume_size=30)
    seen = hand.see("aws.instance", id)
    assert seen is not None
    expected = {"instance_type": "t3.small", "ebs_optimized": True, "power": "running", "source_dest_check": False,
                "security_group_ids": [other], "root_volume_size": 30}
    assert {name: seen.attributes[name] for name in expected} == expected
    hand.remove("aws.instance", id)
    ended = hand.see("aws.instance", id)
    assert ended is None or ended.status == "gone"


def test_instance_with_a_public_address_of_its_own(ground: Ground, hand: Hand) -> None:
    id = hand.make("aws.instance", image_id=ground.image, instance_type="t3.micro", subnet_id=ground.subnet,
                   security_group_ids=[ground.group], associate_public_ip_address=True)
    seen = hand.see("aws.instance", id)
    assert seen is not None
    assert seen.attributes["public_ip_address"]
    assert seen.attributes["security_group_ids"] == [ground.group]


def test_volume_grows_and_its_modification_is_polled(ground: Ground, hand: Hand, aws_cloud: MotoCloud) -> None:
    type = driver.natives["aws.volume"]
    done = type.update(hand.api, ground.volume, {"size": 20, "volume_type": "gp3"}, {}, "performance")
    assert getattr(done, "operation", None) == ground.volume
    assert [(each.operation, each.status) for each in type.poll(hand.api, [ground.volume])] == [(ground.volume, "done")]
    before = len(aws_cloud.ledger())
    type.update(hand.api, ground.volume, {"size": 20, "volume_type": "gp3"}, {}, "performance")
    assert len(aws_cloud.ledger()) == before, "what is so already is not asked for again"
    with pytest.raises(InvalidRequest, match="smaller"):
        type.update(hand.api, ground.volume, {"size": 5}, {}, "performance")


def test_volumes_get_devices_of_their_own(ground: Ground, hand: Hand) -> None:
    second = hand.make("aws.volume", availability_zone=ZONE, size=1)
    devices = []
    for volume in (ground.volume, second):
        id = hand.make("aws.volume_attachment", volume_id=volume, instance_id=ground.instance)
        seen = hand.see("aws.volume_attachment", id)
        assert seen is not None
        devices.append(seen.attributes["device"])
    assert devices == ["/dev/sdf", "/dev/sdg"]
    with pytest.raises(InUse):
        hand.make("aws.volume_attachment", volume_id=second, instance_id=ground.instance)
    hand.remove("aws.volume_attachment", f"{second}|{ground.instance}")
    assert hand.see("aws.volume_attachment", f"{second}|{ground.instance}") is None
    with pytest.raises(NotFound):
        hand.make("aws.volume_attachment", volume_id=second, instance_id="i-00000000000000000")


def test_an_address_leads_to_one_machine(ground: Ground, hand: Hand) -> None:
    with pytest.raises(NotFound):
        hand.make("aws.address_association", allocation_id=ground.address, instance_id=ground.instance)
    assert ground.attached
    want = {"allocation_id": ground.address, "instance_id": ground.instance}
    id = hand.make("aws.address_association", **want)
    found = list(driver.natives["aws.address_association"].find(hand.api, want, hand.intent()))
    assert [(each.id, each.attributes["instance_id"]) for each in found] == [(id, ground.instance)]
    with pytest.raises(InUse):
        hand.remove("aws.address", ground.address)
    with pytest.raises(InUse):
        hand.remove("aws.internet_gateway_attachment", ground.attached)
    hand.remove("aws.address_association", id)
    hand.remove("aws.address", ground.address)


def test_things_in_use_are_refused(ground: Ground, hand: Hand) -> None:
    assert ground.instance
    for type, id in (("aws.subnet", ground.subnet), ("aws.security_group", ground.group), ("aws.vpc", ground.vpc)):
        with pytest.raises(InUse):
            hand.remove(type, id)


def test_key_pair_tells_its_fingerprint(hand: Hand) -> None:
    id = hand.make("aws.key_pair", key_name="k", public_key_material=KEY)
    seen = hand.see("aws.key_pair", id)
    assert seen is not None
    assert seen.attributes["key_fingerprint"]
    assert "public_key_material" not in seen.attributes


def test_one_look_serves_many(hand: Hand, aws_cloud: MotoCloud) -> None:
    ids = [hand.make("aws.address") for _ in range(5)]
    seen = list(driver.natives["aws.address"].observe(hand.api, [*ids, "eipalloc-00000000000000000"]))
    assert sorted(each.id for each in seen) == sorted(ids), "one that is not there does not fail the others"


@pytest.mark.parametrize("type", ["aws.vpc", "aws.internet_gateway", "aws.key_pair", "aws.volume", "aws.address"])
def test_on_moto_as_it_is(plain_hand: Hand, type: str) -> None:
    want = {"aws.vpc": {"cidr_block": "10.1.0.0/16"}, "aws.key_pair": {"key_name": "k", "public_key_material": KEY},
            "aws.volume": {"availability_zone": ZONE, "size": 10}}.get(type, {})
    intent = plain_hand.intent()
    id = plain_hand.make(type, intent, **want)
    assert [found.id for found in driver.natives[type].find(plain_hand.api, want, intent)] == [id]
    plain_hand.settle(type, id, "tags", owned={}, tags={"a": "b"})
    seen = plain_hand.see(type, id)
    assert seen is not None
    assert seen.attributes["tags"] == {"a": "b"}
    plain_hand.remove(type, id)
    assert plain_hand.see(type, id) is None
