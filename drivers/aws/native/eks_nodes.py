"""Machines of Kubernetes clusters, by the group."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any

from mcflow.drivers.aws.native.eks import InCluster, tagging
from mcflow.drivers.aws.native.service import Calls, joined
from mcflow.drivers.aws.session import AwsSession
from mcflow.drivers.sdk import (
    Again,
    NotFound,
    NotUpdatable,
    Observed,
    Submitted,
    UniqueName,
    array,
    integer,
    mapping,
    native_type,
    record,
    string,
    tags,
)


@native_type
class NodeGroup(InCluster):
    """Machines of one kind in a cluster.  https://docs.aws.amazon.com/eks/latest/APIReference/API_CreateNodegroup.html

    The ids of its machines are asked of its auto-scaling groups, for all that are looked at in one call.
    """

    name = "aws.eks_node_group"
    identity = UniqueName(attribute="nodegroup_name", max_length=63, pattern="[A-Za-z0-9_-]")
    seconds = 180.0
    inside = "nodegroup_name"
    calls = Calls("eks", create="create_nodegroup", read="describe_nodegroup", list="list_nodegroups", delete="delete_nodegroup",
                  id=joined("cluster_name", "nodegroup_name"), key="cluster_name|nodegroup_name", made="nodegroup", row="nodegroup",
                  rows="nodegroups", whole=False, token="client_request_token", state="status", reason="health.issues[0].message")
    tagging = tagging("nodegroup_arn")
    sent = {"min_size": "scaling_config.min_size", "max_size": "scaling_config.max_size", "desired_size": "scaling_config.desired_size",
            "ec2_ssh_key": "remote_access.ec2_ssh_key", "source_security_groups": "remote_access.source_security_groups",
            "launch_template_id": "launch_template.id", "launch_template_version": "launch_template.version",
            "max_unavailable": "update_config.max_unavailable",
            "max_unavailable_percentage": "update_config.max_unavailable_percentage"}
    paths = {"auto_scaling_groups": "resources.auto_scaling_groups[].name"}
    attributes = {
        "cluster_name": string("Its cluster, by name.", reference=["aws.eks_cluster"]),
        "nodegroup_name": string("Its name, unique in the cluster."),
        "node_role": string("The role its machines act as, by ARN.", reference=["aws.iam_role"], takes="arn"),
        "subnets": array(string(reference=["aws.subnet"]), "The subnets its machines are in.", set=True),
        "instance_types": array(string(), "What its machines may be.", default_from_cloud=True),
        "ami_type": string("The kind of image.", default_from_cloud=True),
        "capacity_type": string("How its machines are bought.", enum=["ON_DEMAND", "SPOT", "CAPACITY_BLOCK"], default="ON_DEMAND",
                                default_from_cloud=True),
        "disk_size": integer("The root disk of each, GiB.", default_from_cloud=True),
        "ec2_ssh_key": string("The key pair for SSH, by name.", reference=["aws.key_pair"]),
        "source_security_groups": array(string(reference=["aws.security_group"]), "From where SSH is allowed.", set=True,
                                        default_from_cloud=True),
        "min_size": integer("The fewest there may be.", minimum=0, group="scaling", default_from_cloud=True),
        "max_size": integer("The most there may be.", minimum=1, group="scaling", default_from_cloud=True),
        "desired_size": integer("How many there are now.", minimum=0, group="scaling", default_from_cloud=True),
        "labels": mapping(string(), "Kubernetes labels of each.", group="labels", default={}),
        "taints": array(record({"key": string(), "value": string(),
                                "effect": string(enum=["NO_SCHEDULE", "NO_EXECUTE", "PREFER_NO_SCHEDULE"])}, required=["key", "effect"]),
                        "Kubernetes taints of each.", set=True, group="labels", default=[]),
        "version": string("Their Kubernetes version.", group="version", default_from_cloud=True, incidental=True),
        "release_version": string("The release of their image.", group="version", default_from_cloud=True, incidental=True),
        "launch_template_id": string("The launch template of its machines.", reference=["aws.launch_template"]),
        "launch_template_version": string("That template's version.", group="version", default_from_cloud=True),
        "max_unavailable": integer("How many may be missing during an update.", minimum=1, group="update_config", default_from_cloud=True,
                                   incidental=True),
        "max_unavailable_percentage": integer("How many of a hundred may be missing during an update.", minimum=1, maximum=100,
                                              group="update_config", default_from_cloud=True, incidental=True),
        "nodegroup_arn": string("Its ARN.", read_only=True),
        "auto_scaling_groups": array(string(), "Its auto-scaling groups, by name.", read_only=True),
        "instances": array(string(), "Its machines, by instance id.", set=True, read_only=True, changes_with=["scaling", "version"]),
        "status": string("EKS's word for its state.", read_only=True),
        "tags": tags(),
    }
    required = ("cluster_name", "node_role", "subnets")

    def shown(self, api: AwsSession, rows: Iterator[dict[str, Any]]) -> Iterator[Observed]:
        found = list(rows)
        names = [name for row in found for name in _scaling_groups(row)]
        groups = list(api.rows("autoscaling", "describe_auto_scaling_groups", "auto_scaling_groups", auto_scaling_group_names=names)
                      if names else ())
        instances = {group["auto_scaling_group_name"]: [each["instance_id"] for each in group.get("instances") or ()] for group in groups}
        for row in found:
            row["instances"] = sorted(id for name in _scaling_groups(row) for id in instances.get(name, ()))
        return super().shown(api, iter(found))

    def change(self, api: AwsSession, id: str, want: Mapping[str, Any], last: Mapping[str, Any],
               group: str) -> Submitted | Again | dict[str, Any]:
        names = [name for name, schema in self.attributes.items() if schema.get("group") == group]
        if group == "version":
            return self._release(api, id, want, last)
        if group == "labels":
            parameters = self._labels(api, id, want)
        elif names:
            parameters = self.parameters(want, names)
        else:
            raise NotUpdatable(f"{self.name} has no group {group}")
        if not parameters:
            return Submitted(id)
        return self.submitted(id, api.tell("eks", "update_nodegroup_config", **self.called(id), **parameters))

    def _labels(self, api: AwsSession, id: str, want: Mapping[str, Any]) -> dict[str, Any]:
        """What makes labels and taints so: EKS takes what to write and what to remove."""
        row = self.row(api, id)
        if row is None:
            raise NotFound(f"{id} is not there")
        had, wanted = row.get("labels") or {}, want.get("labels") or {}
        labels = {"add_or_update_labels": {key: value for key, value in wanted.items() if had.get(key) != value},
                  "remove_labels": [key for key in had if key not in wanted]}
        present, asked = row.get("taints") or [], want.get("taints") or []
        taints = {"add_or_update_taints": [taint for taint in asked if taint not in present],
                  "remove_taints": [taint for taint in present if _place(taint) not in {_place(each) for each in asked}]}
        changed: dict[str, dict[str, Any]] = {"labels": labels, "taints": taints}
        pruned = {name: {verb: value for verb, value in change.items() if value} for name, change in changed.items()}
        return {name: change for name, change in pruned.items() if change}

    def _release(self, api: AwsSession, id: str, want: Mapping[str, Any], last: Mapping[str, Any]) -> Submitted:
        template = want.get("launch_template_version")
        sent = {name: want[name] for name in ("version", "release_version") if want.get(name) and want[name] != last.get(name)}
        if template and template != last.get("launch_template_version"):
            sent["launch_template"] = {"id": want.get("launch_template_id"), "version": template}
        return self.submitted(id, api.tell("eks", "update_nodegroup_version", **self.called(id), **sent))


def _scaling_groups(row: Mapping[str, Any]) -> list[str]:
    return [each["name"] for each in (row.get("resources") or {}).get("auto_scaling_groups") or ()]


def _place(taint: Mapping[str, str]) -> tuple[str | None, str | None]:
    """What tells taints of a node apart."""
    return taint.get("key"), taint.get("effect")
