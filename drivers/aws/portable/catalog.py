"""Answering selectors: images, sizes and zones, asked of the account's region as it is now."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from mcflow.drivers.aws.native.ec2 import where
from mcflow.drivers.aws.portable.wants import identify, known
from mcflow.drivers.aws.session import AwsSession
from mcflow.drivers.sdk import Chosen, Unsuitable, Want, accepts, chooses
from mcflow.model.values import Value

ARCHES = {"x86_64": "x86_64", "amd64": "x86_64", "arm64": "arm64", "aarch64": "arm64"}


@dataclass(frozen=True, slots=True)
class Publisher:
    """Who publishes the images of a system, and how they are named. ``{version}`` and ``{arch}``, in the publisher's words, are put in."""

    owner: str
    pattern: str
    newest: str
    """The version where none is asked for; ``*`` where the newest image is of the newest version."""
    x86_64: str = "x86_64"
    arm64: str = "arm64"


PUBLISHERS: dict[str, Publisher] = {
    "ubuntu": Publisher("099720109477", "ubuntu/images/hvm-ssd*/ubuntu-*-{version}-{arch}-server-*", "24.04", "amd64"),
    "debian": Publisher("136693071363", "debian-{version}-{arch}-2*", "12", "amd64"),
    "amazon-linux": Publisher("amazon", "al{version}-ami-2*-kernel-*-{arch}", "2023"),
    "rhel": Publisher("309956199498", "RHEL-{version}*_HVM-*-{arch}-*", "9"),
    "rocky": Publisher("792107900819", "Rocky-{version}-EC2-Base-*.{arch}*", "9", arm64="aarch64"),
    "almalinux": Publisher("764336703387", "AlmaLinux OS {version}* {arch}", "9", arm64="aarch64"),
    "fedora": Publisher("125523088429", "Fedora-Cloud-Base-AmazonEC2.{arch}-{version}-*", "42", arm64="aarch64"),
    "sles": Publisher("013907871322", "suse-sles-{version}-v*-hvm-ssd-{arch}", "15-sp6"),
    "windows": Publisher("amazon", "Windows_Server-{version}-English-Full-Base-*", "2022"),
}
"""Publishers' accounts as they document them. Images of such a name in one's own account count too: copies, and private regions."""

SPECIAL = ("GpuInfo", "FpgaInfo", "InferenceAcceleratorInfo", "NeuronInfo", "MediaAcceleratorInfo")
"""What nobody pays for who did not ask for it. A type with a share of a GPU counts no whole one, and tells it here."""

Row = Mapping[str, Any]


@chooses("vm", "image")
def choose_image(api: AwsSession, selector: Any, want: Want) -> Chosen:
    """The newest image of the publisher (or of one's own account) that fits ``{os, version, arch}``."""
    if not isinstance(selector, Mapping):
        raise Unsuitable("image", "a machine needs an image", "say an AMI's id, or {os: ubuntu, version: \"24.04\"}")
    publisher = PUBLISHERS.get(str(selector["os"]).lower())
    if publisher is None:
        raise Unsuitable("image", f"no publisher of {selector['os']!r} images is known",
                         f"say an AMI's id, or one of {', '.join(PUBLISHERS)}")
    arch = ARCHES[str(selector.get("arch") or "x86_64")]
    pattern = publisher.pattern.format(version=selector.get("version") or publisher.newest, arch=getattr(publisher, arch))
    rows, live = api.remember(("images", publisher.owner, pattern, arch), lambda: _images(api, publisher.owner, pattern, arch))
    if not rows:
        raise Unsuitable("image", f"{api.region} has no {arch} image named {pattern}", "check os and version, or say an AMI's id")
    newest = max(rows, key=lambda row: (row.get("CreationDate", ""), row["ImageId"]))
    return Chosen(newest["ImageId"], _source(live), f"{newest.get('Name')}, newest of {len(rows)}")


@accepts("vm", "image")
def accept_image(api: AwsSession, value: Any, selector: Any, want: Want) -> bool:
    """An image of the publisher (or of one's own account) of that system and version, however old."""
    publisher = PUBLISHERS.get(str(selector.get("os")).lower()) if isinstance(selector, Mapping) else None
    if publisher is None:
        return False
    arch = ARCHES[str(selector.get("arch") or "x86_64")]
    pattern = publisher.pattern.format(version=selector.get("version") or "*", arch=getattr(publisher, arch))
    conditions = [where("image-id", str(value)), where("name", pattern)]
    rows = api.pages("describe_images", "Images", patient=True, Owners=[publisher.owner, "self"], Filters=conditions)
    return any(row.get("Architecture", arch) == arch for row in rows)


def _images(api: AwsSession, owner: str, pattern: str, arch: str) -> list[Row]:
    filters = [where("name", pattern), where("state", "available")]
    rows = api.pages("describe_images", "Images", patient=True, Owners=[owner, "self"], Filters=filters)
    # The name says the architecture too, but for Windows; not every endpoint records it.
    return [row for row in rows if row.get("Architecture", arch) == arch]


@chooses("vm", "spec")
def choose_spec(api: AwsSession, selector: Any, want: Want) -> Chosen:
    """The smallest instance type that fits ``{vcpus, memory_gib, arch, gpus}`` and is offered in the subnet's zone: fewest vcpus, then
    least memory, then name. There are no prices, so ``max_price`` cannot be kept."""
    asked: Mapping[str, Any] = selector if isinstance(selector, Mapping) else {}
    if asked.get("max_price") is not None:
        raise Unsuitable("spec", "no prices are known for AWS, so max_price cannot be kept", "leave max_price out")
    arch = ARCHES.get(str(asked.get("arch") or _image_arch(api, want.get("image"))), "x86_64")
    types, live = api.remember(("instance types", arch), lambda: _instance_types(api, arch))
    zone = want.subnet.export("zone") if known(want.subnet) else None
    offered = api.remember(("offered", zone), lambda: _offered(api, zone))[0] if isinstance(zone, str) else None
    fitting = [row for row in types if _fits(row, asked) and (offered is None or row["InstanceType"] in offered)]
    if not fitting:
        raise Unsuitable("spec", f"no instance type in {zone or api.region} has {_describe(asked)}", "ask for less, or for another zone")
    smallest = min(fitting, key=lambda row: (row["VCpuInfo"]["DefaultVCpus"], row["MemoryInfo"]["SizeInMiB"], row["InstanceType"]))
    vcpus, memory = smallest["VCpuInfo"]["DefaultVCpus"], smallest["MemoryInfo"]["SizeInMiB"] / 1024
    note = f"{vcpus} vcpus, {memory:g} GiB; without prices the smallest that fits, not the cheapest"
    return Chosen(smallest["InstanceType"], _source(live), note)


@accepts("vm", "spec")
def accept_spec(api: AwsSession, value: Any, selector: Any, want: Want) -> bool:
    """An instance type with at least that, of any generation."""
    asked: Mapping[str, Any] = selector if isinstance(selector, Mapping) else {}
    arch = ARCHES.get(str(asked.get("arch") or _image_arch(api, want.get("image"))), "x86_64")
    rows = api.pages("describe_instance_types", "InstanceTypes", patient=True, Filters=[where("instance-type", str(value))])
    return any(row["InstanceType"] == value and arch in row["ProcessorInfo"]["SupportedArchitectures"] and _fits(row, asked)
               for row in rows)


def _image_arch(api: AwsSession, image: Value) -> str:
    """The architecture of the image asked for, so that the machine can start it."""
    if isinstance(image, Mapping):
        return str(image.get("arch") or "x86_64")
    id = identify(image)
    if not isinstance(id, str):
        return "x86_64"
    condition = [where("image-id", id)]
    rows, _ = api.remember(("image", id), lambda: list(api.pages("describe_images", "Images", patient=True, Filters=condition)))
    return str(rows[0].get("Architecture") or "x86_64") if rows else "x86_64"


def _instance_types(api: AwsSession, arch: str) -> list[Row]:
    filters = [where("processor-info.supported-architecture", arch), where("current-generation", "true"), where("bare-metal", "false")]
    rows = api.pages("describe_instance_types", "InstanceTypes", patient=True, Filters=filters)
    return [row for row in rows if arch in row["ProcessorInfo"]["SupportedArchitectures"] and not row.get("BareMetal")]


def _offered(api: AwsSession, zone: str) -> set[str]:
    rows = api.pages("describe_instance_type_offerings", "InstanceTypeOfferings", patient=True, LocationType="availability-zone",
                     Filters=[where("location", zone)])
    return {row["InstanceType"] for row in rows if row.get("Location") == zone}


def _fits(row: Row, asked: Mapping[str, Any]) -> bool:
    gpus = sum(gpu.get("Count", 0) for gpu in row.get("GpuInfo", {}).get("Gpus", ()))
    wanted = int(asked.get("gpus") or 0)
    if not wanted and any(row.get(special) for special in SPECIAL):
        return False
    vcpus, memory = int(row["VCpuInfo"]["DefaultVCpus"]), float(row["MemoryInfo"]["SizeInMiB"])
    return gpus >= wanted and vcpus >= int(asked.get("vcpus") or 1) and memory >= float(asked.get("memory_gib") or 0) * 1024


def _describe(asked: Mapping[str, Any]) -> str:
    return ", ".join(f"{name} {value}" for name, value in asked.items()) or "anything"


@chooses("subnet", "zone")
def choose_subnet_zone(api: AwsSession, selector: Any, want: Want) -> Chosen:
    """The region's first zone, where none is asked for."""
    return _first_zone(api)


@chooses("disk", "zone")
def choose_disk_zone(api: AwsSession, selector: Any, want: Want) -> Chosen:
    """The zone of the machine it is attached to, else the region's first."""
    machine = want.attach_to
    if machine is None:
        return _first_zone(api)
    zone = machine.export("zone") if known(machine) else _zone_of(api, str(identify(machine)))
    if not isinstance(zone, str):
        raise Unsuitable("zone", "the zone of its machine is not known yet", "say zone")
    return Chosen(zone, "live", "the zone of its machine")


def _first_zone(api: AwsSession) -> Chosen:
    def ask() -> list[str]:
        rows = api.ask("describe_availability_zones", Filters=[where("state", "available")])["AvailabilityZones"]
        return sorted(row["ZoneName"] for row in rows if row.get("ZoneType", "availability-zone") == "availability-zone")

    zones, live = api.remember("zones", ask)
    if not zones:
        raise Unsuitable("zone", f"{api.region} shows this account no available zone", "choose another region")
    return Chosen(zones[0], _source(live), f"first of {len(zones)}")


def _zone_of(api: AwsSession, instance: str) -> str:
    for group in api.pages("describe_instances", "Reservations", patient=True, Filters=[where("instance-id", instance)]):
        for row in group["Instances"]:
            return str(row["Placement"]["AvailabilityZone"])
    raise Unsuitable("attach_to", f"there is no instance {instance}", "check the id and the region")


def _source(live: bool) -> str:
    return "live" if live else "cached"
