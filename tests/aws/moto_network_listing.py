"""Listings of what networks have beyond the first types, of snapshots, images, launch templates and auto-scaling groups."""

from __future__ import annotations

from typing import Any

from tests.aws.moto_inventory import LISTS, Rows, listed, pages


def _interfaces(ec2: Any) -> Rows:
    """Interfaces that people made. Those of machines, NAT gateways, endpoints and mount targets are parts of them."""
    parts = {each.get("NetworkInterfaceId") for row in ec2.describe_nat_gateways()["NatGateways"] for each in row["NatGatewayAddresses"]}
    parts |= {id for row in ec2.describe_vpc_endpoints()["VpcEndpoints"] for id in row.get("NetworkInterfaceIds", ())}
    for row in (each for page in pages(ec2, "describe_network_interfaces") for each in page["NetworkInterfaces"]):
        attachment = row.get("Attachment") or {}
        if row["NetworkInterfaceId"] not in parts and attachment.get("DeviceIndex") != 0 and not row.get("RequesterManaged"):
            yield row["NetworkInterfaceId"], "network_interface"
            if attachment:
                yield attachment["AttachmentId"], "network_interface_attachment"


def _acls(ec2: Any) -> Rows:
    for row in ec2.describe_network_acls()["NetworkAcls"]:
        if not row["IsDefault"]:
            yield row["NetworkAclId"], "network_acl"
            for each in row.get("Associations", ()):
                yield each["NetworkAclAssociationId"], "network_acl_association"


def _options(ec2: Any) -> Rows:
    made = {row["DhcpOptionsId"] for row in ec2.describe_dhcp_options()["DhcpOptions"]}
    for id in made:
        yield id, "dhcp_options"
    for row in ec2.describe_vpcs()["Vpcs"]:
        if row.get("DhcpOptionsId") in made:
            yield f"{row['VpcId']}|{row['DhcpOptionsId']}", "dhcp_options_association"


def _copies(ec2: Any) -> Rows:
    """Images of the account, and snapshots that belong to no image there is."""
    images = ec2.describe_images(Owners=["self"])["Images"]
    for row in images:
        yield row["ImageId"], "image"
    parts = {mapping["Ebs"].get("SnapshotId") for row in images for mapping in row["BlockDeviceMappings"] if "Ebs" in mapping}
    owner = [{"Name": "owner-id", "Values": ["123456789012"]}]
    for row in ec2.describe_snapshots(Filters=owner)["Snapshots"]:
        if row["SnapshotId"] not in parts:
            yield row["SnapshotId"], "snapshot"


def _placement(ec2: Any) -> Rows:
    """moto as it is knows no placement groups, so there are none."""
    from botocore.parsers import ResponseParserError

    try:
        rows = ec2.describe_placement_groups()["PlacementGroups"]
    except ResponseParserError:
        return
    for row in rows:
        yield row["GroupId"], "placement_group"


LISTS["ec2"] += (
    listed("nat_gateway", "describe_nat_gateways", "NatGateways", "NatGatewayId", lambda row: row["State"] != "deleted"),
    listed("egress_only_internet_gateway", "describe_egress_only_internet_gateways", "EgressOnlyInternetGateways",
           "EgressOnlyInternetGatewayId"),
    listed("vpc_peering_connection", "describe_vpc_peering_connections", "VpcPeeringConnections", "VpcPeeringConnectionId",
           lambda row: row["Status"]["Code"] != "deleted"),
    listed("vpc_endpoint", "describe_vpc_endpoints", "VpcEndpoints", "VpcEndpointId", lambda row: row["State"] != "deleted"),
    listed("launch_template", "describe_launch_templates", "LaunchTemplates", "LaunchTemplateId"),
    _interfaces, _acls, _options, _copies, _placement,
)
LISTS["autoscaling"] = (
    listed("auto_scaling_group", "describe_auto_scaling_groups", "AutoScalingGroups", "AutoScalingGroupName"),
)
