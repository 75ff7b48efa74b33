"""openstack.security_group with its rules as a set on it, rules of their own, and groups of addresses."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any

from mcflow.drivers.openstack.native.network import LATER_TAGS, description
from mcflow.drivers.openstack.native.rest import Noun, RestType
from mcflow.drivers.openstack.native.rules import DEFAULTS, FIELDS, RULE, canonical, canonical_rules, differences, key, request, rules_of
from mcflow.drivers.openstack.native.subnet import range_of
from mcflow.drivers.openstack.session import OpenStackSession, Reply
from mcflow.drivers.sdk import (
    AccessDenied,
    Again,
    AlreadyExists,
    Intent,
    NativeType,
    Natural,
    NotFound,
    Observed,
    Submitted,
    Tagged,
    array,
    boolean,
    native_type,
    string,
)


@native_type
class SecurityGroup(RestType):
    """What may pass to and from the ports that carry it.  https://docs.openstack.org/api-ref/network/v2/#security-groups-security-groups"""

    name = "openstack.security_group"
    identity = Tagged(visibility_lag=5.0)
    noun = Noun("network", "/security-groups", "security_group", "security_groups", ids="id", marked_by="description")
    matched_by = ("name",)
    attributes = {
        "name": string("The group's name.", group="settings", default_from_cloud=True, maxLength=255),
        "description": description(),
        "stateful": boolean("Whether answers pass by themselves.", group="stateful", default_from_cloud=True),
        "security_group_rules": array(RULE, "What may pass. Neutron puts two rules into a new group, that let everything out. Absent: "
                                            "not managed.", set=True, set_after_create=True, by_others=True, group="rules"),
        "tags": LATER_TAGS,
    }

    def read(self, api: OpenStackSession, row: Mapping[str, Any]) -> dict[str, Any]:
        shown = [{name: rule[name] for name in rule if name != "id"} for rule in rules_of(row.get("security_group_rules") or (), row["id"])]
        return {**super().read(api, row), "security_group_rules": sorted(shown, key=key)}

    def normalise(self, attribute: str, value: Any) -> Any:
        return canonical_rules(value) if attribute == "security_group_rules" else value

    def change(self, api: OpenStackSession, id: str, want: Mapping[str, Any], last: Mapping[str, Any],
               group: str) -> Submitted | Again | Reply:
        return self._settle(api, id, want) if group == "rules" else super().change(api, id, want, last, group)

    def _settle(self, api: OpenStackSession, id: str, want: Mapping[str, Any]) -> Submitted | Again:
        """Allow what is missing, all in one call, then withdraw what is too much, one rule after the other."""
        if want.get("security_group_rules") is None:
            return Submitted(id)
        missing, surplus = differences(want["security_group_rules"], rules_of(self.present(api, id)["security_group_rules"], id))
        try:
            if missing:
                rules = [request(rule, id) for rule in missing]
                self.ask(api, "POST", "/security-group-rules", {"security_group_rules": rules})
            elif surplus:
                self.ask(api, "DELETE", f"/security-group-rules/{surplus[0]}")
            else:
                return Submitted(id)
        except (AlreadyExists, NotFound) as raced:
            if raced.code not in ("SecurityGroupRuleExists", "SecurityGroupRuleNotFound"):
                raise
            if isinstance(raced, NotFound) and any(row["id"] == surplus[0] for row in self.present(api, id)["security_group_rules"]):
                raise AccessDenied(f"rule {surplus[0]} of group {id} was made by another project, which alone may withdraw it") from raced
            return Again("the rules shown were not the latest")
        # Once more, even after the last call: a set is settled only when it is seen so.
        return Again(f"{len(missing)} rules sent" if missing else "1 rule withdrawn")

    def provided(self, row: Mapping[str, Any]) -> bool:
        """The group that every project has."""
        return bool(row.get("name") == "default")

    def portray(self, attributes: Mapping[str, Any]) -> dict[str, Any]:
        """Rules, unless they are those of any new group; also that there are none."""
        told = super().portray(attributes)
        told.pop("security_group_rules", None)
        if told.get("stateful") is True:
            del told["stateful"]
        rules = attributes.get("security_group_rules")
        return told if rules is None or canonical_rules(rules) == list(DEFAULTS) else {**told, "security_group_rules": rules}


@native_type
class SecurityGroupRule(RestType):
    """One rule of a group whose rules are not managed as a set; nothing of it can be changed.
    https://docs.openstack.org/api-ref/network/v2/#security-group-rules-security-group-rules"""

    name = "openstack.security_group_rule"
    identity = Natural()
    noun = Noun("network", "/security-group-rules", "security_group_rule", "security_group_rules", marks="", ids="id")
    exclusive = True
    part_of = "security_group_id"
    attributes = {"security_group_id": string("The group it is in.", reference=["openstack.security_group"]), **FIELDS}
    required = ("security_group_id", "direction")
    # A listing shows rules with their group, which is what an import writes.
    discover = NativeType.discover

    def request(self, api: OpenStackSession, want: Mapping[str, Any], intent: Intent) -> dict[str, Any]:
        return request(canonical(want), str(want["security_group_id"]))

    def read(self, api: OpenStackSession, row: Mapping[str, Any]) -> dict[str, Any]:
        (rule,) = rules_of([row], str(row["security_group_id"]))
        return {name: value for name, value in {**rule, "security_group_id": row["security_group_id"]}.items() if name != "id"}

    def normalise(self, attribute: str, value: Any) -> Any:
        if attribute == "remote_ip_prefix" and isinstance(value, str):
            return canonical({"remote_ip_prefix": value}).get("remote_ip_prefix")
        if attribute == "protocol" and isinstance(value, str | int):
            return canonical({"protocol": value}).get("protocol")
        return value

    def natural(self, api: OpenStackSession, want: Mapping[str, Any]) -> Iterator[Observed]:
        wanted = key(canonical(want))
        found = self._look(api, {"security_group_id": want["security_group_id"]}, want)
        return (seen for seen in found if key(seen.attributes) == wanted)


@native_type
class AddressGroup(RestType):
    """Ranges of addresses that rules name together.  https://docs.openstack.org/api-ref/network/v2/#address-groups"""

    name = "openstack.address_group"
    identity = Tagged(visibility_lag=5.0)
    noun = Noun("network", "/address-groups", "address_group", "address_groups", ids="id", marked_by="description")
    matched_by = ("name",)
    attributes = {
        "name": string("The group's name.", group="settings", default_from_cloud=True, maxLength=255),
        "description": description(),
        "addresses": array(string(), "The ranges.", set=True, group="addresses"),
    }

    def normalise(self, attribute: str, value: Any) -> Any:
        if attribute == "addresses" and isinstance(value, list | tuple):
            return sorted({range_of(each) if isinstance(each, str) else each for each in value})
        return value

    def change(self, api: OpenStackSession, id: str, want: Mapping[str, Any], last: Mapping[str, Any],
               group: str) -> Submitted | Again | Reply:
        if group != "addresses":
            return super().change(api, id, want, last, group)
        present = {range_of(each) for each in self.present(api, id).get("addresses") or ()}
        wanted = {range_of(each) for each in want.get("addresses") or ()}
        for verb, ranges in (("add", wanted - present), ("remove", present - wanted)):
            if ranges:
                self.ask(api, "PUT", f"{self.place(id)}/{verb}_addresses", {"addresses": sorted(ranges)})
                return Again(f"{verb}: {len(ranges)} ranges")
        return Submitted(id)
