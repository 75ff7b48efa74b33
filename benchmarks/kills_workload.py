"""The same environment for both: a network, 4 subnets, 4 groups with 2 rules each, 2 keys, 10 machines with a disk attached to each."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

REGION = "ap-northeast-2"
WANTED = {"vpc": 1, "subnet": 4, "security_group": 4, "key_pair": 2, "instance": 10, "volume": 10}
"""How many of each kind there shall be; attachments and routes are not counted."""
KEY = "ssh-ed25519 AAAAC3NzaC1lZDI1NTE5AAAAIOMqqnkVzrm0SdG6UOoqKLsabgH5C9okWi0dh2l9GKJl one@example"
ZONE = f"{REGION}a"


def write_mcflow(folder: Path, endpoint: str, image: str) -> None:
    """A blueprint of portable types."""
    def block(kind: str, **properties: Any) -> dict[str, Any]:
        return {"type": kind, "properties": properties}

    resources: dict[str, Any] = {"net": block("vpc", cidr="10.0.0.0/16", internet=False)}
    for index in range(4):
        resources[f"sub{index}"] = block(
            "subnet", vpc="{{ resources.net }}", cidr=f"10.0.{index}.0/24", zone=ZONE, public=False)
        rules = [{"protocol": "tcp", "ports": port, "cidr": "10.0.0.0/8"} for port in (80, 443)]
        resources[f"group{index}"] = block("security_group", vpc="{{ resources.net }}", inbound=rules)
    for index in range(2):
        resources[f"key{index}"] = block("key_pair", public_key=KEY)
    for index in range(10):
        resources[f"box{index}"] = block(
            "vm", subnet=f"{{{{ resources.sub{index % 4} }}}}", security_groups=[f"{{{{ resources.group{index % 4} }}}}"],
            key_pair=f"{{{{ resources.key{index % 2} }}}}", image=image, spec="t3.small", public_ip=False)
        resources[f"data{index}"] = block("disk", size_gib=10, zone=ZONE, attach_to=f"{{{{ resources.box{index} }}}}")
    connection = {"driver": "aws", "region": REGION, "endpoint": endpoint, "requests_per_second": 0}
    blueprint = {"mcflow": 1, "name": "killed", "connections": {"cloud": connection}, "resources": resources}
    (folder / "mcflow.yaml").write_text(json.dumps(blueprint, indent=1))


def mcflow_ids(folder: Path) -> set[str] | None:
    """The ids in the state, and those of operations left open that recovery looks for by their mark."""
    from mcflow.engine import api
    from mcflow.engine.options import ProjectOptions
    from mcflow.engine.ports import Ports
    from mcflow.model.diagnostic import Rejected

    try:
        state = api.read_state(api.open_project(ProjectOptions(directory=folder), Ports())).state
    except Rejected:
        return None
    return {record.id for record in state.natives.values() if record.id}


def write_terraform(folder: Path, endpoint: str, image: str) -> None:
    """The same for Terraform's AWS provider."""
    provider = {
        "region": REGION, "access_key": "testing", "secret_key": "testing", "skip_credentials_validation": True,
        "skip_metadata_api_check": True, "skip_requesting_account_id": True, "skip_region_validation": True,
        "endpoints": [{"ec2": endpoint, "sts": endpoint, "iam": endpoint}],
    }
    rules = {
        f"r{port}": {"type": "ingress", "from_port": port, "to_port": port, "protocol": "tcp", "cidr_blocks": ["10.0.0.0/8"], "count": 4,
                     "security_group_id": "${aws_security_group.g[count.index].id}"} for port in (80, 443)
    }
    resource: dict[str, Any] = {
        "aws_vpc": {"net": {"cidr_block": "10.0.0.0/16"}},
        "aws_subnet": {"s": {"count": 4, "vpc_id": "${aws_vpc.net.id}", "cidr_block": "10.0.${count.index}.0/24",
                             "availability_zone": ZONE}},
        "aws_security_group": {"g": {"count": 4, "name": "g${count.index}", "vpc_id": "${aws_vpc.net.id}"}},
        "aws_security_group_rule": rules,
        "aws_key_pair": {"k": {"count": 2, "key_name": "k${count.index}", "public_key": KEY}},
        "aws_instance": {"i": {"count": 10, "ami": image, "instance_type": "t3.small", "subnet_id": "${aws_subnet.s[count.index % 4].id}",
                               "key_name": "${aws_key_pair.k[count.index % 2].key_name}",
                               "vpc_security_group_ids": ["${aws_security_group.g[count.index % 4].id}"]}},
        "aws_ebs_volume": {"v": {"count": 10, "availability_zone": ZONE, "size": 10}},
        "aws_volume_attachment": {"a": {"count": 10, "device_name": "/dev/sdf", "volume_id": "${aws_ebs_volume.v[count.index].id}",
                                        "instance_id": "${aws_instance.i[count.index].id}"}},
    }
    document = {
        "terraform": {"required_providers": {"aws": {"source": "hashicorp/aws"}}}, "provider": {"aws": provider}, "resource": resource,
    }
    (folder / "main.tf.json").write_text(json.dumps(document, indent=1))


def terraform_ids(folder: Path) -> set[str] | None:
    """Every id that the state file names; None if it cannot be read, and nothing if there is none."""
    state = folder / "terraform.tfstate"
    if not state.exists():
        return set()
    try:
        document = json.loads(state.read_text())
    except ValueError:
        return None
    found = [instance["attributes"] for resource in document["resources"] for instance in resource["instances"]]
    return {str(each[name]) for each in found for name in ("id", "key_pair_id") if each.get(name)}
