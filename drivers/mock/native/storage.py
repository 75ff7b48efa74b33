"""Volumes, attachments, snapshots, file systems, buckets."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from mcflow.drivers.mock.native.kind import MockType, TokenType
from mcflow.drivers.mock.session import MockSession
from mcflow.drivers.sdk import (
    Again,
    Natural,
    Submitted,
    Tagged,
    Token,
    UniqueName,
    anything,
    array,
    boolean,
    integer,
    native_type,
    string,
    tags,
)


@native_type
class Volume(TokenType):
    """A disk. It grows and never shrinks."""

    name = "mock.volume"
    identity = Token()
    attributes = {
        "size_gib": integer("GiB.", minimum=1, group="size", grows=True),
        "zone": string(),
        "volume_type": string(enum=["hdd", "ssd", "nvme"], group="size", default_from_cloud=True),
        "snapshot_id": string("The source.", at_create=True),
        "tags": tags(),
    }
    required = ("size_gib", "zone")


@native_type
class VolumeAttachment(MockType):
    """A volume plugged into an instance; a volume is in one at most."""

    name = "mock.volume_attachment"
    identity = Natural()
    exclusive = True
    natural = ("volume_id", "instance_id")
    attributes = {"volume_id": string(), "instance_id": string(), "device": string(default_from_cloud=True)}
    required = ("volume_id", "instance_id")


@native_type
class Snapshot(MockType):
    """A copy of a volume at one time."""

    name = "mock.snapshot"
    identity = Tagged()
    seconds = 30.0
    attributes = {
        "volume_id": string("The source.", at_create=True),
        "description": string(group="description", default_from_cloud=True),
        "size_gib": integer(read_only=True),
        "tags": tags(),
    }
    required = ("volume_id",)


@native_type
class FileSystem(TokenType):
    """A file system to mount over NFS, through its mount targets."""

    name = "mock.file_system"
    identity = Token()
    attributes = {
        "capacity_gib": integer("GiB.", minimum=1, group="size", grows=True),
        "nfs_version": string(enum=["3", "4.1"], default_from_cloud=True),
        "performance": string(enum=["general", "max_io"], default_from_cloud=True),
        "encrypted": boolean(default_from_cloud=True),
        "zone": string(default_from_cloud=True),
        "backup": boolean(group="backup", default_from_cloud=True),
        "tags": tags(),
    }
    required = ("capacity_gib",)


@native_type
class MountTarget(MockType):
    """Where a subnet's machines reach a file system."""

    name = "mock.mount_target"
    identity = Natural()
    exclusive = True
    natural = ("file_system_id", "subnet_id")
    attributes = {
        "file_system_id": string(),
        "subnet_id": string(),
        "security_group_ids": array(string(), set=True, group="security_groups", default_from_cloud=True),
        "private_ip_address": string(read_only=True),
    }
    required = ("file_system_id", "subnet_id")


@native_type
class Bucket(MockType):
    """Storage for objects. Its name is unique among all accounts."""

    name = "mock.bucket"
    identity = UniqueName(attribute="name", max_length=63, pattern="[a-z0-9-]")
    attributes = {
        "name": string(),
        "versioning": boolean(group="versioning", default_from_cloud=True),
        "cors": array(anything(), group="cors", default_from_cloud=True),
        "lifecycle": array(anything(), group="lifecycle", default_from_cloud=True),
        "public": boolean(group="public", default_from_cloud=True),
        "force_destroy": boolean("Delete the objects in it with it.", local=True),
        "object_count": integer(read_only=True),
        "url": string(read_only=True),
        "endpoint": string(read_only=True),
        "tags": tags(),
    }

    def delete(self, api: MockSession, id: str, last: Mapping[str, Any]) -> Submitted | Again:
        if last.get("force_destroy"):
            held = [view.attributes["object_count"] for view in api.cloud.describe(self.kind, [id])]
            if held and held[0]:
                left = api.cloud.empty_page(id)
                return Again(f"{left} objects left")
        return super().delete(api, id, last)
