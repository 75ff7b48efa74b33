"""Security groups. Their rules are sets on the group, so that rules made by others show, and so does the rule AWS itself puts in."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any

from mcflow.drivers.aws.native.ec2 import Ec2Type, Noun, where
from mcflow.drivers.aws.native.rules import RULE, canonical_rules, key, permissions, rules_of
from mcflow.drivers.aws.session import AwsSession
from mcflow.drivers.sdk import Again, AlreadyExists, Intent, NotFound, Observed, Submitted, UniqueName, array, native_type, string, tags

SIDES = {"inbound": ("IpPermissions", "ingress"), "outbound": ("IpPermissionsEgress", "egress")}


@native_type
class SecurityGroup(Ec2Type):
    """One security group with its rules.  https://docs.aws.amazon.com/AWSEC2/latest/APIReference/API_CreateSecurityGroup.html"""

    name = "aws.security_group"
    identity = UniqueName(attribute="group_name", max_length=255, pattern="[A-Za-z0-9._-]")
    noun = Noun("create_security_group", "describe_security_groups", "delete_security_group", "SecurityGroups", "GroupId", "group-id",
                "security-group")
    matched_by = {"group_name": "group-name", "vpc_id": "vpc-id"}
    attributes = {
        "group_name": string("Its name, unique in the VPC; must not start with sg-.", pattern="^(?!sg-)"),
        "description": string("What it is for."),
        "vpc_id": string("The VPC.", reference=["aws.vpc"]),
        "inbound": array(RULE, "What may come in.", set=True, set_after_create=True, blocks_delete=True, group="inbound"),
        "outbound": array(RULE, "What may go out. AWS puts a rule that allows everything into a new group.", set=True,
                          set_after_create=True, blocks_delete=True, group="outbound"),
        "owner_id": string("The account.", read_only=True),
        "tags": tags(),
    }
    required = ("group_name", "description", "vpc_id")

    def find(self, api: AwsSession, want: Mapping[str, Any], intent: Intent) -> Iterator[Observed]:
        return self.look(api, where("group-name", want["group_name"]), where("vpc-id", want["vpc_id"]))

    def read(self, row: Mapping[str, Any]) -> dict[str, Any]:
        return {**super().read(row), **{side: rules_of(row.get(member, ()), row["GroupId"]) for side, (member, _) in SIDES.items()}}

    def provided(self, row: Mapping[str, Any]) -> bool:
        return bool(row["GroupName"] == "default")

    def portray(self, attributes: Mapping[str, Any]) -> dict[str, Any]:
        # Nothing may go out: to be said, as AWS lets everything out of a new group.
        return {**super().portray(attributes), "outbound": attributes["outbound"]}

    def normalise(self, attribute: str, value: Any) -> Any:
        return canonical_rules(value) if attribute in SIDES else value

    def update(self, api: AwsSession, id: str, want: Mapping[str, Any], last: Mapping[str, Any], group: str) -> Submitted | Again:
        """Settle one direction, one call at a time: allow what is missing, then withdraw what is too much, then correct descriptions."""
        if group not in SIDES:
            return super().update(api, id, want, last, group)
        member, direction = SIDES[group]
        work = _work(want.get(group), last[group]) if last.get(group) is not None else []
        # What was seen last may be old: that nothing is to be done is believed only of what is there now.
        work = work or _work(want.get(group), rules_of(self.row(api, id).get(member, ()), id))
        if not work:
            return Submitted(id)
        verb, rules = work[0]
        try:
            api.call(verb.format(direction), GroupId=id, IpPermissions=permissions(rules, id))
        except (AlreadyExists, NotFound) as raced:
            if "Permission" not in raced.code:
                raise
            return Again("the rules shown were not the latest")
        # Once more, even after the last call: others may have changed the rules meanwhile, and a set is settled only when it is seen so.
        return Again(f"{len(rules)} rules sent")


def _work(wanted: Any, shown: Any) -> list[tuple[str, list[Any]]]:
    """The calls that make the rules shown those wanted, and the rules each is about."""
    wants = {key(rule): rule for rule in canonical_rules(wanted or [])}
    present = {key(rule): rule for rule in canonical_rules(shown)}
    missing = [rule for each, rule in wants.items() if each not in present]
    surplus = [rule for each, rule in present.items() if each not in wants]
    renamed = [rule for each, rule in wants.items() if each in present and rule.get("description") != present[each].get("description")]
    return [(verb, rules) for verb, rules in (("authorize_security_group_{}", missing), ("revoke_security_group_{}", surplus),
                                              ("update_security_group_rule_descriptions_{}", renamed)) if rules]
