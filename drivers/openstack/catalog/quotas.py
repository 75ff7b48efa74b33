"""Quotas of the project, from each service that counts."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from contextlib import suppress
from typing import Any

from mcflow.drivers.openstack.session import OpenStackSession
from mcflow.drivers.sdk import AccessDenied, NotFound, Quota, Unsupported

UNITS: dict[str, str] = {
    "ram": "MiB", "gigabytes": "GiB", "backup_gigabytes": "GiB", "per_volume_gigabytes": "GiB", "snapshot_gigabytes": "GiB",
    "replica_gigabytes": "GiB", "per_share_gigabytes": "GiB", "injected_file_content_bytes": "B", "injected_file_path_bytes": "B",
    "bytes": "B",
}
EACH = ("metadata_items", "injected_files", "injected_file_content_bytes", "injected_file_path_bytes", "server_group_members",
        "per_volume_gigabytes", "per_share_gigabytes")
"""What each object may have: nothing is used of it by the project."""
REFUSALS = (AccessDenied, NotFound, Unsupported)

Counted = Mapping[str, Mapping[str, Any]]
"""Name → ``limit``, and ``in_use`` (``used``) where the service tells."""


def quotas(api: OpenStackSession, service: str) -> Iterator[Quota]:
    """Of one service, or of all that count. What is not limited (-1) is left out. A service that shows its quotas only to administrators
    is left out too, unless it is the one that is asked for."""
    if service:
        if service in COUNTERS:
            yield from _rows(service, COUNTERS[service](api))
        return
    for name, counter in COUNTERS.items():
        if api.offers(name):
            with suppress(*REFUSALS):
                yield from _rows(name, counter(api))


def _rows(service: str, counted: Counted) -> Iterator[Quota]:
    for name, told in sorted(counted.items()):
        limit = told.get("limit")
        if limit is None or float(limit) < 0:
            continue
        used = told.get("in_use", told.get("used"))
        yield Quota(name=name, limit=float(limit), used=None if used is None or name in EACH else float(used),
                    unit=UNITS.get(name.partition("_gigabytes_")[0] + "_gigabytes" if "_gigabytes_" in name else _plain(name), ""),
                    service=service, code=name)


def _plain(name: str) -> str:
    """``gigabytes_fast`` is counted as ``gigabytes``."""
    return "gigabytes" if name.startswith("gigabytes_") else name


def _compute(api: OpenStackSession) -> Counted:
    """https://docs.openstack.org/api-ref/compute/#show-the-detail-of-quota"""
    return _sets(api.get("compute", f"/os-quota-sets/{api.project_id}/detail"))


def _network(api: OpenStackSession) -> Counted:
    """https://docs.openstack.org/api-ref/network/v2/#show-quota-details-for-a-project"""
    try:
        return _sets(api.get("network", f"/quotas/{api.project_id}/details.json"), "quota")
    except (NotFound, Unsupported):
        # Details are an extension.
        return _limits(api.get("network", f"/quotas/{api.project_id}"))


def _volumes(api: OpenStackSession) -> Counted:
    """https://docs.openstack.org/api-ref/block-storage/v3/#show-quota-usage-for-a-project"""
    return _sets(api.get("block-storage", f"/os-quota-sets/{api.project_id}", params={"usage": "True"}))


def _shares(api: OpenStackSession) -> Counted:
    """https://docs.openstack.org/api-ref/shared-file-system/#show-quota-set-in-detail"""
    return _sets(api.get("shared-file-system", f"/quota-sets/{api.project_id}/detail"))


def _balancers(api: OpenStackSession) -> Counted:
    """https://docs.openstack.org/api-ref/load-balancer/v2/#show-project-quota"""
    return _limits(api.get("load-balancer", f"/lbaas/quotas/{api.project_id}"))


def _clusters(api: OpenStackSession) -> Counted:
    """https://docs.openstack.org/api-ref/container-infrastructure-management/#show-details-of-a-quota"""
    told = api.get("container-infrastructure-management", f"/quotas/{api.project_id}/Cluster")
    return {"Cluster": {"limit": told.get("hard_limit"), "in_use": told.get("in_use")}}


def _objects(api: OpenStackSession) -> Counted:
    """https://docs.openstack.org/api-ref/object-store/#show-account-metadata"""
    told = api.call("object-store", "HEAD", "").headers
    return {"bytes": {"limit": told.get("x-account-meta-quota-bytes"), "in_use": told.get("x-account-bytes-used")}}


def _sets(body: Mapping[str, Any], member: str = "quota_set") -> Counted:
    return {name: told for name, told in body[member].items() if isinstance(told, Mapping)}


def _limits(body: Mapping[str, Any]) -> Counted:
    return {name: {"limit": limit} for name, limit in body["quota"].items() if isinstance(limit, int)}


COUNTERS: dict[str, Callable[[OpenStackSession], Counted]] = {
    "compute": _compute, "network": _network, "block-storage": _volumes, "load-balancer": _balancers, "shared-file-system": _shares,
    "container-infrastructure-management": _clusters, "object-store": _objects,
}
"""Services that count, by their official type."""
