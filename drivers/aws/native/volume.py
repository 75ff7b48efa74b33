"""EBS volumes, and their attachment to instances."""

from __future__ import annotations

import itertools
import string as letters
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import replace
from typing import Any

from mcflow.drivers.aws.native.ec2 import Ec2Type, Noun, pascal, request_id, where
from mcflow.drivers.aws.native.parts import join, split
from mcflow.drivers.aws.session import AwsSession
from mcflow.drivers.sdk import (
    Intent,
    NativeType,
    Natural,
    NotFound,
    Observed,
    Progress,
    QuotaExceeded,
    Submitted,
    Token,
    boolean,
    integer,
    native_type,
    string,
    tags,
)

PERFORMANCE = ("size", "volume_type", "iops", "throughput")
STATES: dict[str, Any] = {"creating": "pending", "available": "ready", "in-use": "ready", "deleting": "deleting", "deleted": "gone",
                          "error": "failed"}
ATTACHED: dict[str, Any] = {"attaching": "pending", "attached": "ready", "busy": "ready", "detaching": "deleting", "detached": "gone"}


@native_type
class Volume(Ec2Type):
    """One EBS volume.  https://docs.aws.amazon.com/AWSEC2/latest/APIReference/API_CreateVolume.html"""

    name = "aws.volume"
    identity = Token()
    noun = Noun("create_volume", "describe_volumes", "delete_volume", "Volumes", "VolumeId", "volume-id", "volume")
    attributes = {
        "availability_zone": string("The zone it lies in."),
        "size": integer("GiB.", minimum=1, group="performance", default_from_cloud=True, grows=True),
        "volume_type": string("gp3, gp2, io1, io2, st1, sc1 or standard.", group="performance", default_from_cloud=True),
        "iops": integer("Operations a second, for gp3, io1 and io2.", group="performance", default_from_cloud=True),
        "throughput": integer("MiB/s, for gp3.", group="performance", default_from_cloud=True),
        "encrypted": boolean("Whether it is encrypted.", default_from_cloud=True),
        "kms_key_id": string("The key it is encrypted with.", default_from_cloud=True),
        "snapshot_id": string("The snapshot it starts as a copy of.", at_create=True, reference=["aws.snapshot", "aws.snapshot_copy"]),
        "multi_attach_enabled": boolean("Whether several instances may have it (io1, io2).", default_from_cloud=True),
        "state": string("creating, available, in-use …", read_only=True),
        "tags": tags(),
    }
    required = ("availability_zone",)

    def discover(self, api: AwsSession) -> Iterator[Observed]:
        came = brought_along(api)
        return (replace(seen, provided=seen.id in came) for seen in self.look(api))

    def portray(self, attributes: Mapping[str, Any]) -> dict[str, Any]:
        portrayed = {name: value for name, value in super().portray(attributes).items() if value is not False}
        return without_usual(portrayed, portrayed.get("volume_type"), "iops", "throughput")

    def status(self, row: Mapping[str, Any]) -> tuple[Any, str]:
        return STATES.get(row["State"], "pending"), ""

    def born(self, row: Mapping[str, Any]) -> float | None:
        return row["CreateTime"].timestamp() if row.get("CreateTime") else None

    def change(self, api: AwsSession, id: str, want: Mapping[str, Any], group: str) -> Submitted:
        present = self.read(self.row(api, id))
        return modify_volume(api, id, {name: want[name] for name in PERFORMANCE if want.get(name) is not None}, present)

    def poll(self, api: AwsSession, operations: Sequence[str]) -> Iterator[Progress]:
        return modifications(api, operations)


def modify_volume(api: AwsSession, id: str, wanted: Mapping[str, Any], present: Mapping[str, Any]) -> Submitted:
    """Ask for the attributes that differ. The operation to poll is the volume's id: AWS allows one modification at a time."""
    different = {pascal(name): value for name, value in wanted.items() if present.get(name) != value}
    if not different:
        return Submitted(id, operation=id)
    return Submitted(id, operation=id, request_id=request_id(api.call("modify_volume", VolumeId=id, **different)))


def modifications(api: AwsSession, volumes: Sequence[str]) -> Iterator[Progress]:
    """How the last modification of each volume stands. While it is ``optimizing`` the volume has its new size already."""
    latest: dict[str, dict[str, Any]] = {}
    for row in api.pages("describe_volumes_modifications", "VolumesModifications", Filters=[where("volume-id", sorted(set(volumes)))]):
        known = latest.get(row["VolumeId"])
        if known is None or row["StartTime"] > known["StartTime"]:
            latest[row["VolumeId"]] = row
    for volume in dict.fromkeys(volumes):
        state = latest.get(volume, {}).get("ModificationState", "completed")
        if state == "failed":
            yield Progress(volume, "failed", latest[volume].get("StatusMessage", "the modification failed"), volume)
        else:
            yield Progress(volume, "running" if state == "modifying" else "done", id=volume)


@native_type
class VolumeAttachment(NativeType[AwsSession]):
    """A volume on an instance; the id is ``volume|instance``.
    https://docs.aws.amazon.com/AWSEC2/latest/APIReference/API_AttachVolume.html"""

    name = "aws.volume_attachment"
    identity = Natural()
    family = "ec2"
    exclusive = True
    serial = staticmethod(lambda want: want.get("instance_id"))  # type: ignore[assignment]  # one device name is chosen at a time
    attributes = {
        "volume_id": string("The volume.", reference=["aws.volume"]),
        "instance_id": string("The instance.", reference=["aws.instance"]),
        "device": string("The device's name; absent: the first free one from /dev/sdf.", default_from_cloud=True),
    }
    required = ("volume_id", "instance_id")

    def create(self, api: AwsSession, want: Mapping[str, Any], intent: Intent) -> Submitted:
        volume, instance = want["volume_id"], want["instance_id"]
        device = want.get("device") or free_device(api, instance)
        answer = api.call("attach_volume", VolumeId=volume, InstanceId=instance, Device=device)
        return Submitted(join(volume, instance), request_id=request_id(answer))

    def observe(self, api: AwsSession, ids: Sequence[str]) -> Iterator[Observed]:
        asked = set(ids)
        return (seen for seen in self._look(api, where("volume-id", sorted({split(id)[0] for id in ids}))) if seen.id in asked)

    def find(self, api: AwsSession, want: Mapping[str, Any], intent: Intent) -> Iterator[Observed]:
        return self.observe(api, [join(want["volume_id"], want["instance_id"])])

    def match(self, api: AwsSession, want: Mapping[str, Any]) -> Iterator[Observed]:
        return self._look(api, where("volume-id", want["volume_id"]))

    def discover(self, api: AwsSession) -> Iterator[Observed]:
        came = brought_along(api)
        return (replace(seen, provided=seen.attributes["volume_id"] in came) for seen in self._look(api))

    def delete(self, api: AwsSession, id: str, last: Mapping[str, Any]) -> Submitted:
        volume, instance = split(id)
        return Submitted(id, request_id=request_id(api.call("detach_volume", VolumeId=volume, InstanceId=instance)))

    def _look(self, api: AwsSession, *conditions: dict[str, Any]) -> Iterator[Observed]:
        for row in api.pages("describe_volumes", "Volumes", Filters=list(conditions)):
            for attachment in row.get("Attachments", ()):
                status = ATTACHED.get(attachment.get("State", "attached"), "pending")
                if status != "gone":
                    attributes = {"volume_id": row["VolumeId"], "instance_id": attachment["InstanceId"], "device": attachment.get("Device")}
                    yield Observed(join(row["VolumeId"], attachment["InstanceId"]), status, attributes)


USUAL = {"gp3": (3000, 125)}
"""Operations a second and MiB/s that a type has unless asked; other types but io1 and io2 take no such wish at all."""


def without_usual(wanted: dict[str, Any], kind: str | None, iops: str, throughput: str) -> dict[str, Any]:
    """Without the performance that the type of the volume gives by itself; ``iops`` and ``throughput`` name the attributes."""
    if kind in ("io1", "io2"):
        given = {throughput: wanted.get(throughput)}
    elif kind in USUAL:
        given = dict(zip((iops, throughput), USUAL[kind], strict=True))
    else:
        given = {iops: wanted.get(iops), throughput: wanted.get(throughput)}
    return {name: value for name, value in wanted.items() if name not in given or value != given[name]}


def brought_along(api: AwsSession) -> frozenset[str]:
    """Ids of the volumes that instances were started with and take along: root volumes, and what else goes when they do."""
    found: set[str] = set()
    for reservation in api.pages("describe_instances", "Reservations"):
        for row in reservation["Instances"]:
            for mapping in row.get("BlockDeviceMappings", ()):
                ebs = mapping.get("Ebs", {})
                if ebs.get("VolumeId") and (ebs.get("DeleteOnTermination") or mapping.get("DeviceName") == row.get("RootDeviceName")):
                    found.add(ebs["VolumeId"])
    return frozenset(found)


def devices() -> Iterator[str]:
    """Names for data volumes in the order AWS recommends: /dev/sdf to /dev/sdp, then /dev/xvdba to /dev/xvdcz."""
    yield from (f"/dev/sd{letter}" for letter in "fghijklmnop")
    yield from (f"/dev/xvd{first}{second}" for first, second in itertools.product("bc", letters.ascii_lowercase))


def free_device(api: AwsSession, instance: str) -> str:
    """The first name that the instance does not use. Raises NotFound, QuotaExceeded."""
    reservations = api.pages("describe_instances", "Reservations", Filters=[where("instance-id", instance)])
    rows = [row for reservation in reservations for row in reservation["Instances"]]
    if not rows:
        raise NotFound(f"instance {instance} is not there", code="InvalidInstanceID.NotFound")
    taken = {mapping["DeviceName"] for mapping in rows[0].get("BlockDeviceMappings", ())} | {rows[0].get("RootDeviceName")}
    for device in devices():
        if device not in taken:
            return device
    raise QuotaExceeded(f"instance {instance} has no free device name")
