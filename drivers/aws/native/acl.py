"""Network ACLs: numbered entries that let traffic of whole subnets pass or not, and which subnet has which ACL."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from typing import Any

from mcflow.drivers.aws.native.ec2 import Ec2Type, Noun, request_id, where
from mcflow.drivers.aws.native.rules import network_of
from mcflow.drivers.aws.session import AwsSession
from mcflow.drivers.sdk import (
    Again,
    AlreadyExists,
    Intent,
    NativeType,
    Natural,
    NotFound,
    Observed,
    Submitted,
    Token,
    array,
    boolean,
    integer,
    native_type,
    record,
    string,
    tags,
)

ENTRY = record({
    "rule_number": integer("Its place; the first entry that fits decides.", minimum=1, maximum=32766),
    "egress": boolean("Whether it is about what goes out."),
    "protocol": string("tcp, udp, icmp, icmpv6, -1 for all, or a number."),
    "rule_action": string("What becomes of traffic that fits.", enum=["allow", "deny"]),
    "cidr_block": string("The other side's IPv4 range."),
    "ipv6_cidr_block": string("The other side's IPv6 range."),
    "port_range": record({"from": integer("First port."), "to": integer("Last port.")}, "The ports, for tcp and udp.",
                         required=["from", "to"]),
    "icmp_type_code": record({"type": integer("-1 for all."), "code": integer("-1 for all.")}, "For icmp and icmpv6.",
                             required=["type", "code"]),
}, "One entry.", required=["rule_number", "egress", "protocol", "rule_action"])

LAST = 32766
"""Entries with a higher number are AWS's own: they deny what no other entry allowed."""
NUMBERS = {"tcp": "6", "udp": "17", "icmp": "1", "icmpv6": "58", "all": "-1"}
WORDS = {"6": "tcp", "17": "udp", "1": "icmp", "58": "icmpv6", "all": "-1"}
SPELLED = {"cidr_block": "CidrBlock", "ipv6_cidr_block": "Ipv6CidrBlock"}


@native_type
class NetworkAcl(Ec2Type):
    """One network ACL with its entries.  https://docs.aws.amazon.com/AWSEC2/latest/APIReference/API_CreateNetworkAcl.html"""

    name = "aws.network_acl"
    identity = Token()
    noun = Noun("create_network_acl", "describe_network_acls", "delete_network_acl", "NetworkAcls", "NetworkAclId", "network-acl-id",
                "network-acl", made="NetworkAcl")
    attributes = {
        "vpc_id": string("The VPC it is in.", reference=["aws.vpc"]),
        "entries": array(ENTRY, "Its entries. What no entry allows is denied.", set=True, set_after_create=True, group="entries",
                         default=[]),
        "owner_id": string("The account.", read_only=True),
        "tags": tags(),
    }
    required = ("vpc_id",)

    def provided(self, row: Mapping[str, Any]) -> bool:
        return bool(row.get("IsDefault"))

    def read(self, row: Mapping[str, Any]) -> dict[str, Any]:
        return {**super().read(row), "entries": entries_of(row)}

    def normalise(self, attribute: str, value: Any) -> Any:
        return canonical(value) if attribute == "entries" else value

    def change(self, api: AwsSession, id: str, want: Mapping[str, Any], group: str) -> Submitted | Again:
        """Settle the entries, one call at a time: what is missing is put in, what differs replaced, what is too much taken out."""
        wanted = {_place(entry): entry for entry in canonical(want.get("entries") or [])}
        present = {_place(entry): entry for entry in entries_of(self.row(api, id))}
        try:
            for place, entry in wanted.items():
                if place not in present:
                    return self._put(api, "create_network_acl_entry", id, entry)
                if present[place] != entry:
                    return self._put(api, "replace_network_acl_entry", id, entry)
            for egress, number in present.keys() - wanted.keys():
                api.call("delete_network_acl_entry", NetworkAclId=id, RuleNumber=number, Egress=egress)
                return Again(f"entry {number} taken out")
        except (AlreadyExists, NotFound) as raced:
            if "Entry" not in raced.code:
                raise
            return Again("the entries shown were not the latest")
        return Submitted(id)

    def _put(self, api: AwsSession, operation: str, id: str, entry: Mapping[str, Any]) -> Again:
        sent: dict[str, Any] = {SPELLED[name]: entry[name] for name in SPELLED if name in entry}
        if "port_range" in entry:
            sent["PortRange"] = {"From": entry["port_range"]["from"], "To": entry["port_range"]["to"]}
        if "icmp_type_code" in entry:
            sent["IcmpTypeCode"] = {"Type": entry["icmp_type_code"]["type"], "Code": entry["icmp_type_code"]["code"]}
        api.call(operation, NetworkAclId=id, RuleNumber=entry["rule_number"], Egress=entry["egress"], RuleAction=entry["rule_action"],
                 Protocol=NUMBERS.get(entry["protocol"], entry["protocol"]), **sent)
        return Again(f"entry {entry['rule_number']} sent")


def entries_of(row: Mapping[str, Any]) -> list[dict[str, Any]]:
    """The entries of an ACL but AWS's own last ones."""
    found = []
    for entry in row.get("Entries", ()):
        if entry["RuleNumber"] <= LAST:
            ports, icmp = entry.get("PortRange"), entry.get("IcmpTypeCode")
            found.append({
                "rule_number": entry["RuleNumber"], "egress": entry["Egress"], "protocol": entry["Protocol"],
                "rule_action": entry["RuleAction"], "cidr_block": entry.get("CidrBlock"), "ipv6_cidr_block": entry.get("Ipv6CidrBlock"),
                "port_range": {"from": ports["From"], "to": ports["To"]} if ports else None,
                "icmp_type_code": {"type": icmp["Type"], "code": icmp["Code"]} if icmp else None})
    return sorted(canonical(found), key=_place)


def canonical(entries: Any) -> Any:
    """Entries with one spelling each; what is not a list of entries stays as it is."""
    return [_canonical(entry) if isinstance(entry, Mapping) else entry for entry in entries] if isinstance(entries, list) else entries


def _canonical(entry: Mapping[str, Any]) -> dict[str, Any]:
    plain = {name: entry[name] for name in ENTRY["properties"] if entry.get(name) is not None}
    protocol = str(plain.get("protocol", "-1")).lower()
    plain["protocol"] = WORDS.get(protocol, protocol)
    if plain["protocol"] not in ("tcp", "udp"):
        plain.pop("port_range", None)
    for name in SPELLED:
        if isinstance(plain.get(name), str):
            plain[name] = network_of(plain[name])
    return plain


def _place(entry: Mapping[str, Any]) -> tuple[bool, int]:
    return bool(entry["egress"]), int(entry["rule_number"])


@native_type
class NetworkAclAssociation(NativeType[AwsSession]):
    """Which ACL a subnet has. There is always one: without an association of its own the VPC's default ACL.
    https://docs.aws.amazon.com/AWSEC2/latest/APIReference/API_ReplaceNetworkAclAssociation.html"""

    name = "aws.network_acl_association"
    identity = Natural()
    family = "ec2"
    exclusive = True
    serial = staticmethod(lambda want: want.get("subnet_id"))  # type: ignore[assignment]  # the present one is looked up to be replaced
    attributes = {
        "subnet_id": string("The subnet.", reference=["aws.subnet"]),
        "network_acl_id": string("The ACL.", reference=["aws.network_acl"]),
    }
    required = ("subnet_id", "network_acl_id")

    def create(self, api: AwsSession, want: Mapping[str, Any], intent: Intent) -> Submitted:
        present, _ = self._of_subnet(api, want["subnet_id"])
        answer = api.call("replace_network_acl_association", AssociationId=present, NetworkAclId=want["network_acl_id"])
        return Submitted(answer["NewAssociationId"], request_id=request_id(answer))

    def delete(self, api: AwsSession, id: str, last: Mapping[str, Any]) -> Submitted:
        _, acl = self._of_subnet(api, last["subnet_id"])
        conditions = [where("vpc-id", acl["VpcId"]), where("default", "true")]
        default = next(row["NetworkAclId"] for row in api.pages("describe_network_acls", "NetworkAcls", Filters=conditions))
        answer = api.call("replace_network_acl_association", AssociationId=id, NetworkAclId=default)
        return Submitted(id, request_id=request_id(answer))

    def observe(self, api: AwsSession, ids: Sequence[str]) -> Iterator[Observed]:
        asked = set(ids)
        return (seen for seen in self._look(api, where("association.association-id", ids)) if seen.id in asked)

    def find(self, api: AwsSession, want: Mapping[str, Any], intent: Intent) -> Iterator[Observed]:
        return self.match(api, want)

    def match(self, api: AwsSession, want: Mapping[str, Any]) -> Iterator[Observed]:
        subnet = want["subnet_id"]
        return (seen for seen in self._look(api, where("association.subnet-id", subnet)) if seen.attributes["subnet_id"] == subnet)

    def discover(self, api: AwsSession) -> Iterator[Observed]:
        return self._look(api)

    def _look(self, api: AwsSession, *conditions: dict[str, Any]) -> Iterator[Observed]:
        for row in api.pages("describe_network_acls", "NetworkAcls", Filters=list(conditions)):
            for each in row.get("Associations", ()):
                if not row.get("IsDefault"):
                    attributes = {"subnet_id": each["SubnetId"], "network_acl_id": row["NetworkAclId"]}
                    yield Observed(each["NetworkAclAssociationId"], "ready", attributes)

    def _of_subnet(self, api: AwsSession, subnet: str) -> tuple[str, dict[str, Any]]:
        """The id of the subnet's present association, and its ACL. Raises NotFound."""
        for row in api.pages("describe_network_acls", "NetworkAcls", Filters=[where("association.subnet-id", subnet)]):
            for each in row.get("Associations", ()):
                if each["SubnetId"] == subnet:
                    return each["NetworkAclAssociationId"], row
        raise NotFound(f"subnet {subnet} is not there", code="InvalidSubnetID.NotFound")
