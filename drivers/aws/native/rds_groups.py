"""What databases share: subnets they may stand in, and settings. RDS shows tags of these only one by one: a call each."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from mcflow.drivers.aws.native.rds import tagging
from mcflow.drivers.aws.native.service import Calls, ServiceType
from mcflow.drivers.aws.session import AwsSession
from mcflow.drivers.sdk import Again, NotUpdatable, Submitted, UniqueName, array, native_type, record, string, tags

PAGE = 20
"""How many parameters one call takes."""


@native_type
class SubnetGroup(ServiceType):
    """The subnets a database may stand in.  https://docs.aws.amazon.com/AmazonRDS/latest/APIReference/API_CreateDBSubnetGroup.html"""

    name = "aws.db_subnet_group"
    identity = UniqueName(attribute="db_subnet_group_name", max_length=255, pattern="[a-z0-9_.-]")
    calls = Calls("rds", create="create_db_subnet_group", read="describe_db_subnet_groups", row="db_subnet_groups[0]",
                  list="describe_db_subnet_groups", delete="delete_db_subnet_group", id="db_subnet_group_name", key="db_subnet_group_name",
                  made="db_subnet_group", rows="db_subnet_groups", updates={"subnets": "modify_db_subnet_group"})
    tagging = tagging("db_subnet_group_arn")
    paths = {"subnet_ids": "subnets[].subnet_identifier"}
    attributes = {
        "db_subnet_group_name": string("Its name, unique in the account and region."),
        "db_subnet_group_description": string("What it is for.", group="subnets"),
        "subnet_ids": array(string(reference=["aws.subnet"]), "Subnets in two zones at least.", set=True, group="subnets"),
        "db_subnet_group_arn": string("Its ARN.", read_only=True),
        "vpc_id": string("Their VPC.", read_only=True),
        "tags": tags(),
    }
    required = ("db_subnet_group_description", "subnet_ids")

    def provided(self, row: Mapping[str, Any]) -> bool:
        return row.get("db_subnet_group_name") == "default"


@native_type
class ParameterGroup(ServiceType):
    """Settings of databases.  https://docs.aws.amazon.com/AmazonRDS/latest/APIReference/API_CreateDBParameterGroup.html

    Its parameters are written after it was made, 20 a call; those no longer wanted go back to what the engine has.
    """

    name = "aws.db_parameter_group"
    identity = UniqueName(attribute="db_parameter_group_name", max_length=255, pattern="[a-z0-9-]")
    calls = Calls("rds", create="create_db_parameter_group", read="describe_db_parameter_groups", row="db_parameter_groups[0]",
                  list="describe_db_parameter_groups", delete="delete_db_parameter_group", id="db_parameter_group_name",
                  key="db_parameter_group_name", made="db_parameter_group", rows="db_parameter_groups")
    tagging = tagging("db_parameter_group_arn")
    attributes = {
        "db_parameter_group_name": string("Its name, unique in the account and region."),
        "db_parameter_group_family": string("What it is for: ``postgres16``, ``mysql8.0`` …"),
        "description": string("What it is for, in words."),
        "parameters": array(record({
            "parameter_name": string("Which."), "parameter_value": string("Its value."),
            "apply_method": string("When: at once, or for those that are static at the next start.", enum=["immediate", "pending-reboot"],
                                   default="immediate"),
        }, required=["parameter_name", "parameter_value"]), "The parameters that differ from the engine's own.", set=True,
            group="parameters", set_after_create=True, default=[]),
        "db_parameter_group_arn": string("Its ARN.", read_only=True),
        "tags": tags(),
    }
    required = ("db_parameter_group_family", "description")

    def read(self, api: AwsSession, row: Mapping[str, Any]) -> dict[str, Any]:
        name = row["db_parameter_group_name"]
        found = [] if self.provided(row) else self._parameters(api, name)
        return {**super().read(api, row), "parameters": sorted(found, key=lambda each: each["parameter_name"])}

    def _parameters(self, api: AwsSession, name: str) -> list[dict[str, str]]:
        """Those that somebody set."""
        rows = api.rows("rds", "describe_db_parameters", "parameters", db_parameter_group_name=name, source="user")
        return [{"parameter_name": row["parameter_name"], "parameter_value": row["parameter_value"],
                 "apply_method": row.get("apply_method") or "immediate"} for row in rows if row.get("parameter_value") is not None]

    def change(self, api: AwsSession, id: str, want: Mapping[str, Any], last: Mapping[str, Any],
               group: str) -> Submitted | Again | dict[str, Any]:
        if group != "parameters":
            raise NotUpdatable(f"{self.name} has no group {group}")
        wanted = [{"apply_method": "immediate", **each} for each in want.get("parameters") or ()]
        present = self._parameters(api, id)
        changed = [each for each in wanted if each not in present]
        names = {each["parameter_name"] for each in wanted}
        surplus = [{name: each[name] for name in ("parameter_name", "apply_method")}
                   for each in present if each["parameter_name"] not in names]
        if changed:
            api.tell("rds", "modify_db_parameter_group", **self.called(id), parameters=changed[:PAGE])
            return Again(f"{len(changed[:PAGE])} parameters written")
        if surplus:
            api.tell("rds", "reset_db_parameter_group", **self.called(id), reset_all_parameters=False, parameters=surplus[:PAGE])
            return Again(f"{len(surplus[:PAGE])} parameters reset")
        return Submitted(id)

    def provided(self, row: Mapping[str, Any]) -> bool:
        return str(row.get("db_parameter_group_name")).startswith("default.")
