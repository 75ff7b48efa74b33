"""disk, snapshot and image."""

from __future__ import annotations

from mcflow.drivers.openstack.native.image import FIELDS
from mcflow.drivers.openstack.portable.wants import identify, label, metadata
from mcflow.drivers.sdk import Lowering, Unsuitable, Want, derives, lowers
from mcflow.model.values import Derived, Value


@lowers("disk")
def lower_disk(want: Want, out: Lowering) -> None:
    """disk → openstack.volume (+ its attachment, if ``attach_to``)."""
    volume = out.native("volume", "openstack.volume", name=label(want), size=want.size_gib, volume_type=want.type,
                        availability_zone=want.zone, snapshot_id=identify(want.snapshot), tags=metadata(want))
    device: Value = None
    machine = want.attach_to
    if machine is not None:
        device = out.native("attachment", "openstack.volume_attachment", server_id=identify(machine), volume_id=volume.id).device
    out.export(id=volume.id, name=volume.name, device=device, status="in-use" if machine is not None else volume.status)


@derives("ready")
def ready(status: str) -> str:
    """What Cinder's and Glance's words for a finished copy mean; other words stay."""
    return "ready" if status in ("available", "active") else status


@lowers("snapshot")
def lower_snapshot(want: Want, out: Lowering) -> None:
    """snapshot → openstack.volume_snapshot, also of a disk that a machine has: it is as if the power had failed at that moment."""
    snapshot = out.native("snapshot", "openstack.volume_snapshot", name=label(want), volume_id=identify(want.disk), force=True,
                          description=want.description, tags=metadata(want))
    out.export(id=snapshot.id, name=snapshot.name, size_gib=snapshot.size, status=Derived("openstack.ready", (snapshot.status,)))


@lowers("image")
def lower_image(want: Want, out: Lowering) -> None:
    """image → openstack.image, a copy of the server as it runs."""
    if isinstance(want.name, str) and len(want.name) > 255:
        raise Unsuitable("name", "Glance takes names of up to 255 characters", "choose a shorter name")
    reserved = sorted(key for key in want.tags if key in FIELDS)
    if reserved:
        raise Unsuitable("tags", f"Glance keeps {', '.join(reserved)} for itself", "give the tag another key")
    image = out.native("image", "openstack.image", stem=f"mcflow-{label(want)}", name=want.name, server_id=identify(want.vm),
                       description=want.description, tags=metadata(want))
    out.export(id=image.id, name=image.name, status=Derived("openstack.ready", (image.status,)))
