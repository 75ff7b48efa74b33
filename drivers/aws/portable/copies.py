"""snapshot and image."""

from __future__ import annotations

import re

from mcflow.drivers.aws.portable.wants import identify, label, tagged
from mcflow.drivers.sdk import Lowering, Unsuitable, Want, lowers

NAME = re.compile(r"[A-Za-z0-9 ()./'@_\[\]-]{3,128}")


@lowers("snapshot")
def lower_snapshot(want: Want, out: Lowering) -> None:
    """snapshot → aws.snapshot. Its description is fixed: another one means another snapshot, of the disk as it is then."""
    snapshot = out.native("snapshot", "aws.snapshot", volume_id=identify(want.disk), description=want.description, tags=tagged(want))
    out.export(id=snapshot.id, name=label(want), size_gib=snapshot.volume_size, status=snapshot.state)


@lowers("image")
def lower_image(want: Want, out: Lowering) -> None:
    """image → aws.image. The machine restarts for it, so that its file systems are in order, as AWS does unless told otherwise."""
    if isinstance(want.name, str) and not NAME.fullmatch(want.name):
        raise Unsuitable("name", "AWS takes 3 to 128 letters, digits, spaces and ()[]./-'@_ in an image's name", "write it with those")
    image = out.native("image", "aws.image", name=want.name, stem=f"mcflow-{label(want)}", instance_id=identify(want.vm),
                       description=want.description, tags=tagged(want))
    out.export(id=image.id, name=image.name, status=image.state)
