"""Load balancers and file systems, by hand on the wrapped moto: made, seen, found, changed, deleted."""

from __future__ import annotations

import time
from typing import Any

import pytest
from tests.aws.conftest import Hand
from tests.aws.moto_handle import MotoCloud

from mcflow.drivers.aws import driver
from mcflow.drivers.sdk import AccessDenied, AlreadyExists, InUse, Observed
from mcflow.engine.compare import same

TAGS = {"tags": {"Name": "x"}}
HERE, THERE = "ap-northeast-2a", "ap-northeast-2b"


class Ground:
    """A network with subnets in two zones; load balancers and file systems when they are asked for."""

    def __init__(self, hand: Hand, moto: MotoCloud) -> None:
        self.hand, self.moto = hand, moto
        self.vpc = hand.make("aws.vpc", cidr_block="10.0.0.0/16")
        self.left, self.right = (hand.make("aws.subnet", vpc_id=self.vpc, cidr_block=f"10.0.{number}.0/24", availability_zone=zone)
                                 for number, zone in enumerate((HERE, THERE)))
        self.door = hand.make("aws.security_group", vpc_id=self.vpc, group_name="door", description="door")

    def balancer(self, name: str = "web", type: str = "application", **more: Any) -> str:
        return self.hand.make("aws.lb", **{"name": name, "type": type, "subnets": [self.left, self.right], "scheme": "internal", **more})

    def group(self, name: str = "web", protocol: str = "HTTP", **more: Any) -> str:
        return self.hand.make("aws.lb_target_group", **{
            "name": name, "protocol": protocol, "port": 80, "vpc_id": self.vpc, "target_type": "ip", **more})

    def listener(self, balancer: str, group: str, **more: Any) -> str:
        return self.hand.make("aws.lb_listener", **{
            "load_balancer_arn": balancer, "port": 80, "protocol": "HTTP", "default_actions": forward(group), **more})

    def files(self, **more: Any) -> str:
        id = self.hand.make("aws.efs_file_system", encrypted=True, **more)
        return ready(self.hand, "aws.efs_file_system", id).id


def forward(group: str) -> list[dict[str, Any]]:
    return [{"type": "forward", "target_group_arn": group}]


def ready(hand: Hand, type: str, id: str) -> Observed:
    """What it is once it is there."""
    for _ in range(100):
        seen = hand.see(type, id)
        if seen is not None and seen.status == "ready":
            return seen
        time.sleep(0.02)
    raise AssertionError(f"{type} {id} is never ready: {seen}")


def told(hand: Hand, type: str, id: str) -> dict[str, Any]:
    return dict(ready(hand, type, id).attributes)


@pytest.fixture
def ground(hand: Hand, aws_cloud: MotoCloud) -> Ground:
    return Ground(hand, aws_cloud)


def wants(ground: Ground, type: str) -> dict[str, Any]:
    """A want of a type, with what it needs made first."""
    made = {
        "aws.lb": lambda: {"name": "web", "type": "network", "subnets": [ground.left], "scheme": "internal", **TAGS},
        "aws.lb_target_group": lambda: {"name": "web", "protocol": "TCP", "port": 80, "vpc_id": ground.vpc, "target_type": "ip",
                                        "health_check_interval_seconds": 10, **TAGS},
        "aws.lb_listener": lambda: {"load_balancer_arn": ground.balancer(), "port": 80, "protocol": "HTTP",
                                    "default_actions": forward(ground.group()), **TAGS},
        "aws.lb_listener_rule": lambda: {"listener_arn": ground.listener(ground.balancer(), ground.group()), "priority": 5, "actions": [
            {"type": "redirect", "redirect_config": {"path": "/new", "status_code": "HTTP_302"}}], "conditions": [
            {"field": "path-pattern", "path_pattern_config": {"values": ["/old*"]}}], **TAGS},
        "aws.lb_target_registration": lambda: {"target_group_arn": ground.group(), "target_id": "10.0.0.20", "port": 80},
        "aws.efs_file_system": lambda: {"encrypted": True, "backup": True, "throughput_mode": "elastic", **TAGS},
        "aws.efs_mount_target": lambda: {"file_system_id": ground.files(), "subnet_id": ground.left, "security_groups": [ground.door]},
        "aws.efs_access_point": lambda: {"file_system_id": ground.files(), "posix_user": {"uid": 1, "gid": 2}, **TAGS},
    }
    return made[type]()


TYPES = ["aws.lb", "aws.lb_target_group", "aws.lb_listener", "aws.lb_listener_rule", "aws.lb_target_registration", "aws.efs_file_system",
         "aws.efs_mount_target", "aws.efs_access_point"]


@pytest.mark.parametrize("type", TYPES)
def test_made_seen_found_and_gone(ground: Ground, hand: Hand, type: str) -> None:
    native, want, intent = driver.natives[type], wants(ground, type), hand.intent()
    assert list(native.find(hand.api, want, intent)) == []
    id = hand.make(type, intent, **want)
    seen = ready(hand, type, id)
    assert {name: value for name, value in want.items() if not same(native, name, value, seen.attributes.get(name))} == {}
    assert [found.id for found in native.find(hand.api, want, intent)] == [id]
    assert [found.id for found in native.discover(hand.api)] == [id]
    portrait = native.portray(seen.attributes)
    assert {name: value for name, value in portrait.items() if not same(native, name, want.get(name, value), value)} == {}
    assert set(native.required) <= set(portrait)
    if native.identity.marked:
        assert seen.tags == {"Name": "x", **intent.marks}
        assert [found.id for found in native.marked(hand.api, "lineage")] == [id]
        assert hand.settle(type, id, "tags", owned={"Name": "x"}, **{**want, "tags": {"team": "a"}}) == ["1 tags written", "1 tags removed"]
        assert told(hand, type, id)["tags"] == {"team": "a"}
    hand.remove(type, id)
    assert [hand.see(type, id) for _ in range(2)][-1] is None
    assert list(native.find(hand.api, want, intent)) == []


def test_a_load_balancer_takes_its_time_and_changes_group_by_group(ground: Ground, hand: Hand) -> None:
    id = ground.balancer()
    seen = hand.see("aws.lb", id)
    assert seen is not None
    assert seen.status == "pending"
    hand.settle("aws.lb", id, "security_groups", security_groups=[ground.door])
    third = hand.make("aws.subnet", vpc_id=ground.vpc, cidr_block="10.0.9.0/24", availability_zone="ap-northeast-2c")
    hand.settle("aws.lb", id, "subnets", subnets=[ground.left, third])
    hand.settle("aws.lb", id, "ip_address_type", ip_address_type="dualstack")
    attributes = told(hand, "aws.lb", id)
    assert (attributes["security_groups"], attributes["ip_address_type"]) == ([ground.door], "dualstack")
    assert (set(attributes["subnets"]), set(attributes["zones"])) == ({ground.left, third}, {HERE, "ap-northeast-2c"})
    with pytest.raises(InUse):
        hand.remove("aws.security_group", ground.door)
    with pytest.raises(InUse):
        hand.remove("aws.subnet", third)


def test_settings_under_the_apis_own_keys_are_set_and_set_back(ground: Ground, hand: Hand) -> None:
    id = ground.balancer()
    hand.settle("aws.lb", id, "attributes", attributes={"deletion_protection.enabled": "true", "idle_timeout.timeout_seconds": "30"})
    assert told(hand, "aws.lb", id)["attributes"]["idle_timeout.timeout_seconds"] == "30"
    with pytest.raises(AccessDenied):
        hand.remove("aws.lb", id)
    assert driver.natives["aws.lb"].portray(told(hand, "aws.lb", id))["attributes"] == {
        "deletion_protection.enabled": "true", "idle_timeout.timeout_seconds": "30"}
    hand.settle("aws.lb", id, "attributes", attributes={"idle_timeout.timeout_seconds": "40"})
    assert told(hand, "aws.lb", id)["attributes"]["deletion_protection.enabled"] == "false", "no longer wanted: as AWS has it by itself"
    group = ground.group()
    hand.settle("aws.lb_target_group", group, "attributes", attributes={"stickiness.enabled": "true"})
    portrait = driver.natives["aws.lb_target_group"].portray(told(hand, "aws.lb_target_group", group))
    assert portrait["attributes"] == {"stickiness.enabled": "true", "stickiness.type": "lb_cookie"}


def test_names_are_taken_once(ground: Ground, hand: Hand) -> None:
    ground.group()
    with pytest.raises(AlreadyExists):
        ground.group()
    listener = ground.listener(ground.balancer(), ground.group("other"))
    rule = {"listener_arn": listener, "priority": 1, "conditions": [{"field": "path-pattern", "values": ["/a"]}],
            "actions": forward(ground.group("third"))}
    hand.make("aws.lb_listener_rule", **rule)
    with pytest.raises(AlreadyExists):
        hand.make("aws.lb_listener_rule", **rule)


def test_many_are_looked_at_together_though_one_is_gone(ground: Ground, hand: Hand) -> None:
    groups = [ground.group(f"g{number}") for number in range(25)]
    hand.remove("aws.lb_target_group", groups[3])
    before = calls(ground)
    seen = {found.id for found in driver.natives["aws.lb_target_group"].observe(hand.api, groups)}
    assert seen == {*groups} - {groups[3]}
    asked = {name: count - before.get(name, 0) for name, count in calls(ground).items() if count > before.get(name, 0)}
    assert asked["elbv2.DescribeTargetGroups"] == 3, "two batches, and once more for the one that was spoilt"
    assert asked["elbv2.DescribeTags"] == 3, "two for all that are listed then, one for the second batch"


def calls(ground: Ground) -> dict[str, int]:
    return dict(ground.moto.calls())


def test_listeners_of_one_load_balancer_take_one_call(ground: Ground, hand: Hand) -> None:
    balancer, group = ground.balancer(), ground.group()
    listeners = [ground.listener(balancer, group, port=80 + number) for number in range(3)]
    before = calls(ground)
    assert [found.id for found in driver.natives["aws.lb_listener"].observe(hand.api, listeners)] == listeners
    assert calls(ground)["elbv2.DescribeListeners"] - before.get("elbv2.DescribeListeners", 0) == 1


def test_a_listener_becomes_another_in_place(ground: Ground, hand: Hand) -> None:
    acm = ground.moto.client("acm")
    first, second = (acm.request_certificate(DomainName=f"{name}.example")["CertificateArn"] for name in "ab")
    group = ground.group()
    id = ground.listener(ground.balancer(), group)
    want = {"protocol": "HTTPS", "certificates": [{"certificate_arn": first}], "default_actions": forward(group)}
    hand.settle("aws.lb_listener", id, "listener", **want)
    seen = told(hand, "aws.lb_listener", id)
    assert (seen["protocol"], seen["certificates"]) == ("HTTPS", [{"certificate_arn": first}])
    further = hand.make("aws.lb_listener_certificate", listener_arn=id, certificate_arn=second)
    native = driver.natives["aws.lb_listener_certificate"]
    assert [found.id for found in native.discover(hand.api)] == [further] == [f"{id}|{second}"]
    hand.remove("aws.lb_listener_certificate", further)
    assert list(native.observe(hand.api, [further])) == []


def test_rules_are_what_they_mean(ground: Ground, hand: Hand) -> None:
    native, group = driver.natives["aws.lb_listener_rule"], ground.group()
    listener = ground.listener(ground.balancer(), group)
    weighed = [{"type": "forward", "forward_config": {"target_groups": [{"target_group_arn": group}]}}]
    short = [{"field": "host-header", "values": ["shop.example"]}]
    id = hand.make("aws.lb_listener_rule", listener_arn=listener, priority=7, actions=weighed, conditions=short)
    seen = told(hand, "aws.lb_listener_rule", id)
    assert seen["actions"] == forward(group)
    assert seen["conditions"] == [{"field": "host-header", "host_header_config": {"values": ["shop.example"]}}]
    for attribute, value in (("actions", weighed), ("conditions", short)):
        assert same(native, attribute, value, seen[attribute])
    hand.settle("aws.lb_listener_rule", id, "rule", conditions=short, actions=[
        {"type": "fixed-response", "fixed_response_config": {"status_code": "503", "content_type": "text/plain"}}])
    assert told(hand, "aws.lb_listener_rule", id)["actions"][0]["type"] == "fixed-response"


def test_a_target_that_leaves_is_being_deleted(ground: Ground, hand: Hand) -> None:
    id = hand.make("aws.lb_target_registration", target_group_arn=ground.group(), target_id="10.0.0.20")
    assert id.endswith("|10.0.0.20|80"), "the group's port"
    assert told(hand, "aws.lb_target_registration", id)["health"] == "healthy"
    hand.remove("aws.lb_target_registration", id)
    leaving = hand.see("aws.lb_target_registration", id)
    assert leaving is not None
    assert (leaving.status, leaving.attributes["health"]) == ("deleting", "draining")
    assert hand.see("aws.lb_target_registration", id) is None


def test_a_file_system_is_made_once_by_its_token(ground: Ground, hand: Hand) -> None:
    intent = hand.intent()
    first, again = (hand.make("aws.efs_file_system", intent, encrypted=True) for _ in range(2))
    assert first == again, "EFS refuses a token that it knows; what it made is looked up"


def test_a_file_system_changes_group_by_group(ground: Ground, hand: Hand) -> None:
    id = ground.files()
    policies = [{"transition_to_ia": "AFTER_30_DAYS"}, {"transition_to_primary_storage_class": "AFTER_1_ACCESS"}]
    for group, want in (("lifecycle", {"lifecycle_policies": policies}), ("backup", {"backup": True}),
                        ("throughput", {"throughput_mode": "provisioned", "provisioned_throughput_in_mibps": 64}),
                        ("protection", {"replication_overwrite_protection": "DISABLED"})):
        hand.settle("aws.efs_file_system", id, group, **want)
        seen = told(hand, "aws.efs_file_system", id)
        assert {name: seen[name] for name in want} == want
    hand.settle("aws.efs_file_system", id, "lifecycle")
    hand.settle("aws.efs_file_system", id, "backup")
    seen = told(hand, "aws.efs_file_system", id)
    assert (seen["lifecycle_policies"], seen["backup"]) == ([], False)


def test_mount_targets_keep_their_zone_and_their_file_system(ground: Ground, hand: Hand) -> None:
    files = ground.files()
    id = hand.make("aws.efs_mount_target", file_system_id=files, subnet_id=ground.left)
    ready(hand, "aws.efs_mount_target", id)
    twin = hand.make("aws.subnet", vpc_id=ground.vpc, cidr_block="10.0.8.0/24", availability_zone=HERE)
    with pytest.raises(AlreadyExists):
        hand.make("aws.efs_mount_target", file_system_id=files, subnet_id=twin)
    with pytest.raises(InUse):
        hand.remove("aws.efs_file_system", files)
    hand.settle("aws.efs_mount_target", id, "security_groups", security_groups=[ground.door])
    other = hand.make("aws.efs_mount_target", file_system_id=files, subnet_id=ground.right)
    before = calls(ground)
    both = driver.natives["aws.efs_mount_target"].observe(hand.api, [id, other])
    seen = {found.id: found.attributes["security_groups"] for found in both}
    assert seen[id] == [ground.door]
    assert set(seen) == {id, other}
    after = calls(ground)
    assert {name: after[name] - before.get(name, 0) for name in ("efs.DescribeMountTargets", "ec2.DescribeNetworkInterfaces")} == {
        "efs.DescribeMountTargets": 1, "ec2.DescribeNetworkInterfaces": 1}
