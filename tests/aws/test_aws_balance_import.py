"""A load balancer and a file system made with bare clients become a blueprint whose plan is empty, and go without a rest."""

from __future__ import annotations

import time
from pathlib import Path
from typing import Any

import pytest
import tests.aws.moto_balance  # noqa: F401  what lives of them is listed there
import yaml
from tests.aws.hand_made import tagged
from tests.aws.moto_handle import MotoCloud

from mcflow.cli.entry import outcome

BLUEPRINT = """mcflow: 1
name: found
connections:
  aws: {{driver: aws, region: ap-northeast-2, endpoint: "{endpoint}", poll_interval: 0.05, visibility_lag: 0}}
"""
TYPES = ["aws.vpc", "aws.subnet", "aws.security_group", "aws.lb", "aws.lb_*", "aws.efs_*"]


def hand_made(moto: MotoCloud) -> dict[str, str]:
    """Role → id."""
    ec2, elbv2, efs = moto.client(), moto.client("elbv2"), moto.client("efs")
    ids = {"vpc": ec2.create_vpc(CidrBlock="10.5.0.0/16", TagSpecifications=tagged("vpc", "prod"))["Vpc"]["VpcId"]}
    for number, zone in enumerate("ab"):
        ids[zone] = ec2.create_subnet(VpcId=ids["vpc"], CidrBlock=f"10.5.{number}.0/24", AvailabilityZone=f"ap-northeast-2{zone}",
                                      TagSpecifications=tagged("subnet", f"front-{zone}"))["Subnet"]["SubnetId"]
    ids["door"] = ec2.create_security_group(GroupName="door", Description="door", VpcId=ids["vpc"])["GroupId"]
    _balance(elbv2, ids)
    ids["files"] = files = efs.create_file_system(CreationToken="hand", Encrypted=True, Backup=True)["FileSystemId"]
    efs.put_lifecycle_configuration(FileSystemId=files, LifecyclePolicies=[{"TransitionToIA": "AFTER_30_DAYS"}])
    efs.create_mount_target(FileSystemId=files, SubnetId=ids["a"], SecurityGroups=[ids["door"]])
    ids["mount"] = f"{files}|{ids['a']}"
    ids["point"] = efs.create_access_point(ClientToken="hand", FileSystemId=files, PosixUser={"Uid": 7, "Gid": 7})["AccessPointId"]
    while elbv2.describe_load_balancers()["LoadBalancers"][0]["State"]["Code"] != "active":
        time.sleep(0.02)
    return ids


def _balance(elbv2: Any, ids: dict[str, str]) -> None:
    balancer = elbv2.create_load_balancer(Name="web", Subnets=[ids["a"], ids["b"]], SecurityGroups=[ids["door"]], Scheme="internal",
                                          Tags=[{"Key": "env", "Value": "prod"}])
    ids["lb"] = balancer["LoadBalancers"][0]["LoadBalancerArn"]
    elbv2.modify_load_balancer_attributes(LoadBalancerArn=ids["lb"], Attributes=[{"Key": "idle_timeout.timeout_seconds", "Value": "30"}])
    for name in ("shop", "old"):
        made = elbv2.create_target_group(Name=name, Protocol="HTTP", Port=80, VpcId=ids["vpc"], TargetType="ip", HealthCheckPath="/up")
        ids[name] = made["TargetGroups"][0]["TargetGroupArn"]
    elbv2.register_targets(TargetGroupArn=ids["shop"], Targets=[{"Id": "10.5.0.9", "Port": 8080}])
    ids["target"] = f"{ids['shop']}|10.5.0.9|8080"
    weighed = {"TargetGroups": [{"TargetGroupArn": ids["shop"], "Weight": 9}, {"TargetGroupArn": ids["old"], "Weight": 1}]}
    made = elbv2.create_listener(LoadBalancerArn=ids["lb"], Port=80, Protocol="HTTP",
                                 DefaultActions=[{"Type": "forward", "ForwardConfig": weighed}])
    ids["http"] = made["Listeners"][0]["ListenerArn"]
    made = elbv2.create_rule(ListenerArn=ids["http"], Priority=3, Conditions=[{"Field": "path-pattern", "Values": ["/old/*"]}],
                             Actions=[{"Type": "forward", "TargetGroupArn": ids["old"]}])
    ids["rule"] = made["Rules"][0]["RuleArn"]


def test_a_hand_made_load_balancer_and_file_system_are_imported_and_destroyed(
    aws_cloud: MotoCloud, folder: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    Path("mcflow.yaml").write_text(BLUEPRINT.format(endpoint=aws_cloud.endpoint))
    made = hand_made(aws_cloud)
    types = [word for type in TYPES for word in ("--type", type)]
    assert outcome(["discover", "aws", *types, "--import", "-y"]) == 0, capsys.readouterr().err
    text = Path("found.yaml").read_text()
    resources = yaml.safe_load(text)["resources"]
    assert len(resources) == len(made)
    by_type = {block["type"]: block["properties"] for block in resources.values()}
    assert by_type["aws.lb"]["attributes"] == {"idle_timeout.timeout_seconds": "30"}
    assert "{{" in by_type["aws.lb_listener_rule"]["actions"][0]["target_group_arn"], "also inside lists a reference, and no id"
    body, _, _ = text.partition("\nimport:")
    assert not [id for id in made.values() if f": {id}" in body or f"- {id}" in body]
    assert "left as it is" not in capsys.readouterr().out
    capsys.readouterr()
    assert outcome(["plan", "-f", "found.yaml", "--detailed-exitcode"]) == 0, capsys.readouterr().out
    assert outcome(["destroy", "-f", "found.yaml", "-y"]) == 0
    assert not aws_cloud.inventory()
