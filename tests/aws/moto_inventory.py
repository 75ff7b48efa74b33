"""What lives in the AWS of the tests, seen by bare clients: one row of a table for each kind.

`LISTS` is open: a file that brings new kinds adds its rows, ``LISTS["efs"] = (…)`` or ``LISTS["ec2"] += (…)``. A service is asked only if
something in it was changed since the last reset, so that a look stays cheap.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from typing import Any

Rows = Iterator[tuple[str, str]]
Listing = Callable[[Any], Rows]
"""From a client of the service: id as mcflow's native type spells it, and kind. What AWS puts in by itself is left out."""


def listed(kind: str, operation: str, rows: str, id: str, keep: Callable[[Mapping[str, Any]], bool] = lambda row: True) -> Listing:
    """The rows under ``rows`` of a listing's pages, by their member ``id``; ``id`` empty where rows are plain ids."""
    def look(client: Any) -> Rows:
        for page in pages(client, operation):
            for row in page.get(rows, ()):
                if keep(row):
                    yield (row[id] if id else row), kind

    return look


def pages(client: Any, operation: str, **params: Any) -> Iterator[Any]:
    """Every page of a listing."""
    if client.can_paginate(operation):
        yield from client.get_paginator(operation).paginate(**params)
    else:
        yield getattr(client, operation)(**params)


def inventory(client: Callable[[str], Any], services: Sequence[str]) -> Iterator[tuple[str, str]]:
    """Everything of these services. ``client(service)`` gives a bare client."""
    for service in services:
        for listing in LISTS.get(service, ()):
            yield from listing(client(service))


def _gateways(ec2: Any) -> Rows:
    for row in ec2.describe_internet_gateways()["InternetGateways"]:
        yield row["InternetGatewayId"], "internet_gateway"
        for attachment in row.get("Attachments", ()):
            yield f"{row['InternetGatewayId']}|{attachment['VpcId']}", "internet_gateway_attachment"


def _routing(ec2: Any) -> Rows:
    for row in ec2.describe_route_tables()["RouteTables"]:
        if not any(association.get("Main") for association in row.get("Associations", ())):
            yield row["RouteTableId"], "route_table"
        for association in row.get("Associations", ()):
            if association.get("SubnetId"):
                yield association["RouteTableAssociationId"], "route_table_association"
        for route in row.get("Routes", ()):
            if route.get("GatewayId") != "local" and not route.get("GatewayId", "").startswith("vpce-"):
                destination = route.get("DestinationCidrBlock") or route.get("DestinationIpv6CidrBlock") \
                    or route.get("DestinationPrefixListId")
                yield f"{row['RouteTableId']}|{destination}", "route"


def _machines(ec2: Any) -> Rows:
    """The root volume of a living instance is a part of it; left behind it counts."""
    roots = set()
    for reservation in (each for page in pages(ec2, "describe_instances") for each in page["Reservations"]):
        for row in reservation["Instances"]:
            if row["State"]["Name"] not in ("terminated", "shutting-down"):
                if not any(tag["Key"] == "aws:autoscaling:groupName" for tag in row.get("Tags", ())):
                    yield row["InstanceId"], "instance"
                mappings = row.get("BlockDeviceMappings", ())
                roots |= {each["Ebs"]["VolumeId"] for each in mappings if each["DeviceName"] == row.get("RootDeviceName")}
    for row in (each for page in pages(ec2, "describe_volumes") for each in page["Volumes"]):
        if row["VolumeId"] in roots:
            continue
        yield row["VolumeId"], "volume"
        for attachment in row.get("Attachments", ()):
            yield f"{row['VolumeId']}|{attachment['InstanceId']}", "volume_attachment"


def _addresses(ec2: Any) -> Rows:
    """What an address leads to counts where people said so; a NAT gateway takes its address by itself."""
    gateways = {each.get("AllocationId") for row in ec2.describe_nat_gateways()["NatGateways"] for each in row["NatGatewayAddresses"]}
    for row in ec2.describe_addresses()["Addresses"]:
        yield row["AllocationId"], "address"
        if row.get("AssociationId") and row["AllocationId"] not in gateways:
            yield row["AssociationId"], "address_association"


LISTS: dict[str, tuple[Listing, ...]] = {
    "ec2": (
        listed("vpc", "describe_vpcs", "Vpcs", "VpcId", lambda row: not row.get("IsDefault")),
        listed("subnet", "describe_subnets", "Subnets", "SubnetId", lambda row: not row.get("DefaultForAz")),
        _gateways, _routing,
        listed("security_group", "describe_security_groups", "SecurityGroups", "GroupId", lambda row: row["GroupName"] != "default"),
        listed("key_pair", "describe_key_pairs", "KeyPairs", "KeyPairId"),
        _machines, _addresses,
    ),
}
"""Service → its listings."""
