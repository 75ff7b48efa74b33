"""openstack.volume: a disk of Cinder."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from typing import Any

from mcflow.drivers.openstack.native.rest import Noun, RestType
from mcflow.drivers.openstack.session import OpenStackSession, Reply
from mcflow.drivers.sdk import Again, Intent, Progress, Submitted, Tagged, boolean, integer, native_type, string, tags

STATES: dict[str, Any] = {
    "AVAILABLE": "ready", "IN-USE": "ready", "MAINTENANCE": "ready", "AWAITING-TRANSFER": "ready", "DELETING": "deleting",
    "DELETED": "gone",
    "ERROR": "failed", "ERROR_DELETING": "failed", "ERROR_EXTENDING": "failed", "ERROR_RESTORING": "failed", "ERROR_MANAGING": "failed",
}
"""Cinder's words; in others something is going on. https://docs.openstack.org/api-ref/block-storage/v3/#volumes-volumes"""

GIB = 1024 ** 3
MADE_FROM = ("snapshot_id", "source_volid", "image_id", "backup_id")


@native_type
class Volume(RestType):
    """A disk that outlives the server that has it. https://docs.openstack.org/api-ref/block-storage/v3/#volumes-volumes"""

    name = "openstack.volume"
    identity = Tagged(visibility_lag=5.0)
    noun = Noun("block-storage", "/volumes", "volume", "volumes", marks="metadata", detail="/volumes/detail")
    states = STATES
    sent = {"image_id": "imageRef"}
    unset = {"name": "", "description": ""}
    matched_by = ("name",)
    seconds = 10.0
    attributes = {
        "name": string("Its name.", group="settings", default="", maxLength=255),
        "description": string("Text for people.", group="settings", default="", maxLength=255),
        "size": integer("GiB; absent: as large as what it is made from. It can grow, also while a server has it.", minimum=1, group="size",
                        default_from_cloud=True, grows=True),
        "volume_type": string("The volume type, by name; absent: Cinder's default.", group="volume_type", default_from_cloud=True,
                              reference=["openstack.volume_type"], takes="name"),
        "availability_zone": string("The zone it lies in.", default_from_cloud=True, incidental=True),
        "snapshot_id": string("The snapshot it starts as a copy of.", at_create=True, reference=["openstack.volume_snapshot"]),
        "source_volid": string("The volume it starts as a copy of.", at_create=True, reference=["openstack.volume"]),
        "image_id": string("The image it starts as a copy of.", reference=["openstack.image"], default_from_cloud=True),
        "backup_id": string("The backup it starts as a copy of.", at_create=True, write_only=True),
        "bootable": boolean("Whether a server may boot from it; made from an image it is so.", group="bootable", set_after_create=True,
                            default_from_cloud=True, incidental=True),
        "migration_policy": string("Whether its data may move when another type needs another place.", enum=["never", "on-demand"],
                                   local=True, default="on-demand"),
        "multiattach": boolean("Whether several servers may have it: its type says so.", read_only=True),
        "encrypted": boolean("Whether it is encrypted: its type says so.", read_only=True),
        "status": string("available, in-use …", read_only=True),
        "tags": tags("Metadata; only the keys named here are managed."),
    }

    def request(self, api: OpenStackSession, want: Mapping[str, Any], intent: Intent) -> dict[str, Any]:
        sent = super().request(api, want, intent)
        if want.get("image_id") and not want.get("size"):
            sent["size"] = least(api, want["image_id"])
        return sent

    def status(self, row: Mapping[str, Any]) -> tuple[Any, str]:
        word = str(row.get("status") or "")
        status = STATES.get(word.upper(), "pending")
        return status, f"Cinder says {word}" if status == "failed" else ""

    def read(self, api: OpenStackSession, row: Mapping[str, Any]) -> dict[str, Any]:
        image = (row.get("volume_image_metadata") or {}).get("image_id")
        told = {**super().read(api, row), "bootable": str(row.get("bootable")).lower() == "true", "image_id": image}
        return {name: value for name, value in told.items() if value is not None}

    def portray(self, attributes: Mapping[str, Any]) -> dict[str, Any]:
        wanted = super().portray(attributes)
        # A clone knows the image of what it is a clone of as well.
        sources = [name for name in MADE_FROM if wanted.get(name)]
        return {name: value for name, value in wanted.items() if name not in sources[1:]}

    def change(self, api: OpenStackSession, id: str, want: Mapping[str, Any], last: Mapping[str, Any],
               group: str) -> Submitted | Again | Reply:
        if group in ("size", "volume_type") and self.present(api, id).get(group) == want[group]:
            # Cinder refuses to make it what it is.
            return Submitted(id)
        if group == "size":
            return self.act(api, id, {"os-extend": {"new_size": want["size"]}})
        if group == "volume_type":
            policy = want.get("migration_policy") or last.get("migration_policy") or "on-demand"
            reply = self.act(api, id, {"os-retype": {"new_type": want["volume_type"], "migration_policy": policy}})
            return Submitted(id, operation=f"{id}|{want['volume_type']}", request_id=reply.request_id)
        if group == "bootable":
            return self.act(api, id, {"os-set_bootable": {"bootable": bool(want.get("bootable"))}})
        return super().change(api, id, want, last, group)

    def poll(self, api: OpenStackSession, operations: Sequence[str]) -> Iterator[Progress]:
        """How changes of types stand, named ``volume|type``: one that fails leaves the volume as it was, without a word."""
        wanted = {operation: operation.split("|", 1) for operation in dict.fromkeys(operations)}
        seen = {each.id: each for each in self.observe(api, sorted({id for id, _ in wanted.values()}))}
        for operation, (id, type) in wanted.items():
            there = seen.get(id)
            if there is None or there.attributes.get("volume_type") == type or there.status == "failed":
                yield Progress(operation, "done", id=id)
            elif there.status == "pending":
                yield Progress(operation, "running", id=id)
            else:
                yield Progress(operation, "failed", f"Cinder did not make it a volume of type {type}: the back end cannot, its data may "
                               "not move (migration_policy), or it has snapshots", id)

    def act(self, api: OpenStackSession, id: str, action: Mapping[str, Any]) -> Reply:
        """One of the volume's actions. https://docs.openstack.org/api-ref/block-storage/v3/#volume-actions-volumes-action"""
        return self.ask(api, "POST", f"{self.place(id)}/action", dict(action))


def least(api: OpenStackSession, image: str) -> int:
    """GiB of the smallest volume that holds an image, which Cinder does not find by itself. Raises NotFound."""
    row = api.get("image", f"/images/{image}")
    content = int(row.get("virtual_size") or row.get("size") or 0)
    return max(1, int(row.get("min_disk") or 0), -(-content // GIB))
