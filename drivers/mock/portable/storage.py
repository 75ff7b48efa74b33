"""disk, snapshot, image, file_system, bucket."""

from __future__ import annotations

from typing import Any

from mcflow.drivers.mock.cloud import catalog
from mcflow.drivers.mock.portable.wants import flag, handles, ids, name_of, one_of, tags_of, volume_type
from mcflow.drivers.mock.session import MockSession
from mcflow.drivers.sdk import Chosen, Lowering, Unsuitable, Want, chooses, lowers
from mcflow.drivers.sdk.lowering import text
from mcflow.model.values import Handle, Value


@chooses("disk", "zone")
def choose_disk_zone(api: MockSession, selector: Any, want: Want) -> Chosen:
    """The zone of the vm it is attached to, else the region's first. Nothing is chosen where only apply will know the vm's."""
    machine = handles(want.attach_to)
    if machine:
        zone = None if machine[0].opaque else machine[0].export("zone")
        return Chosen(zone if isinstance(zone, str) else None, "live", f"where {machine[0]!r} is")
    return Chosen(catalog.zones(api.region)[0], "table", "the first zone")


@lowers("disk")
def lower_disk(want: Want, out: Lowering) -> None:
    """disk → mock.volume, and with `attach_to` a mock.volume_attachment."""
    machine: Handle | None = want.attach_to
    theirs = machine.export("zone") if machine is not None and not machine.opaque else None
    if isinstance(want.zone, str) and isinstance(theirs, str) and want.zone != theirs:
        raise Unsuitable("zone", f"the disk would be in {want.zone}, the vm it is attached to is in {theirs}", "leave `zone` out")
    zone = theirs if want.zone is None else want.zone
    if zone is None:
        raise Unsuitable("zone", "the zone of a vm known only by its id is not known", "write the disk's `zone`, or import the vm")
    kind = volume_type(want.type)
    _check_size(want.size_gib, kind)
    source = want.snapshot.export("id") if want.snapshot is not None else None
    volume = out.native("volume", "mock.volume", size_gib=want.size_gib, zone=zone, volume_type=kind, snapshot_id=source,
                        tags=tags_of(want))
    device: Value = None
    if machine is not None:
        attachment = out.native("attachment", "mock.volume_attachment", volume_id=volume.id, instance_id=machine.id)
        device = attachment.device
    out.export(id=volume.id, name=name_of(want), device=device, status="in-use" if machine is not None else "available")


def _check_size(size: Value, kind: Value) -> None:
    if not isinstance(kind, str | None) or not isinstance(size, int):
        return
    limits = catalog.VOLUME_TYPES.get(kind or "ssd")
    if limits is None:
        raise Unsuitable("type", f"there is no disk type {kind}", "write standard, ssd or premium")
    if not limits[0] <= size <= limits[1]:
        raise Unsuitable("size_gib", f"a disk of type {kind or 'ssd'} has {limits[0]} to {limits[1]} GiB, not {size}")


@lowers("snapshot")
def lower_snapshot(want: Want, out: Lowering) -> None:
    """snapshot → mock.snapshot."""
    snapshot = out.native("snapshot", "mock.snapshot", volume_id=want.disk.id, description=want.description, tags=tags_of(want))
    out.export(id=snapshot.id, name=name_of(want), size_gib=snapshot.size_gib, status="available")


@lowers("image")
def lower_image(want: Want, out: Lowering) -> None:
    """image → mock.image, made from a vm as it runs."""
    image = out.native("image", "mock.image", instance_id=want.vm.id, name=want.name, description=want.description, tags=tags_of(want))
    out.export(id=image.id, name=name_of(want), status="available")


@lowers("file_system")
def lower_file_system(want: Want, out: Lowering) -> None:
    """file_system → mock.file_system, and a mock.mount_target in each subnet."""
    one_of(want, "nfs_version", ("3", "4.1"))
    one_of(want, "performance", ("general", "max_io"))
    files = out.native("files", "mock.file_system", capacity_gib=100 if want.capacity_gib is None else want.capacity_gib,
                       nfs_version=want.nfs_version, performance=want.performance, encrypted=want.encrypted, zone=want.zone,
                       backup=want.backup, tags=tags_of(want))
    targets = [
        out.native("target", "mock.mount_target", item=subnet.address or str(subnet.export("id")), file_system_id=files.id,
                   subnet_id=subnet.id, security_group_ids=ids(want.security_groups))
        for subnet in handles(want.subnets)
    ]
    addresses = [target.private_ip_address for target in targets]
    command = text("mount -t nfs -o vers={} {}:/ /mnt", want.nfs_version or "4.1", addresses[0]) if addresses else None
    out.export(id=files.id, name=name_of(want), mount_targets=addresses, mount_command=command)


@lowers("bucket")
def lower_bucket(want: Want, out: Lowering) -> None:
    """bucket → mock.bucket."""
    bucket = out.native("bucket", "mock.bucket", name=want.name, versioning=want.versioning, cors=want.cors, lifecycle=want.lifecycle,
                        public=flag(want.public, False), force_destroy=flag(want.force_destroy, False), tags=dict(want.tags))
    out.export(id=bucket.id, name=bucket.name, url=bucket.url, endpoint=bucket.endpoint)
