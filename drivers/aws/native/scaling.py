"""Auto-scaling groups: instances that are kept at a number."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from mcflow.drivers.aws.native.service import Calls, ServiceType
from mcflow.drivers.aws.session import AwsSession
from mcflow.drivers.sdk import (
    Again,
    Intent,
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

TOLD = ("value", "propagate_at_launch")
TEMPLATE = record({
    "launch_template_id": string("Its id.", default_from_cloud=True, reference=["aws.launch_template"]),
    "launch_template_name": string("Its name, in place of the id.", default_from_cloud=True),
    "version": string("A number, $Default or $Latest.", default_from_cloud=True),
}, "The launch template that instances are started by.", group="settings")


@native_type
class AutoScalingGroup(ServiceType):
    """One auto-scaling group. Its instances belong to it and are listed as such.
    https://docs.aws.amazon.com/autoscaling/ec2/APIReference/API_CreateAutoScalingGroup.html"""

    name = "aws.auto_scaling_group"
    identity = UniqueName(attribute="auto_scaling_group_name", max_length=255, pattern=r"[A-Za-z0-9 ._/-]")
    calls = Calls("autoscaling", "create_auto_scaling_group", "delete_auto_scaling_group", "auto_scaling_group_name",
                  "auto_scaling_group_name", list="describe_auto_scaling_groups", rows="auto_scaling_groups",
                  many="auto_scaling_group_names", batch=50, updates={"settings": "update_auto_scaling_group"})
    attributes = {
        "auto_scaling_group_name": string("Its name, unique in the region."),
        "launch_template": TEMPLATE,
        "min_size": integer("The fewest instances.", minimum=0, group="settings"),
        "max_size": integer("The most instances.", minimum=0, group="settings"),
        "desired_capacity": integer("How many there are to be; absent: not managed.", minimum=0, group="settings", default_from_cloud=True,
                                    incidental=True),
        "vpc_zone_identifier": array(string(), "The subnets that instances are started in.", set=True, group="settings", default=[],
                                     reference=["aws.subnet"]),
        "availability_zones": array(string(), "The zones, where no subnets are named.", set=True, group="settings",
                                    default_from_cloud=True, incidental=True),
        "target_group_arns": array(string(), "The target groups of load balancers that instances join.", set=True, group="target_groups",
                                   default=[], reference=["aws.lb_target_group"]),
        "health_check_type": string("EC2, or ELB for what the load balancer finds too.", group="settings", default="EC2"),
        "health_check_grace_period": integer("Seconds before a new instance is judged.", group="settings", default_from_cloud=True),
        "default_cooldown": integer("Seconds between two scalings.", group="settings", default=300),
        "termination_policies": array(string(), "Which instance goes first.", group="settings", default=["Default"]),
        "placement_group": string("The placement group its instances run in.", group="settings", reference=["aws.placement_group"],
                                  default=""),
        "capacity_rebalance": boolean("Whether spot instances are replaced before they are taken.", group="settings", default=False),
        "new_instances_protected_from_scale_in": boolean("Whether new instances are kept when it shrinks.", group="settings",
                                                         default=False),
        "max_instance_lifetime": integer("Seconds after which an instance is replaced.", group="settings", default_from_cloud=True),
        "propagate_at_launch": boolean("Whether its tags go to its instances.", group="tags", default=True),
        "force_delete": boolean("Whether it is deleted with its instances at once; otherwise it is brought to none first.", local=True,
                                default=False),
        "auto_scaling_group_arn": string("Its ARN.", read_only=True),
        "instances": array(string(), "Its instances.", read_only=True, set=True, changes_with=["settings"]),
        "tags": tags(),
    }
    required = ("auto_scaling_group_name", "launch_template", "min_size", "max_size")
    seconds = 10.0

    def parameters(self, want: Mapping[str, Any], names: Sequence[str], sent: Mapping[str, str] | None = None) -> dict[str, Any]:
        found = super().parameters(want, [name for name in names if name != "propagate_at_launch"], sent)
        if "vpc_zone_identifier" in found:
            found["vpc_zone_identifier"] = ",".join(found["vpc_zone_identifier"])
        return {name: value for name, value in found.items() if value not in ([], "")}

    def proof(self, want: Mapping[str, Any], intent: Intent) -> dict[str, Any]:
        # Marks stay with the group: an instance that bore them would pass for one of the state's own.
        goes = want.get("propagate_at_launch") is not False
        own = [_tag(key, value, goes) for key, value in want.get("tags", {}).items()]
        return {"tags": [*own, *(_tag(key, value, False) for key, value in intent.marks.items())]}

    def born_as(self, answer: Mapping[str, Any], want: Mapping[str, Any]) -> str:
        return str(want["auto_scaling_group_name"])

    def status(self, row: Mapping[str, Any]) -> tuple[Any, str]:
        return ("deleting" if row.get("status") else "ready"), str(row.get("status") or "")

    def provided(self, row: Mapping[str, Any]) -> bool:
        return any(tag["key"].startswith("eks:") for tag in row.get("tags") or ())

    def read(self, api: AwsSession, row: Mapping[str, Any]) -> dict[str, Any]:
        own = [tag for tag in row.get("tags") or () if not tag["key"].startswith("mcflow-")]
        return {**super().read(api, row), "vpc_zone_identifier": sorted(filter(None, (row.get("vpc_zone_identifier") or "").split(","))),
                "target_group_arns": sorted(row.get("target_group_arns") or ()),
                "instances": sorted(each["instance_id"] for each in row.get("instances") or ()),
                "propagate_at_launch": all(tag.get("propagate_at_launch") for tag in own)}

    def tags_of(self, api: AwsSession, row: Mapping[str, Any], told: Mapping[str, Any]) -> dict[str, str]:
        return {tag["key"]: tag.get("value") or "" for tag in row.get("tags") or ()}

    def portray(self, attributes: Mapping[str, Any]) -> dict[str, Any]:
        portrayed = super().portray(attributes)
        template = portrayed.get("launch_template") or {}
        if "launch_template_id" in template:
            portrayed["launch_template"] = {name: value for name, value in template.items() if name != "launch_template_name"}
        return portrayed

    def change(self, api: AwsSession, id: str, want: Mapping[str, Any], last: Mapping[str, Any],
               group: str) -> Submitted | Again | dict[str, Any]:
        if group != "target_groups":
            return super().change(api, id, want, last, group)
        present, wanted = set(self._row(api, id).get("target_group_arns") or ()), set(want.get("target_group_arns") or ())
        for verb, arns in (("attach", wanted - present), ("detach", present - wanted)):
            if arns:
                api.tell("autoscaling", f"{verb}_load_balancer_target_groups", auto_scaling_group_name=id, target_group_arns=sorted(arns))
                return Again(f"{len(arns)} target groups settled")
        return Submitted(id)

    def settle_tags(self, api: AwsSession, id: str, want: Mapping[str, Any], last: Mapping[str, Any]) -> Submitted | Again:
        propagated = want.get("propagate_at_launch") is not False
        present = {tag["key"]: tag for tag in self._row(api, id).get("tags") or ()}
        wanted: Mapping[str, str] = want.get("tags", {})
        own = {"resource_id": id, "resource_type": "auto-scaling-group"}
        sent = {key: {**_tag(key, value, propagated and not key.startswith("mcflow-")), **own} for key, value in wanted.items()}
        changed = [tag for key, tag in sent.items() if any(present.get(key, {}).get(name) != tag[name] for name in TOLD)]
        surplus = [key for key in last.get("tags", {}) if key in present and key not in wanted]
        if changed:
            api.tell("autoscaling", "create_or_update_tags", tags=changed)
            return Again(f"{len(changed)} tags written")
        if surplus:
            api.tell("autoscaling", "delete_tags", tags=[{"key": key, **own} for key in surplus])
            return Again(f"{len(surplus)} tags removed")
        return Submitted(id)

    def delete(self, api: AwsSession, id: str, last: Mapping[str, Any]) -> Submitted | Again:
        row = self._row(api, id)
        force = bool(last.get("force_delete"))
        if not force and (row["min_size"], row["max_size"], row["desired_capacity"]) != (0, 0, 0):
            api.tell("autoscaling", "update_auto_scaling_group", auto_scaling_group_name=id, min_size=0, max_size=0, desired_capacity=0)
            return Again("brought to no instances")
        answer = api.tell("autoscaling", "delete_auto_scaling_group", auto_scaling_group_name=id, force_delete=force)
        return Submitted(id, request_id=answer["request_id"])

    def _row(self, api: AwsSession, id: str) -> dict[str, Any]:
        row = self.row(api, id)
        if row is None:
            raise NotFound(f"auto-scaling group {id} is not there")
        return row


def _tag(key: str, value: str, goes: bool) -> dict[str, Any]:
    return {"key": key, "value": value, "propagate_at_launch": goes}
