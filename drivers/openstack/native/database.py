"""Managed databases of Trove: instances, the databases in them, and their users.

Nothing of Trove carries marks, and names of instances are not unique: they are derived, and looked at before a create.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from typing import Any, ClassVar

from mcflow.drivers.openstack.native.rest import Noun, RestType
from mcflow.drivers.openstack.session import OpenStackSession, Reply
from mcflow.drivers.sdk import (
    Again,
    Intent,
    Natural,
    NotFound,
    NotUpdatable,
    Observed,
    Submitted,
    UniqueName,
    array,
    boolean,
    integer,
    native_type,
    record,
    string,
)

TROVE = "database"
STATES = {"ACTIVE": "ready", "HEALTHY": "ready", "RESTART_REQUIRED": "ready", "SHUTDOWN": "ready", "ERROR": "failed", "FAILED": "failed",
          "BLOCKED": "failed", "DELETED": "gone"}
"""https://docs.openstack.org/api-ref/database/#instance-status: the others are passing."""
OPEN = record({"name": string("Its name."), "character_set": string("How texts are encoded."), "collate": string("How texts are ordered.")},
              required=["name"])
USER = record({"name": string("Its name."), "password": string("Its password.", sensitive=True), "host": string("From where it may come."),
               "databases": array(record({"name": string("A database it may use.")}))}, required=["name", "password"])


@native_type
class DatabaseInstance(RestType):
    """A machine that runs a database system.  https://docs.openstack.org/api-ref/database/#database-instances"""

    name = "openstack.database_instance"
    identity = UniqueName(attribute="name", max_length=60, pattern="[A-Za-z0-9-]", marked=False)
    noun = Noun(TROVE, "/instances", "instance", "instances", marks="", change="PUT")
    sent = {"flavor_id": "flavorRef", "volume_size": "volume.size", "volume_type": "volume.type", "datastore_type": "datastore.type",
            "datastore_version": "datastore.version", "is_public": "access.is_public", "allowed_cidrs": "access.allowed_cidrs"}
    states = STATES
    seconds = 600.0
    attributes = {
        "name": string("Its name.", maxLength=255),
        "datastore_type": string("The database system, as the cloud calls it (`mysql`, `mariadb`, `postgresql`)."),
        "datastore_version": string("Its version, as the cloud calls it.", group="upgrade"),
        "flavor_id": string("Its size, by id.", group="flavor"),
        "volume_size": integer("Its disk, GiB.", minimum=1, group="volume", grows=True),
        "volume_type": string("The type of its disk.", default_from_cloud=True, incidental=True),
        "nics": array(record({"network_id": string(reference=["openstack.network"]), "subnet_id": string(reference=["openstack.subnet"]),
                              "ip_address": string()}), "Where it stands.", at_create=True),
        "availability_zone": string("The zone.", at_create=True),
        "replica_of": string("The instance that it is a copy of.", reference=["openstack.database_instance"], at_create=True),
        "databases": array(OPEN, "Databases that are in it at first; others are openstack.databases.", at_create=True),
        "users": array(USER, "Users that it has at first; others are openstack.database_users.", at_create=True, sensitive=True),
        "is_public": boolean("Whether it is reached from the internet.", group="access", default=False),
        "allowed_cidrs": array(string(), "From where it is reached. Absent: from everywhere that it can be.", set=True, group="access"),
        "configuration": string("The configuration group it goes by.", group="configuration"),
        "hostname": string("Its name or address.", read_only=True),
        "status": string("What Trove says of it.", read_only=True),
    }
    required = ("datastore_type", "flavor_id", "volume_size")

    def named(self, api: OpenStackSession, name: str) -> Iterator[Observed]:
        return (seen for seen in self.discover(api) if seen.attributes.get("name") == name)

    def read(self, api: OpenStackSession, row: Mapping[str, Any]) -> dict[str, Any]:
        told = super().read(api, row)
        flavor = (row.get("flavor") or {}).get("id")
        configuration = (row.get("configuration") or {}).get("id")
        found = next(iter(row.get("ip") or ()), None) or next((each["address"] for each in row.get("addresses") or ()), None)
        more = {"flavor_id": str(flavor) if flavor is not None else None, "configuration": configuration,
                "hostname": row.get("hostname") or found}
        # What it had at first stands where it is now, as objects of their own.
        first = ("databases", "users", "nics", "replica_of")
        return {**{key: value for key, value in told.items() if key not in first},
                **{key: value for key, value in more.items() if value is not None}}

    def status(self, row: Mapping[str, Any]) -> tuple[Any, str]:
        status, reason = super().status(row)
        return status, str((row.get("fault") or {}).get("message") or reason) if status == "failed" else ""

    def change(self, api: OpenStackSession, id: str, want: Mapping[str, Any], last: Mapping[str, Any],
               group: str) -> Submitted | Again | Reply:
        place = self.place(id)
        match group:
            case "flavor":
                return self.ask(api, "POST", f"{place}/action", {"resize": {"flavorRef": want["flavor_id"]}})
            case "volume":
                return self.ask(api, "POST", f"{place}/action", {"resize": {"volume": {"size": want["volume_size"]}}})
            case "upgrade":
                return self.ask(api, "PATCH", place, {"instance": {"datastore_version": want["datastore_version"]}})
            case "access":
                access = {"is_public": bool(want.get("is_public")), "allowed_cidrs": list(want.get("allowed_cidrs") or ())}
                return self.ask(api, "PUT", place, {"instance": {"access": access}})
            case "configuration":
                return self.ask(api, "PUT", place, {"instance": {"configuration": want.get("configuration")}})
        raise NotUpdatable(f"{self.name} has no group {group}")


class Inside(RestType):
    """What is in an instance: known by its name there, and made by a call that answers nothing."""

    identity = Natural()
    exclusive = True
    serial: ClassVar[Callable[[Mapping[str, Any]], str | None] | None] = staticmethod(
        lambda want: f"instance/{want['instance_id']}" if isinstance(want.get("instance_id"), str) else None)

    def create(self, api: OpenStackSession, want: Mapping[str, Any], intent: Intent) -> Submitted:
        reply = self.ask(api, "POST", self.collection(want), {self.noun.rows: [self.request(api, want, intent)]})
        return Submitted(f"{want['instance_id']}|{want['name']}", request_id=reply.request_id)

    def natural(self, api: OpenStackSession, want: Mapping[str, Any]) -> Iterator[Observed]:
        if not want.get("instance_id") or not want.get("name"):
            return iter(())
        return (seen for seen in self._look(api, {}, want) if seen.attributes["name"] == want["name"])

    def row(self, api: OpenStackSession, id: str) -> dict[str, Any] | None:
        instance, name = id.split("|")
        try:
            rows = list(self.listed(api, {}, {"instance_id": instance}))
        except NotFound:
            return None
        return next((row for row in rows if row["name"] == name), None)

    def discover(self, api: OpenStackSession) -> Iterator[Observed]:
        for instance in list(api.rows(TROVE, "/instances", "instances")):
            if STATES.get(str(instance.get("status")).upper()) == "ready":
                yield from self._look(api, {}, {"instance_id": instance["id"]})


@native_type
class Database(Inside):
    """A database in an instance; the id is ``instance|name``.  https://docs.openstack.org/api-ref/database/#databases"""

    name = "openstack.database"
    noun = Noun(TROVE, "/instances/{instance_id}/databases", "database", "databases", marks="", id="name")
    attributes = {
        "instance_id": string("The instance.", reference=["openstack.database_instance"]),
        "name": string("Its name.", maxLength=64),
        "character_set": string("How texts are encoded.", at_create=True),
        "collate": string("How texts are ordered.", at_create=True),
    }
    required = ("instance_id", "name")


@native_type
class DatabaseUser(Inside):
    """A user of an instance; the id is ``instance|name``.  https://docs.openstack.org/api-ref/database/#database-users"""

    name = "openstack.database_user"
    noun = Noun(TROVE, "/instances/{instance_id}/users", "user", "users", marks="", id="name")
    attributes = {
        "instance_id": string("The instance.", reference=["openstack.database_instance"]),
        "name": string("Its name.", maxLength=32),
        "password": string("Its password.", group="password", write_only=True, sensitive=True),
        "host": string("From where it may come. Absent: from everywhere.", default_from_cloud=True, incidental=True),
        "databases": array(string(), "The databases that it may use.", set=True, group="databases"),
    }
    required = ("instance_id", "name", "password")

    def body(self, values: Mapping[str, Any], names: Any) -> dict[str, Any]:
        body = super().body(values, names)
        return {**body, "databases": [{"name": name} for name in body["databases"]]} if body.get("databases") else body

    def read(self, api: OpenStackSession, row: Mapping[str, Any]) -> dict[str, Any]:
        told = super().read(api, row)
        return {**told, "databases": sorted(each["name"] for each in row.get("databases") or ())}

    def change(self, api: OpenStackSession, id: str, want: Mapping[str, Any], last: Mapping[str, Any],
               group: str) -> Submitted | Again | Reply:
        if group == "password":
            return self.ask(api, "PUT", self.place(id), {"user": {"password": want["password"]}})
        have = set(self.read(api, self.present(api, id))["databases"])
        wanted = set(want.get("databases") or ())
        granted, revoked = sorted(wanted - have), sorted(have - wanted)
        if granted:
            self.ask(api, "PUT", f"{self.place(id)}/databases", {"databases": [{"name": name} for name in granted]})
            return Again("databases granted")
        if revoked:
            self.ask(api, "DELETE", f"{self.place(id)}/databases/{revoked[0]}")
            return Again(f"{revoked[0]} revoked")
        return Submitted(id)
