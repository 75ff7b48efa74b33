"""How many requests a refresh takes on AWS: one listing serves all objects of a type, and only what changes where that is asked."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest
from tests.conformance.aws_cloud import aws_cloud
from tests.conformance.fragments import block, ref

from mcflow.conformance.rig import Rig

RULE = {"protocol": "tcp", "ports": 80, "cidr": "0.0.0.0/0"}


def resources(groups: int, disks: int) -> dict[str, Any]:
    return {
        "net": block("vpc", cidr="10.0.0.0/16"),
        **{f"group{index}": block("security_group", vpc=ref("net"), description="many", inbound=[RULE]) for index in range(groups)},
        **{f"disk{index}": block("disk", size_gib=5, zone="ap-northeast-2a") for index in range(disks)},
    }


@pytest.fixture
def rig(tmp_path: Path) -> Any:
    with aws_cloud(tmp_path) as cloud:
        rig = Rig(tmp_path / "project", cloud)
        rig.write(resources(6, 6))
        rig.apply()
        yield rig


def asked(rig: Rig, **options: Any) -> dict[str, int]:
    """What one plan asked for."""
    before = rig.cloud.moto.calls()  # type: ignore[attr-defined]
    rig.plan(**options)
    after = rig.cloud.moto.calls()  # type: ignore[attr-defined]
    return {name: count - before.get(name, 0) for name, count in after.items() if count != before.get(name, 0)}


def test_a_plan_asks_once_a_type(rig: Rig) -> None:
    calls = asked(rig)
    assert calls.pop("ec2.DescribeVpcAttribute") == 2, "the API tells a VPC's two switches one by one"
    assert set(calls.values()) == {1}, calls
    assert sum(calls.values()) <= 8


def test_only_what_changes_is_asked_for(rig: Rig) -> None:
    assert asked(rig, refresh="changed").keys() <= {"sts.GetCallerIdentity"}
    rig.write({**resources(6, 6), "disk0": block("disk", size_gib=9, zone="ap-northeast-2a")})
    calls = asked(rig, refresh="changed")
    assert calls.keys() - {"sts.GetCallerIdentity"} == {"ec2.DescribeVolumes"}
    rig.write({**resources(6, 6), "group0": block("security_group", vpc=ref("net"), description="many", inbound=[])})
    calls = asked(rig, refresh="changed")
    assert calls.keys() - {"sts.GetCallerIdentity"} == {"ec2.DescribeSecurityGroups", "ec2.DescribeVpcs", "ec2.DescribeVpcAttribute"}
