"""The same environment for mcflow (native types, one to one) and for Terraform's AWS provider.

196 objects as Terraform counts them: 1 VPC, 20 subnets, 20 security groups with 3 rules each (resources of their own there, and parts of
their group in mcflow), 5 key pairs, 30 machines, 30 volumes and attachments. 956: 50, 50 with 150 rules, 5, 200, 250 and 250.
"""

from __future__ import annotations

import json
from dataclasses import dataclass
from pathlib import Path
from typing import Any

REGION = "ap-northeast-2"
ZONE = f"{REGION}a"
KEY = "ssh-ed25519 AAAAC3NzaC1lZDI1NTE5AAAAIOMqqnkVzrm0SdG6UOoqKLsabgH5C9okWi0dh2l9GKJl one@example"
PORTS = (22, 80, 443)
DEVICES = ("/dev/sdf", "/dev/sdg", "/dev/sdh")


@dataclass(frozen=True)
class Size:
    """How many of each."""

    subnets: int
    groups: int
    keys: int
    machines: int
    volumes: int

    @property
    def objects(self) -> int:
        """As Terraform counts them."""
        return 1 + self.subnets + self.groups * (1 + len(PORTS)) + self.keys + self.machines + 2 * self.volumes

    @property
    def natives(self) -> int:
        """As mcflow counts them: rules are parts of their groups."""
        return self.objects - self.groups * len(PORTS)


SIZES = {196: Size(20, 20, 5, 30, 30), 956: Size(50, 50, 5, 200, 250)}


def write_mcflow(folder: Path, size: Size, endpoint: str, image: str, *, edited: bool = False, poll_interval: float | None = None) \
        -> None:
    """A blueprint. ``edited``: one volume is larger. The connection has no limit of its own on requests, as the provider has none."""
    def block(kind: str, **properties: Any) -> dict[str, Any]:
        return {"type": f"aws.{kind}", "properties": properties}

    def ref(name: str) -> str:
        return f"{{{{ resources.{name} }}}}"

    rules = [{"ip_protocol": "tcp", "from_port": port, "to_port": port, "cidr_ip": "10.0.0.0/8"} for port in PORTS]
    resources: dict[str, Any] = {"net": block("vpc", cidr_block="10.0.0.0/16")}
    for index in range(size.subnets):
        resources[f"s{index}"] = block("subnet", vpc_id=ref("net"), cidr_block=f"10.0.{index}.0/24", availability_zone=ZONE)
    for index in range(size.groups):
        resources[f"g{index}"] = block(
            "security_group", vpc_id=ref("net"), group_name=f"g{index}", description="one of many", inbound=rules)
    for index in range(size.keys):
        resources[f"k{index}"] = block("key_pair", key_name=f"k{index}", public_key_material=KEY)
    for index in range(size.machines):
        resources[f"i{index}"] = block(
            "instance", image_id=image, instance_type="t3.small", subnet_id=ref(f"s{index % size.subnets}"),
            security_group_ids=[f"{{{{ resources.g{index % size.groups}.id }}}}"],
            key_name=f"{{{{ resources.k{index % size.keys}.key_name }}}}")
    for index in range(size.volumes):
        gib = 11 if edited and index == 0 else 10
        resources[f"v{index}"] = block("volume", availability_zone=ZONE, size=gib)
        resources[f"a{index}"] = block("volume_attachment", volume_id=ref(f"v{index}"), instance_id=ref(f"i{index % size.machines}"),
                                       device=DEVICES[index // size.machines])
    connection = {"driver": "aws", "region": REGION, "endpoint": endpoint, "requests_per_second": 0,
                  **({} if poll_interval is None else {"poll_interval": poll_interval})}
    blueprint = {"mcflow": 1, "name": "beside", "connections": {"cloud": connection}, "resources": resources}
    (folder / "mcflow.yaml").write_text(json.dumps(blueprint, indent=1))


def write_terraform(folder: Path, size: Size, endpoint: str, image: str, *, edited: bool = False) -> None:
    """The same as Terraform's JSON."""
    provider = {
        "region": REGION, "access_key": "testing", "secret_key": "testing", "skip_credentials_validation": True,
        "skip_metadata_api_check": True, "skip_requesting_account_id": True, "skip_region_validation": True,
        "endpoints": [{"ec2": endpoint, "sts": endpoint, "iam": endpoint}],
    }
    rules = {
        f"r{port}": {"type": "ingress", "from_port": port, "to_port": port, "protocol": "tcp", "cidr_blocks": ["10.0.0.0/8"],
                     "count": size.groups, "security_group_id": "${aws_security_group.g[count.index].id}"} for port in PORTS
    }
    group = f"${{aws_security_group.g[count.index % {size.groups}].id}}"
    resource: dict[str, Any] = {
        "aws_vpc": {"net": {"cidr_block": "10.0.0.0/16"}},
        "aws_subnet": {"s": {"count": size.subnets, "vpc_id": "${aws_vpc.net.id}", "cidr_block": "10.0.${count.index}.0/24",
                             "availability_zone": ZONE}},
        "aws_security_group": {"g": {"count": size.groups, "name": "g${count.index}", "description": "one of many",
                                     "vpc_id": "${aws_vpc.net.id}"}},
        "aws_security_group_rule": rules,
        "aws_key_pair": {"k": {"count": size.keys, "key_name": "k${count.index}", "public_key": KEY}},
        "aws_instance": {"i": {"count": size.machines, "ami": image, "instance_type": "t3.small",
                               "subnet_id": f"${{aws_subnet.s[count.index % {size.subnets}].id}}",
                               "key_name": f"${{aws_key_pair.k[count.index % {size.keys}].key_name}}", "vpc_security_group_ids": [group]}},
        "aws_ebs_volume": {"v": {"count": size.volumes, "availability_zone": ZONE,
                                 "size": f"${{count.index == 0 ? {11 if edited else 10} : 10}}"}},
        "aws_volume_attachment": {"a": {
            "count": size.volumes, "volume_id": "${aws_ebs_volume.v[count.index].id}",
            "device_name": f"${{{json.dumps(DEVICES)}[floor(count.index / {size.machines})]}}",
            "instance_id": f"${{aws_instance.i[count.index % {size.machines}].id}}"}},
    }
    document = {"terraform": {"required_providers": {"aws": {"source": "hashicorp/aws"}}}, "provider": {"aws": provider},
                "resource": resource}
    (folder / "main.tf.json").write_text(json.dumps(document, indent=1))
