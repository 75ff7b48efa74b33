"""Tables."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any

from mcflow.drivers.aws.native.service import Calls, ServiceType, Tagging
from mcflow.drivers.aws.session import AwsSession
from mcflow.drivers.sdk import (
    Again,
    Busy,
    InUse,
    NotFound,
    Submitted,
    UniqueName,
    array,
    boolean,
    integer,
    native_type,
    record,
    string,
    tags,
)

UNITS = record({"read_capacity_units": integer(minimum=1), "write_capacity_units": integer(minimum=1)},
               required=["read_capacity_units", "write_capacity_units"])
ANY_UNITS = {**UNITS, "default_from_cloud": True}
KEYS = array(record({"attribute_name": string(), "key_type": string(enum=["HASH", "RANGE"])}, required=["attribute_name", "key_type"]))
PROJECTION = record({"projection_type": string(enum=["ALL", "KEYS_ONLY", "INCLUDE"]), "non_key_attributes": array(string(), set=True)})
INDEX = {"index_name": string(), "key_schema": KEYS, "projection": PROJECTION}
WORKING = ("CREATING", "UPDATING", "DELETING")


def later(schema: dict[str, Any]) -> dict[str, Any]:
    """Set by a call of its own, after the table is made."""
    return {**schema, "set_after_create": True}


@native_type
class Table(ServiceType):
    """One DynamoDB table; the id is its name.  https://docs.aws.amazon.com/amazondynamodb/latest/APIReference/API_CreateTable.html

    DynamoDB lists names only: each table takes a request, and one each for its time to live, its backups and its tags.
    """

    name = "aws.dynamodb_table"
    identity = UniqueName(attribute="table_name", max_length=255, pattern="[A-Za-z0-9_.-]")
    calls = Calls("dynamodb", create="create_table", read="describe_table", row="table", list="list_tables", rows="table_names",
                  whole=False, delete="delete_table", made="table_description", id="table_name", key="table_name", state="table_status",
                  updates={"capacity": "update_table", "stream": "update_table", "encryption": "update_table",
                           "table_class": "update_table", "deletion_protection": "update_table",
                           "time_to_live": "update_time_to_live", "backups": "update_continuous_backups"})
    tagging = Tagging("tag_resource", "untag_resource", target="table_arn", list="list_tags_of_resource")
    states = {"ACTIVE": "ready", "ARCHIVED": "ready", "DELETING": "deleting", "INACCESSIBLE_ENCRYPTION_CREDENTIALS": "failed"}
    unset = {"stream_specification": {"stream_enabled": False}, "sse_specification": {"enabled": False}, "table_class": "STANDARD",
             "deletion_protection_enabled": False, "point_in_time_recovery_specification": {"point_in_time_recovery_enabled": False}}
    seconds = 15.0
    attributes = {
        "table_name": string("Its name, unique in account and region."),
        "attribute_definitions": array(record({"attribute_name": string(), "attribute_type": string(enum=["S", "N", "B"])}),
                                       "The attributes that keys and indexes are made of.", set=True, group="capacity"),
        "key_schema": array(KEYS["items"], "Its key: a HASH attribute, and a RANGE attribute if wanted."),
        "billing_mode": string("PROVISIONED, or PAY_PER_REQUEST.", enum=["PROVISIONED", "PAY_PER_REQUEST"], default="PROVISIONED",
                               group="capacity"),
        "provisioned_throughput": {**UNITS, "description": "Reads and writes a second, for PROVISIONED.", "group": "capacity"},
        "global_secondary_indexes": array(record({**INDEX, "provisioned_throughput": ANY_UNITS}), "Indexes with other keys.", set=True,
                                          group="capacity"),
        "local_secondary_indexes": array(record(INDEX), "Indexes that sort otherwise below the same HASH attribute.", set=True),
        "stream_specification": record({"stream_enabled": boolean(), "stream_view_type": string()}, "Whether its changes can be read.",
                                       group="stream"),
        "sse_specification": record({"enabled": boolean(), "sse_type": string(default_from_cloud=True),
                                     "kms_master_key_id": string(default_from_cloud=True)},
                                    "Whether a KMS key encrypts it instead of DynamoDB's own.", group="encryption"),
        "table_class": string(enum=["STANDARD", "STANDARD_INFREQUENT_ACCESS"], default="STANDARD", group="table_class"),
        "deletion_protection_enabled": boolean("Whether it cannot be deleted.", default=False, group="deletion_protection"),
        "time_to_live_specification": later(record({"enabled": boolean(), "attribute_name": string()},
                                                   "The attribute that tells when an item goes.", group="time_to_live")),
        "point_in_time_recovery_specification": later(record({
            "point_in_time_recovery_enabled": boolean(), "recovery_period_in_days": integer("Days.", default_from_cloud=True)},
            "Whether it can be brought back as it was at any second.", group="backups")),
        "table_arn": string("Its ARN.", read_only=True),
        "table_id": string("Its unique id.", read_only=True),
        "latest_stream_arn": string("The ARN of its stream.", read_only=True, changes_with=["stream"]),
        "tags": tags(),
    }
    required = ("attribute_definitions", "key_schema")

    def delete(self, api: AwsSession, id: str, last: Mapping[str, Any]) -> Submitted | Again:
        try:
            return super().delete(api, id, last)
        except InUse as refused:
            # Nothing hangs on a table: something is being done with it, and that ends.
            raise Busy(refused.message, code=refused.code, request_id=refused.request_id) from refused

    # -- read

    def status(self, row: Mapping[str, Any]) -> tuple[Any, str]:
        status, reason = super().status(row)
        if status == "ready" and any(each.get("index_status") in WORKING for each in row.get("global_secondary_indexes") or ()):
            return "pending", ""
        return status, reason

    def read(self, api: AwsSession, row: Mapping[str, Any]) -> dict[str, Any]:
        mode = (row.get("billing_mode_summary") or {}).get("billing_mode") or "PROVISIONED"
        stream, encryption = row.get("stream_specification") or {}, row.get("sse_description") or {}
        found = {
            **row, "billing_mode": mode, "provisioned_throughput": _units(row, mode),
            "table_class": (row.get("table_class_summary") or {}).get("table_class") or "STANDARD",
            "global_secondary_indexes": [
                {**_index(each), "provisioned_throughput": _units(each, mode)} for each in row.get("global_secondary_indexes") or ()],
            "local_secondary_indexes": [_index(each) for each in row.get("local_secondary_indexes") or ()],
            "stream_specification": stream if stream.get("stream_enabled") else None,
            "sse_specification": {"enabled": True, "sse_type": encryption.get("sse_type"),
                                  "kms_master_key_id": encryption.get("kms_master_key_arn")}
            if encryption.get("status") in ("ENABLED", "ENABLING", "UPDATING") else None,
            **self._backed(api, row["table_name"]),
        }
        return super().read(api, found)

    def _backed(self, api: AwsSession, table: str) -> dict[str, Any]:
        """What further calls tell. A table that is just being made or deleted has none of it."""
        try:
            living = api.tell("dynamodb", "describe_time_to_live", table_name=table).get("time_to_live_description") or {}
            backups = api.tell("dynamodb", "describe_continuous_backups", table_name=table).get("continuous_backups_description") or {}
        except NotFound:
            return {}
        recovery = backups.get("point_in_time_recovery_description") or {}
        expires = living.get("time_to_live_status") in ("ENABLED", "ENABLING")
        restorable = recovery.get("point_in_time_recovery_status") == "ENABLED"
        days = recovery.get("recovery_period_in_days")
        return {
            "time_to_live_specification": {"enabled": True, "attribute_name": living.get("attribute_name")} if expires else None,
            "point_in_time_recovery_specification": {
                "point_in_time_recovery_enabled": True, **({"recovery_period_in_days": days} if days else {})} if restorable else None,
        }

    def normalise(self, attribute: str, value: Any) -> Any:
        # What is switched off is as if nothing were said.
        switches = {"stream_specification": "stream_enabled", "sse_specification": "enabled", "time_to_live_specification": "enabled",
                    "point_in_time_recovery_specification": "point_in_time_recovery_enabled"}
        if attribute in switches and isinstance(value, dict) and not value.get(switches[attribute]):
            return None
        return super().normalise(attribute, value)

    # -- change

    def change(self, api: AwsSession, id: str, want: Mapping[str, Any], last: Mapping[str, Any],
               group: str) -> Submitted | Again | dict[str, Any]:
        if group == "capacity":
            return self._settle(api, id, want)
        if group == "time_to_live" and not (want.get("time_to_live_specification") or {}).get("enabled"):
            present = self._backed(api, id).get("time_to_live_specification")
            if not present:
                return Submitted(id)
            want = {**want, "time_to_live_specification": {**present, "enabled": False}}
        return super().change(api, id, want, last, group)

    def _settle(self, api: AwsSession, id: str, want: Mapping[str, Any]) -> Submitted | Again:
        """Capacity and indexes, one call at a time: AWS makes or deletes one index at once, and nothing else meanwhile."""
        row = self.row(api, id)
        if row is None:
            raise NotFound(f"table {id} is not there")
        present = self.read(api, row)
        step = next(capacity_steps(want, present), None)
        if step is None:
            return Submitted(id)
        what, request = step
        api.tell("dynamodb", "update_table", table_name=id, **request)
        return Again(what)


def capacity_steps(want: Mapping[str, Any], present: Mapping[str, Any]) -> Iterator[tuple[str, dict[str, Any]]]:
    """What is left to do, in order: the request for each step, and what it does."""
    wanted = {each["index_name"]: each for each in want.get("global_secondary_indexes") or ()}
    there = {each["index_name"]: each for each in present.get("global_secondary_indexes") or ()}
    for name in there.keys() - wanted.keys():
        yield f"index {name} deleted", {"global_secondary_index_updates": [{"delete": {"index_name": name}}]}
    for name in sorted(there.keys() & wanted.keys()):
        if any(_meant(wanted[name].get(part)) != _meant(there[name].get(part)) for part in ("key_schema", "projection")):
            yield f"index {name} deleted, to be made anew", {"global_secondary_index_updates": [{"delete": {"index_name": name}}]}
    mode = want.get("billing_mode") or "PROVISIONED"
    units = want.get("provisioned_throughput") if mode == "PROVISIONED" else None
    resized = [{"update": {"index_name": name, "provisioned_throughput": wanted[name]["provisioned_throughput"]}}
               for name in sorted(there.keys() & wanted.keys()) if mode == "PROVISIONED"
               and wanted[name].get("provisioned_throughput") not in (None, there[name].get("provisioned_throughput"))]
    sized = {"provisioned_throughput": units} if units and units != present.get("provisioned_throughput") else {}
    if mode != present.get("billing_mode") or sized or resized:
        yield "capacity set", {"billing_mode": mode, **sized, **({"global_secondary_index_updates": resized} if resized else {})}
    for name in sorted(wanted.keys() - there.keys()):
        yield f"index {name} made", {"attribute_definitions": want.get("attribute_definitions"),
                                     "global_secondary_index_updates": [{"create": wanted[name]}]}


def _units(row: Mapping[str, Any], mode: str) -> dict[str, int] | None:
    told = row.get("provisioned_throughput") or {}
    if mode != "PROVISIONED":
        return None
    return {name: told[name] for name in ("read_capacity_units", "write_capacity_units") if name in told}


def _index(row: Mapping[str, Any]) -> dict[str, Any]:
    return {name: row[name] for name in INDEX if name in row}


def _meant(value: Any) -> Any:
    """Without order where order means nothing."""
    if isinstance(value, dict):
        return {key: sorted(item) if key == "non_key_attributes" and item else item for key, item in value.items() if item}
    return value
