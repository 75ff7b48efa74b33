"""Routing: route tables, the routes in them, and which subnet uses which table."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import replace
from typing import Any

from mcflow.drivers.aws.native.ec2 import Ec2Type, Noun, pascal, request_id, where
from mcflow.drivers.aws.native.network import default_vpc
from mcflow.drivers.aws.native.parts import join, split
from mcflow.drivers.aws.session import AwsSession
from mcflow.drivers.sdk import Intent, InvalidRequest, NativeType, Natural, Observed, Submitted, Token, native_type, string, tags

DESTINATIONS = ("destination_cidr_block", "destination_ipv6_cidr_block", "destination_prefix_list_id")
TARGETS: dict[str, list[str] | None] = {
    "gateway_id": ["aws.internet_gateway"], "nat_gateway_id": ["aws.nat_gateway"], "network_interface_id": ["aws.network_interface"],
    "transit_gateway_id": None, "vpc_peering_connection_id": ["aws.vpc_peering_connection"],
    "egress_only_internet_gateway_id": ["aws.egress_only_internet_gateway"], "carrier_gateway_id": None, "local_gateway_id": None,
    "core_network_arn": None,
}
"""What a route may go through, and the types that are named by it."""


@native_type
class RouteTable(Ec2Type):
    """One route table.  https://docs.aws.amazon.com/AWSEC2/latest/APIReference/API_CreateRouteTable.html"""

    name = "aws.route_table"
    identity = Token()
    noun = Noun("create_route_table", "describe_route_tables", "delete_route_table", "RouteTables", "RouteTableId", "route-table-id",
                "route-table", made="RouteTable")
    attributes = {"vpc_id": string("The VPC whose traffic it routes.", reference=["aws.vpc"]), "tags": tags()}
    required = ("vpc_id",)

    def provided(self, row: Mapping[str, Any]) -> bool:
        return is_main(row)


def is_main(table: Mapping[str, Any]) -> bool:
    """Whether it is the table that a VPC came with."""
    return any(association.get("Main") for association in table.get("Associations", ()))


class _InTable(NativeType[AwsSession]):
    """What the API shows only inside route tables."""

    identity = Natural()
    family = "ec2"
    exclusive = True

    def discover(self, api: AwsSession) -> Iterator[Observed]:
        return self._look(api)

    def match(self, api: AwsSession, want: Mapping[str, Any]) -> Iterator[Observed]:
        return self.find(api, want, Intent("", "", {}, ""))

    def _look(self, api: AwsSession, *conditions: dict[str, Any]) -> Iterator[Observed]:
        for table in api.pages("describe_route_tables", "RouteTables", Filters=list(conditions)):
            yield from self._inside(table)

    def _inside(self, table: Mapping[str, Any]) -> Iterator[Observed]:
        raise NotImplementedError


@native_type
class Route(_InTable):
    """One route; the id is ``table|destination``.  https://docs.aws.amazon.com/AWSEC2/latest/APIReference/API_CreateRoute.html"""

    name = "aws.route"
    attributes = {
        "route_table_id": string("The table it is in.", reference=["aws.route_table"]),
        **{name: string("Where it leads to; one of the destinations.") for name in DESTINATIONS},
        **{name: string("What it goes through; one of the targets.", group="target", reference=types) for name, types in TARGETS.items()},
        "state": string("active, or blackhole when the target is gone.", read_only=True),
    }
    required = ("route_table_id",)

    def discover(self, api: AwsSession) -> Iterator[Observed]:
        default = default_vpc(api)
        for table in api.pages("describe_route_tables", "RouteTables"):
            came = table.get("VpcId") == default and is_main(table)
            yield from (replace(seen, provided=came) for seen in self._inside(table))

    def create(self, api: AwsSession, want: Mapping[str, Any], intent: Intent) -> Submitted:
        answer = api.call("create_route", **_parameters(want, ("route_table_id", *DESTINATIONS, *TARGETS)))
        return Submitted(_route_id(want), request_id=request_id(answer))

    def update(self, api: AwsSession, id: str, want: Mapping[str, Any], last: Mapping[str, Any], group: str) -> Submitted:
        answer = api.call("replace_route", **_parameters(want, ("route_table_id", *DESTINATIONS, *TARGETS)))
        return Submitted(id, request_id=request_id(answer))

    def delete(self, api: AwsSession, id: str, last: Mapping[str, Any]) -> Submitted:
        table, destination = split(id)
        kind = "DestinationPrefixListId" if destination.startswith("pl-") else \
            "DestinationIpv6CidrBlock" if ":" in destination else "DestinationCidrBlock"
        return Submitted(id, request_id=request_id(api.call("delete_route", RouteTableId=table, **{kind: destination})))

    def observe(self, api: AwsSession, ids: Sequence[str]) -> Iterator[Observed]:
        asked = set(ids)
        return (seen for seen in self._look(api, where("route-table-id", sorted({split(id)[0] for id in ids}))) if seen.id in asked)

    def find(self, api: AwsSession, want: Mapping[str, Any], intent: Intent) -> Iterator[Observed]:
        return self.observe(api, [_route_id(want)])

    def _inside(self, table: Mapping[str, Any]) -> Iterator[Observed]:
        for row in table.get("Routes", ()):
            attributes = {"route_table_id": table["RouteTableId"],
                          **{name: row[pascal(name)] for name in (*DESTINATIONS, *TARGETS, "state") if row.get(pascal(name))}}
            # The local route belongs to the table, propagated ones to a virtual gateway, those to an endpoint to that.
            gateway = row.get("GatewayId", "")
            if row.get("Origin", "CreateRoute") == "CreateRoute" and gateway != "local" and not gateway.startswith("vpce-"):
                yield Observed(_route_id(attributes), "ready", attributes)


@native_type
class RouteTableAssociation(_InTable):
    """Which table a subnet uses: at most one, else the VPC's main table.
    https://docs.aws.amazon.com/AWSEC2/latest/APIReference/API_AssociateRouteTable.html"""

    name = "aws.route_table_association"
    attributes = {
        "subnet_id": string("The subnet.", reference=["aws.subnet"]),
        "route_table_id": string("The table.", reference=["aws.route_table"]),
    }
    required = ("subnet_id", "route_table_id")

    def create(self, api: AwsSession, want: Mapping[str, Any], intent: Intent) -> Submitted:
        answer = api.call("associate_route_table", RouteTableId=want["route_table_id"], SubnetId=want["subnet_id"])
        return Submitted(answer["AssociationId"], request_id=request_id(answer))

    def delete(self, api: AwsSession, id: str, last: Mapping[str, Any]) -> Submitted:
        return Submitted(id, request_id=request_id(api.call("disassociate_route_table", AssociationId=id)))

    def observe(self, api: AwsSession, ids: Sequence[str]) -> Iterator[Observed]:
        asked = set(ids)
        return (seen for seen in self._look(api, where("association.route-table-association-id", ids)) if seen.id in asked)

    def find(self, api: AwsSession, want: Mapping[str, Any], intent: Intent) -> Iterator[Observed]:
        subnet = want["subnet_id"]
        return (seen for seen in self._look(api, where("association.subnet-id", subnet)) if seen.attributes["subnet_id"] == subnet)

    def _inside(self, table: Mapping[str, Any]) -> Iterator[Observed]:
        for row in table.get("Associations", ()):
            state = row.get("AssociationState", {}).get("State", "associated")
            if row.get("SubnetId") and state != "disassociated":
                status = ASSOCIATIONS.get(state, "pending")
                attributes = {"subnet_id": row["SubnetId"], "route_table_id": table["RouteTableId"]}
                yield Observed(row["RouteTableAssociationId"], status, attributes, row.get("AssociationState", {}).get("StatusMessage", ""))


ASSOCIATIONS: dict[str, Any] = {"associated": "ready", "associating": "pending", "disassociating": "deleting", "failed": "failed"}


def _route_id(attributes: Mapping[str, Any]) -> str:
    for name in DESTINATIONS:
        if attributes.get(name):
            return join(attributes["route_table_id"], attributes[name])
    raise InvalidRequest(f"a route needs one of {', '.join(DESTINATIONS)}")


def _parameters(want: Mapping[str, Any], names: Sequence[str]) -> dict[str, Any]:
    return {pascal(name): want[name] for name in names if want.get(name) is not None}
