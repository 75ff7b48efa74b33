"""What NAT gateways, interfaces, snapshots and images become on AWS, and what is refused."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

import pytest
from tests.unit.drivers.aws.conftest import Bench, natives

from mcflow.drivers.sdk import Unsuitable
from mcflow.model.values import Handle, Ref

HERE, THERE = "ap-northeast-2a", "ap-northeast-2b"
TAGS = {"Name": "x"}


@pytest.fixture
def tier(bench: Bench) -> Bench:
    bench.lower("net", "vpc", cidr="10.0.0.0/16")
    bench.lower("front", "subnet", vpc=bench.handle("net"), cidr="10.0.1.0/24", zone=HERE)
    bench.lower("back", "subnet", vpc=bench.handle("net"), cidr="10.0.2.0/24", zone=THERE, public=False)
    return bench


def machine(tier: Bench, address: str, subnet: str) -> Handle:
    tier.lower(address, "vm", subnet=tier.handle(subnet), image="ami-1", spec="t3.micro")
    return tier.handle(address)


def literal(type: str, id: str) -> Handle:
    return Handle("", type, "aws", None, literal=id)


@contextmanager
def refused(property: str, message: str) -> Iterator[None]:
    with pytest.raises(Unsuitable, match=message) as refusal:
        yield
    assert refusal.value.property == property
    assert refusal.value.remedy


def test_a_nat_gateway_has_an_address_and_serves_subnets(tier: Bench) -> None:
    out = tier.lower("x", "nat_gateway", subnet=tier.handle("front"), subnets=[tier.handle("back")])
    assert natives(out) == {
        "address": {"type": "aws.address", "tags": TAGS},
        "gateway": {"type": "aws.nat_gateway", "subnet_id": Ref("front/subnet"), "allocation_id": Ref("x/address"), "tags": TAGS},
        "route": {"type": "aws.route", "route_table_id": Ref("back/route_table"), "destination_cidr_block": "0.0.0.0/0",
                  "nat_gateway_id": Ref("x/gateway")},
    }
    assert [native.address for native in out.natives][-1] == 'x/route["back"]', "each served subnet has a route of its own"
    gateway = next(native for native in out.natives if native.key == "gateway")
    assert gateway.after == (Ref("front/route"),), "it works only when there is a way to the internet"
    assert out.exports == {"id": Ref("x/gateway"), "name": "x", "address": Ref("x/gateway", ("public_ip",))}


def test_a_nat_gateway_uses_the_address_named(tier: Bench) -> None:
    tier.lower("door", "public_ip")
    out = tier.lower("x", "nat_gateway", subnet=tier.handle("front"), public_ip=tier.handle("door"))
    assert natives(out) == {"gateway": {"type": "aws.nat_gateway", "subnet_id": Ref("front/subnet"), "allocation_id": Ref("door/address"),
                                        "tags": TAGS}}


def test_nat_gateways_refused(tier: Bench) -> None:
    front, back = tier.handle("front"), tier.handle("back")
    with refused("subnet", "no way to the internet"):
        tier.lower("x", "nat_gateway", subnet=back)
    with refused("subnets", "front is public"):
        tier.lower("x", "nat_gateway", subnet=front, subnets=[front])
    with refused("subnets", "does not tell its route table"):
        tier.lower("x", "nat_gateway", subnet=front, subnets=[literal("subnet", "subnet-1")])
    tier.lower("door", "public_ip", attach_to=machine(tier, "box", "front"))
    with refused("public_ip", "attached to a machine"):
        tier.lower("x", "nat_gateway", subnet=front, public_ip=tier.handle("door"))


def test_an_interface_with_addresses_on_a_machine(tier: Bench) -> None:
    box = machine(tier, "box", "front")
    out = tier.lower("x", "nic", subnet=tier.handle("front"), private_ips=["10.0.1.9", "10.0.1.10"], attach_to=box)
    assert natives(out) == {
        "interface": {"type": "aws.network_interface", "subnet_id": Ref("front/subnet"), "private_ip_address": "10.0.1.9",
                      "secondary_private_ip_addresses": ["10.0.1.10"], "tags": TAGS},
        "attachment": {"type": "aws.network_interface_attachment", "network_interface_id": Ref("x/interface"),
                       "instance_id": Ref("box/instance")},
    }
    assert out.exports == {"id": Ref("x/interface"), "name": "x", "private_ip": Ref("x/interface", ("private_ip_address",)),
                           "mac": Ref("x/interface", ("mac_address",))}


def test_an_address_leads_to_an_interface(tier: Bench) -> None:
    tier.lower("card", "nic", subnet=tier.handle("front"))
    out = tier.lower("x", "public_ip", attach_to=tier.handle("card"))
    assert natives(out)["association"] == {"type": "aws.address_association", "allocation_id": Ref("x/address"),
                                           "network_interface_id": Ref("card/interface")}
    known = tier.lower("y", "public_ip", attach_to=literal("nic", "eni-1"))
    assert natives(known)["association"]["network_interface_id"] == "eni-1"
    tier.lower("inside", "nic", subnet=tier.handle("back"))
    with refused("attach_to", "no way to the internet"):
        tier.lower("z", "public_ip", attach_to=tier.handle("inside"))


@pytest.mark.parametrize(("address", "message"), [
    ("10.0.2.9", "does not lie inside"), ("10.0.1.3", "keeps 10.0.1.3"), ("10.0.1.255", "keeps 10.0.1.255"), ("fd00::9", "IPv6"),
])
def test_addresses_that_a_subnet_does_not_give(tier: Bench, address: str, message: str) -> None:
    with refused("private_ips", message):
        tier.lower("x", "nic", subnet=tier.handle("front"), private_ips=[address])


def test_an_interface_is_in_the_zone_of_its_machine(tier: Bench) -> None:
    box = machine(tier, "box", "front")
    with refused("attach_to", f"subnet is in {THERE} and the machine in {HERE}"):
        tier.lower("x", "nic", subnet=tier.handle("back"), attach_to=box)


def test_a_snapshot_and_an_image(tier: Bench) -> None:
    tier.lower("data", "disk", size_gib=10, zone=HERE)
    out = tier.lower("x", "snapshot", disk=tier.handle("data"), description="before")
    assert natives(out) == {"snapshot": {"type": "aws.snapshot", "volume_id": Ref("data/volume"), "description": "before", "tags": TAGS}}
    assert out.exports == {"id": Ref("x/snapshot"), "name": "x", "size_gib": Ref("x/snapshot", ("volume_size",)),
                           "status": Ref("x/snapshot", ("state",))}
    out = tier.lower("x", "image", vm=machine(tier, "box", "front"))
    assert natives(out) == {"image": {"type": "aws.image", "instance_id": Ref("box/instance"), "tags": TAGS}}
    assert out.natives[0].stem == "mcflow-x", "the name is derived, for it must be unique"
    assert out.exports == {"id": Ref("x/image"), "name": Ref("x/image", ("name",)), "status": Ref("x/image", ("state",))}


@pytest.mark.parametrize("name", ["ab", "größe", "x" * 129])
def test_names_that_images_cannot_have(tier: Bench, name: str) -> None:
    with refused("name", "3 to 128"):
        tier.lower("x", "image", vm=machine(tier, "box", "front"), name=name)


def test_a_disk_starts_from_a_snapshot_and_a_machine_from_an_image(tier: Bench) -> None:
    tier.lower("data", "disk", size_gib=10, zone=HERE)
    tier.lower("copy", "snapshot", disk=tier.handle("data"))
    disk: dict[str, Any] = natives(tier.lower("again", "disk", snapshot=tier.handle("copy"), zone=HERE))
    assert disk["volume"]["snapshot_id"] == Ref("copy/snapshot")
    tier.lower("golden", "image", vm=machine(tier, "box", "front"))
    clone = tier.lower("clone", "vm", subnet=tier.handle("front"), image=tier.handle("golden"), spec="t3.micro")
    assert natives(clone)["instance"]["image_id"] == Ref("golden/image")
