"""Glance's images."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any

from mcflow.drivers.openstack.catalog.systems import architecture, system
from mcflow.drivers.openstack.session import OpenStackSession
from mcflow.drivers.sdk import Image

PAGE = "500"
GIB = 1024 ** 3
COPIES = ("snapshot", "backup")
"""``image_type`` of what Nova made of a server."""


def images(api: OpenStackSession) -> Iterator[Image]:
    """Images that can be started from: public ones, the project's own, and those that others share with it.
    https://docs.openstack.org/api-ref/image/v2/#list-images"""
    for row in api.rows("image", "/images", "images", params={"status": "active", "limit": PAGE}):
        yield image(row)


def image(row: Mapping[str, Any]) -> Image:
    """One image. A copy of a server has the system's properties too, but is chosen only by its id: so it is said of no system."""
    os, version = ("", "") if row.get("image_type") in COPIES else system(row)
    return Image(
        id=str(row["id"]), name=str(row.get("name") or ""), os=os, version=version, architecture=architecture(row),
        publisher=_publisher(row), created=str(row.get("created_at") or ""), root_gib=_root(row))


def _publisher(row: Mapping[str, Any]) -> str:
    return str(row.get("owner") or "") if row.get("visibility") != "public" else "public"


def _root(row: Mapping[str, Any]) -> float:
    """The smallest disk: what the image says, or what its content takes."""
    size = int(row.get("virtual_size") or 0)
    return float(max(int(row.get("min_disk") or 0), -(-size // GIB)))
