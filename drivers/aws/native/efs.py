"""File systems that are mounted over NFS: the file system, where it can be mounted, and its access points."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from typing import Any

from mcflow.drivers.aws.native.ec2 import where
from mcflow.drivers.aws.native.parts import join, split
from mcflow.drivers.aws.native.service import Calls, ServiceType, Tagging
from mcflow.drivers.aws.session import AwsSession
from mcflow.drivers.sdk import (
    AlreadyExists,
    Intent,
    Natural,
    NotFound,
    Observed,
    Submitted,
    Token,
    array,
    boolean,
    integer,
    native_type,
    number,
    record,
    string,
    tags,
)

STATES = {"creating": "pending", "updating": "pending", "available": "ready", "deleting": "deleting", "deleted": "gone", "error": "failed"}
TAGGING = Tagging("tag_resource", "untag_resource", parameter="resource_id", told="tags")
AGES = [f"AFTER_{days}" for days in ("1_DAY", "7_DAYS", "14_DAYS", "30_DAYS", "60_DAYS", "90_DAYS", "180_DAYS", "270_DAYS", "365_DAYS")]


@native_type
class FileSystem(ServiceType):
    """One file system. A look at several takes one paged call, and two for each one: the API tells lifecycle and backup one by one.
    https://docs.aws.amazon.com/efs/latest/ug/API_CreateFileSystem.html"""

    name = "aws.efs_file_system"
    identity = Token()
    seconds = 10.0
    calls = Calls("efs", create="create_file_system", read="describe_file_systems", list="describe_file_systems",
                  delete="delete_file_system", id="file_system_id", key="file_system_id", row="file_systems[0]", rows="file_systems",
                  token="creation_token", state="life_cycle_state",
                  updates={"throughput": "update_file_system", "lifecycle": "put_lifecycle_configuration", "backup": "put_backup_policy",
                           "protection": "update_file_system_protection"})
    tagging = TAGGING
    states = STATES
    paths = {"replication_overwrite_protection": "file_system_protection.replication_overwrite_protection",
             "arn": "file_system_arn"}
    unset = {"throughput_mode": "bursting", "lifecycle_policies": []}
    attributes = {
        "performance_mode": string("generalPurpose, or maxIO for very many machines at the price of latency.",
                                   enum=["generalPurpose", "maxIO"], default="generalPurpose"),
        "encrypted": boolean("Whether what it keeps is encrypted.", default=False),
        "kms_key_id": string("The key it is encrypted with. Absent: the account's own for EFS.", default_from_cloud=True,
                             reference=["aws.kms_key"]),
        "availability_zone_name": string("The one zone it lives in. Absent: all of the region."),
        "throughput_mode": string("bursting grows with its size, elastic goes by use, provisioned is what is said.",
                                  enum=["bursting", "provisioned", "elastic"], group="throughput", default="bursting"),
        "provisioned_throughput_in_mibps": number("MiB/s, in mode provisioned.", group="throughput"),
        "lifecycle_policies": array(record({
            "transition_to_ia": string(enum=AGES), "transition_to_archive": string(enum=AGES),
            "transition_to_primary_storage_class": string(enum=["AFTER_1_ACCESS"])}),
            "After what time files move to cheaper storage, and back; one transition in each.", set=True, group="lifecycle",
            set_after_create=True),
        "backup": boolean("Whether AWS Backup saves it every day.", group="backup", default=False),
        "replication_overwrite_protection": string("Whether it may become a replica.", enum=["ENABLED", "DISABLED"], group="protection",
                                                   set_after_create=True, default_from_cloud=True),
        "arn": string("Its ARN.", read_only=True),
        "owner_id": string("The account.", read_only=True),
        "number_of_mount_targets": integer("How many mount targets it has.", read_only=True),
        "tags": tags(),
    }

    def create(self, api: AwsSession, want: Mapping[str, Any], intent: Intent) -> Submitted:
        try:
            return super().create(api, want, intent)
        except AlreadyExists:
            # So EFS answers a token that it knows.
            for row in api.rows("efs", "describe_file_systems", "file_systems", creation_token=intent.token):
                return Submitted(str(row["file_system_id"]))
            raise

    def find(self, api: AwsSession, want: Mapping[str, Any], intent: Intent) -> Iterator[Observed]:
        return self.shown(api, api.rows("efs", "describe_file_systems", "file_systems", creation_token=intent.token))

    def read(self, api: AwsSession, row: Mapping[str, Any]) -> dict[str, Any]:
        told, id = super().read(api, row), self.id_of(row)
        if self.status(row)[0] != "ready":
            return told
        policies = _or_nothing(api, "describe_lifecycle_configuration", id).get("lifecycle_policies") or []
        status = _or_nothing(api, "describe_backup_policy", id).get("backup_policy", {}).get("status")
        return {**told, "lifecycle_policies": policies, "backup": status in ("ENABLED", "ENABLING")}

    def change(self, api: AwsSession, id: str, want: Mapping[str, Any], last: Mapping[str, Any], group: str) -> Submitted | Any:
        if group == "backup":
            status = "ENABLED" if want.get("backup") else "DISABLED"
            return api.tell("efs", "put_backup_policy", file_system_id=id, backup_policy={"status": status})
        return super().change(api, id, want, last, group)

    def portray(self, attributes: Mapping[str, Any]) -> dict[str, Any]:
        portrayed = super().portray(attributes)
        return {name: value for name, value in portrayed.items() if (name, value) != ("replication_overwrite_protection", "ENABLED")}


def _or_nothing(api: AwsSession, operation: str, id: str) -> dict[str, Any]:
    """What a file system's configuration says; nothing where there is none."""
    try:
        return api.tell("efs", operation, file_system_id=id)
    except NotFound:
        return {}


@native_type
class MountTarget(ServiceType):
    """Where a file system can be mounted from: one subnet in each zone. The id is ``file system|subnet``. A look takes one call for each
    file system, and one for all security groups.  https://docs.aws.amazon.com/efs/latest/ug/API_CreateMountTarget.html"""

    name = "aws.efs_mount_target"
    identity = Natural()
    seconds = 90.0
    calls = Calls("efs", create="create_mount_target", list="describe_mount_targets", delete="delete_mount_target",
                  id="join('|', [file_system_id, subnet_id])", key="mount_target_id", rows="mount_targets", state="life_cycle_state",
                  updates={"security_groups": "modify_mount_target_security_groups"})
    states = STATES
    attributes = {
        "file_system_id": string("The file system.", reference=["aws.efs_file_system"]),
        "subnet_id": string("The subnet.", reference=["aws.subnet"]),
        "ip_address": string("Its address in the subnet.", default_from_cloud=True, incidental=True),
        "ipv6_address": string("Its IPv6 address.", default_from_cloud=True, incidental=True),
        "ip_address_type": string("Which kinds of addresses it has; the API does not tell.",
                                  enum=["IPV4_ONLY", "IPV6_ONLY", "DUAL_STACK"], at_create=True),
        "security_groups": array(string(reference=["aws.security_group"]), "Its security groups, at most five. Absent: the VPC's default "
                                 "group.", set=True, group="security_groups", default_from_cloud=True, reference=["aws.security_group"]),
        "mount_target_id": string("The API's id.", read_only=True),
        "network_interface_id": string("Its network interface.", read_only=True),
        "availability_zone_name": string("The zone.", read_only=True),
        "vpc_id": string("The VPC.", read_only=True),
    }
    required = ("file_system_id", "subnet_id")

    def rows_of(self, api: AwsSession, ids: Sequence[str]) -> Iterator[dict[str, Any]]:
        asked = set(ids)
        systems = dict.fromkeys(split(id)[0] for id in ids)
        return _with_groups(api, [row for system in systems for row in _targets_of(api, system) if self.id_of(row) in asked])

    def all_rows(self, api: AwsSession) -> Iterator[dict[str, Any]]:
        systems = list(api.rows("efs", "describe_file_systems", "file_systems"))
        mounted = [row["file_system_id"] for row in systems if row.get("number_of_mount_targets") != 0]
        return _with_groups(api, [row for system in mounted for row in _targets_of(api, system)])

    def find(self, api: AwsSession, want: Mapping[str, Any], intent: Intent) -> Iterator[Observed]:
        return self.match(api, want)

    def match(self, api: AwsSession, want: Mapping[str, Any]) -> Iterator[Observed]:
        return self.observe(api, [join(want["file_system_id"], want["subnet_id"])])

    def called(self, id: str) -> dict[str, str]:
        raise NotImplementedError("calls name a mount target by its own id, which is an attribute")

    def change(self, api: AwsSession, id: str, want: Mapping[str, Any], last: Mapping[str, Any], group: str) -> dict[str, Any]:
        return api.tell("efs", "modify_mount_target_security_groups", mount_target_id=last["mount_target_id"],
                        security_groups=want["security_groups"])

    def delete(self, api: AwsSession, id: str, last: Mapping[str, Any]) -> Submitted:
        name = last.get("mount_target_id") or next((row["mount_target_id"] for row in self.rows_of(api, [id])), None)
        if name is None:
            raise NotFound(f"{id} is not there")
        return Submitted(id, request_id=api.tell("efs", "delete_mount_target", mount_target_id=name)["request_id"])


def _targets_of(api: AwsSession, system: str) -> list[dict[str, Any]]:
    try:
        return list(api.rows("efs", "describe_mount_targets", "mount_targets", file_system_id=system))
    except NotFound:
        return []


def _with_groups(api: AwsSession, rows: list[dict[str, Any]]) -> Iterator[dict[str, Any]]:
    """Security groups as the network interfaces tell them, many a call; EFS itself tells those of one mount target a call."""
    interfaces = sorted({str(row["network_interface_id"]) for row in rows if row.get("network_interface_id")})
    groups: dict[str, list[str]] = {}
    for at in range(0, len(interfaces), MountTarget.batch):
        some = [where("network-interface-id", interfaces[at:at + MountTarget.batch])]
        for each in api.pages("describe_network_interfaces", "NetworkInterfaces", Filters=some):
            groups[each["NetworkInterfaceId"]] = sorted(group["GroupId"] for group in each.get("Groups", ()))
    return ({**row, "security_groups": groups.get(str(row.get("network_interface_id")))} for row in rows)


@native_type
class AccessPoint(ServiceType):
    """A door into a file system: a folder of it, as one user.  https://docs.aws.amazon.com/efs/latest/ug/API_CreateAccessPoint.html"""

    name = "aws.efs_access_point"
    identity = Token()
    calls = Calls("efs", create="create_access_point", read="describe_access_points", list="describe_access_points",
                  delete="delete_access_point", id="access_point_id", key="access_point_id", row="access_points[0]", rows="access_points",
                  token="client_token", state="life_cycle_state")
    tagging = TAGGING
    states = STATES
    paths = {"arn": "access_point_arn"}
    attributes = {
        "file_system_id": string("The file system.", reference=["aws.efs_file_system"]),
        "posix_user": record({"uid": integer(minimum=0), "gid": integer(minimum=0), "secondary_gids": array(integer(), set=True)},
                             "As whom everything is done through it.", required=["uid", "gid"]),
        "root_directory": record({"path": string(), "creation_info": record(
            {"owner_uid": integer(minimum=0), "owner_gid": integer(minimum=0), "permissions": string("As chmod takes it: 0755.")},
            "How the folder is made where it is not there.")}, "The folder it leads to.", default_from_cloud=True),
        "arn": string("Its ARN.", read_only=True),
        "tags": tags(),
    }
    required = ("file_system_id",)

    def portray(self, attributes: Mapping[str, Any]) -> dict[str, Any]:
        return {name: value for name, value in super().portray(attributes).items() if (name, value) != ("root_directory", {"path": "/"})}
