"""EC2's placement groups, which moto has not: unique names, an id, tags. The shapes are those of
botocore's own model, by which moto writes answers."""

from __future__ import annotations

import uuid
from typing import Any


def mend() -> None:
    """Give moto's EC2 the three calls, and ids that can be tagged."""
    from moto.ec2.responses import EC2Response
    from moto.ec2.utils import EC2_PREFIX_TO_RESOURCE, EC2_RESOURCE_TO_PREFIX

    EC2_RESOURCE_TO_PREFIX["placement-group"], EC2_PREFIX_TO_RESOURCE["pg"] = "pg", "placement-group"
    for call in (create_placement_group, describe_placement_groups, delete_placement_group):
        setattr(EC2Response, call.__name__, call)


def _groups(response: Any) -> dict[str, dict[str, Any]]:
    """Name → group, forgotten with the backend."""
    groups: dict[str, dict[str, Any]] = vars(response.ec2_backend).setdefault("placement_groups", {})
    return groups


def _told(response: Any, group: dict[str, Any]) -> dict[str, Any]:
    tags = response.ec2_backend.describe_tags(filters={"resource-id": [group["GroupId"]]})
    return {**group, "Tags": [{"Key": tag["key"], "Value": tag["value"]} for tag in tags]}


def create_placement_group(response: Any) -> Any:
    """https://docs.aws.amazon.com/AWSEC2/latest/APIReference/API_CreatePlacementGroup.html"""
    from moto.core.responses import ActionResult
    from moto.ec2.exceptions import EC2ClientError
    from moto.ec2.utils import add_tag_specification

    name = response._get_param("GroupName")
    if name in _groups(response):
        raise EC2ClientError("InvalidPlacementGroup.Duplicate", f"The Placement Group '{name}' already exists.")
    group = {"GroupName": name, "GroupId": f"pg-{uuid.uuid4().hex[:17]}", "State": "available",
             "Strategy": response._get_param("Strategy") or "cluster"}
    if response._get_param("PartitionCount"):
        group["PartitionCount"] = int(response._get_param("PartitionCount"))
    _groups(response)[name] = group
    tags = add_tag_specification(response._get_param("TagSpecifications", []))
    response.ec2_backend.create_tags([group["GroupId"]], tags)
    return ActionResult({"PlacementGroup": _told(response, group)})


def describe_placement_groups(response: Any) -> Any:
    """https://docs.aws.amazon.com/AWSEC2/latest/APIReference/API_DescribePlacementGroups.html"""
    from moto.core.responses import ActionResult

    return ActionResult({"PlacementGroups": [_told(response, group) for group in _groups(response).values()]})


def delete_placement_group(response: Any) -> Any:
    """https://docs.aws.amazon.com/AWSEC2/latest/APIReference/API_DeletePlacementGroup.html"""
    from moto.core.responses import EmptyResult
    from moto.ec2.exceptions import EC2ClientError

    name = response._get_param("GroupName")
    if name not in _groups(response):
        raise EC2ClientError("InvalidPlacementGroup.Unknown", f"The Placement Group '{name}' is unknown.")
    del _groups(response)[name]
    return EmptyResult()
