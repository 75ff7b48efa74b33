"""openstack.volume_snapshot: a volume at one moment."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from mcflow.drivers.openstack.native.rest import Noun, RestType
from mcflow.drivers.sdk import Tagged, boolean, integer, native_type, string, tags

STATES: dict[str, Any] = {"AVAILABLE": "ready", "BACKING-UP": "ready", "DELETING": "deleting", "DELETED": "gone", "ERROR": "failed",
                          "ERROR_DELETING": "failed"}


@native_type
class VolumeSnapshot(RestType):
    """A volume cannot go before its snapshots. https://docs.openstack.org/api-ref/block-storage/v3/#volume-snapshots-snapshots"""

    name = "openstack.volume_snapshot"
    identity = Tagged(visibility_lag=5.0)
    noun = Noun("block-storage", "/snapshots", "snapshot", "snapshots", marks="metadata", detail="/snapshots/detail")
    states = STATES
    unset = {"name": "", "description": ""}
    matched_by = ("volume_id",)
    seconds = 10.0
    attributes = {
        "volume_id": string("The volume.", reference=["openstack.volume"]),
        "name": string("Its name.", group="settings", default="", maxLength=255),
        "description": string("Text for people.", group="settings", default="", maxLength=255),
        "force": boolean("Whether it is made although a server has the volume.", at_create=True, write_only=True),
        "size": integer("GiB of the volume.", read_only=True),
        "status": string("creating, available …", read_only=True),
        "tags": tags("Metadata; only the keys named here are managed."),
    }
    required = ("volume_id",)

    def status(self, row: Mapping[str, Any]) -> tuple[Any, str]:
        word = str(row.get("status") or "")
        status = STATES.get(word.upper(), "pending")
        return status, f"Cinder says {word}" if status == "failed" else ""

    def provided(self, row: Mapping[str, Any]) -> bool:
        """Nova makes some for images of servers that boot from volumes, and names them so."""
        return str(row.get("name") or "").startswith("snapshot for ")
