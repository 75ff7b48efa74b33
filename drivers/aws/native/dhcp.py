"""DHCP options: what machines of a VPC are told of names and time, and which VPC has which options."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import replace
from typing import Any

from mcflow.drivers.aws.native.ec2 import Ec2Type, Noun, request_id, where
from mcflow.drivers.aws.native.parts import join, split
from mcflow.drivers.aws.session import AwsSession
from mcflow.drivers.sdk import Intent, NativeType, Natural, Observed, Submitted, Tagged, array, native_type, string, tags

LISTS = ("domain_name_servers", "ntp_servers", "netbios_name_servers")
SINGLE = ("domain_name", "netbios_node_type", "ipv6_address_preferred_lease_time")


@native_type
class DhcpOptions(Ec2Type):
    """One set of options, fixed once it is made.
    https://docs.aws.amazon.com/AWSEC2/latest/APIReference/API_CreateDhcpOptions.html"""

    name = "aws.dhcp_options"
    identity = Tagged()
    noun = Noun("create_dhcp_options", "describe_dhcp_options", "delete_dhcp_options", "DhcpOptions", "DhcpOptionsId", "dhcp-options-id",
                "dhcp-options", made="DhcpOptions")
    attributes = {
        "domain_name": string("The domain that names without one are looked up in."),
        "domain_name_servers": array(string(), "The name servers, at most four, or AmazonProvidedDNS."),
        "ntp_servers": array(string(), "The time servers, at most four."),
        "netbios_name_servers": array(string(), "The NetBIOS name servers, at most four."),
        "netbios_node_type": string("1, 2, 4 or 8; AWS advises 2.", enum=["1", "2", "4", "8"]),
        "ipv6_address_preferred_lease_time": string("Seconds for which an IPv6 address is preferred."),
        "owner_id": string("The account.", read_only=True),
        "tags": tags(),
    }

    def request(self, api: AwsSession, want: Mapping[str, Any]) -> dict[str, Any]:
        values = {name: want[name] if name in LISTS else [want[name]] for name in (*LISTS, *SINGLE) if want.get(name)}
        return {"DhcpConfigurations": [{"Key": name.replace("_", "-"), "Values": value} for name, value in values.items()]}

    def read(self, row: Mapping[str, Any]) -> dict[str, Any]:
        told = {each["Key"].replace("-", "_"): [value["Value"] for value in each.get("Values", ())]
                for each in row.get("DhcpConfigurations", ())}
        values = {name: told[name] if name in LISTS else told[name][0] for name in (*LISTS, *SINGLE) if told.get(name)}
        return {**super().read(row), **values}

    def discover(self, api: AwsSession) -> Iterator[Observed]:
        return (replace(seen, provided=came_along(seen)) for seen in self.look(api))


def came_along(options: Observed) -> bool:
    """Whether it is the set that an account has in each region by itself: Amazon's name servers and nothing else."""
    told = {name: options.attributes[name] for name in (*LISTS, *SINGLE) if options.attributes.get(name)}
    usual = str(told.pop("domain_name", "")).endswith((".compute.internal", "ec2.internal"))
    return usual and not options.tags and told == {"domain_name_servers": ["AmazonProvidedDNS"]}


@native_type
class DhcpOptionsAssociation(NativeType[AwsSession]):
    """Which options a VPC has; the id is ``vpc|options``. Without one of its own it has the account's default set.
    https://docs.aws.amazon.com/AWSEC2/latest/APIReference/API_AssociateDhcpOptions.html"""

    name = "aws.dhcp_options_association"
    identity = Natural()
    family = "ec2"
    exclusive = True
    attributes = {
        "vpc_id": string("The VPC.", reference=["aws.vpc"]),
        "dhcp_options_id": string("The options.", reference=["aws.dhcp_options"]),
    }
    required = ("vpc_id", "dhcp_options_id")

    def create(self, api: AwsSession, want: Mapping[str, Any], intent: Intent) -> Submitted:
        vpc, options = want["vpc_id"], want["dhcp_options_id"]
        answer = api.call("associate_dhcp_options", VpcId=vpc, DhcpOptionsId=options)
        return Submitted(join(vpc, options), request_id=request_id(answer))

    def observe(self, api: AwsSession, ids: Sequence[str]) -> Iterator[Observed]:
        asked = set(ids)
        return (seen for seen in self._look(api, where("vpc-id", sorted({split(id)[0] for id in ids}))) if seen.id in asked)

    def find(self, api: AwsSession, want: Mapping[str, Any], intent: Intent) -> Iterator[Observed]:
        return self.match(api, want)

    def match(self, api: AwsSession, want: Mapping[str, Any]) -> Iterator[Observed]:
        return self._look(api, where("vpc-id", want["vpc_id"]))

    def discover(self, api: AwsSession) -> Iterator[Observed]:
        return self._look(api)

    def delete(self, api: AwsSession, id: str, last: Mapping[str, Any]) -> Submitted:
        answer = api.call("associate_dhcp_options", VpcId=split(id)[0], DhcpOptionsId="default")
        return Submitted(id, request_id=request_id(answer))

    def _look(self, api: AwsSession, *conditions: dict[str, Any]) -> Iterator[Observed]:
        """Associations with sets that somebody made; one with the default set is none."""
        made = {seen.id for seen in DhcpOptions().look(api) if not came_along(seen)}
        for row in api.pages("describe_vpcs", "Vpcs", Filters=list(conditions)):
            if row.get("DhcpOptionsId") in made:
                attributes = {"vpc_id": row["VpcId"], "dhcp_options_id": row["DhcpOptionsId"]}
                yield Observed(join(*attributes.values()), "ready", attributes)
