"""openstack.volume_attachment: a volume that a server has."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from typing import Any

from mcflow.drivers.openstack.native.rest import Noun, RestType
from mcflow.drivers.openstack.native.server import ROOTS
from mcflow.drivers.openstack.session import OpenStackSession
from mcflow.drivers.sdk import Natural, NotFound, Observed, Submitted, boolean, native_type, string

STATES: dict[str, Any] = {"reserved": "pending", "attaching": "pending", "detaching": "deleting"}
"""What a volume's status says of its attachment; in others it is ready."""


@native_type
class VolumeAttachment(RestType):
    """The id is ``server|volume``. Cinder tells all attachments of the project with its volumes, so they are read there; Nova makes and
    ends them. https://docs.openstack.org/api-ref/compute/#servers-with-volume-attachments-servers-os-volume-attachments"""

    name = "openstack.volume_attachment"
    identity = Natural(visibility_lag=60.0)
    noun = Noun("compute", "/servers/{server_id}/os-volume_attachments", "volumeAttachment", "volumeAttachments", marks="", id="volumeId")
    sent = {"volume_id": "volumeId"}
    exclusive = True
    attributes = {
        "server_id": string("The server.", reference=["openstack.server"]),
        "volume_id": string("The volume.", reference=["openstack.volume"]),
        "device": string("The device's name; absent: the next free one.", default_from_cloud=True, incidental=True),
        "delete_on_termination": boolean("Whether the volume goes with the server.", at_create=True, write_only=True),
    }
    required = ("server_id", "volume_id")

    def observe(self, api: OpenStackSession, ids: Sequence[str]) -> Iterator[Observed]:
        asked = dict.fromkeys(ids)
        volumes = {id.partition("|")[2] for id in ids}
        if len(volumes) == 1 and not api.gathers:
            rows = [row for row in [_volume(api, next(iter(volumes)))] if row is not None]
        else:
            rows = [row for row in _volumes(api) if row["id"] in volumes]
        for seen in _attached(rows):
            asked.pop(seen.id, None)
            if seen.id in ids:
                yield seen
        # Until Cinder has noted the server, the volume is only taken.
        taken = {row["id"] for row in rows if STATES.get(row["status"]) == "pending"}
        for id in asked:
            server, _, volume = id.partition("|")
            if volume in taken:
                yield Observed(id, "pending", {"server_id": server, "volume_id": volume})

    def natural(self, api: OpenStackSession, want: Mapping[str, Any]) -> Iterator[Observed]:
        """As Nova tells it, which knows of an attachment from the moment it is asked for."""
        server, volume = want["server_id"], want["volume_id"]
        try:
            row = api.get("compute", f"/servers/{server}/os-volume_attachments/{volume}")["volumeAttachment"]
        except NotFound:
            return
        found = next(self.observe(api, [f"{server}|{volume}"]), None)
        yield found or Observed(f"{server}|{volume}", "pending", {"server_id": server, "volume_id": volume, "device": row.get("device")})

    def match(self, api: OpenStackSession, want: Mapping[str, Any]) -> Iterator[Observed]:
        return (seen for seen in _attached(_volumes(api)) if want.get("volume_id") in (None, seen.attributes["volume_id"])
                and want.get("server_id") in (None, seen.attributes["server_id"]) and not seen.provided)

    def discover(self, api: OpenStackSession) -> Iterator[Observed]:
        return _attached(_volumes(api))

    def delete(self, api: OpenStackSession, id: str, last: Mapping[str, Any]) -> Submitted:
        server, _, volume = id.partition("|")
        return Submitted(id, request_id=self.ask(api, "DELETE", f"/servers/{server}/os-volume_attachments/{volume}").request_id)


def _volumes(api: OpenStackSession) -> Iterator[dict[str, Any]]:
    return api.rows("block-storage", "/volumes/detail", "volumes", params={})


def _volume(api: OpenStackSession, id: str) -> dict[str, Any] | None:
    try:
        return dict(api.get("block-storage", f"/volumes/{id}")["volume"])
    except NotFound:
        return None


def _attached(rows: Sequence[Mapping[str, Any]] | Iterator[Mapping[str, Any]]) -> Iterator[Observed]:
    """The attachments of volumes. Those that servers boot from came with them."""
    for row in rows:
        for each in row.get("attachments", ()):
            told = {"server_id": each["server_id"], "volume_id": row["id"], "device": each.get("device")}
            root = row.get("bootable") == "true" and each.get("device") in ROOTS
            yield Observed(f"{each['server_id']}|{row['id']}", STATES.get(row["status"], "ready"), told, provided=root)
