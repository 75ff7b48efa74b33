"""Which types a connection offers: what they need must be in the cloud's catalog."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping
from contextlib import suppress
from typing import Any

from mcflow.drivers.openstack.catalog import places
from mcflow.drivers.openstack.session import OpenStackSession, lacking
from mcflow.drivers.sdk import DriverError, NativeType, Offer

NEEDS: Mapping[str, tuple[str, ...]] = {
    "vpc": ("network",), "subnet": ("network",), "security_group": ("network",), "nic": ("network",), "public_ip": ("network",),
    "nat_gateway": ("network",), "key_pair": ("compute",), "vm": ("compute", "network", "image"), "disk": ("block-storage",),
    "snapshot": ("block-storage",), "image": ("image",), "load_balancer": ("load-balancer", "network"),
    "kubernetes_cluster": ("container-infrastructure-management",), "node_group": ("container-infrastructure-management",),
    "file_system": ("shared-file-system", "network"), "bucket": ("object-store",), "database": ("database",),
}
"""Portable types, and the services without which there are none."""


def services(api: OpenStackSession, natives: Mapping[str, NativeType[Any]]) -> Iterator[Offer]:
    """What is lacking, and the words that zones and types of disks and shares have here."""
    for type, needed in NEEDS.items():
        missing = [lacking(service) for service in needed if not api.offers(service)]
        if missing:
            yield Offer(type=type, kind="portable", available=False, reason="; ".join(missing))
        else:
            yield from _limits(api, type)
    for name, native in sorted(natives.items()):
        reason = native.lacking(api)
        if reason:
            yield Offer(type=name, available=False, reason=reason)


LIMITS: Mapping[str, Mapping[str, Callable[[OpenStackSession], Iterable[str]]]] = {
    "vm": {"zone": places.compute_zones}, "disk": {"zone": places.volume_zones, "type": lambda api: volume_types(api)},
    "file_system": {"type": lambda api: share_types(api)},
}
"""Portable type → property → the words that it may have here."""


def _limits(api: OpenStackSession, type: str) -> Iterator[Offer]:
    found: dict[str, str] = {}
    for name, words in LIMITS.get(type, {}).items():
        # What a cloud does not show limits nothing that is known.
        with suppress(DriverError):
            found[name] = ", ".join(sorted(words(api)))
    limits = {name: words for name, words in found.items() if words}
    if limits:
        yield Offer(type=type, kind="portable", limits=limits)


def volume_types(api: OpenStackSession) -> list[str]:
    """Names of Cinder's volume types. https://docs.openstack.org/api-ref/block-storage/v3/#list-all-volume-types"""
    return sorted(str(row["name"]) for row in api.rows("block-storage", "/types", "volume_types"))


def share_types(api: OpenStackSession) -> list[str]:
    """Names of Manila's share types. https://docs.openstack.org/api-ref/shared-file-system/#list-share-types"""
    return sorted(str(row["name"]) for row in api.rows("shared-file-system", "/types", "share_types"))
