"""EBS snapshots, and copies of them."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from typing import Any

from mcflow.drivers.aws.native.ec2 import Ec2Type, Noun, where
from mcflow.drivers.aws.session import AwsSession
from mcflow.drivers.sdk import Observed, Tagged, boolean, integer, native_type, string, tags

STATES: dict[str, Any] = {"pending": "pending", "recovering": "pending", "completed": "ready", "recoverable": "ready", "error": "failed"}
OF_IMAGE = re.compile(r"Created by CreateImage\(|Auto-created snapshot for AMI ")
"""How AWS describes the snapshots that come with an image, and go with it."""
ARBITRARY = "vol-ffffffff"
"""The volume that AWS names for a copy."""

TOLD = {
    "volume_size": integer("The size of the volume it is a copy of, GiB.", read_only=True),
    "state": string("pending, completed …", read_only=True),
    "progress": string("How much of it is there, in percent.", read_only=True),
    "owner_id": string("The account.", read_only=True),
    "tags": tags(),
}


class _OfAccount(Ec2Type):
    """What this account owns of the snapshots it may see."""

    identity = Tagged()
    seconds = 60.0

    def rows(self, api: AwsSession, *conditions: dict[str, Any]) -> Iterator[dict[str, Any]]:
        return super().rows(api, where("owner-id", api.identity().account), *conditions)

    def status(self, row: Mapping[str, Any]) -> tuple[Any, str]:
        return STATES.get(row["State"], "pending"), row.get("StateMessage", "")

    def born(self, row: Mapping[str, Any]) -> float | None:
        return row["StartTime"].timestamp() if row.get("StartTime") else None

    def provided(self, row: Mapping[str, Any]) -> bool:
        return bool(OF_IMAGE.match(row.get("Description", "")))


@native_type
class Snapshot(_OfAccount):
    """One snapshot of a volume.  https://docs.aws.amazon.com/AWSEC2/latest/APIReference/API_CreateSnapshot.html"""

    name = "aws.snapshot"
    noun = Noun("create_snapshot", "describe_snapshots", "delete_snapshot", "Snapshots", "SnapshotId", "snapshot-id", "snapshot")
    attributes = {
        "volume_id": string("The volume it is a copy of. Needed to make one.", at_create=True, reference=["aws.volume"]),
        "description": string("What it is for.", default=""),
        "encrypted": boolean("Whether it is encrypted, as its volume is.", read_only=True),
        **TOLD,
    }

    def look(self, api: AwsSession, *conditions: dict[str, Any]) -> Iterator[Observed]:
        return (seen for seen in super().look(api, *conditions) if seen.attributes.get("volume_id") != ARBITRARY)


@native_type
class SnapshotCopy(_OfAccount):
    """A copy of a snapshot, also of another region's. AWS does not tell later what it is a copy of.
    https://docs.aws.amazon.com/AWSEC2/latest/APIReference/API_CopySnapshot.html"""

    name = "aws.snapshot_copy"
    noun = Noun("copy_snapshot", "describe_snapshots", "delete_snapshot", "Snapshots", "SnapshotId", "snapshot-id", "snapshot")
    attributes = {
        "source_snapshot_id": string("The snapshot it is a copy of. Needed to make one.", at_create=True,
                                     reference=["aws.snapshot", "aws.snapshot_copy"]),
        "source_region": string("The region the other is in; absent: this one.", at_create=True),
        "description": string("What it is for.", default=""),
        "encrypted": boolean("Whether it is encrypted; needs not be where the other is.", default_from_cloud=True),
        "kms_key_id": string("The key it is encrypted with.", default_from_cloud=True),
        **TOLD,
    }

    def request(self, api: AwsSession, want: Mapping[str, Any]) -> dict[str, Any]:
        return {"SourceRegion": api.region, **super().request(api, want)}

    def rows(self, api: AwsSession, *conditions: dict[str, Any]) -> Iterator[dict[str, Any]]:
        return super().rows(api, where("volume-id", ARBITRARY), *conditions)
