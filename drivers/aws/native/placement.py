"""Placement groups: how close together or far apart instances run."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any

from mcflow.drivers.aws.native.ec2 import Ec2Type, Noun, request_id, where
from mcflow.drivers.aws.session import AwsSession
from mcflow.drivers.sdk import Intent, Observed, Submitted, UniqueName, integer, native_type, string, tags

STATES: dict[str, Any] = {"pending": "pending", "available": "ready", "deleting": "deleting", "deleted": "gone"}


@native_type
class PlacementGroup(Ec2Type):
    """One placement group. The API has no filter for ids: every look lists the account's groups.
    https://docs.aws.amazon.com/AWSEC2/latest/APIReference/API_CreatePlacementGroup.html"""

    name = "aws.placement_group"
    identity = UniqueName(attribute="group_name", max_length=255, pattern="[A-Za-z0-9._-]")
    noun = Noun("create_placement_group", "describe_placement_groups", "delete_placement_group", "PlacementGroups", "GroupId", "group-id",
                "placement-group", made="PlacementGroup")
    unfiltered = True
    matched_by = {"group_name": "group-name"}
    attributes = {
        "group_name": string("Its name, unique in the region."),
        "strategy": string("cluster: close together; spread: apart; partition: apart in parts.", enum=["cluster", "spread", "partition"],
                           default="cluster"),
        "partition_count": integer("How many parts, for partition.", minimum=1, maximum=7, default_from_cloud=True),
        "spread_level": string("rack or host, for spread.", default_from_cloud=True),
        "group_arn": string("Its ARN.", read_only=True),
        "tags": tags(),
    }
    required = ("group_name",)

    def request(self, api: AwsSession, want: Mapping[str, Any]) -> dict[str, Any]:
        return {"Strategy": "cluster", **super().request(api, want)}

    def status(self, row: Mapping[str, Any]) -> tuple[Any, str]:
        return STATES.get(row.get("State", "available"), "pending"), ""

    def find(self, api: AwsSession, want: Mapping[str, Any], intent: Intent) -> Iterator[Observed]:
        return (seen for seen in self.look(api, where("group-name", want["group_name"]))
                if seen.attributes["group_name"] == want["group_name"])

    def delete(self, api: AwsSession, id: str, last: Mapping[str, Any]) -> Submitted:
        # By name, the only way the API takes; the engine has looked that the name is still this id's.
        return Submitted(id, request_id=request_id(api.call("delete_placement_group", GroupName=last["group_name"])))
