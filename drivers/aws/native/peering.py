"""Peering connections between two VPCs."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from mcflow.drivers.aws.native.ec2 import Ec2Type, Noun
from mcflow.drivers.aws.session import AwsSession
from mcflow.drivers.sdk import InvalidRequest, Submitted, Tagged, boolean, native_type, string, tags

STATES: dict[str, Any] = {
    "initiating-request": "pending", "provisioning": "pending", "pending-acceptance": "ready", "active": "ready", "failed": "failed",
    "rejected": "failed", "expired": "failed", "deleting": "deleting", "deleted": "gone",
}


@native_type
class VpcPeeringConnection(Ec2Type):
    """One peering connection, asked for by one VPC and accepted by the other. Deleted ones are shown for about two hours.
    https://docs.aws.amazon.com/AWSEC2/latest/APIReference/API_CreateVpcPeeringConnection.html"""

    name = "aws.vpc_peering_connection"
    identity = Tagged()
    noun = Noun("create_vpc_peering_connection", "describe_vpc_peering_connections", "delete_vpc_peering_connection",
                "VpcPeeringConnections", "VpcPeeringConnectionId", "vpc-peering-connection-id", "vpc-peering-connection",
                made="VpcPeeringConnection")
    matched_by = {"vpc_id": "requester-vpc-info.vpc-id", "peer_vpc_id": "accepter-vpc-info.vpc-id"}
    attributes = {
        "vpc_id": string("The VPC that asks.", reference=["aws.vpc"]),
        "peer_vpc_id": string("The VPC that is asked.", reference=["aws.vpc"]),
        "peer_owner_id": string("The account of the VPC that is asked.", default_from_cloud=True, incidental=True),
        "peer_region": string("The region of the VPC that is asked.", default_from_cloud=True, incidental=True),
        "accept": boolean("Whether to accept it as well: where both VPCs are of this account and region. Absent: as it is.",
                          group="accept", set_after_create=True, default_from_cloud=True),
        "state": string("pending-acceptance, active …", read_only=True, changes_with=["accept"]),
        "tags": tags(),
    }
    required = ("vpc_id", "peer_vpc_id")

    def status(self, row: Mapping[str, Any]) -> tuple[Any, str]:
        return STATES.get(row["Status"]["Code"], "pending"), row["Status"].get("Message", "")

    def read(self, row: Mapping[str, Any]) -> dict[str, Any]:
        asking, asked, state = row["RequesterVpcInfo"], row["AccepterVpcInfo"], row["Status"]["Code"]
        told = {"vpc_id": asking.get("VpcId"), "peer_vpc_id": asked.get("VpcId"), "peer_owner_id": asked.get("OwnerId"),
                "peer_region": asked.get("Region"), "accept": state in ("provisioning", "active"), "state": state}
        return {name: value for name, value in told.items() if value is not None}

    def portray(self, attributes: Mapping[str, Any]) -> dict[str, Any]:
        # One that nobody has accepted yet is no wish that nobody should.
        return {name: value for name, value in super().portray(attributes).items() if (name, value) != ("accept", False)}

    def change(self, api: AwsSession, id: str, want: Mapping[str, Any], group: str) -> Submitted | dict[str, Any]:
        accepted = self.read(self.row(api, id))["accept"]
        if accepted == bool(want.get("accept")) or want.get("accept") is None:
            return Submitted(id)
        if accepted:
            raise InvalidRequest(f"{id} is accepted, and AWS takes no acceptance back; delete the connection, or leave accept out")
        return api.call("accept_vpc_peering_connection", VpcPeeringConnectionId=id)
