"""A VPC with all that a network may have, made with a bare client, becomes a blueprint whose plan is empty, and goes without a rest."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest
import yaml
from tests.aws.hand_made import tagged
from tests.aws.moto_handle import MotoCloud
from tests.aws.test_aws_discovery import BLUEPRINT

from mcflow.cli.entry import outcome


def whole_vpc(ec2: Any) -> dict[str, str]:
    """Two peered VPCs; one with a NAT gateway, interfaces, an ACL, DHCP options, endpoints and gateways: role → id."""
    ids: dict[str, str] = {}
    for name, cidr in (("vpc", "10.6"), ("other", "10.7")):
        ids[name] = ec2.create_vpc(CidrBlock=f"{cidr}.0.0/16", TagSpecifications=tagged("vpc", name))["Vpc"]["VpcId"]
    vpc = ids["vpc"]
    ids["gateway"] = gateway = ec2.create_internet_gateway()["InternetGateway"]["InternetGatewayId"]
    ec2.attach_internet_gateway(InternetGatewayId=gateway, VpcId=vpc)
    ids["attachment"] = f"{gateway}|{vpc}"
    subnet = ec2.create_subnet(VpcId=vpc, CidrBlock="10.6.1.0/24", TagSpecifications=tagged("subnet", "front"))["Subnet"]["SubnetId"]
    ids["subnet"], ids["address"] = subnet, ec2.allocate_address(Domain="vpc")["AllocationId"]
    ids["nat"] = ec2.create_nat_gateway(SubnetId=subnet, AllocationId=ids["address"], TagSpecifications=tagged("natgateway", "out"))[
        "NatGateway"]["NatGatewayId"]
    ids["card"] = ec2.create_network_interface(SubnetId=subnet, Description="spare", PrivateIpAddress="10.6.1.50")[
        "NetworkInterface"]["NetworkInterfaceId"]
    ids["acl"] = acl = ec2.create_network_acl(VpcId=vpc)["NetworkAcl"]["NetworkAclId"]
    ec2.create_network_acl_entry(NetworkAclId=acl, RuleNumber=100, Protocol="6", RuleAction="allow", Egress=False, CidrBlock="0.0.0.0/0",
                                 PortRange={"From": 443, "To": 443})
    present = next(each["NetworkAclAssociationId"] for row in ec2.describe_network_acls()["NetworkAcls"] for each in row["Associations"]
                   if each["SubnetId"] == subnet)
    ids["guarded"] = ec2.replace_network_acl_association(AssociationId=present, NetworkAclId=acl)["NewAssociationId"]
    ids["names"] = names = ec2.create_dhcp_options(DhcpConfigurations=[{"Key": "domain-name", "Values": ["example.com"]}])[
        "DhcpOptions"]["DhcpOptionsId"]
    ec2.associate_dhcp_options(VpcId=vpc, DhcpOptionsId=names)
    ids["named"] = f"{vpc}|{names}"
    ids["table"] = table = ec2.create_route_table(VpcId=vpc)["RouteTable"]["RouteTableId"]
    ids["endpoint"] = ec2.create_vpc_endpoint(VpcId=vpc, ServiceName="com.amazonaws.ap-northeast-2.s3", VpcEndpointType="Gateway",
                                              RouteTableIds=[table])["VpcEndpoint"]["VpcEndpointId"]
    ids["pair"] = pair = ec2.create_vpc_peering_connection(VpcId=vpc, PeerVpcId=ids["other"])[
        "VpcPeeringConnection"]["VpcPeeringConnectionId"]
    ec2.accept_vpc_peering_connection(VpcPeeringConnectionId=pair)
    ec2.create_route(RouteTableId=table, DestinationCidrBlock="10.7.0.0/16", VpcPeeringConnectionId=pair)
    ids["over"] = f"{table}|10.7.0.0/16"
    ec2.create_route(RouteTableId=table, DestinationCidrBlock="0.0.0.0/0", NatGatewayId=ids["nat"])
    ids["away"] = f"{table}|0.0.0.0/0"
    ids["egress"] = ec2.create_egress_only_internet_gateway(VpcId=vpc)["EgressOnlyInternetGateway"]["EgressOnlyInternetGatewayId"]
    return ids


def test_a_whole_vpc_is_imported_and_destroyed(
    aws_cloud: MotoCloud, folder: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    Path("mcflow.yaml").write_text(BLUEPRINT.format(endpoint=aws_cloud.endpoint))
    made = whole_vpc(aws_cloud.client())
    assert outcome(["discover", "aws", "-o", "json"]) == 0
    found = {item["id"]: item for item in yaml.safe_load(capsys.readouterr().out)["objects"]}
    assert {id for id, item in found.items() if not item["provided"]} == set(made.values())
    assert outcome(["discover", "aws", "--import", "-y"]) == 0
    resources = yaml.safe_load(Path("found.yaml").read_text())["resources"]
    assert len(resources) == len(made)
    wants = {body["type"]: body.get("properties", {}) for body in resources.values()}
    assert wants["aws.nat_gateway"] == {"subnet_id": "{{ resources.front }}", "allocation_id": wants["aws.nat_gateway"]["allocation_id"],
                                        "tags": {"Name": "out"}}
    assert wants["aws.vpc_peering_connection"]["accept"] is True
    assert wants["aws.network_acl"]["entries"] == [{
        "rule_number": 100, "egress": False, "protocol": "tcp", "rule_action": "allow", "cidr_block": "0.0.0.0/0",
        "port_range": {"from": 443, "to": 443}}]
    capsys.readouterr()
    assert outcome(["plan", "-f", "found.yaml", "--detailed-exitcode"]) == 0
    assert capsys.readouterr().out.startswith("No changes.")
    assert outcome(["destroy", "-f", "found.yaml", "-y"]) == 0
    assert not set(made.values()) & set(aws_cloud.inventory())
