"""Selectors answered from the catalog: the same question, the same answer; nothing that fits is refused."""

from __future__ import annotations

from typing import Any, ClassVar

import pytest
from tests.aws.conftest import REGION, Hand
from tests.aws.moto_handle import MotoCloud

from mcflow.drivers.aws import driver
from mcflow.drivers.aws.catalog import CATALOG
from mcflow.drivers.sdk import Chosen, Query, Reader, Unsuitable, Want
from mcflow.drivers.sdk.catalog import Answer, Kind
from mcflow.model.values import Handle, Unknown

OLDER, NEWER = (f"ubuntu/images/hvm-ssd-gp3/ubuntu-noble-24.04-amd64-server-{day}" for day in ("20260101", "20260801"))


def choose(hand: Hand, property: str, selector: Any, **properties: Any) -> Chosen:
    type, _, name = property.partition(".")
    return driver.choosers[type, name](hand.api, selector, Want({name: selector, **properties}))


class OnceOnly(Reader):
    """Asks for the sizes once for all tests: moto takes many seconds to write 1,395 of them out, and they never change."""

    sizes: ClassVar[dict[str, Answer[Any]]] = {}

    def ask(self, kind: Kind, query: Query, *, fresh: bool) -> Answer[Any]:
        if kind != "specs":
            return super().ask(kind, query, fresh=fresh)
        if not self.sizes:
            self.sizes["all"] = super().ask(kind, query, fresh=fresh)
        return self.sizes["all"]


@pytest.fixture(autouse=True)
def once_only(hand: Hand) -> None:
    """Each session of these tests reads so."""
    hand.api.reader = OnceOnly(CATALOG, hand.api)


class Subnet:
    """A subnet whose zone is known (or not)."""

    properties: dict[str, Any] = {}  # noqa: RUF012

    def __init__(self, zone: Any) -> None:
        self.zone = zone

    def export(self, name: str) -> Any:
        return {"zone": self.zone, "id": "x-1"}[name]

    def private(self, name: str) -> Any:
        return None

    def native(self, role: str, attribute: str) -> Any:
        raise KeyError(role)

    def exports(self) -> tuple[str, ...]:
        return ("zone", "id")


def handle(zone: Any, type: str = "subnet") -> Handle:
    return Handle("x", type, "aws", Subnet(zone))


def test_the_newest_image_that_fits(hand: Hand, aws_cloud: MotoCloud) -> None:
    images = aws_cloud.register_images(OLDER, NEWER, "somebody-elses-24.04")
    chosen = choose(hand, "vm.image", {"os": "ubuntu", "version": "24.04"})
    assert chosen.value in images[:2]
    assert "newest of 2" in chosen.note
    assert chosen.source == "live"
    again = choose(hand, "vm.image", {"os": "Ubuntu"})
    assert (again.value, again.source) == (chosen.value, "cached"), "24.04 is what ubuntu means without a version"


@pytest.mark.parametrize("selector", [None, {"os": "plan9"}, {"os": "ubuntu", "version": "4.10"}, {"os": "ubuntu", "arch": "arm64"}])
def test_no_image_is_refused(hand: Hand, aws_cloud: MotoCloud, selector: Any) -> None:
    aws_cloud.register_images(NEWER)
    with pytest.raises(Unsuitable) as refused:
        choose(hand, "vm.image", selector)
    assert refused.value.property == "image"
    assert refused.value.remedy


def test_publishers_by_alias(hand: Hand) -> None:
    assert "al2023" in choose(hand, "vm.image", {"os": "amazon-linux"}).note


@pytest.mark.parametrize("asked", [{"vcpus": 2, "memory_gib": 4}, {"vcpus": 3}, {"vcpus": 4, "memory_gib": 16}, {"memory_gib": 30},
                                   {"vcpus": 2, "gpus": 1}, {"vcpus": 2, "memory_gib": 8, "arch": "arm64"}, None])
def test_the_smallest_spec_that_fits(hand: Hand, asked: dict[str, Any] | None) -> None:
    chosen = choose(hand, "vm.spec", asked, subnet=handle(f"{REGION}a"))
    wanted = asked or {}
    row = hand.api.call("describe_instance_types", InstanceTypes=[chosen.value])["InstanceTypes"][0]
    shape = (row["VCpuInfo"]["DefaultVCpus"], row["MemoryInfo"]["SizeInMiB"] / 1024)
    assert shape[0] >= wanted.get("vcpus", 1)
    assert shape[1] >= wanted.get("memory_gib", 0)
    assert bool(row.get("GpuInfo")) == bool(wanted.get("gpus"))
    assert wanted.get("arch", "x86_64") in row["ProcessorInfo"]["SupportedArchitectures"]
    assert "not the cheapest" in chosen.note
    assert choose(hand, "vm.spec", asked, subnet=handle(f"{REGION}a")).value == chosen.value


def test_nothing_smaller_would_have_done(hand: Hand) -> None:
    chosen = choose(hand, "vm.spec", {"vcpus": 3, "memory_gib": 7}, subnet=handle(f"{REGION}a")).value
    where = [{"Name": "location", "Values": [f"{REGION}a"]}]
    offers = hand.api.call("describe_instance_type_offerings", LocationType="availability-zone", Filters=where)["InstanceTypeOfferings"]
    offered = {row["InstanceType"] for row in offers}
    shapes = {
        row["InstanceType"]: (row["VCpuInfo"]["DefaultVCpus"], row["MemoryInfo"]["SizeInMiB"] / 1024, row["InstanceType"])
        for row in hand.api.pages("describe_instance_types", "InstanceTypes")
        if row["InstanceType"] in offered and row["CurrentGeneration"] and not row.get("GpuInfo") and not row.get("BareMetal")
        and "x86_64" in row["ProcessorInfo"]["SupportedArchitectures"]}
    assert shapes[chosen] == min(shape for shape in shapes.values() if shape[0] >= 3 and shape[1] >= 7)


def test_the_spec_suits_the_image(hand: Hand, aws_cloud: MotoCloud) -> None:
    image = aws_cloud.client().register_image(Name="mine", Architecture="arm64", RootDeviceName="/dev/sda1")["ImageId"]
    chosen = choose(hand, "vm.spec", {"vcpus": 2}, subnet=handle(f"{REGION}a"), image=image)
    row = hand.api.call("describe_instance_types", InstanceTypes=[chosen.value])["InstanceTypes"][0]
    assert row["ProcessorInfo"]["SupportedArchitectures"] == ["arm64"]


@pytest.mark.parametrize("asked", [{"vcpus": 2, "max_price": 0.1}, {"vcpus": 100_000}])
def test_impossible_specs_are_refused(hand: Hand, asked: dict[str, Any]) -> None:
    with pytest.raises(Unsuitable) as refused:
        choose(hand, "vm.spec", asked, subnet=handle(f"{REGION}a"))
    assert refused.value.property == "spec"


def test_zones(hand: Hand) -> None:
    assert choose(hand, "subnet.zone", None).value == f"{REGION}a"
    assert choose(hand, "disk.zone", None).value == f"{REGION}a"
    assert choose(hand, "disk.zone", None, attach_to=handle(f"{REGION}c", "vm")).value == f"{REGION}c"
    with pytest.raises(Unsuitable, match="not known yet"):
        choose(hand, "disk.zone", None, attach_to=handle(Unknown(), "vm"))


def test_a_disk_finds_the_zone_of_a_literal_machine(hand: Hand, aws_cloud: MotoCloud) -> None:
    image = aws_cloud.register_images()[0]
    vpc = hand.make("aws.vpc", cidr_block="10.0.0.0/16")
    subnet = hand.make("aws.subnet", vpc_id=vpc, cidr_block="10.0.1.0/24", availability_zone=f"{REGION}c")
    instance = hand.make("aws.instance", image_id=image, instance_type="t3.micro", subnet_id=subnet)
    literal = Handle("", "vm", "aws", None, literal=instance)
    assert choose(hand, "disk.zone", None, attach_to=literal).value == f"{REGION}c"
    with pytest.raises(Unsuitable, match="no instance"):
        choose(hand, "disk.zone", None, attach_to=Handle("", "vm", "aws", None, literal="i-00000000"))


def test_reads_of_the_catalog_wait_out_throttling(hand: Hand, aws_cloud: MotoCloud) -> None:
    aws_cloud.faults(next_throttled=1)
    assert choose(hand, "subnet.zone", None).value == f"{REGION}a"
