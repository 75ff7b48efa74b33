"""Launch templates: how instances are to be started, in numbered versions of which one is the default."""

from __future__ import annotations

import base64
from collections.abc import Iterator, Mapping, Sequence
from typing import Any

from mcflow.drivers.aws.native.ec2 import Ec2Type, Noun, tag_list, where
from mcflow.drivers.aws.session import AwsSession
from mcflow.drivers.sdk import (
    Again,
    Intent,
    NotFound,
    Observed,
    Submitted,
    UniqueName,
    anything,
    array,
    boolean,
    integer,
    native_type,
    record,
    string,
    tags,
)

DATA = record({
    "image_id": string("The AMI.", reference=["aws.image"]),
    "instance_type": string("The size."),
    "key_name": string("The key pair for SSH."),
    "security_group_ids": array(string(), "The security groups of the first interface.", reference=["aws.security_group"]),
    "security_groups": array(string(), "Security groups by name."),
    "iam_instance_profile": record({"arn": string(), "name": string()}, "The instance profile, by one of both."),
    "ebs_optimized": boolean("Whether it has bandwidth of its own to its volumes."),
    "disable_api_stop": boolean("Whether the API refuses to stop it."),
    "disable_api_termination": boolean("Whether the API refuses to terminate it."),
    "instance_initiated_shutdown_behavior": string("stop or terminate."),
    "kernel_id": string(), "ram_disk_id": string(),
    "monitoring": record({"enabled": boolean()}, "Whether it is measured every minute."),
    **{name: anything() for name in (
        "placement", "instance_market_options", "credit_specification", "cpu_options", "capacity_reservation_specification",
        "hibernation_options", "metadata_options", "enclave_options", "instance_requirements", "private_dns_name_options",
        "maintenance_options", "network_performance_options")},
    **{name: array(anything()) for name in (
        "block_device_mappings", "network_interfaces", "tag_specifications", "license_specifications", "secondary_interfaces")},
}, "What instances are started with: the API's LaunchTemplateData in snake case.", group="version")
WANTED = ("launch_template_data", "user_data")


@native_type
class LaunchTemplate(Ec2Type):
    """One launch template. A change makes a new version, which then becomes the default; earlier versions stay. The API has no filter for
    ids: every look lists the account's templates, and asks for the default version of all in one listing.
    https://docs.aws.amazon.com/AWSEC2/latest/APIReference/API_CreateLaunchTemplate.html"""

    name = "aws.launch_template"
    identity = UniqueName(attribute="launch_template_name", max_length=128, pattern=r"[A-Za-z0-9().\-/_]")
    noun = Noun("create_launch_template", "describe_launch_templates", "delete_launch_template", "LaunchTemplates", "LaunchTemplateId",
                "launch-template-id", "launch-template", made="LaunchTemplate")
    unfiltered = True
    matched_by = {"launch_template_name": "launch-template-name"}
    attributes = {
        "launch_template_name": string("Its name, unique in the region.", pattern="^.{3,}$"),
        "launch_template_data": DATA,
        "user_data": string("What instances run at their first start.", group="version", sensitive=True),
        "default_version_number": integer("The version that is used where none is named.", read_only=True, changes_with=["version"]),
        "latest_version_number": integer("The version made last.", read_only=True, changes_with=["version"]),
        "tags": tags(),
    }
    required = ("launch_template_name", "launch_template_data")

    def create(self, api: AwsSession, want: Mapping[str, Any], intent: Intent) -> Submitted:
        tags = tag_list({**want.get("tags", {}), **intent.marks})
        marks = [{"resource_type": self.noun.tagged, "tags": [{"key": each["Key"], "value": each["Value"]} for each in tags]}]
        answer = api.tell("ec2", "create_launch_template", launch_template_name=want["launch_template_name"],
                          launch_template_data=sent(want), tag_specifications=marks)
        return Submitted(answer["launch_template"]["launch_template_id"], request_id=answer["request_id"])

    def find(self, api: AwsSession, want: Mapping[str, Any], intent: Intent) -> Iterator[Observed]:
        name = want["launch_template_name"]
        return (seen for seen in self.look(api, where("launch-template-name", name)) if seen.attributes["launch_template_name"] == name)

    def read_all(self, api: AwsSession, rows: Sequence[dict[str, Any]]) -> list[dict[str, Any]]:
        versions = {version["launch_template_id"]: version for version in _versions(api, rows, "$Default")}
        return [{**self.read(row), **data_of(versions.get(row["LaunchTemplateId"], {}))} for row in rows]

    def change(self, api: AwsSession, id: str, want: Mapping[str, Any], group: str) -> Submitted | Again | dict[str, Any]:
        row = self.row(api, id)
        wanted = {name: want[name] for name in WANTED if want.get(name) is not None}
        newest = next(iter(_versions(api, [row], "$Latest")), {})
        if data_of(newest) != wanted:
            api.tell("ec2", "create_launch_template_version", launch_template_id=id, launch_template_data=sent(want))
            return Again("a new version is there")
        if row["DefaultVersionNumber"] == newest["version_number"]:
            return Submitted(id)
        return api.call("modify_launch_template", LaunchTemplateId=id, DefaultVersion=str(newest["version_number"]))

    def row(self, api: AwsSession, id: str) -> dict[str, Any]:
        for row in api.pages(self.noun.describe, self.noun.rows, LaunchTemplateIds=[id]):
            return row
        raise NotFound(f"{id} is not there")


def _versions(api: AwsSession, rows: Sequence[dict[str, Any]], version: str) -> Iterator[dict[str, Any]]:
    """The default or the latest version of one template, or of all there are where several are asked for."""
    if rows:
        one = {"launch_template_id": rows[0]["LaunchTemplateId"]} if len(rows) == 1 else {}
        yield from api.rows("ec2", "describe_launch_template_versions", "launch_template_versions", versions=[version], **one)


def sent(want: Mapping[str, Any]) -> dict[str, Any]:
    """A template's data as the API takes it."""
    coded = {"user_data": base64.b64encode(want["user_data"].encode()).decode()} if want.get("user_data") else {}
    return {**(want.get("launch_template_data") or {}), **coded}


def data_of(version: Mapping[str, Any]) -> dict[str, Any]:
    """A version's data as blueprints have it, what is empty left out."""
    told = _full(version.get("launch_template_data") or {})
    script = told.pop("user_data", None)
    return {"launch_template_data": told, **({"user_data": base64.b64decode(script).decode("utf-8", "replace")} if script else {})}


def _full(value: Any) -> Any:
    if isinstance(value, Mapping):
        return {name: _full(item) for name, item in value.items() if item not in (None, [], {})}
    return [_full(item) for item in value] if isinstance(value, list) else value
