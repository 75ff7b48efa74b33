"""Disks and files: volumes, attachments, snapshots, file systems, buckets."""

from __future__ import annotations

import re

from mcflow.drivers.mock.cloud import catalog, errors
from mcflow.drivers.mock.cloud.errors import Refused
from mcflow.drivers.mock.cloud.kinds.network import address_terms, check_zone, place_private
from mcflow.drivers.mock.cloud.objects import Attributes, Kind, Link, Object, World

_BUCKET_NAME = re.compile(r"[a-z0-9][a-z0-9.-]{1,61}[a-z0-9]")


def _check_size(attributes: Attributes) -> None:
    limits = catalog.VOLUME_TYPES.get(attributes["volume_type"])
    if limits is None:
        raise Refused(errors.INVALID, f"volume_type: there is no {attributes['volume_type']}")
    smallest, largest = limits
    if not smallest <= int(attributes["size_gib"]) <= largest:
        raise Refused(errors.INVALID, f"size_gib: {attributes['volume_type']} takes {smallest} to {largest} GiB")


def _create_volume(world: World, attributes: Attributes) -> None:
    check_zone(world, attributes["zone"])
    _check_size(attributes)
    if attributes.get("snapshot_id"):
        source = world.need("snapshot", attributes["snapshot_id"], "snapshot_id")
        if int(attributes["size_gib"]) < source.attributes["size_gib"]:
            raise Refused(errors.INVALID, f"size_gib: the snapshot has {source.attributes['size_gib']} GiB")


def _change_volume(world: World, found: Object, changes: Attributes) -> None:
    after = {**found.attributes, **changes}
    if int(after["size_gib"]) < int(found.attributes["size_gib"]):
        raise Refused(errors.INVALID, f"size_gib: {found.id} has {found.attributes['size_gib']} GiB; a volume cannot shrink")
    _check_size(after)


def _attach(world: World, attributes: Attributes) -> None:
    volume, instance = attributes["volume_id"], attributes["instance_id"]
    if world.users(volume, "volume_attachment"):
        raise Refused(errors.INCORRECT_STATE, f"{volume} is attached already")
    disk, machine = world.need("volume", volume, "volume_id"), world.need("instance", instance, "instance_id")
    if disk.attributes["zone"] != machine.attributes["zone"]:
        raise Refused(errors.INVALID, f"{volume} is in {disk.attributes['zone']}, {instance} in {machine.attributes['zone']}")
    used = {each.attributes["device"] for each in world.users(instance, "volume_attachment")}
    if attributes.get("device") in used:
        raise Refused(errors.INVALID, f"device: {attributes['device']} is in use")
    free = (f"/dev/vd{letter}" for letter in "bcdefghijklmnopqrstuvwxyz" if f"/dev/vd{letter}" not in used)
    device = attributes.get("device") or next(free, None)
    if device is None:
        raise Refused(errors.QUOTA, f"{instance} takes no more volumes")
    attributes["device"] = device


def _create_snapshot(world: World, attributes: Attributes) -> None:
    attributes["size_gib"] = world.need("volume", attributes["volume_id"], "volume_id").attributes["size_gib"]


def _create_file_system(world: World, attributes: Attributes) -> None:
    if attributes.get("zone"):
        check_zone(world, attributes["zone"])
    if attributes["performance"] not in ("general", "max_io"):
        raise Refused(errors.INVALID, f"performance: there is no {attributes['performance']}")
    if attributes["nfs_version"] not in ("3", "4.1"):
        raise Refused(errors.INVALID, f"nfs_version: there is no {attributes['nfs_version']}")


def _change_file_system(world: World, found: Object, changes: Attributes) -> None:
    if int({**found.attributes, **changes}["capacity_gib"]) < int(found.attributes["capacity_gib"]):
        raise Refused(errors.INVALID, f"capacity_gib: {found.id} cannot shrink")


def _create_target(world: World, attributes: Attributes) -> None:
    place_private(world, attributes, "private_ip_address")


def _create_bucket(world: World, attributes: Attributes) -> None:
    if not _BUCKET_NAME.fullmatch(attributes["name"]):
        raise Refused(errors.INVALID, f"name: {attributes['name']!r} is no bucket name")
    attributes["object_count"] = 0
    attributes["endpoint"] = "https://objects.mock.invalid"
    attributes["url"] = f"https://{attributes['name']}.objects.mock.invalid"


def _delete_bucket(world: World, found: Object) -> None:
    if found.attributes["object_count"]:
        raise Refused(errors.DEPENDENCY, f"{found.id} holds {found.attributes['object_count']} objects")


KINDS = (
    Kind("volume", "vol", required=("size_gib", "zone"), optional={"volume_type": "ssd", "snapshot_id": None}, tokens=True,
         mutable=frozenset({"size_gib", "volume_type"}), links=(Link("snapshot_id", ("snapshot",), holds=False),),
         on_create=_create_volume, on_change=_change_volume, settles=0.5),
    Kind("volume_attachment", "att", required=("volume_id", "instance_id"), optional={"device": None},
         natural=("volume_id", "instance_id"), composite=True, taggable=False, on_create=_attach, settles=0.5,
         links=(Link("volume_id", ("volume",)), Link("instance_id", ("instance",)))),
    Kind("snapshot", "snap", required=("volume_id",), optional={"description": ""}, computed=("size_gib",), settles=2.0,
         mutable=frozenset({"description"}), links=(Link("volume_id", ("volume",), holds=False),), on_create=_create_snapshot),
    Kind("file_system", "fs", required=("capacity_gib",), tokens=True, settles=1.5,
         optional={"nfs_version": "4.1", "performance": "general", "encrypted": True, "zone": None, "backup": False},
         mutable=frozenset({"capacity_gib", "backup"}), on_create=_create_file_system, on_change=_change_file_system),
    Kind("mount_target", "fsmt", required=("file_system_id", "subnet_id"), optional={"security_group_ids": []},
         computed=("private_ip_address",),
         mutable=frozenset({"security_group_ids"}), natural=("file_system_id", "subnet_id"), taggable=False, on_create=_create_target,
         links=(Link("file_system_id", ("file_system",)), Link("subnet_id", ("subnet",)), Link("security_group_ids", ("security_group",))),
         extra_terms=address_terms),
    Kind("bucket", "bkt", required=("name",), unique="name", worldwide=True, settles=0.1, computed=("object_count", "url", "endpoint"),
         optional={"versioning": False, "cors": [], "lifecycle": [], "public": False},
         mutable=frozenset({"versioning", "cors", "lifecycle", "public"}), on_create=_create_bucket, on_delete=_delete_bucket),
)
