"""VPCs, gateways, routes, subnets, security groups, addresses."""

from __future__ import annotations

from ipaddress import ip_network
from typing import Any

from mcflow.drivers.mock.native.kind import MockType, TokenType
from mcflow.drivers.sdk import Natural, Tagged, Token, array, boolean, integer, native_type, record, string, tags

RULE = record({
    "protocol": string(enum=["tcp", "udp", "icmp", "all"]),
    "from_port": integer("First port.", minimum=0, maximum=65535),
    "to_port": integer("Last port.", minimum=0, maximum=65535),
    "cidr": string("Where the traffic comes from or goes to; or source_group_id."),
    "source_group_id": string("A security group instead of a CIDR."),
    "own_group": boolean("The group itself instead of a CIDR."),
    "description": string(),
}, required=["protocol", "from_port", "to_port"])


def normal_cidr(value: Any) -> Any:
    """A CIDR without host bits; anything else as it is."""
    try:
        return str(ip_network(value, strict=False))
    except (ValueError, TypeError):
        return value


@native_type
class Vpc(MockType):
    """A network of one's own."""

    name = "mock.vpc"
    identity = Tagged()
    attributes = {
        "cidr_block": string("The address plan."),
        "ipv6": boolean("Give it an IPv6 block too.", default_from_cloud=True),
        "ipv6_cidr_block": string(read_only=True),
        "tags": tags(),
    }
    required = ("cidr_block",)

    def normalise(self, attribute: str, value: Any) -> Any:
        return normal_cidr(value) if attribute == "cidr_block" else value


@native_type
class InternetGateway(MockType):
    """A way to the internet, once attached to a VPC."""

    name = "mock.internet_gateway"
    identity = Tagged()
    attributes = {"tags": tags()}


@native_type
class InternetGatewayAttachment(MockType):
    """A gateway attached to a VPC. Refused to go while public addresses are mapped behind it."""

    name = "mock.internet_gateway_attachment"
    identity = Natural()
    exclusive = True
    natural = ("internet_gateway_id", "vpc_id")
    attributes = {"internet_gateway_id": string(), "vpc_id": string()}
    required = ("internet_gateway_id", "vpc_id")


@native_type
class RouteTable(MockType):
    """A route table; a subnet uses it once associated."""

    name = "mock.route_table"
    identity = Tagged()
    relations = ("vpc_id",)
    attributes = {"vpc_id": string(), "tags": tags()}
    required = ("vpc_id",)


@native_type
class Route(MockType):
    """One route of a table, to a gateway or a NAT gateway."""

    name = "mock.route"
    identity = Natural()
    natural = ("route_table_id", "destination_cidr_block")
    attributes = {
        "route_table_id": string(),
        "destination_cidr_block": string(),
        "gateway_id": string("An internet gateway attached to the VPC."),
        "nat_gateway_id": string(),
    }
    required = ("route_table_id", "destination_cidr_block")
    exclusive = True

    def normalise(self, attribute: str, value: Any) -> Any:
        return normal_cidr(value) if attribute == "destination_cidr_block" else value


@native_type
class RouteTableAssociation(MockType):
    """A subnet uses a route table. A subnet has one at most."""

    name = "mock.route_table_association"
    identity = Natural()
    exclusive = True
    natural = ("subnet_id",)
    attributes = {"route_table_id": string(), "subnet_id": string()}
    required = ("route_table_id", "subnet_id")


@native_type
class Subnet(MockType):
    """A part of a VPC's addresses in one zone."""

    name = "mock.subnet"
    identity = Tagged()
    relations = ("vpc_id", "cidr_block")
    attributes = {
        "vpc_id": string(),
        "cidr_block": string(),
        "zone": string(default_from_cloud=True),
        "assign_public_ip": boolean("Instances get a public address unless they say otherwise.", group="assign_public_ip",
                                    default_from_cloud=True),
        "tags": tags(),
    }
    required = ("vpc_id", "cidr_block")

    def normalise(self, attribute: str, value: Any) -> Any:
        return normal_cidr(value) if attribute == "cidr_block" else value


@native_type
class NatGateway(TokenType):
    """Lets a private network reach the internet through one address."""

    name = "mock.nat_gateway"
    identity = Token(lifetime=3600)
    relations = ("subnet_id",)
    seconds = 20.0
    attributes = {
        "subnet_id": string(),
        "allocation_id": string("The address it uses."),
        "public_ip": string(read_only=True),
        "private_ip_address": string(read_only=True),
        "tags": tags(),
    }
    required = ("subnet_id", "allocation_id")


@native_type
class SecurityGroup(MockType):
    """A firewall around machines; its rules are sets on it, so that foreign rules show as drift."""

    name = "mock.security_group"
    identity = Tagged()
    relations = ("vpc_id", "group_name")
    attributes = {
        "vpc_id": string(),
        "group_name": string(default_from_cloud=True),
        "description": string(default_from_cloud=True),
        "inbound": array(RULE, "What may come in.", set=True, set_after_create=True, group="inbound", blocks_delete=True,
                         default_from_cloud=True),
        "outbound": array(RULE, "What may go out. A new group lets everything out.", set=True, set_after_create=True, group="outbound",
                          blocks_delete=True, default_from_cloud=True),
        "tags": tags(),
    }
    required = ("vpc_id",)

    def normalise(self, attribute: str, value: Any) -> Any:
        if attribute in ("inbound", "outbound") and isinstance(value, list):
            return [{**rule, "cidr": normal_cidr(rule["cidr"])} if isinstance(rule, dict) and "cidr" in rule else rule for rule in value]
        return value


@native_type
class Address(MockType):
    """A public address of one's own."""

    name = "mock.address"
    identity = Tagged()
    attributes = {"public_ip": string(read_only=True), "tags": tags()}


@native_type
class AddressAssociation(MockType):
    """An address mapped to an instance or a network interface."""

    name = "mock.address_association"
    identity = Natural()
    exclusive = True
    natural = ("allocation_id",)
    attributes = {
        "allocation_id": string(),
        "instance_id": string(),
        "network_interface_id": string(),
        "public_ip": string(read_only=True),
    }
    required = ("allocation_id",)
