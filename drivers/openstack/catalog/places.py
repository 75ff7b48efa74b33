"""Regions and zones."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from contextlib import suppress
from typing import Any

from mcflow.drivers.openstack.session import OpenStackSession
from mcflow.drivers.sdk import AccessDenied, NotFound, Region, Unsupported, Zone

NOT_OFFERED = (AccessDenied, NotFound, Unsupported)


def regions(api: OpenStackSession) -> Iterator[Region]:
    """Keystone's regions, and those that only the token's catalog or clouds.yaml names; enabled are those with services for the project.
    https://docs.openstack.org/api-ref/identity/v3/#list-regions"""
    served = api.regions()
    told: dict[str, str] = {}
    # Some clouds show their regions to nobody: then the catalog knows them.
    with suppress(*NOT_OFFERED):
        told = {str(row["id"]): str(row.get("description") or "") for row in api.rows("identity", "/regions", "regions")}
    for name in sorted({*told, *served}):
        yield Region(name, told.get(name, ""), name in served)


def zones(api: OpenStackSession) -> Iterator[Zone]:
    """Zones of machines; those that only volumes or routers have are of that kind, so that nothing else is put there.
    https://docs.openstack.org/api-ref/compute/#get-availability-zone-information"""
    seen: dict[str, Zone] = {}
    for name, available in compute_zones(api).items():
        seen[name] = Zone(name, api.region, "", available)
    for kind, found in (("block-storage", volume_zones(api)), ("network", network_zones(api))):
        for name, available in found.items():
            seen.setdefault(name, Zone(name, api.region, "", available, kind))
    yield from seen.values()


def compute_zones(api: OpenStackSession) -> dict[str, bool]:
    """Nova's zones, and whether each is available."""
    return _states(api, "compute")


def volume_zones(api: OpenStackSession) -> dict[str, bool]:
    """Cinder's zones, and whether each is available. https://docs.openstack.org/api-ref/block-storage/v3/#availability-zones-os-availability-zone"""
    return _states(api, "block-storage")


def network_zones(api: OpenStackSession) -> dict[str, bool]:
    """Neutron's zones of networks and routers; none where agents have none. https://docs.openstack.org/api-ref/network/v2/#list-all-availability-zones"""
    def ask() -> dict[str, bool]:
        with suppress(*NOT_OFFERED):
            rows = api.rows("network", "/availability_zones", "availability_zones")
            return {row["name"]: row.get("state") == "available" for row in rows}
        return {}

    return api.remember(("zones", "network"), ask)[0]


def _states(api: OpenStackSession, service: str) -> dict[str, bool]:
    def ask() -> dict[str, bool]:
        if not api.offers(service):
            return {}
        rows: list[Mapping[str, Any]] = list(api.rows(service, "/os-availability-zone", "availabilityZoneInfo"))
        return {row["zoneName"]: bool((row.get("zoneState") or {}).get("available")) for row in rows}

    return api.remember(("zones", service), ask)[0]
