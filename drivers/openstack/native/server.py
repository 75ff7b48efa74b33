"""openstack.server: a machine of Nova, on ports and, where it boots from one, on a volume that are there already."""

from __future__ import annotations

import base64
from collections.abc import Iterable, Iterator, Mapping, Sequence
from typing import Any

from mcflow.drivers.openstack.native.flavor import flavor_id
from mcflow.drivers.openstack.native.resizing import resize, unconfirmed
from mcflow.drivers.openstack.native.rest import Noun, RestType
from mcflow.drivers.openstack.session import OpenStackSession, Reply
from mcflow.drivers.sdk import (
    Again,
    Intent,
    Observed,
    Submitted,
    Tagged,
    anything,
    array,
    boolean,
    integer,
    mapping,
    native_type,
    record,
    string,
    tags,
)

STATES: dict[str, Any] = {
    "ACTIVE": "ready", "SHUTOFF": "ready", "VERIFY_RESIZE": "ready", "PAUSED": "ready", "SUSPENDED": "ready", "RESCUE": "ready",
    "SHELVED": "ready", "SHELVED_OFFLOADED": "ready", "ERROR": "failed", "DELETED": "gone", "SOFT_DELETED": "gone",
}
"""Nova's words for a server that nothing is being done with. https://docs.openstack.org/api-ref/compute/#servers-servers"""

DELETING = ("deleting", "soft-deleting")
"""Tasks of a server that goes."""

RUNS, STOPPED = 1, 4
"""Nova's numbers for whether a machine has power."""

STARTS: dict[str, Any] = {
    "PAUSED": {"unpause": None}, "SUSPENDED": {"resume": None}, "SHELVED": {"unshelve": None}, "SHELVED_OFFLOADED": {"unshelve": None},
    "RESCUE": {"unrescue": None},
}
"""What makes a machine run again, by the state it is in; otherwise it is started."""

ROOTS = ("/dev/vda", "/dev/sda", "/dev/xvda", "/dev/hda")
"""Names of the device that a machine boots from."""

CREATED_ALIKE = ("name", "description", "key_name", "availability_zone", "config_drive")

MAPPED = record({
    "source_type": string("volume, image, snapshot or blank.", enum=["volume", "image", "snapshot", "blank"]),
    "uuid": string("What it is made from.", reference=["openstack.volume", "openstack.image", "openstack.volume_snapshot"]),
    "destination_type": string("volume or local.", enum=["volume", "local"]),
    "boot_index": integer("0: it boots from this."),
    "volume_size": integer("GiB."), "volume_type": string(), "device_name": string(), "device_type": string(), "disk_bus": string(),
    "guest_format": string(), "tag": string(), "delete_on_termination": boolean("Whether it goes with the server."),
}, required=["source_type"])

PLUGGED = record({
    "port": string("A port of the blueprint.", reference=["openstack.port"], default_from_cloud=True),
    "uuid": string("A network, on which Nova makes a port of its own.", reference=["openstack.network"], default_from_cloud=True),
    "fixed_ip": string("The address on that port.", default_from_cloud=True),
})


@native_type
class Server(RestType):
    """A server that another task of Nova is busy with is pending, whatever its status says.
    https://docs.openstack.org/api-ref/compute/#servers-servers"""

    name = "openstack.server"
    identity = Tagged(visibility_lag=10.0)
    noun = Noun("compute", "/servers", "server", "servers", marks="metadata", detail="/servers/detail")
    states = STATES
    seconds = 30.0
    exclusive = True
    """A port and a volume are of one server at a time."""
    matched_by = ("name",)
    unset = {"description": ""}
    attributes = {
        "name": string("Its name, and that of the machine.", group="settings"),
        "description": string("Text for people.", group="settings", default="", maxLength=255),
        "flavor": string("Its size: a flavor's name.", group="flavor", reference=["openstack.flavor"], takes="name"),
        "image_id": string("The image it starts from; none where it boots from a volume.", reference=["openstack.image"]),
        "boot_volume_id": string("The volume it boots from, which stays when the server goes.", reference=["openstack.volume"]),
        "block_device_mapping_v2": array(MAPPED, "Disks that Nova makes for it, and what it boots from.", write_only=True),
        "networks": array(PLUGGED, "What it is plugged into, in order; absent: as Nova chooses. Ports that are plugged in later are left "
                          "alone.", shared=True, default_from_cloud=True),
        "key_name": string("The key pair for SSH.", reference=["openstack.key_pair"], takes="name"),
        "availability_zone": string("The zone it runs in.", default_from_cloud=True, incidental=True),
        "config_drive": boolean("Whether its configuration is on a drive of its own.", default_from_cloud=True),
        "user_data": string("What it runs at its first start, as it is: it is encoded here.", at_create=True, write_only=True,
                            sensitive=True),
        "admin_pass": string("The administrator's password; absent: Nova makes one that nobody gets to know.", at_create=True,
                             write_only=True, sensitive=True),
        "server_group_id": string("The server group whose policy places it.", write_only=True, reference=["openstack.server_group"]),
        "scheduler_hints": mapping(anything(), "Further hints for the scheduler.", at_create=True, write_only=True),
        "power": string("Whether it runs; absent: not managed.", enum=["running", "stopped"], group="power", default_from_cloud=True),
        "locked": boolean("Whether only administrators may change or delete it.", group="lock", set_after_create=True, default=False),
        "status": string("ACTIVE, SHUTOFF, ERROR …", read_only=True, changes_with=["power", "flavor"]),
        "tags": tags("Metadata; only the keys named here are managed."),
    }
    required = ("name", "flavor")

    def request(self, api: OpenStackSession, want: Mapping[str, Any], intent: Intent) -> dict[str, Any]:
        sent: dict[str, Any] = {**self.body(want, CREATED_ALIKE), **self.proof(want, intent)}
        sent["flavorRef"] = flavor_id(api, want["flavor"])
        sent["networks"] = want.get("networks") or "auto"
        if want.get("image_id"):
            sent["imageRef"] = want["image_id"]
        disks = [*_boot(want), *want.get("block_device_mapping_v2", ())]
        if disks:
            sent["block_device_mapping_v2"] = disks
        if want.get("user_data") is not None:
            sent["user_data"] = base64.b64encode(str(want["user_data"]).encode()).decode()
        if want.get("admin_pass") is not None:
            sent["adminPass"] = want["admin_pass"]
        return sent

    def create(self, api: OpenStackSession, want: Mapping[str, Any], intent: Intent) -> Submitted:
        body = self.wrapped(self.request(api, want, intent))
        hints = {**want.get("scheduler_hints", {}), **({"group": want["server_group_id"]} if want.get("server_group_id") else {})}
        if hints:
            body["OS-SCH-HNT:scheduler_hints"] = hints
        reply = self.ask(api, "POST", "/servers", body)
        return Submitted(str(reply.body["server"]["id"]), request_id=reply.request_id)

    def shown(self, api: OpenStackSession, rows: Iterable[dict[str, Any]], parents: Mapping[str, Any]) -> Iterator[Observed]:
        rows = list(rows)
        # A server in the making has hardly any ports yet, and is looked at most often.
        plugs = ports_of(api, [row["id"] for row in rows if row.get("status") != "BUILD"])
        return super().shown(api, [{**row, "networks": plugs.get(row["id"])} for row in rows], parents)

    def status(self, row: Mapping[str, Any]) -> tuple[Any, str]:
        word, task = str(row.get("status") or "").upper(), row.get("OS-EXT-STS:task_state")
        if task in DELETING:
            return "deleting", ""
        status = STATES.get(word, "pending")
        if status == "failed":
            return status, str((row.get("fault") or {}).get("message") or "Nova does not say why")
        return ("pending", "") if task and status == "ready" else (status, "")

    def read(self, api: OpenStackSession, row: Mapping[str, Any]) -> dict[str, Any]:
        word = str(row.get("status") or "").upper()
        flavor = (row.get("flavor") or {}).get("original_name")
        told = {name: row.get(name) for name in ("name", "description", "key_name", "networks", "locked", "status")}
        told |= {
            "flavor": unconfirmed(flavor) if word == "VERIFY_RESIZE" and flavor else flavor,
            "image_id": (row.get("image") or {}).get("id"),
            "boot_volume_id": root_volume(api, row),
            "availability_zone": row.get("OS-EXT-AZ:availability_zone") or None,
            "config_drive": str(row.get("config_drive")).lower() == "true",
            "power": _power(word, row.get("OS-EXT-STS:power_state")),
        }
        return {name: value for name, value in told.items() if value is not None}

    def portray(self, attributes: Mapping[str, Any]) -> dict[str, Any]:
        wanted = {name: value for name, value in super().portray(attributes).items()
                  if (name, value) not in (("power", "running"), ("config_drive", False))}
        if wanted.get("networks"):
            wanted["networks"] = [{"port": each["port"]} for each in wanted["networks"]]
        return wanted

    def change(self, api: OpenStackSession, id: str, want: Mapping[str, Any], last: Mapping[str, Any],
               group: str) -> Submitted | Again | Reply:
        if group == "flavor":
            return resize(self, api, id, want["flavor"])
        if group == "power":
            return self._switch(api, id, want.get("power"))
        if group == "lock":
            return self.act(api, id, {"lock" if want.get("locked") else "unlock": None})
        return super().change(api, id, want, last, group)

    def act(self, api: OpenStackSession, id: str, action: Mapping[str, Any]) -> Reply:
        """One of the server's actions. https://docs.openstack.org/api-ref/compute/#servers-run-an-action-servers-action"""
        return self.ask(api, "POST", f"{self.place(id)}/action", dict(action))

    def _switch(self, api: OpenStackSession, id: str, power: str | None) -> Submitted | Reply:
        row = self.present(api, id)
        if power in (None, self.read(api, row).get("power")):
            return Submitted(id)
        stop: dict[str, Any] = {"os-stop": None}
        return self.act(api, id, stop if power == "stopped" else STARTS.get(str(row.get("status")), {"os-start": None}))


def _boot(want: Mapping[str, Any]) -> Iterator[dict[str, Any]]:
    if want.get("boot_volume_id"):
        yield {"uuid": want["boot_volume_id"], "source_type": "volume", "destination_type": "volume", "boot_index": 0,
               "delete_on_termination": False}
        return
    disks = want.get("block_device_mapping_v2", ())
    if want.get("image_id") and disks and not any(disk.get("boot_index") == 0 for disk in disks):
        # With a list of disks Nova wants the image's own in it.
        yield {"uuid": want["image_id"], "source_type": "image", "destination_type": "local", "boot_index": 0,
               "delete_on_termination": True}


def _power(word: str, number: Any) -> str | None:
    if word == "VERIFY_RESIZE":
        return {RUNS: "running", STOPPED: "stopped"}.get(number)
    return {"ACTIVE": "running", "SHUTOFF": "stopped"}.get(word)


def ports_of(api: OpenStackSession, servers: Sequence[str]) -> dict[str, list[dict[str, Any]]]:
    """What servers are plugged into, oldest port first: of all of them in one listing. Nova does not tell it with a server."""
    if not servers:
        return {}
    found: dict[str, list[dict[str, Any]]] = {}
    rows = api.rows("network", "/ports", "ports", params={"device_id": sorted(servers)})
    for row in sorted(rows, key=lambda each: str(each.get("created_at") or "")):
        addresses = [each["ip_address"] for each in row.get("fixed_ips", ())]
        plug = {"port": row["id"], "uuid": row["network_id"], **({"fixed_ip": addresses[0]} if addresses else {})}
        found.setdefault(row["device_id"], []).append(plug)
    return found


def root_volume(api: OpenStackSession, row: Mapping[str, Any]) -> str | None:
    """The volume that a server boots from, None where it boots from an image's copy. Nova lists a server's volumes without saying which it
    is: Cinder knows under which names they are plugged in."""
    attached = [each["id"] for each in row.get("os-extended-volumes:volumes_attached", ())]
    if row.get("image") or not attached:
        return None
    if len(attached) == 1:
        return str(attached[0])
    for volume in api.rows("block-storage", "/volumes/detail", "volumes"):
        if volume["id"] in attached and any(each["server_id"] == row["id"] and each["device"] in ROOTS for each in volume["attachments"]):
            return str(volume["id"])
    return str(attached[0])
