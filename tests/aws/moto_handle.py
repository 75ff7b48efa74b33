"""Starting the AWS of the tests in a process of its own, steering it, and looking at it with a bare client."""

from __future__ import annotations

import json
import subprocess
import sys
import time
import urllib.request
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import Any

CREDENTIALS = {"AWS_ACCESS_KEY_ID": "testing", "AWS_SECRET_ACCESS_KEY": "testing", "AWS_EC2_METADATA_DISABLED": "true"}
UBUNTU = "ubuntu/images/hvm-ssd-gp3/ubuntu-noble-24.04-amd64-server-20260801"


@dataclass(frozen=True)
class MotoCloud:
    """A running server. ``plain`` has no control path."""

    endpoint: str
    plain: bool
    pid: int

    def faults(self, **faults: Any) -> None:
        """Replace what goes wrong; without arguments nothing does. See `tests.aws.moto_cloud.Faults`."""
        self._ask("faults", faults)

    def reset(self) -> None:
        """Forget everything: objects, ledger, faults."""
        if self.plain:
            urllib.request.urlopen(urllib.request.Request(f"{self.endpoint}/moto-api/reset", method="POST"), timeout=30).read()
        else:
            self._ask("reset", {})

    def ledger(self) -> list[dict[str, Any]]:
        """Every mutating call so far."""
        return self._ask("ledger")  # type: ignore[no-any-return]

    def creations(self) -> dict[str, list[str]]:
        """Operation → ids of all objects ever made under it."""
        return self._ask("creations")  # type: ignore[no-any-return]

    def flights(self) -> dict[str, int]:
        """Mutations being carried out just now, by action."""
        return self._ask("flights")  # type: ignore[no-any-return]

    def client(self, service: str = "ec2", region: str = "ap-northeast-2") -> Any:
        """A bare boto3 client."""
        return _client(service, region, self.endpoint)

    def register_images(self, *names: str, region: str = "ap-northeast-2") -> list[str]:
        """Register images under these names (default: the Ubuntu of the recipes), so that selectors find them."""
        ec2 = self.client(region=region)
        mappings = [{"DeviceName": "/dev/sda1", "Ebs": {"VolumeSize": 8, "DeleteOnTermination": True}}]
        return [ec2.register_image(Name=name, Architecture="x86_64", RootDeviceName="/dev/sda1", VirtualizationType="hvm",
                                   BlockDeviceMappings=mappings)["ImageId"] for name in names or (UBUNTU,)]

    def inventory(self, region: str = "ap-northeast-2") -> dict[str, str]:
        """Every living object that mcflow could have made: id → kind, what AWS puts in by itself left out."""
        return dict(inventory(self.client(region=region)))

    def _ask(self, what: str, body: Mapping[str, Any] | None = None) -> Any:
        data = None if body is None else json.dumps(body).encode()
        with urllib.request.urlopen(urllib.request.Request(f"{self.endpoint}/_mcflow/{what}", data=data), timeout=60) as answer:
            return json.loads(answer.read())


@cache
def _client(service: str, region: str, endpoint: str) -> Any:
    import boto3

    return boto3.client(service, region_name=region, endpoint_url=endpoint, aws_access_key_id="testing", aws_secret_access_key="testing")


@contextmanager
def serving(folder: Path, *, plain: bool = False) -> Iterator[MotoCloud]:
    """A server in a process of its own, until the context ends."""
    ready = folder / ("plain.json" if plain else "cloud.json")
    script = Path(__file__).with_name("moto_cloud.py")
    process = subprocess.Popen([sys.executable, str(script), "--port", "0", "--ready-file", str(ready), *(["--plain"] if plain else [])])
    try:
        deadline = time.monotonic() + 120
        while not ready.exists():
            if process.poll() is not None or time.monotonic() > deadline:
                raise RuntimeError("the server did not start")
            time.sleep(0.05)
        told = json.loads(ready.read_text())
        yield MotoCloud(told["endpoint"], plain, told["pid"])
    finally:
        process.terminate()
        process.wait(30)


def inventory(ec2: Any) -> Iterator[tuple[str, str]]:
    """What a bare client sees, one kind after the other. The root volume of a living instance is a part of it; left behind it counts."""
    for row in ec2.describe_vpcs()["Vpcs"]:
        if not row.get("IsDefault"):
            yield row["VpcId"], "vpc"
    for row in ec2.describe_subnets()["Subnets"]:
        if not row.get("DefaultForAz"):
            yield row["SubnetId"], "subnet"
    for row in ec2.describe_internet_gateways()["InternetGateways"]:
        yield row["InternetGatewayId"], "internet_gateway"
        for attachment in row.get("Attachments", ()):
            yield f"{row['InternetGatewayId']}|{attachment['VpcId']}", "internet_gateway_attachment"
    yield from _routing(ec2)
    for row in ec2.describe_security_groups()["SecurityGroups"]:
        if row["GroupName"] != "default":
            yield row["GroupId"], "security_group"
    for row in ec2.describe_key_pairs()["KeyPairs"]:
        yield row["KeyPairId"], "key_pair"
    roots = set()
    for reservation in ec2.describe_instances()["Reservations"]:
        for row in reservation["Instances"]:
            if row["State"]["Name"] not in ("terminated", "shutting-down"):
                yield row["InstanceId"], "instance"
                mappings = row.get("BlockDeviceMappings", ())
                roots |= {each["Ebs"]["VolumeId"] for each in mappings if each["DeviceName"] == row.get("RootDeviceName")}
    for row in ec2.describe_volumes()["Volumes"]:
        if row["VolumeId"] in roots:
            continue
        yield row["VolumeId"], "volume"
        for attachment in row.get("Attachments", ()):
            yield f"{row['VolumeId']}|{attachment['InstanceId']}", "volume_attachment"
    for row in ec2.describe_addresses()["Addresses"]:
        yield row["AllocationId"], "address"
        if row.get("AssociationId"):
            yield row["AssociationId"], "address_association"


def _routing(ec2: Any) -> Iterator[tuple[str, str]]:
    for row in ec2.describe_route_tables()["RouteTables"]:
        if not any(association.get("Main") for association in row.get("Associations", ())):
            yield row["RouteTableId"], "route_table"
        for association in row.get("Associations", ()):
            if association.get("SubnetId"):
                yield association["RouteTableAssociationId"], "route_table_association"
        for route in row.get("Routes", ()):
            if route.get("GatewayId") != "local":
                yield f"{row['RouteTableId']}|{route.get('DestinationCidrBlock')}", "route"
