"""Ways out for what nobody outside may call: NAT gateways, and gateways that let IPv6 out only."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from mcflow.drivers.aws.native.ec2 import Ec2Type, Noun
from mcflow.drivers.sdk import Token, native_type, string, tags

STATES: dict[str, Any] = {"pending": "pending", "available": "ready", "failed": "failed", "deleting": "deleting", "deleted": "gone"}
ATTACHED: dict[str, Any] = {"attaching": "pending", "attached": "ready", "detaching": "deleting", "detached": "gone"}


@native_type
class NatGateway(Ec2Type):
    """One NAT gateway. A deleted one is shown for about an hour and counts as gone.
    https://docs.aws.amazon.com/AWSEC2/latest/APIReference/API_CreateNatGateway.html"""

    name = "aws.nat_gateway"
    identity = Token()
    noun = Noun("create_nat_gateway", "describe_nat_gateways", "delete_nat_gateway", "NatGateways", "NatGatewayId", "nat-gateway-id",
                "natgateway", made="NatGateway", filters="Filter")
    exclusive = True  # an address is used by one at a time
    matched_by = {"subnet_id": "subnet-id"}
    seconds = 90.0
    attributes = {
        "subnet_id": string("The subnet it stands in.", reference=["aws.subnet"]),
        "allocation_id": string("The address it uses; none for a private one.", reference=["aws.address"]),
        "connectivity_type": string("public, or private to reach other networks only.", enum=["public", "private"], default="public"),
        "private_ip_address": string("Its address in the subnet.", default_from_cloud=True, incidental=True),
        "public_ip": string("The address it is seen by.", read_only=True),
        "network_interface_id": string("Its interface.", read_only=True),
        "vpc_id": string("The VPC it is in.", read_only=True),
        "state": string("pending, available, failed …", read_only=True),
        "tags": tags(),
    }
    required = ("subnet_id",)

    def status(self, row: Mapping[str, Any]) -> tuple[Any, str]:
        return STATES.get(row["State"], "pending"), row.get("FailureMessage", "")

    def read(self, row: Mapping[str, Any]) -> dict[str, Any]:
        addresses = row.get("NatGatewayAddresses") or [{}]
        first = next((each for each in addresses if each.get("IsPrimary")), addresses[0])
        told = {"allocation_id": first.get("AllocationId"), "private_ip_address": first.get("PrivateIp"),
                "public_ip": first.get("PublicIp"), "network_interface_id": first.get("NetworkInterfaceId")}
        # An endpoint that tells no kind knows only gateways with an address.
        return {"connectivity_type": "public", **super().read(row), **{name: value for name, value in told.items() if value}}


@native_type
class EgressOnlyInternetGateway(Ec2Type):
    """One gateway that lets IPv6 out of a VPC and nothing in. The API lists all of an account's, without filters but tags.
    https://docs.aws.amazon.com/AWSEC2/latest/APIReference/API_CreateEgressOnlyInternetGateway.html"""

    name = "aws.egress_only_internet_gateway"
    identity = Token()
    noun = Noun("create_egress_only_internet_gateway", "describe_egress_only_internet_gateways", "delete_egress_only_internet_gateway",
                "EgressOnlyInternetGateways", "EgressOnlyInternetGatewayId", "egress-only-internet-gateway-id",
                "egress-only-internet-gateway", made="EgressOnlyInternetGateway")
    unfiltered = True
    matched_by = {"vpc_id": "vpc-id"}
    attributes = {"vpc_id": string("The VPC it leads out of.", reference=["aws.vpc"]), "tags": tags()}
    required = ("vpc_id",)

    def status(self, row: Mapping[str, Any]) -> tuple[Any, str]:
        return ATTACHED.get((row.get("Attachments") or [{}])[0].get("State", "attached"), "pending"), ""

    def read(self, row: Mapping[str, Any]) -> dict[str, Any]:
        attachments = row.get("Attachments") or [{}]
        return {"vpc_id": attachments[0]["VpcId"]} if attachments[0].get("VpcId") else {}
