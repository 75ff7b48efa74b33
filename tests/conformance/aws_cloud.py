"""AWS as the tests have it: moto behind the wrapper, seen by a bare boto3 client. One server a process, emptied for each use."""

from __future__ import annotations

import atexit
import os
import tempfile
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import ExitStack, contextmanager
from functools import cache
from pathlib import Path
from typing import Any
from unittest.mock import patch

from tests.aws.moto_handle import CREDENTIALS, MotoCloud, serving

from mcflow.drivers.aws import driver

REGION = "ap-northeast-2"
NOWHERE = {"AWS_CONFIG_FILE": os.devnull, "AWS_SHARED_CREDENTIALS_FILE": os.devnull, "AWS_DEFAULT_REGION": REGION}
STEADY: dict[str, Any] = {"transition": 0.05}
"""What is so at all times: instances start and stop in no time on moto, and nowhere else."""
DISTURBANCES: dict[str, dict[str, Any]] = {
    "lost_reply": {"lose_reply": 1.0}, "lost_request": {"lose_request": 0.3}, "throttle": {"throttle": 0.3},
}
IMAGES = (
    "ubuntu/images/hvm-ssd-gp3/ubuntu-noble-24.04-amd64-server-20260801", "ubuntu/images/hvm-ssd/ubuntu-jammy-22.04-amd64-server-20260701",
)


@cache
def server(*, plain: bool = False) -> MotoCloud:
    """The server of this process, started when first asked for. ``plain``: moto as it is."""
    stack = ExitStack()
    atexit.register(stack.close)
    folder = stack.enter_context(tempfile.TemporaryDirectory(prefix="mcflow-moto-"))
    return stack.enter_context(serving(Path(folder), plain=plain))


class AwsCloud:
    """Satisfies `mcflow.conformance.Cloud`."""

    def __init__(self, moto: MotoCloud) -> None:
        self.moto = moto
        self.ec2 = moto.client()
        self.connection: Mapping[str, Any] = {
            "driver": "aws", "region": REGION, "endpoint": moto.endpoint, "poll_interval": 0.02, "request_timeout": 5,
            "visibility_lag": 0.2, "requests_per_second": 0,
        }
        self.environ: Mapping[str, str] = {**CREDENTIALS, **NOWHERE}

    def inventory(self) -> Mapping[str, str]:
        return self.moto.inventory()

    def tags(self, id: str) -> Mapping[str, str]:
        for prefix, ask in TAGS.items():
            if id.startswith(prefix):
                return ask(self.moto, id)
        found = self.ec2.describe_tags(Filters=[{"Name": "resource-id", "Values": [id]}])["Tags"]
        return {row["Key"]: row["Value"] for row in found}

    def remove(self, type: str, id: str) -> None:
        REMOVALS[type](self._client(type), id)

    def alter(self, type: str, id: str, attribute: str, value: Any) -> None:
        ALTERATIONS[type, attribute](self._client(type), id, value)

    def _client(self, type: str) -> Any:
        """A client of the type's service."""
        return self.moto.client(driver.natives[type].family)

    def creations(self) -> Mapping[str, Sequence[str]]:
        return self.moto.creations()

    @contextmanager
    def disturb(self, kind: str) -> Iterator[None]:
        self.moto.faults(seed="12", **STEADY, **DISTURBANCES[kind])
        try:
            yield
        finally:
            self.moto.faults(**STEADY)

    def settle(self) -> None:
        """moto finishes what it is doing before it answers the next question."""


def _open_port(ec2: Any, id: str, port: int) -> None:
    rule = {"IpProtocol": "tcp", "FromPort": port, "ToPort": port, "IpRanges": [{"CidrIp": "0.0.0.0/0"}]}
    ec2.authorize_security_group_ingress(GroupId=id, IpPermissions=[rule])


def _detach_gateway(ec2: Any, id: str) -> None:
    gateway, _, vpc = id.partition("|")
    ec2.detach_internet_gateway(InternetGatewayId=gateway, VpcId=vpc)


def _delete_route(ec2: Any, id: str) -> None:
    table, _, destination = id.partition("|")
    ec2.delete_route(RouteTableId=table, DestinationCidrBlock=destination)


def _delete_key(ec2: Any, id: str) -> None:
    found = ec2.describe_key_pairs(KeyPairIds=[id])["KeyPairs"]
    ec2.delete_key_pair(KeyName=found[0]["KeyName"])


REMOVALS: dict[str, Callable[[Any, str], Any]] = {
    "aws.internet_gateway_attachment": _detach_gateway,
    "aws.route": _delete_route,
    "aws.security_group": lambda ec2, id: ec2.delete_security_group(GroupId=id),
    "aws.key_pair": _delete_key,
    "aws.instance": lambda ec2, id: ec2.terminate_instances(InstanceIds=[id]),
    "aws.volume": lambda ec2, id: ec2.delete_volume(VolumeId=id),
    "aws.address": lambda ec2, id: ec2.release_address(AllocationId=id),
}
ALTERATIONS: dict[tuple[str, str], Callable[[Any, str, Any], Any]] = {
    ("aws.subnet", "map_public_ip_on_launch"):
        lambda ec2, id, value: ec2.modify_subnet_attribute(SubnetId=id, MapPublicIpOnLaunch={"Value": value}),
    ("aws.vpc", "enable_dns_hostnames"): lambda ec2, id, value: ec2.modify_vpc_attribute(VpcId=id, EnableDnsHostnames={"Value": value}),
    ("aws.security_group", "inbound"): _open_port,
    ("aws.volume", "volume_type"): lambda ec2, id, value: ec2.modify_volume(VolumeId=id, VolumeType=value),
}
TAGS: dict[str, Callable[[MotoCloud, str], Mapping[str, str]]] = {}
"""How an id begins that EC2 knows no tags of → who tells them. These three tables are filled by the files of other services too."""


@contextmanager
def aws_cloud(folder: Path) -> Iterator[AwsCloud]:
    """The server, empty but for the images of the recipes, with credentials in this process's environment."""
    moto = server()
    moto.reset()
    moto.register_images(*IMAGES)
    moto.faults(**STEADY)
    with _as_caller(AwsCloud(moto)) as cloud:
        yield cloud


@contextmanager
def plain_cloud(folder: Path) -> Iterator[AwsCloud]:
    """moto's own server with nothing in it. It has no ledger and cannot be disturbed."""
    moto = server(plain=True)
    moto.reset()
    with _as_caller(AwsCloud(moto)) as cloud:
        yield cloud


@contextmanager
def _as_caller(cloud: AwsCloud) -> Iterator[AwsCloud]:
    hidden = {name: value for name, value in os.environ.items() if not name.startswith("AWS_")}
    with patch.dict(os.environ, {**hidden, **cloud.environ}, clear=True):
        yield cloud
