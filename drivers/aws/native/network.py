"""Networks: VPCs, subnets, and the gateways that lead to the internet."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import replace
from typing import Any

from mcflow.drivers.aws.native.ec2 import Ec2Type, Noun, pascal, request_id, where
from mcflow.drivers.aws.native.parts import join, split
from mcflow.drivers.aws.session import AwsSession
from mcflow.drivers.sdk import Intent, NativeType, Natural, NotFound, Observed, Submitted, Tagged, boolean, native_type, string, tags

DNS = ("enable_dns_support", "enable_dns_hostnames")


@native_type
class Vpc(Ec2Type):
    """One VPC.  https://docs.aws.amazon.com/AWSEC2/latest/APIReference/API_CreateVpc.html"""

    name = "aws.vpc"
    identity = Tagged()
    noun = Noun("create_vpc", "describe_vpcs", "delete_vpc", "Vpcs", "VpcId", "vpc-id", "vpc", made="Vpc")
    attributes = {
        "cidr_block": string("Its IPv4 address range.", format="cidr"),
        "instance_tenancy": string(enum=["default", "dedicated"], default_from_cloud=True),
        "enable_dns_support": boolean("Whether Amazon's DNS server answers in it.", group="enable_dns_support", set_after_create=True,
                                      default=True),
        "enable_dns_hostnames": boolean("Whether public addresses get DNS names.", group="enable_dns_hostnames", set_after_create=True,
                                        default=False),
        "owner_id": string("The account.", read_only=True),
        "tags": tags(),
    }
    required = ("cidr_block",)

    def provided(self, row: Mapping[str, Any]) -> bool:
        return bool(row.get("IsDefault"))

    def portray(self, attributes: Mapping[str, Any]) -> dict[str, Any]:
        return {name: value for name, value in super().portray(attributes).items() if (name, value) != ("instance_tenancy", "default")}

    def change(self, api: AwsSession, id: str, want: Mapping[str, Any], group: str) -> dict[str, Any]:
        value = want[group] if want.get(group) is not None else self.attributes[group]["default"]
        switch: dict[str, Any] = {pascal(group): {"Value": value}}
        return api.call("modify_vpc_attribute", VpcId=id, **switch)

    def read_all(self, api: AwsSession, rows: Sequence[dict[str, Any]]) -> list[dict[str, Any]]:
        return [{**self.read(row), **_dns(api, row["VpcId"])} for row in rows]


def default_vpc(api: AwsSession) -> str | None:
    """The id of the VPC that the account came with in this region; None where it was deleted."""
    for row in api.pages("describe_vpcs", "Vpcs", Filters=[where("is-default", "true")]):
        return str(row["VpcId"])
    return None


def _dns(api: AwsSession, id: str) -> dict[str, bool]:
    """The DNS switches; the API tells them one by one. A VPC that has just vanished has none."""
    try:
        return {name: api.call("describe_vpc_attribute", VpcId=id, Attribute=_camel(name))[pascal(name)]["Value"] for name in DNS}
    except NotFound:
        return {}


def _camel(attribute: str) -> str:
    spelling = pascal(attribute)
    return spelling[:1].lower() + spelling[1:]


@native_type
class Subnet(Ec2Type):
    """One subnet.  https://docs.aws.amazon.com/AWSEC2/latest/APIReference/API_CreateSubnet.html"""

    name = "aws.subnet"
    identity = Tagged()
    noun = Noun("create_subnet", "describe_subnets", "delete_subnet", "Subnets", "SubnetId", "subnet-id", "subnet", made="Subnet")
    matched_by = {"vpc_id": "vpc-id", "cidr_block": "cidr-block"}
    attributes = {
        "vpc_id": string("The VPC it lies in.", reference=["aws.vpc"]),
        "cidr_block": string("Its IPv4 address range.", format="cidr"),
        "availability_zone": string("The zone it lies in.", default_from_cloud=True),
        "map_public_ip_on_launch": boolean("Whether instances get a public address.", group="map_public_ip_on_launch",
                                           set_after_create=True, default=False),
        "tags": tags(),
    }
    required = ("vpc_id", "cidr_block")

    def provided(self, row: Mapping[str, Any]) -> bool:
        return bool(row.get("DefaultForAz"))

    def change(self, api: AwsSession, id: str, want: Mapping[str, Any], group: str) -> dict[str, Any]:
        return api.call("modify_subnet_attribute", SubnetId=id, MapPublicIpOnLaunch={"Value": bool(want.get("map_public_ip_on_launch"))})


@native_type
class InternetGateway(Ec2Type):
    """One internet gateway.  https://docs.aws.amazon.com/AWSEC2/latest/APIReference/API_CreateInternetGateway.html"""

    name = "aws.internet_gateway"
    identity = Tagged()
    noun = Noun("create_internet_gateway", "describe_internet_gateways", "delete_internet_gateway", "InternetGateways", "InternetGatewayId",
                "internet-gateway-id", "internet-gateway", made="InternetGateway")
    attributes = {"owner_id": string("The account.", read_only=True), "tags": tags()}

    def discover(self, api: AwsSession) -> Iterator[Observed]:
        default = default_vpc(api)
        came = {row["InternetGatewayId"] for row in self.rows(api, where("attachment.vpc-id", default))} if default else set()
        return (replace(seen, provided=seen.id in came) for seen in self.look(api))


@native_type
class InternetGatewayAttachment(NativeType[AwsSession]):
    """A gateway in its VPC; the id is ``gateway|vpc``.
    https://docs.aws.amazon.com/AWSEC2/latest/APIReference/API_AttachInternetGateway.html"""

    name = "aws.internet_gateway_attachment"
    identity = Natural()
    family = "ec2"
    exclusive = True
    attributes = {
        "internet_gateway_id": string("The gateway.", reference=["aws.internet_gateway"]),
        "vpc_id": string("The VPC it leads out of.", reference=["aws.vpc"]),
    }
    required = ("internet_gateway_id", "vpc_id")

    def create(self, api: AwsSession, want: Mapping[str, Any], intent: Intent) -> Submitted:
        gateway, vpc = want["internet_gateway_id"], want["vpc_id"]
        answer = api.call("attach_internet_gateway", InternetGatewayId=gateway, VpcId=vpc)
        return Submitted(join(gateway, vpc), request_id=request_id(answer))

    def observe(self, api: AwsSession, ids: Sequence[str]) -> Iterator[Observed]:
        asked = set(ids)
        gateways = sorted({split(id)[0] for id in ids})
        return (seen for seen in self._look(api, where("internet-gateway-id", gateways)) if seen.id in asked)

    def find(self, api: AwsSession, want: Mapping[str, Any], intent: Intent) -> Iterator[Observed]:
        return self.observe(api, [join(want["internet_gateway_id"], want["vpc_id"])])

    def match(self, api: AwsSession, want: Mapping[str, Any]) -> Iterator[Observed]:
        vpc = want["vpc_id"]
        return (seen for seen in self._look(api, where("attachment.vpc-id", vpc)) if seen.attributes["vpc_id"] == vpc)

    def discover(self, api: AwsSession) -> Iterator[Observed]:
        default = default_vpc(api)
        return (replace(seen, provided=seen.attributes["vpc_id"] == default) for seen in self._look(api))

    def _look(self, api: AwsSession, *conditions: dict[str, Any]) -> Iterator[Observed]:
        for row in api.pages("describe_internet_gateways", "InternetGateways", Filters=list(conditions)):
            for attachment in row.get("Attachments", ()):
                status = STATES.get(attachment.get("State", "available"), "pending")
                attributes = {"internet_gateway_id": row["InternetGatewayId"], "vpc_id": attachment["VpcId"]}
                if status != "gone":
                    yield Observed(join(*attributes.values()), status, attributes)

    def delete(self, api: AwsSession, id: str, last: Mapping[str, Any]) -> Submitted:
        gateway, vpc = split(id)
        return Submitted(id, request_id=request_id(api.call("detach_internet_gateway", InternetGatewayId=gateway, VpcId=vpc)))


STATES: dict[str, Any] = {"available": "ready", "attached": "ready", "attaching": "pending", "detaching": "deleting", "detached": "gone"}
