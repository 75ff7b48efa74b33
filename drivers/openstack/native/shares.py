"""Shared file systems: shares, who may mount them, their snapshots and networks."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from typing import Any

from mcflow.drivers.openstack.marks import DESCRIPTION
from mcflow.drivers.openstack.native.rest import Noun, RestType
from mcflow.drivers.openstack.session import OpenStackSession, Reply
from mcflow.drivers.sdk import (
    Again,
    Intent,
    Natural,
    NotFound,
    Observed,
    Submitted,
    Tagged,
    array,
    boolean,
    integer,
    native_type,
    string,
    tags,
)

MANILA = "shared-file-system"
STATES = {"AVAILABLE": "ready", "INACTIVE": "ready", "ERROR": "failed", "ERROR_DELETING": "failed", "EXTENDING_ERROR": "failed",
          "SHRINKING_ERROR": "failed", "SHRINKING_POSSIBLE_DATA_LOSS_ERROR": "failed", "REVERTING_ERROR": "failed",
          "MANAGE_ERROR": "failed", "UNMANAGE_ERROR": "failed", "DELETING": "deleting", "DEFERRED_DELETING": "deleting", "DELETED": "gone",
          "ERROR_DEFERRED_DELETING": "failed", "UNMANAGED": "gone"}
"""https://docs.openstack.org/api-ref/shared-file-system/#shares: what is not here is passing."""
LATER = {"name": "display_name", "description": "display_description"}
"""What an update calls the fields that a create and a look call otherwise."""


def renamed(body: Mapping[str, Any]) -> dict[str, Any]:
    """A body of an update, with the names that updates have."""
    return {LATER.get(name, name): value for name, value in body.items()}


@native_type
class Share(RestType):
    """A shared file system.  https://docs.openstack.org/api-ref/shared-file-system/#shares

    Where it is exported takes a request for each share. Tags are its metadata.
    """

    name = "openstack.share"
    identity = Tagged(visibility_lag=5.0)
    noun = Noun(MANILA, "/shares", "share", "shares", marks="metadata", detail="/shares/detail")
    states = STATES
    unset = {"name": "", "description": ""}
    seconds = 20.0
    attributes = {
        "name": string("Name for people.", group="settings", default_from_cloud=True),
        "description": string("Text for people.", group="settings", default_from_cloud=True),
        "is_public": boolean("Whether other projects see it.", group="settings", default=False),
        "share_proto": string("How it is mounted.", enum=["CEPHFS", "CIFS", "GLUSTERFS", "HDFS", "MAPRFS", "NFS"]),
        "size": integer("Its size, GiB. A share shrinks only where its type can, and what is in it still fits.", minimum=1, group="size"),
        "share_type": string("The name of its type. Absent: the cloud's default.", default_from_cloud=True, incidental=True),
        "share_network_id": string("The network it is exported to, where its type makes share servers.",
                                   reference=["openstack.share_network"]),
        "snapshot_id": string("The snapshot that is in it at first.", reference=["openstack.share_snapshot"]),
        "availability_zone": string("The zone.", default_from_cloud=True, incidental=True),
        "tags": tags("Tags, kept as metadata; only the keys named here are managed."),
        "export_locations": array(string(), "Where it is mounted from, the preferred ones first.", read_only=True, changes_with=["size"]),
        "status": string("What Manila says of it.", read_only=True),
    }
    required = ("share_proto", "size")

    def shown(self, api: OpenStackSession, rows: Any, parents: Mapping[str, Any]) -> Iterator[Observed]:
        return super().shown(api, self._exported(api, rows), parents)

    def _exported(self, api: OpenStackSession, rows: Any) -> Iterator[dict[str, Any]]:
        for row in rows:
            if self.ours(api, row) and self.status(row)[0] == "ready":
                try:
                    row = {**row, "export_locations": locations(api, row["id"])}
                except NotFound:
                    continue
            yield row

    def read(self, api: OpenStackSession, row: Mapping[str, Any]) -> dict[str, Any]:
        told = super().read(api, row)
        if row.get("share_type_name"):
            told["share_type"] = row["share_type_name"]
        return told

    def change(self, api: OpenStackSession, id: str, want: Mapping[str, Any], last: Mapping[str, Any],
               group: str) -> Submitted | Again | Reply:
        if group == "size":
            size = self.present(api, id)["size"]
            if size == want["size"]:
                return Submitted(id)
            action = "extend" if want["size"] > size else "shrink"
            return self.ask(api, "POST", f"{self.place(id)}/action", {action: {"new_size": want["size"]}})
        names = [name for name, schema in self.attributes.items() if schema.get("group") == group]
        lost = {name: self.unset[name] for name in names if want.get(name) is None and name in self.unset and last.get(name)}
        return self.ask(api, "PUT", self.place(id), self.wrapped(renamed({**self.body(want, names), **lost})))


def locations(api: OpenStackSession, share: str) -> list[str]:
    """The paths that a share is mounted from, the preferred ones first. Raises NotFound."""
    rows = api.get(MANILA, f"/shares/{share}/export_locations")["export_locations"]
    ordered = sorted(rows, key=lambda row: (not row.get("preferred"), row["path"]))
    return [row["path"] for row in ordered if not row.get("is_admin_only")]


@native_type
class ShareAccessRule(RestType):
    """Who may mount a share; the id is ``share|rule``.  https://docs.openstack.org/api-ref/shared-file-system/#share-access-rules-since-api-v2-45"""

    name = "openstack.share_access_rule"
    identity = Natural()
    noun = Noun(MANILA, "/share-access-rules/{share_id}", "access", "access_list", marks="")
    exclusive = True
    """A share has one rule for each of those who may mount it."""
    state = "state"
    states = {"ACTIVE": "ready", "ERROR": "failed", "QUEUED_TO_DENY": "deleting", "DENYING": "deleting"}
    attributes = {
        "share_id": string("The share.", reference=["openstack.share"]),
        "access_type": string("By what they are known.", enum=["cephx", "cert", "ip", "user"]),
        "access_to": string("Who they are: an address, a range, a user."),
        "access_level": string("What they may do.", enum=["ro", "rw"], default="rw"),
        "access_key": string("The key that CephFS gave the user.", read_only=True, sensitive=True),
        "state": string("What Manila says of it.", read_only=True),
    }
    required = ("share_id", "access_type", "access_to")

    def create(self, api: OpenStackSession, want: Mapping[str, Any], intent: Intent) -> Submitted:
        names = ("access_type", "access_to", "access_level")
        body = {"access_level": "rw", **{name: want[name] for name in names if want.get(name) is not None}}
        reply = self.ask(api, "POST", f"/shares/{want['share_id']}/action", {"allow_access": body})
        return Submitted(f"{want['share_id']}|{reply.body['access']['id']}", request_id=reply.request_id)

    def listed(self, api: OpenStackSession, params: Mapping[str, Any],
               parents: Mapping[str, Any] | None = None) -> Iterator[dict[str, Any]]:
        share = (parents or {})["share_id"]
        return api.rows(MANILA, "/share-access-rules", "access_list", params={**params, "share_id": share})

    def natural(self, api: OpenStackSession, want: Mapping[str, Any]) -> Iterator[Observed]:
        if not all(want.get(name) for name in self.required):
            return iter(())
        return (seen for seen in self._look(api, {}, want)
                if all(seen.attributes.get(name) == want[name] for name in ("access_type", "access_to")))

    def discover(self, api: OpenStackSession) -> Iterator[Observed]:
        for share in list(api.rows(MANILA, "/shares/detail", "shares")):
            if self.ours(api, share):
                yield from self._look(api, {}, {"share_id": share["id"]})

    def delete(self, api: OpenStackSession, id: str, last: Mapping[str, Any]) -> Submitted | Again:
        share, rule = id.split("|")
        return Submitted(id, request_id=self.ask(api, "POST", f"/shares/{share}/action", {"deny_access": {"access_id": rule}}).request_id)


class Described(RestType):
    """What carries marks behind its description, which an update calls otherwise."""

    def ask(self, api: OpenStackSession, method: str, path: str, body: Any = None, **options: Any) -> Reply:
        if method == "PUT" and body:
            body = {self.noun.row: renamed(body[self.noun.row])}
        return super().ask(api, method, path, body, **options)


TEXT = string("Text for people; mcflow's marks stand behind it.", group="settings", default="", maxLength=DESCRIPTION)


@native_type
class ShareSnapshot(Described):
    """A share as it was at a moment.  https://docs.openstack.org/api-ref/shared-file-system/#share-snapshots"""

    name = "openstack.share_snapshot"
    identity = Tagged(visibility_lag=5.0)
    noun = Noun(MANILA, "/snapshots", "snapshot", "snapshots", detail="/snapshots/detail")
    states = STATES
    unset = {"name": ""}
    attributes = {
        "share_id": string("The share that it is of.", reference=["openstack.share"]),
        "name": string("Name for people.", group="settings", default_from_cloud=True),
        "description": TEXT,
        "size": integer("The size of the share when it was made, GiB.", read_only=True),
        "status": string("What Manila says of it.", read_only=True),
    }
    required = ("share_id",)


@native_type
class ShareNetwork(RestType):
    """Where share servers stand, for share types that make them.  https://docs.openstack.org/api-ref/shared-file-system/#share-networks"""

    name = "openstack.share_network"
    identity = Tagged(visibility_lag=5.0)
    noun = Noun(MANILA, "/share-networks", "share_network", "share_networks", detail="/share-networks/detail")
    unset = {"name": ""}
    attributes = {
        "name": string("Name for people.", group="settings", default_from_cloud=True),
        "description": TEXT,
        "neutron_net_id": string("The network.", reference=["openstack.network"]),
        "neutron_subnet_id": string("The subnet.", reference=["openstack.subnet"]),
        "availability_zone": string("The zone of its subnet. Absent: of all zones."),
    }

    def read(self, api: OpenStackSession, row: Mapping[str, Any]) -> dict[str, Any]:
        subnets: Sequence[Mapping[str, Any]] = row.get("share_network_subnets") or ()
        shown = next((each for each in subnets if not each.get("availability_zone")), subnets[0] if subnets else {})
        names = ("neutron_net_id", "neutron_subnet_id", "availability_zone")
        return {**super().read(api, row), **{name: shown[name] for name in names if shown.get(name)}}
