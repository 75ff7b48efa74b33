"""Who stands behind a load balancer: registrations of targets in target groups."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from typing import Any

from mcflow.drivers.aws.native.parts import join, split
from mcflow.drivers.aws.session import AwsSession
from mcflow.drivers.sdk import Intent, NativeType, Natural, NotFound, Observed, Submitted, integer, native_type, string

LEAVING = {"draining", "unhealthy.draining"}


@native_type
class TargetRegistration(NativeType[AwsSession]):
    """One target in one group; the id is ``group|target|port``. One that is being deregistered still finishes what it has begun. A look
    takes a call for each group, and tells the health of all its targets.
    https://docs.aws.amazon.com/elasticloadbalancing/latest/APIReference/API_RegisterTargets.html"""

    name = "aws.lb_target_registration"
    identity = Natural()
    family = "elbv2"
    exclusive = True
    attributes = {
        "target_group_arn": string("The group.", reference=["aws.lb_target_group"]),
        "target_id": string("An instance, an address, a function or a load balancer, as the group's target_type says.",
                            reference=["aws.instance", "aws.lb"]),
        "port": integer("The target's port. Absent: the group's.", minimum=1, maximum=65535, default_from_cloud=True),
        "availability_zone": string("The zone of an address outside the VPC, or all.", default_from_cloud=True),
        "health": string("initial, healthy, unhealthy, unused, draining or unavailable.", read_only=True),
        "health_reason": string("Why it is not healthy.", read_only=True),
    }
    required = ("target_group_arn", "target_id")

    def create(self, api: AwsSession, want: Mapping[str, Any], intent: Intent) -> Submitted:
        group, target, port = _place(api, want)
        more = {"availability_zone": want["availability_zone"]} if want.get("availability_zone") else {}
        answer = api.tell("elbv2", "register_targets", target_group_arn=group, targets=[{**_target(target, port), **more}])
        return Submitted(join(group, target, port), request_id=answer["request_id"])

    def observe(self, api: AwsSession, ids: Sequence[str]) -> Iterator[Observed]:
        asked = set(ids)
        return (seen for group in dict.fromkeys(split(id)[0] for id in ids) for seen in self._in(api, group) if seen.id in asked)

    def find(self, api: AwsSession, want: Mapping[str, Any], intent: Intent) -> Iterator[Observed]:
        return self.match(api, want)

    def match(self, api: AwsSession, want: Mapping[str, Any]) -> Iterator[Observed]:
        try:
            place = _place(api, want)
        except NotFound:
            return iter(())
        return self.observe(api, [join(*place)])

    def discover(self, api: AwsSession) -> Iterator[Observed]:
        groups = list(api.rows("elbv2", "describe_target_groups", "target_groups[].target_group_arn"))
        return (seen for group in groups for seen in self._in(api, group))

    def delete(self, api: AwsSession, id: str, last: Mapping[str, Any]) -> Submitted:
        group, target, port = split(id)
        answer = api.tell("elbv2", "deregister_targets", target_group_arn=group, targets=[_target(target, port)])
        return Submitted(id, request_id=answer["request_id"])

    def _in(self, api: AwsSession, group: str) -> Iterator[Observed]:
        try:
            rows = list(api.rows("elbv2", "describe_target_health", "target_health_descriptions", target_group_arn=group))
        except NotFound:
            return
        for row in rows:
            target, health = row["target"], row.get("target_health") or {}
            attributes = {"target_group_arn": group, "target_id": target["id"], "port": target.get("port"),
                          "availability_zone": target.get("availability_zone"), "health": health.get("state"),
                          "health_reason": health.get("description") or health.get("reason")}
            state = health.get("state")
            yield Observed(join(group, target["id"], str(target.get("port") or "")), "deleting" if state in LEAVING else "ready",
                           {name: value for name, value in attributes.items() if value is not None}, attributes["health_reason"] or "")


def _target(id: str, port: str) -> dict[str, Any]:
    return {"id": id, **({"port": int(port)} if port else {})}


def _place(api: AwsSession, want: Mapping[str, Any]) -> tuple[str, str, str]:
    """Group, target and port; the port is the group's where none is wanted, and none for a function."""
    group = str(want["target_group_arn"])
    port = want.get("port")
    if port is None:
        rows = api.tell("elbv2", "describe_target_groups", target_group_arns=[group])["target_groups"]
        port = rows[0].get("port")
    return group, str(want["target_id"]), str(port or "")
