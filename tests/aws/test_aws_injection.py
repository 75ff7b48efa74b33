"""AWS that fails, throttles and loses replies: one run converges, nothing is made twice, and few requests more are made.

The long form, with more objects: ``python -m benchmarks.injection``.
"""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest
from tests.conformance.aws_cloud import STEADY, aws_cloud
from tests.conformance.fragments import block

from mcflow.conformance.rig import Rig

GROUPS, DISKS = 12, 16
WANTED = 1 + GROUPS + DISKS
TROUBLES: dict[str, tuple[float, dict[str, Any]]] = {
    "5 % of each": (1.6, {"error_500": 0.05, "error_503": 0.05, "throttle": 0.05}),
    "20 % 503": (1.8, {"error_503": 0.2}), "20 % throttled": (1.6, {"throttle": 0.2}), "20 % lost replies": (1.3, {"lose_reply": 0.2}),
}
"""Faults, and how many times the requests of a run without trouble one run may make: a fifth of failures alone makes it 1.25 times. In
so small a run chance weighs: of these volumes' creates more than a third fail, and looks for the one VPC are a tenth of all requests."""


def resources() -> dict[str, Any]:
    """Natives of each identity class that EC2 has: marks, tokens, names."""
    rule = {"ip_protocol": "tcp", "from_port": 80, "to_port": 80, "cidr_ip": "0.0.0.0/0"}
    return {
        "net": block("aws.vpc", cidr_block="10.0.0.0/16"),
        **{f"group{index}": block("aws.security_group", vpc_id="{{ resources.net }}", group_name=f"group{index}", description="many",
                                  inbound=[rule]) for index in range(GROUPS)},
        **{f"disk{index}": block("aws.volume", availability_zone="ap-northeast-2a", size=5) for index in range(DISKS)},
    }


def applied(folder: Path, faults: dict[str, Any]) -> int:
    """Apply under these faults, judge by the emulator alone; the requests it took."""
    with aws_cloud(folder) as cloud:
        # Looks while waiting count as requests: as far apart, beside a call's duration, as they are on AWS.
        cloud.connection = {**cloud.connection, "poll_interval": 0.5}
        before = set(cloud.inventory())
        rig = Rig(folder / "project", cloud)
        rig.write(resources())
        cloud.moto.faults(seed="5", **STEADY, **faults)
        asked = sum(cloud.moto.calls().values())
        rig.apply()
        requests = sum(cloud.moto.calls().values()) - asked
        cloud.moto.faults(**STEADY)
        made = set(cloud.inventory()) - before
        assert len(made) == WANTED, "made twice, or not at all"
        assert made == {record.id for record in rig.state().natives.values()}
        assert not [ids for ids in cloud.creations().values() if len(ids) > 1]
        rig.expect_empty_plan("after the trouble")
        return requests


@pytest.fixture(scope="module")
def ideal(tmp_path_factory: pytest.TempPathFactory) -> int:
    """The requests of a run without trouble."""
    return applied(tmp_path_factory.mktemp("ideal"), {})


@pytest.mark.parametrize("trouble", TROUBLES)
def test_one_run_converges(tmp_path: Path, ideal: int, trouble: str) -> None:
    share, faults = TROUBLES[trouble]
    requests = applied(tmp_path, faults)
    assert requests <= share * ideal, f"{requests} requests instead of {ideal}"
