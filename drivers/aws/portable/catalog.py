"""Answering selectors: images, sizes and zones, through the catalog of the account's region."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from mcflow.drivers.aws.catalog import CATALOG, PUBLISHERS
from mcflow.drivers.aws.catalog.images import name_pattern, named
from mcflow.drivers.aws.native.ec2 import where
from mcflow.drivers.aws.portable.wants import identify, known
from mcflow.drivers.aws.session import AwsSession
from mcflow.drivers.sdk import Chosen, Unsuitable, Want, accepts, chooses, reader_of, selecting
from mcflow.drivers.sdk.selecting import ARCHES
from mcflow.model.values import Value


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
    wanted = {"os": selector["os"], "version": selector.get("version") or publisher.newest}
    newest, answer, count = selecting.choose_image(reader_of(api, CATALOG), wanted, arch)
    if newest is None:
        pattern = name_pattern(publisher, str(wanted["version"]), arch)
        raise Unsuitable("image", f"{api.region} has no {arch} image named {pattern}", "check os and version, or say an AMI's id")
    return Chosen(newest.id, answer.source, f"{newest.name}, newest of {count}")


@accepts("vm", "image")
def accept_image(api: AwsSession, value: Any, selector: Any, want: Want) -> bool:
    """An image of the publisher (or of one's own account) of that system and version, however old."""
    publisher = PUBLISHERS.get(str(selector.get("os")).lower()) if isinstance(selector, Mapping) else None
    if publisher is None:
        return False
    arch = ARCHES[str(selector.get("arch") or "x86_64")]
    pattern = name_pattern(publisher, str(selector.get("version") or "*"), arch)
    return bool(named(api, publisher.owner, pattern, arch, where("image-id", str(value))))


@chooses("vm", "spec")
def choose_spec(api: AwsSession, selector: Any, want: Want) -> Chosen:
    """The cheapest instance type that fits ``{vcpus, memory_gib, arch, gpus, max_price}`` and is offered in the subnet's zone; the smallest
    where no prices are known."""
    asked: Mapping[str, Any] = selector if isinstance(selector, Mapping) else {}
    subnet = want.subnet
    zone = subnet.export("zone") if known(subnet) else None
    spot = want.spot
    return selecting.choose_spec(
        reader_of(api, CATALOG), asked, arch=_arch(api, asked, want), zone=zone if isinstance(zone, str) else "", place=api.region,
        spot=spot if isinstance(spot, bool) else False)


@accepts("vm", "spec")
def accept_spec(api: AwsSession, value: Any, selector: Any, want: Want) -> bool:
    """An instance type with at least that, of any generation."""
    asked: Mapping[str, Any] = selector if isinstance(selector, Mapping) else {}
    specs = reader_of(api, CATALOG).read("specs").items
    return any(spec.name == value and selecting.spec_fits(spec, asked, arch=_arch(api, asked, want)) for spec in specs)


def _arch(api: AwsSession, asked: Mapping[str, Any], want: Want) -> str:
    return ARCHES.get(str(asked.get("arch") or _image_arch(api, want.get("image"))), "x86_64")


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


@chooses("subnet", "zone")
def choose_subnet_zone(api: AwsSession, selector: Any, want: Want) -> Chosen:
    """The region's first zone, where none is asked for."""
    return selecting.choose_zone(reader_of(api, CATALOG), api.region)


@chooses("disk", "zone")
def choose_disk_zone(api: AwsSession, selector: Any, want: Want) -> Chosen:
    """The zone of the machine it is attached to, else the region's first."""
    machine = want.attach_to
    if machine is None:
        return selecting.choose_zone(reader_of(api, CATALOG), api.region)
    zone = machine.export("zone") if known(machine) else _zone_of(api, str(identify(machine)))
    if not isinstance(zone, str):
        raise Unsuitable("zone", "the zone of its machine is not known yet", "say zone")
    return Chosen(zone, "live", "the zone of its machine")


def _zone_of(api: AwsSession, instance: str) -> str:
    for group in api.pages("describe_instances", "Reservations", patient=True, Filters=[where("instance-id", instance)]):
        for row in group["Instances"]:
            return str(row["Placement"]["AvailabilityZone"])
    raise Unsuitable("attach_to", f"there is no instance {instance}", "check the id and the region")
