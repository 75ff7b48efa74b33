"""Security group rules: one spelling of each, what makes two the same for Neutron, and how wanted and present ones differ.

A rule has the API's names: ``direction``, ``ethertype``, ``protocol``, ``port_range_min`` and ``_max`` (for icmp type and code), one of
``remote_ip_prefix``, ``remote_group_id`` (``self``: the group the rule is in) and ``remote_address_group_id``, and ``description``.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from typing import Any

from mcflow.drivers.openstack.native.subnet import range_of
from mcflow.drivers.sdk import integer, record, string

ENDS = ("remote_ip_prefix", "remote_group_id", "remote_address_group_id")
FIELDS = {
    "direction": string("Which way the traffic goes.", enum=["ingress", "egress"]),
    "ethertype": string("IP version; absent: as the range says, else IPv4.", enum=["IPv4", "IPv6"], default_from_cloud=True),
    "protocol": string("tcp, udp, icmp, ipv6-icmp … or a number; absent: any."),
    "port_range_min": integer("First port; for icmp the type.", minimum=0, maximum=65535),
    "port_range_max": integer("Last port; for icmp the code.", minimum=0, maximum=65535),
    "remote_ip_prefix": string("The other side's range; absent: anywhere."),
    "remote_group_id": string("The group the other side carries; `self`: this one.", reference=["openstack.security_group"],
                              words=["self"]),
    "remote_address_group_id": string("The other side's group of addresses.", reference=["openstack.address_group"]),
    "description": string("What the rule is for.", maxLength=255),
}
RULE = record(FIELDS, "One rule.", required=["direction"])

PROTOCOLS = {"1": "icmp", "6": "tcp", "17": "udp", "58": "ipv6-icmp", "icmpv6": "ipv6-icmp", "any": None, "0": None}
EVERYWHERE = ("0.0.0.0/0", "::/0")
DEFAULTS: tuple[dict[str, Any], ...] = ({"direction": "egress", "ethertype": "IPv4"}, {"direction": "egress", "ethertype": "IPv6"})
"""What Neutron puts into a new group, unless the cloud's administrator has other ideas."""


def canonical(rule: Mapping[str, Any]) -> dict[str, Any]:
    """One spelling: names of protocols, ranges by their network, the IP version said, nothing absent spelled out."""
    plain = {name: rule[name] for name in FIELDS if rule.get(name) not in (None, "")}
    prefix = plain.get("remote_ip_prefix")
    if isinstance(prefix, str):
        plain["remote_ip_prefix"] = range_of(prefix)
    plain.setdefault("ethertype", "IPv6" if isinstance(prefix, str) and ":" in prefix else "IPv4")
    if plain.get("remote_ip_prefix") in EVERYWHERE:
        del plain["remote_ip_prefix"]
    if isinstance(plain.get("protocol"), str | int):
        protocol = str(plain.pop("protocol")).lower()
        name = PROTOCOLS.get(protocol, protocol)
        name = "ipv6-icmp" if name == "icmp" and plain["ethertype"] == "IPv6" else name
        plain.update({"protocol": name} if name else {})
    return {name: plain[name] for name in FIELDS if name in plain}


def canonical_rules(rules: Any) -> Any:
    """Rules with one spelling each, none twice; what is not a list of rules stays as it is."""
    if not isinstance(rules, Sequence) or not all(isinstance(rule, Mapping) for rule in rules):
        return rules
    once = {key(rule): rule for rule in reversed([canonical(rule) for rule in rules])}
    return sorted(once.values(), key=key)


def key(rule: Mapping[str, Any]) -> tuple[str, ...]:
    """What makes a rule the same for Neutron: everything but its description."""
    return tuple(str(rule.get(name, "")) for name in FIELDS if name != "description")


def rules_of(rows: Iterable[Mapping[str, Any]], group: str) -> list[dict[str, Any]]:
    """A group's rules as Neutron shows them, in one spelling, each with its ``id``."""
    made = []
    for row in rows:
        told = {**row, "remote_group_id": "self" if row.get("remote_group_id") == group else row.get("remote_group_id")}
        made.append({**canonical(told), "id": row["id"]})
    return made


def differences(wanted: Any, present: Sequence[Mapping[str, Any]]) -> tuple[list[dict[str, Any]], list[str]]:
    """What is to be added, and the ids of what is to go. A rule whose description alone is another goes first: Neutron changes no rule, and
    takes none twice."""
    wants = {key(rule): rule for rule in canonical_rules(wanted or [])}
    shown = {key(rule): rule for rule in present}
    stale = {each for each, rule in shown.items() if each in wants and wants[each].get("description") != rule.get("description")}
    # Neutron may hold a rule twice, spelled otherwise: all but one go.
    surplus = [rule["id"] for rule in present if key(rule) not in wants or key(rule) in stale or shown[key(rule)]["id"] != rule["id"]]
    return [rule for each, rule in wants.items() if each not in shown], surplus


def request(rule: Mapping[str, Any], group: str) -> dict[str, Any]:
    """A rule as the create call takes it."""
    return {**rule, "security_group_id": group, **({"remote_group_id": group} if rule.get("remote_group_id") == "self" else {})}
