"""Security group rules: one flat rule per source or destination, as people think of them, and the API's grouped permissions.

A flat rule: ``ip_protocol``, ``from_port`` and ``to_port`` (absent where the protocol has none), one of ``cidr_ip``, ``cidr_ipv6``,
``group_id`` (``self``: the group the rule is in) and ``prefix_list_id``, and ``description``.
"""

from __future__ import annotations

import ipaddress
from collections.abc import Iterable, Mapping, Sequence
from typing import Any

from mcflow.drivers.sdk import integer, record, string

RULE = record({
    "ip_protocol": string("tcp, udp, icmp, icmpv6, -1 for all, or a number."),
    "from_port": integer("First port; for icmp the type, -1 for all."),
    "to_port": integer("Last port; for icmp the code, -1 for all."),
    "cidr_ip": string("The other side's IPv4 range."),
    "cidr_ipv6": string("The other side's IPv6 range."),
    "group_id": string("The group the other side carries; self: this one.", reference=["aws.security_group"]),
    "prefix_list_id": string("The other side's prefix list."),
    "description": string("What the rule is for."),
}, "One rule.", required=["ip_protocol"])

SOURCES = {"cidr_ip": ("IpRanges", "CidrIp"), "cidr_ipv6": ("Ipv6Ranges", "CidrIpv6"), "group_id": ("UserIdGroupPairs", "GroupId"),
           "prefix_list_id": ("PrefixListIds", "PrefixListId")}
PROTOCOLS = {"all": "-1", "6": "tcp", "17": "udp", "1": "icmp", "58": "icmpv6"}
ORDER = ("ip_protocol", "from_port", "to_port", *SOURCES, "description")


def rules_of(rows: Iterable[Mapping[str, Any]], group: str) -> list[dict[str, Any]]:
    """The API's permissions of a group as flat rules."""
    rules = []
    for row in rows:
        shape = {"ip_protocol": row["IpProtocol"], "from_port": row.get("FromPort"), "to_port": row.get("ToPort")}
        for source, (member, spelling) in SOURCES.items():
            for item in row.get(member, ()):
                other = "self" if item[spelling] == group else item[spelling]
                rules.append(canonical_rule({**shape, source: other, "description": item.get("Description")}))
    return sorted(rules, key=key)


def permissions(rules: Iterable[Mapping[str, Any]], group: str) -> list[dict[str, Any]]:
    """Flat rules as the API's permissions, grouped by protocol and ports."""
    grouped: dict[tuple[Any, ...], dict[str, Any]] = {}
    for rule in rules:
        shape = (rule["ip_protocol"], rule.get("from_port"), rule.get("to_port"))
        if shape not in grouped:
            ports = {} if shape[1] is None else {"FromPort": shape[1], "ToPort": shape[2]}
            grouped[shape] = {"IpProtocol": shape[0], **ports}
        for source, (member, spelling) in SOURCES.items():
            if rule.get(source):
                other = group if rule[source] == "self" else rule[source]
                text = {"Description": rule["description"]} if rule.get("description") else {}
                grouped[shape].setdefault(member, []).append({spelling: other, **text})
    return list(grouped.values())


def canonical_rules(rules: Any) -> Any:
    """Rules with one spelling each; what is not a list of rules stays as it is."""
    return [canonical_rule(rule) if isinstance(rule, Mapping) else rule for rule in rules] if isinstance(rules, Sequence) else rules


def canonical_rule(rule: Mapping[str, Any]) -> dict[str, Any]:
    """One spelling: names of protocols, no ports where all are meant, CIDRs by their network, nothing absent spelled out."""
    plain = {name: rule[name] for name in ORDER if rule.get(name) is not None}
    if plain.get("description", "absent") == "":
        del plain["description"]
    protocol = str(plain.get("ip_protocol", "-1")).lower()
    plain["ip_protocol"] = PROTOCOLS.get(protocol, protocol)
    if plain["ip_protocol"] == "-1":
        plain.pop("from_port", None)
        plain.pop("to_port", None)
    for name in ("cidr_ip", "cidr_ipv6"):
        if isinstance(plain.get(name), str):
            plain[name] = network_of(plain[name])
    return plain


def key(rule: Mapping[str, Any]) -> tuple[str, ...]:
    """What makes a rule the same for the API: everything but its description."""
    return tuple(str(rule.get(name, "")) for name in ORDER if name != "description")


def network_of(text: str) -> str:
    """A range spelled by its network; what is no range stays as it is."""
    try:
        return str(ipaddress.ip_network(text, strict=False))
    except ValueError:
        return text
