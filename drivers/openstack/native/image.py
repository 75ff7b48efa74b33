"""openstack.image: an image of Glance that the project owns, made of a server, of a volume, or of what an address gives."""

from __future__ import annotations

import json
from collections.abc import Iterable, Iterator, Mapping, Sequence
from typing import Any

from mcflow.drivers.openstack.native.rest import Noun, RestType
from mcflow.drivers.openstack.session import OpenStackSession, Reply
from mcflow.drivers.sdk import (
    Again,
    Intent,
    NotFound,
    Observed,
    Submitted,
    UniqueName,
    boolean,
    integer,
    native_type,
    own_marks,
    string,
    tags,
)

STATES: dict[str, Any] = {"ACTIVE": "ready", "DEACTIVATED": "ready", "KILLED": "failed", "PENDING_DELETE": "deleting", "DELETED": "gone"}
"""https://docs.openstack.org/glance/latest/user/statuses.html"""

FIELDS = frozenset((
    "id", "name", "status", "visibility", "protected", "os_hidden", "checksum", "os_hash_algo", "os_hash_value", "owner", "size",
    "virtual_size", "container_format", "disk_format", "created_at", "updated_at", "tags", "direct_url", "min_ram", "min_disk", "self",
    "file", "stores", "schema", "locations", "description"))
"""What Glance itself says of an image; everything else is a property that somebody gave it."""

NOTED = frozenset((
    "instance_uuid", "user_id", "image_type", "base_image_ref", "boot_roles", "image_location", "image_state", "clean_attempts",
    "block_device_mapping", "bdm_v2", "root_device_name"))
"""Properties that Nova notes on a copy of a server."""
NOTES = ("owner_", "os_glance_", "signature_")
"""How other such properties begin."""

PATCH = {"Content-Type": "application/openstack-images-v2.1-json-patch"}


@native_type
class Image(RestType):
    """Its name is looked at before it is made. Cinder's copies of volumes take no marks, and are known by their ids only.
    https://docs.openstack.org/api-ref/image/v2/"""

    name = "openstack.image"
    identity = UniqueName(attribute="name", max_length=255, pattern="[A-Za-z0-9 ._-]")
    noun = Noun("image", "/images", "", "images", marks="properties")
    states = STATES
    seconds = 60.0
    matched_by = ("name",)
    unset = {"description": None, "min_disk": 0, "min_ram": 0, "protected": False}
    attributes = {
        "name": string("Its name."),
        "server_id": string("The server it is a copy of. One of server_id, volume_id and url is needed to make one.", at_create=True,
                            reference=["openstack.server"]),
        "volume_id": string("The volume it is a copy of.", at_create=True, reference=["openstack.volume"]),
        "force": boolean("Whether a volume is copied although a server has it, which some clouds allow.", at_create=True, write_only=True),
        "url": string("Where Glance gets its content from.", pattern="^https?://", set_after_create=True, write_only=True),
        "disk_format": string("raw, qcow2 …", default_from_cloud=True),
        "container_format": string("bare …", default_from_cloud=True),
        "description": string("What it is for.", group="settings", set_after_create=True, default=""),
        "visibility": string("Who may use it.", enum=["private", "shared", "community", "public"], group="settings", set_after_create=True,
                             default_from_cloud=True),
        "protected": boolean("Whether it cannot be deleted.", group="settings", set_after_create=True, default=False),
        "min_disk": integer("GiB that a machine's disk must have.", minimum=0, group="settings", set_after_create=True,
                            default_from_cloud=True, incidental=True),
        "min_ram": integer("MiB that a machine must have.", minimum=0, group="settings", set_after_create=True, default_from_cloud=True,
                           incidental=True),
        "delete_snapshots": boolean("Whether the snapshots of volumes that Nova made for it go with it.", local=True, default=True),
        "status": string("queued, saving, active …", read_only=True),
        "tags": {**tags("Properties; only the keys named here are managed."), "set_after_create": True},
    }
    required = ("name",)

    # -- create

    def create(self, api: OpenStackSession, want: Mapping[str, Any], intent: Intent) -> Submitted:
        if want.get("server_id"):
            action = {"createImage": {"name": want["name"], "metadata": self.proof(want, intent)}}
            reply = api.call("compute", "POST", f"/servers/{want['server_id']}/action", json=action)
            return Submitted(str(reply.body["image_id"]), request_id=reply.request_id)
        if want.get("volume_id"):
            copy = {"image_name": want["name"], **self.body(want, ("disk_format", "container_format", "force"))}
            reply = api.call("block-storage", "POST", f"/volumes/{want['volume_id']}/action", json={"os-volume_upload_image": copy})
            return Submitted(str(reply.body["os-volume_upload_image"]["image_id"]), request_id=reply.request_id)
        plain = {"disk_format": "qcow2", "container_format": "bare", **self.body(want, ("name", "disk_format", "container_format"))}
        reply = self.ask(api, "POST", "/images", {**plain, **self.proof(want, intent)})
        return Submitted(str(reply.body["id"]), request_id=reply.request_id)

    # -- read

    def observe(self, api: OpenStackSession, ids: Sequence[str]) -> Iterator[Observed]:
        missing = set(ids)
        for seen in super().observe(api, ids):
            missing.discard(seen.id)
            yield seen
        # Hidden images are in no listing.
        rows = [self.row(api, id) for id in sorted(missing) if len(ids) > 1]
        yield from self.shown(api, [row for row in rows if row is not None], {})

    def listed(self, api: OpenStackSession, params: Mapping[str, Any],
               parents: Mapping[str, Any] | None = None) -> Iterator[dict[str, Any]]:
        return super().listed(api, {"owner": api.project_id, "limit": 500, **params}, parents)

    def ours(self, api: OpenStackSession, row: Mapping[str, Any]) -> bool:
        return row.get("owner") in (None, api.project_id)

    def status(self, row: Mapping[str, Any]) -> tuple[Any, str]:
        word = str(row.get("status") or "")
        if row.get("os_glance_failed_import"):
            return "failed", f"the import into {row['os_glance_failed_import']} failed"
        status = STATES.get(word.upper(), "pending")
        if word == "queued" and own_marks(self.tags_of(row)) and not row.get("instance_uuid") and not row.get("os_glance_import_task"):
            # It waits for its content, which is another call's.
            status = "ready"
        return status, f"Glance says {word}" if status == "failed" else ""

    def read(self, api: OpenStackSession, row: Mapping[str, Any]) -> dict[str, Any]:
        return {**super().read(api, row), **({"server_id": row["instance_uuid"]} if row.get("instance_uuid") else {})}

    def tags_of(self, row: Mapping[str, Any]) -> dict[str, str]:
        return {key: value for key, value in row.items()
                if isinstance(value, str) and key not in FIELDS | NOTED and not key.startswith(NOTES)}

    def portray(self, attributes: Mapping[str, Any]) -> dict[str, Any]:
        return {name: value for name, value in super().portray(attributes).items()
                if (name, value) not in (("visibility", "private"), ("visibility", "shared"))}

    def find(self, api: OpenStackSession, want: Mapping[str, Any], intent: Intent) -> Iterator[Observed]:
        return (seen for seen in self._look(api, {"name": want["name"]}, {}) if seen.attributes.get("name") == want["name"])

    # -- change

    def change(self, api: OpenStackSession, id: str, want: Mapping[str, Any], last: Mapping[str, Any],
               group: str) -> Submitted | Again | Reply:
        if group == "url":
            row = self.present(api, id)
            if row.get("status") != "queued" or row.get("os_glance_import_task"):
                # An earlier call has begun it: Glance fills an image once.
                return Submitted(id)
            return self.ask(api, "POST", f"{self.place(id)}/import", {"method": {"name": "web-download", "uri": want["url"]}})
        names = [name for name, schema in self.attributes.items() if schema.get("group") == group]
        wanted = {name: want[name] for name in names if want.get(name) is not None}
        lost = {name: value for name, value in self.unset.items() if name in names and name not in wanted and last.get(name)}
        return self._patch(api, id, {**wanted, **lost})

    def write_tags(self, api: OpenStackSession, id: str, tags: Mapping[str, str]) -> Reply:
        gone = dict.fromkeys(key for key in self.tags_of(self.present(api, id)) if key not in tags)
        return self._patch(api, id, {**tags, **gone})

    def _patch(self, api: OpenStackSession, id: str, values: Mapping[str, Any]) -> Reply:
        """Set fields and properties; None removes a property. https://docs.openstack.org/api-ref/image/v2/#update-image"""
        row = self.present(api, id)
        return self.ask(api, "PATCH", self.place(id), list(_steps(row, values)), headers=PATCH)

    def delete(self, api: OpenStackSession, id: str, last: Mapping[str, Any]) -> Submitted | Again:
        if last.get("delete_snapshots") is not False:
            for snapshot in _snapshots(self.present(api, id)):
                going = _remove(api, snapshot)
                if going:
                    return Again(f"snapshot {snapshot} goes first")
        return Submitted(id, request_id=self.ask(api, "DELETE", self.place(id)).request_id)


def _steps(row: Mapping[str, Any], values: Mapping[str, Any]) -> Iterator[dict[str, Any]]:
    """The JSON patch that sets these values."""
    for name, value in values.items():
        path = "/" + name.replace("~", "~0").replace("/", "~1")
        if value is None:
            if name in row:
                yield {"op": "remove", "path": path}
        elif row.get(name) != value:
            yield {"op": "replace" if name in row else "add", "path": path, "value": value}


def _snapshots(row: Mapping[str, Any]) -> Iterable[str]:
    """The snapshots of volumes that a copy of a server is made of, where that boots from a volume."""
    told = row.get("block_device_mapping")
    disks = json.loads(told) if isinstance(told, str) else told or ()
    return [str(each["snapshot_id"]) for each in disks if isinstance(each, Mapping) and each.get("snapshot_id")]


def _remove(api: OpenStackSession, snapshot: str) -> bool:
    """Delete a snapshot; whether it still has to be waited for."""
    try:
        row = api.get("block-storage", f"/snapshots/{snapshot}")["snapshot"]
    except NotFound:
        return False
    if row["status"] != "deleting":
        api.call("block-storage", "DELETE", f"/snapshots/{snapshot}")
    return True
