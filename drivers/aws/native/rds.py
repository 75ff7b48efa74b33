"""Managed databases: instances, and the snapshots made of them."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from typing import Any

from mcflow.drivers.aws.native.service import Calls, ServiceType, Tagging
from mcflow.drivers.aws.session import AwsSession
from mcflow.drivers.sdk import Again, NotUpdatable, Submitted, UniqueName, array, boolean, integer, native_type, string, tags

GONE_WRONG = ("failed", "inaccessible-encryption-credentials", "insufficient-capacity", "restore-error", "incompatible-network",
              "incompatible-option-group", "incompatible-parameters", "incompatible-restore", "incompatible-credentials",
              "incompatible-create")
STATES = {"available": "ready", "stopped": "ready", "storage-full": "ready", "storage-optimization": "ready", "deleting": "deleting",
          "inaccessible-encryption-credentials-recoverable": "failed", **dict.fromkeys(GONE_WRONG, "failed")}
"""The states that do not pass by themselves, and ``storage-optimization``: it takes hours, and the database serves meanwhile. All others
(creating, backing-up, modifying, upgrading …) are ``pending``."""


def tagging(arn: str, *, told: str = "") -> Tagging:
    """How all kinds of RDS are tagged. ``arn``: the attribute with the ARN; ``told``: where rows show tags."""
    return Tagging("add_tags_to_resource", "remove_tags_from_resource", parameter="resource_name", target=arn, pair=("key", "value"),
                   told=told, list="" if told else "list_tags_for_resource", listed="tag_list")


class Filtered(ServiceType):
    """A kind that is listed by a filter for ids: one paged call for many."""

    filter: str

    def rows_of(self, api: AwsSession, ids: Sequence[str]) -> Iterator[dict[str, Any]]:
        return api.rows("rds", self.calls.list, self.calls.rows, filters=[{"name": self.filter, "values": list(ids)}])


@native_type
class Database(Filtered):
    """One database instance; the id is its name.  https://docs.aws.amazon.com/AmazonRDS/latest/APIReference/API_CreateDBInstance.html

    Changes are made at once, not in the next maintenance window.
    """

    name = "aws.db_instance"
    identity = UniqueName(attribute="db_instance_identifier", max_length=63, pattern="[a-z0-9-]")
    seconds = 480.0
    filter = "db-instance-id"
    calls = Calls("rds", create="create_db_instance", list="describe_db_instances", delete="delete_db_instance",
                  id="db_instance_identifier", key="db_instance_identifier", made="db_instance", rows="db_instances",
                  state="db_instance_status")
    tagging = tagging("db_instance_arn", told="tag_list")
    states = STATES
    paths = {
        "vpc_security_group_ids": "vpc_security_groups[].vpc_security_group_id", "port": "endpoint.port",
        "db_subnet_group_name": "db_subnet_group.db_subnet_group_name", "endpoint_address": "endpoint.address",
        "endpoint_port": "endpoint.port", "db_parameter_group_name": "db_parameter_groups[0].db_parameter_group_name",
        "option_group_name": "option_group_memberships[0].option_group_name",
        "enable_iam_database_authentication": "iam_database_authentication_enabled",
        "enable_performance_insights": "performance_insights_enabled",
    }
    attributes = {
        "db_instance_identifier": string("Its name, unique in the account and region."),
        "engine": string("The database system, as RDS calls it: ``postgres``, ``mysql``, ``mariadb`` …"),
        "engine_version": string("Its version, or the beginning of one: ``16`` is any 16.x. It only goes up.", group="version",
                                 default_from_cloud=True, prefix=True),
        "db_instance_class": string("The size: ``db.t4g.medium`` …", group="class"),
        "allocated_storage": integer("The disk, GiB. It only grows.", minimum=5, maximum=65536, group="storage", grows=True,
                                     default_from_cloud=True),
        "storage_type": string("The kind of disk.", enum=["gp2", "gp3", "io1", "io2", "standard"], group="storage",
                               default_from_cloud=True),
        "iops": integer("Operations a second that are promised.", minimum=1000, maximum=256000, group="storage", default_from_cloud=True),
        "storage_throughput": integer("MiB a second that are promised.", group="storage", default_from_cloud=True, incidental=True),
        "max_allocated_storage": integer("How far the disk may grow by itself, GiB.", group="autoscaling", default_from_cloud=True),
        "master_username": string("The administrator's name."),
        "master_user_password": string("The administrator's password.", write_only=True, sensitive=True, group="password"),
        "manage_master_user_password": boolean("Whether RDS makes the password and keeps it in Secrets Manager.", at_create=True),
        "db_name": string("The database that is made with it."),
        "port": integer("Its port.", minimum=1150, maximum=65535, group="port", default_from_cloud=True),
        "vpc_security_group_ids": array(string(reference=["aws.security_group"]), "The security groups it carries.", set=True,
                                        group="security_groups", default_from_cloud=True),
        "db_subnet_group_name": string("The subnets it may stand in.", default_from_cloud=True, reference=["aws.db_subnet_group"]),
        "availability_zone": string("Its zone.", default_from_cloud=True, incidental=True),
        "multi_az": boolean("Whether a second one stands by in another zone.", group="availability", default=False),
        "publicly_accessible": boolean("Whether its name leads to a public address.", group="access", default_from_cloud=True),
        "backup_retention_period": integer("How long automatic backups are kept, days; 0: none.", minimum=0, maximum=35, group="backup",
                                           default_from_cloud=True),
        "preferred_backup_window": string("When backups are made, UTC: ``02:00-03:00``.", group="backup", default_from_cloud=True,
                                          incidental=True),
        "copy_tags_to_snapshot": boolean("Whether its snapshots carry its tags.", group="backup", default=False),
        "preferred_maintenance_window": string("When it may be maintained, UTC: ``sun:05:00-sun:06:00``.", group="maintenance",
                                               default_from_cloud=True, incidental=True),
        "auto_minor_version_upgrade": boolean("Whether it takes minor versions by itself.", group="maintenance", default=True),
        "db_parameter_group_name": string("Its settings.", group="parameters", default_from_cloud=True,
                                          reference=["aws.db_parameter_group"]),
        "option_group_name": string("Its options.", group="options", default_from_cloud=True),
        "deletion_protection": boolean("Whether RDS refuses to delete it.", group="protection", default=False),
        "storage_encrypted": boolean("Whether its disk is encrypted.", default_from_cloud=True),
        "kms_key_id": string("The key it is encrypted with, by ARN.", default_from_cloud=True, reference=["aws.kms_key"], takes="arn"),
        "license_model": string("Whose licence.", group="licence", default_from_cloud=True, incidental=True),
        "enable_iam_database_authentication": boolean("Whether IAM users may log in.", group="authentication", default=False),
        "ca_certificate_identifier": string("Who signs its certificate.", group="certificate", default_from_cloud=True, incidental=True),
        "monitoring_interval": integer("How often the operating system is measured, seconds; 0 is never.", group="monitoring", default=0),
        "monitoring_role_arn": string("The role that writes these figures.", group="monitoring", reference=["aws.iam_role"], takes="arn"),
        "enable_performance_insights": boolean("Whether its load is recorded.", group="insights", default_from_cloud=True),
        "skip_final_snapshot": boolean("Whether it is deleted without a last snapshot. Absent: yes, unless one is named.", local=True),
        "final_db_snapshot_identifier": string("The name of the snapshot made when it is deleted.", local=True),
        "delete_automated_backups": boolean("Whether its automatic backups go with it.", local=True),
        "allow_major_version_upgrade": boolean("Whether a new version may be a major one.", local=True),
        "endpoint_address": string("Its name in the DNS.", read_only=True),
        "endpoint_port": integer("The port it listens on.", read_only=True, changes_with=["port"]),
        "db_instance_arn": string("Its ARN.", read_only=True),
        "dbi_resource_id": string("Its id that never changes.", read_only=True),
        "db_instance_status": string("RDS's word for its state.", read_only=True),
        "tags": tags(),
    }
    required = ("db_instance_class", "engine")

    def status(self, row: Mapping[str, Any]) -> tuple[Any, str]:
        status, reason = super().status(row)
        pending = row.get("pending_modified_values") or {}
        if status == "ready" and "master_user_password" in pending:
            # Nothing else tells that a new password is not in force yet.
            return "pending", "the new password is not in force yet"
        return status, reason or (str(row.get("db_instance_status")) if status == "failed" else "")

    def change(self, api: AwsSession, id: str, want: Mapping[str, Any], last: Mapping[str, Any],
               group: str) -> Submitted | Again | dict[str, Any]:
        names = [name for name, schema in self.attributes.items() if schema.get("group") == group]
        if not names:
            raise NotUpdatable(f"{self.name} has no group {group}")
        sent = self.parameters(want, names, {"port": "db_port_number"})
        if group == "version" and want.get("allow_major_version_upgrade"):
            sent["allow_major_version_upgrade"] = True
        return api.tell("rds", "modify_db_instance", **self.called(id), apply_immediately=True, **sent)

    def delete(self, api: AwsSession, id: str, last: Mapping[str, Any]) -> Submitted | Again:
        final, kept = last.get("final_db_snapshot_identifier"), last.get("delete_automated_backups")
        skip = last.get("skip_final_snapshot")
        sent = {"skip_final_snapshot": final is None if skip is None else bool(skip), "delete_automated_backups": kept}
        if final is not None and not sent["skip_final_snapshot"]:
            sent["final_db_snapshot_identifier"] = final
        return Submitted(id, request_id=api.tell("rds", self.calls.delete, **self.called(id), **sent)["request_id"])

    def portray(self, attributes: Mapping[str, Any]) -> dict[str, Any]:
        """Groups that RDS gives by itself (``default.postgres16``, ``default:postgres-16``) are nobody's wish."""
        portrayed = super().portray(attributes)
        return {name: value for name, value in portrayed.items()
                if name not in ("db_parameter_group_name", "option_group_name") or not str(value).startswith("default")}


@native_type
class Snapshot(Filtered):
    """One snapshot made by hand.  https://docs.aws.amazon.com/AmazonRDS/latest/APIReference/API_CreateDBSnapshot.html"""

    name = "aws.db_snapshot"
    identity = UniqueName(attribute="db_snapshot_identifier", max_length=255, pattern="[a-z0-9-]")
    seconds = 180.0
    filter = "db-snapshot-id"
    calls = Calls("rds", create="create_db_snapshot", list="describe_db_snapshots", delete="delete_db_snapshot",
                  id="db_snapshot_identifier", key="db_snapshot_identifier", made="db_snapshot", rows="db_snapshots", state="status")
    tagging = tagging("db_snapshot_arn", told="tag_list")
    states = {"available": "ready", "failed": "failed", "deleting": "deleting"}
    attributes = {
        "db_snapshot_identifier": string("Its name, unique in the account and region."),
        "db_instance_identifier": string("The database it is of.", reference=["aws.db_instance"]),
        "allocated_storage": integer("The disk it is of, GiB.", read_only=True),
        "engine": string("The database system.", read_only=True),
        "engine_version": string("Its version.", read_only=True),
        "encrypted": boolean("Whether it is encrypted.", read_only=True),
        "db_snapshot_arn": string("Its ARN.", read_only=True),
        "snapshot_type": string("Who made it: ``manual`` or ``automated``.", read_only=True),
        "status": string("RDS's word for its state.", read_only=True),
        "tags": tags(),
    }
    required = ("db_instance_identifier",)

    def provided(self, row: Mapping[str, Any]) -> bool:
        return row.get("snapshot_type") == "automated"
