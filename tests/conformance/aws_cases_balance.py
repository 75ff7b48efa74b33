"""Load balancers and file systems on AWS: cases of the conformance suite, and what can be done to them behind mcflow's back."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import tests.aws.moto_balance  # noqa: F401  what lives of them is listed there
from tests.aws.moto_handle import MotoCloud
from tests.conformance.aws_cloud import ALTERATIONS, REMOVALS, TAGS
from tests.conformance.fragments import Resources, block, machine, ref

from mcflow.conformance import Case, Change, Drifted

CHECK = {"protocol": "tcp", "interval_seconds": 10, "timeout_seconds": 5, "threshold": 2}
WEB_CHECK = {"protocol": "http", "path": "/health", "interval_seconds": 10, "timeout_seconds": 5, "threshold": 2}
TCP = {"protocol": "tcp", "port": 80, "target_port": 8080}


def two_zones() -> Resources:
    """A network with public subnets in two zones, each with a machine."""
    return {
        **machine(spec="t3.small"),
        "side": block("subnet", vpc=ref("net"), cidr="10.0.2.0/24", zone="ap-northeast-2b"),
        "other": block("vm", subnet=ref("side"), image={"os": "ubuntu", "version": "24.04"}, spec="t3.small"),
    }


def natives() -> Resources:
    """A network written in native types, with a load balancer and all that hangs on one."""
    forward = [{"type": "forward", "target_group_arn": ref("group.id")}]
    return {
        "net": block("aws.vpc", cidr_block="10.0.0.0/16"),
        "left": block("aws.subnet", vpc_id=ref("net"), cidr_block="10.0.1.0/24", availability_zone="ap-northeast-2a"),
        "right": block("aws.subnet", vpc_id=ref("net"), cidr_block="10.0.2.0/24", availability_zone="ap-northeast-2b"),
        "door": block("aws.security_group", vpc_id=ref("net"), group_name="door", description="door"),
        "lb": block("aws.lb", name="web", scheme="internal", subnets=[ref("left"), ref("right")], security_groups=[ref("door")]),
        "group": block("aws.lb_target_group", name="web", protocol="HTTP", port=80, vpc_id=ref("net"), target_type="ip",
                       health_check_interval_seconds=20),
        "http": block("aws.lb_listener", load_balancer_arn=ref("lb"), port=80, protocol="HTTP", default_actions=forward),
        "rule": block("aws.lb_listener_rule", listener_arn=ref("http"), priority=10, actions=forward,
                      conditions=[{"field": "path-pattern", "values": ["/api/*"]}]),
        "one": block("aws.lb_target_registration", target_group_arn=ref("group"), target_id="10.0.1.20"),
    }


def files() -> Resources:
    """A file system in native types, with a mount target and an access point."""
    return {
        "net": block("aws.vpc", cidr_block="10.0.0.0/16"),
        "left": block("aws.subnet", vpc_id=ref("net"), cidr_block="10.0.1.0/24", availability_zone="ap-northeast-2a"),
        "right": block("aws.subnet", vpc_id=ref("net"), cidr_block="10.0.2.0/24", availability_zone="ap-northeast-2b"),
        "door": block("aws.security_group", vpc_id=ref("net"), group_name="door", description="door"),
        "data": block("aws.efs_file_system", encrypted=True),
        "target": block("aws.efs_mount_target", file_system_id=ref("data"), subnet_id=ref("left")),
        "point": block("aws.efs_access_point", file_system_id=ref("data"), posix_user={"uid": 1000, "gid": 1000},
                       root_directory={"path": "/shop", "creation_info": {"owner_uid": 1000, "owner_gid": 1000, "permissions": "0750"}}),
    }


def needed(resources: Resources, *names: str) -> Resources:
    """Some of them."""
    return {name: resources[name] for name in names}


MOVED = {"type": "redirect", "redirect_config": {"protocol": "HTTPS", "port": "443", "status_code": "HTTP_301"}}

PORTABLE = [
    Case("load_balancer", "lb", {**two_zones(), "lb": block(
            "load_balancer", vpc=ref("net"), subnets=[ref("front"), ref("side")], targets=[ref("box")], health_check=CHECK,
            listeners=[TCP])},
         updates=[Change("targets", {"targets": [ref("other")]}),
                  Change("health_check", {"health_check": {**CHECK, "interval_seconds": 20}}),
                  Change("subnets", {"subnets": [ref("front")]}),
                  Change("listeners", {"listeners": [TCP, {"protocol": "udp", "port": 53}]})],
         replace=Change("scheme", {"scheme": "internal"}, "balancer"), removable='target["80:box"]',
         drift=Drifted('target_group["80"]', "health_check_interval_seconds", 60)),
    Case("file_system", "files", {**two_zones(), "door": block("security_group", vpc=ref("net")),
                                  "files": block("file_system", vpc=ref("net"), subnets=[ref("front")])},
         updates=[Change("subnets", {"subnets": [ref("front"), ref("side")]}), Change("backup", {"backup": True}),
                  Change("performance", {"performance": "high"}), Change("security_groups", {"security_groups": [ref("door")]})],
         replace=Change("encrypted", {"encrypted": False}, "files"), removable='target["front"]', drift=Drifted("files", "backup", True)),
]

NATIVE = [
    Case("aws.lb", "lb", needed(natives(), "net", "left", "right", "door", "lb"),
         updates=[Change("attributes", {"attributes": {"idle_timeout.timeout_seconds": "30", "deletion_protection.enabled": "false"}}),
                  Change("ip_address_type", {"ip_address_type": "dualstack"})],
         replace=Change("name", {"name": "shop"}), removable="", drift=Drifted("", "security_groups", [])),
    Case("aws.lb_target_group", "group", needed(natives(), "net", "group"),
         updates=[Change("health_check", {"health_check_interval_seconds": 30}),
                  Change("attributes", {"attributes": {"deregistration_delay.timeout_seconds": "5"}})],
         replace=Change("port", {"port": 81, "name": "web81"}), removable="", drift=Drifted("", "health_check_interval_seconds", 60)),
    Case("aws.lb_listener", "http", needed(natives(), "net", "left", "right", "door", "lb", "group", "http"),
         updates=[Change("default_actions", {"default_actions": [MOVED]})], replace=Change("port", {"port": 81}), removable="",
         drift=Drifted("", "default_actions", 404)),
    Case("aws.lb_listener_rule", "rule", needed(natives(), "net", "left", "right", "door", "lb", "group", "http", "rule"),
         updates=[Change("conditions", {"conditions": [{"field": "host-header", "host_header_config": {"values": ["shop.example"]}}]}),
                  Change("actions", {"actions": [{"type": "fixed-response", "fixed_response_config": {
                      "status_code": "503", "content_type": "text/plain", "message_body": "closed"}}]})],
         replace=Change("priority", {"priority": 20}), removable="", drift=Drifted("", "actions", 404)),
    Case("aws.lb_target_registration", "one", needed(natives(), "net", "group", "one"),
         replace=Change("target_id", {"target_id": "10.0.1.21"}), removable=""),
    Case("aws.efs_file_system", "data", needed(files(), "data"),
         updates=[Change("throughput", {"throughput_mode": "provisioned", "provisioned_throughput_in_mibps": 64}),
                  Change("lifecycle", {"lifecycle_policies": [{"transition_to_ia": "AFTER_30_DAYS"},
                                                              {"transition_to_primary_storage_class": "AFTER_1_ACCESS"}]}),
                  Change("backup", {"backup": True}), Change("protection", {"replication_overwrite_protection": "DISABLED"})],
         replace=Change("performance_mode", {"performance_mode": "maxIO"}), removable="", drift=Drifted("", "backup", True)),
    Case("aws.efs_mount_target", "target", needed(files(), "net", "left", "right", "door", "data", "target"),
         updates=[Change("security_groups", {"security_groups": [ref("door")]})],
         replace=Change("subnet_id", {"subnet_id": ref("right")}), removable=""),
    Case("aws.efs_access_point", "point", needed(files(), "data", "point"),
         replace=Change("posix_user", {"posix_user": {"uid": 1001, "gid": 1000}}), removable=""),
]

SKIPS = {
    "update[aws.lb_target_registration]": "a target in a group is there or not; nothing about it changes in place",
    "update[aws.efs_access_point]": "an access point has nothing that changes in place but its tags, which the tags check covers",
    "drift[aws.lb_target_registration]": "a target in a group is there or not, so there is nothing that could drift",
    "drift[aws.efs_mount_target]": "its security groups are left to the cloud in this case, and nothing else of it can be altered",
    "drift[aws.efs_access_point]": "EFS lets nobody change an access point but its tags, so there is nothing that could drift",
}


def _arn_tags(moto: MotoCloud, id: str) -> Mapping[str, str]:
    if "|" in id:
        return {}
    found = moto.client("elbv2").describe_tags(ResourceArns=[id])["TagDescriptions"][0]["Tags"]
    return {row["Key"]: row["Value"] for row in found}


def _file_tags(moto: MotoCloud, id: str) -> Mapping[str, str]:
    found = [] if "|" in id else moto.client("efs").list_tags_for_resource(ResourceId=id)["Tags"]
    return {row["Key"]: row["Value"] for row in found}


def _deregister(elbv2: Any, id: str) -> None:
    group, target, port = id.split("|")
    elbv2.deregister_targets(TargetGroupArn=group, Targets=[{"Id": target, "Port": int(port)}])
    # The first look sees it leaving, the next one gone.
    elbv2.describe_target_health(TargetGroupArn=group)


def _unmount(efs: Any, id: str) -> None:
    system, subnet = id.split("|")
    for row in efs.describe_mount_targets(FileSystemId=system)["MountTargets"]:
        if row["SubnetId"] == subnet:
            efs.delete_mount_target(MountTargetId=row["MountTargetId"])


def _answer(status: int) -> list[dict[str, Any]]:
    return [{"Type": "fixed-response", "FixedResponseConfig": {"StatusCode": str(status)}}]


TAGS["arn:aws:elasticloadbalancing"] = _arn_tags
TAGS["fs-"] = TAGS["fsap-"] = _file_tags
REMOVALS.update({
    "aws.lb": lambda elbv2, id: elbv2.delete_load_balancer(LoadBalancerArn=id),
    "aws.lb_target_group": lambda elbv2, id: elbv2.delete_target_group(TargetGroupArn=id),
    "aws.lb_listener": lambda elbv2, id: elbv2.delete_listener(ListenerArn=id),
    "aws.lb_listener_rule": lambda elbv2, id: elbv2.delete_rule(RuleArn=id),
    "aws.lb_target_registration": _deregister,
    "aws.efs_file_system": lambda efs, id: efs.delete_file_system(FileSystemId=id),
    "aws.efs_mount_target": _unmount,
    "aws.efs_access_point": lambda efs, id: efs.delete_access_point(AccessPointId=id),
})
ALTERATIONS.update({
    ("aws.lb", "security_groups"): lambda elbv2, id, value: elbv2.set_security_groups(LoadBalancerArn=id, SecurityGroups=value),
    ("aws.lb_target_group", "health_check_interval_seconds"):
        lambda elbv2, id, value: elbv2.modify_target_group(TargetGroupArn=id, HealthCheckIntervalSeconds=value),
    ("aws.lb_listener", "default_actions"):
        lambda elbv2, id, value: elbv2.modify_listener(ListenerArn=id, DefaultActions=_answer(value)),
    ("aws.lb_listener_rule", "actions"): lambda elbv2, id, value: elbv2.modify_rule(RuleArn=id, Actions=_answer(value)),
    ("aws.efs_file_system", "backup"):
        lambda efs, id, value: efs.put_backup_policy(FileSystemId=id, BackupPolicy={"Status": "ENABLED" if value else "DISABLED"}),
})
