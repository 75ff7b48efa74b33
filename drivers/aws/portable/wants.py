"""Reading a want: handles or literal ids, names, tags, disk types."""

from __future__ import annotations

import ipaddress
import re
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

from mcflow.drivers.sdk import Unsuitable, Want
from mcflow.model.values import Handle, Value


def identify(target: Value) -> Value:
    """The id of what a property names: a handle's export, or a literal id as it is."""
    return target.export("id") if isinstance(target, Handle) else target


def known(target: Value) -> bool:
    """True for a handle of a resource in the blueprint, which can be asked; a literal id cannot."""
    return isinstance(target, Handle) and not target.opaque


def each(targets: Value) -> Iterator[Value]:
    """The handles and ids in a list, a map (``for_each``) or one alone."""
    if isinstance(targets, dict):
        targets = list(targets.values())
    if isinstance(targets, list | tuple):
        for target in targets:
            yield from each(target)
    elif targets is not None:
        yield targets


def label(want: Want) -> str:
    """What people see in the console: the name given, else the address in plain characters (``web["0"]`` → ``web-0``)."""
    if want.name is not None:
        return want.name  # type: ignore[no-any-return]
    return re.sub(r"[^A-Za-z0-9_.-]+", "-", want.address).strip("-")


def tagged(want: Want) -> dict[str, Any]:
    """The tags of a native: the resource's, and its name as AWS's consoles show it."""
    reserved = [key for key in want.tags if key.lower().startswith("aws:")]
    if reserved:
        raise Unsuitable("tags", f"AWS keeps tag keys that start with aws: for itself ({', '.join(reserved)})", "give the tag another key")
    return {"Name": label(want), **want.tags}


def two_zones(property: str, subnets: Value, what: str) -> None:
    """Refuse subnets that are all in one zone, as far as their zones are known. ``what`` needs two. Raises Unsuitable."""
    found = list(each(subnets))
    zones = {subnet.export("zone") if known(subnet) else None for subnet in found}
    if len(found) < 2 or (len(zones) == 1 and isinstance(next(iter(zones)), str)):
        there = next((f", and these are in {zone}" for zone in zones if len(found) > 1), ", and one subnet is in one")
        raise Unsuitable(property, f"{what} stands in two zones at least{there}", "name subnets in two zones; a subnet takes `zone`")


def check_range(property: str, cidr: Value, inside: Value = None) -> None:
    """A VPC or subnet range: IPv4, /16 to /28, in its VPC's range where that is known."""
    if not isinstance(cidr, str):
        return
    network = ipaddress.ip_network(cidr, strict=False)
    if network.version != 4 or not 16 <= network.prefixlen <= 28:
        raise Unsuitable(property, f"AWS takes IPv4 ranges from /16 to /28, not {cidr}", "choose a range of such a size")
    if isinstance(inside, str) and not network.subnet_of(ipaddress.ip_network(inside, strict=False)):  # type: ignore[arg-type]
        raise Unsuitable(property, f"{cidr} does not lie inside the network's {inside}", "choose a range inside it")


@dataclass(frozen=True, slots=True)
class DiskType:
    """What AWS makes of a disk type: its name, the smallest and largest size in GiB."""

    name: str
    smallest: int
    largest: int


TYPES = {each.name: each for each in (
    DiskType("gp3", 1, 65536), DiskType("gp2", 1, 16384), DiskType("io1", 4, 16384), DiskType("io2", 4, 65536), DiskType("st1", 125, 16384),
    DiskType("sc1", 125, 16384), DiskType("standard", 1, 1024),
)}
WORDS = {"standard": "standard", "ssd": "gp3", "premium": "io2"}
IOPS_PER_GIB, LEAST_IOPS, MOST_IOPS = 50, 100, 64000


def disk_type(property: str, type: Value, size: Value) -> dict[str, Any]:
    """Volume type and, where AWS wants it said, its IOPS (50 per GiB), for a portable type and a size in GiB."""
    name = WORDS.get(type, type) if isinstance(type, str) else "gp3" if type is None else type
    if not isinstance(name, str):
        return {"volume_type": name}
    kind = TYPES.get(name)
    if kind is None:
        raise Unsuitable(f"{property}type", f"AWS has no disk type {name!r}", f"one of standard, ssd, premium, {', '.join(sorted(TYPES))}")
    if isinstance(size, int) and not kind.smallest <= size <= kind.largest:
        raise Unsuitable(f"{property}size_gib", f"AWS makes {name} disks of {kind.smallest} to {kind.largest} GiB, not {size}",
                         "choose another size or type")
    if name in ("io1", "io2"):
        if not isinstance(size, int):
            raise Unsuitable(f"{property}type", f"the IOPS of an {name} disk follow from its size", "say size_gib")
        return {"volume_type": name, "iops": min(MOST_IOPS, max(LEAST_IOPS, size * IOPS_PER_GIB))}
    return {"volume_type": name}
