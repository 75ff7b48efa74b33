"""Answering selectors: images, sizes, zones and disk types, through what the cloud's catalog has."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from mcflow.drivers.openstack.catalog import CATALOG
from mcflow.drivers.openstack.catalog.images import image as image_of
from mcflow.drivers.openstack.catalog.places import volume_zones
from mcflow.drivers.openstack.portable.wants import identify, known
from mcflow.drivers.openstack.session import OpenStackSession
from mcflow.drivers.sdk import Chosen, Image, NotFound, Unsuitable, Want, accepts, chooses, reader_of, selecting
from mcflow.drivers.sdk.selecting import ARCHES
from mcflow.model.values import Value

USUAL_ARCH = "x86_64"


# -- images


@chooses("vm", "image")
def choose_image(api: OpenStackSession, selector: Any, want: Want) -> Chosen:
    """The newest active image that is public, the project's or shared with it and fits ``{os, version, arch}``."""
    if not isinstance(selector, Mapping):
        raise Unsuitable("image", "a machine needs an image", "say an image's id, or {os: ubuntu, version: \"24.04\"}")
    arch = ARCHES[str(selector.get("arch") or USUAL_ARCH)]
    newest, answer, count = selecting.choose_image(reader_of(api, CATALOG), selector, arch)
    if newest is None:
        told = sorted({f"{image.os} {image.version}".strip() for image in answer.items if image.os})
        raise Unsuitable("image", f"this cloud has no {arch} image of {selecting.describe(selector)}",
                         f"there are {', '.join(told) or 'none that say which system they hold'}; or say an image's id")
    return Chosen(newest.id, answer.source, f"{newest.name}, newest of {count}")


@accepts("vm", "image")
def accept_image(api: OpenStackSession, value: Any, selector: Any, want: Want) -> bool:
    """Any image of that system, however old."""
    if not isinstance(selector, Mapping):
        return False
    found = _image(api, str(value))
    return found is not None and bool(found.os) and selecting.image_fits(found, selector, ARCHES[str(selector.get("arch") or USUAL_ARCH)])


def _image(api: OpenStackSession, id: str) -> Image | None:
    """One image, None if it is not there (any more)."""
    def ask() -> Image | None:
        try:
            return image_of(api.get("image", f"/images/{id}"))
        except NotFound:
            return None

    return api.remember(("image", id), ask)[0]


# -- sizes


@chooses("vm", "spec")
def choose_spec(api: OpenStackSession, selector: Any, want: Want) -> Chosen:
    """The smallest flavor that fits ``{vcpus, memory_gib, arch, gpus}`` and whose disk, where no ``root_disk`` is asked for, holds the
    image."""
    asked: Mapping[str, Any] = selector if isinstance(selector, Mapping) else {}
    image = _wanted_image(api, want.get("image"))
    least = 0.0 if isinstance(want.get("root_disk"), dict) else max(1.0, image.root_gib if image else 0.0)
    arch = ARCHES.get(str(asked.get("arch") or (image.architecture if image else "")), "") or _selected_arch(want.get("image"))
    return selecting.choose_spec(reader_of(api, CATALOG), asked, arch=arch, place=api.region, disk_gib=least)


@accepts("vm", "spec")
def accept_spec(api: OpenStackSession, value: Any, selector: Any, want: Want) -> bool:
    """Any flavor with at least that."""
    asked: Mapping[str, Any] = selector if isinstance(selector, Mapping) else {}
    arch = ARCHES.get(str(asked.get("arch") or ""), "")
    return any(spec.name == value and selecting.spec_fits(spec, asked, arch=arch) for spec in reader_of(api, CATALOG).read("specs").items)


def _wanted_image(api: OpenStackSession, image: Value) -> Image | None:
    """The image asked for, where that is known yet."""
    id = identify(image)
    return _image(api, id) if isinstance(id, str) else None


def _selected_arch(image: Value) -> str:
    """The architecture of an image that is still to be chosen; where there is only its id and nothing says it, any."""
    return ARCHES[str(image.get("arch") or USUAL_ARCH)] if isinstance(image, Mapping) else ""


# -- zones


def first_zone(api: OpenStackSession) -> Chosen:
    """The first of Nova's zones, where none is asked for. Raises Unsuitable."""
    return selecting.choose_zone(reader_of(api, CATALOG), api.region)


@chooses("disk", "zone", words=True)
def choose_disk_zone(api: OpenStackSession, selector: Any, want: Want) -> Chosen | None:
    """Cinder's zone for the zone asked for, or for that of the machine it is attached to: the one called alike, or the only one. Volumes
    may lie in other zones than machines, unless the cloud's Nova is told to refuse that."""
    machine = want.attach_to
    asked = selector if selector is not None else machine.export("zone") if known(machine) else None
    zones = sorted(name for name, available in volume_zones(api).items() if available)
    if not zones:
        raise Unsuitable("zone", "Cinder shows no available zone here", "choose another region")
    if asked in zones:
        return Chosen(asked, "live", "the zone of its machine") if selector is None else None
    if not isinstance(asked, str) or (len(zones) == 1 and _is_machines_zone(api, asked)):
        return Chosen(zones[0], "live", "Cinder's only zone" if len(zones) == 1 else f"first of Cinder's {len(zones)}")
    if selector is None:
        return Chosen(zones[0], "live", f"first of Cinder's {len(zones)}, none of which is called {asked} as its machine's")
    raise Unsuitable("zone", f"Cinder has no zone {asked}", f"it has {', '.join(zones)}")


def _is_machines_zone(api: OpenStackSession, name: str) -> bool:
    return any(zone.name == name and zone.kind == "zone" for zone in reader_of(api, CATALOG).read("zones").items)
