"""A VPC environment made by hand, with a bare client: what people have before they have mcflow."""

from __future__ import annotations

import time
from typing import Any

KEY = b"ssh-ed25519 AAAAC3NzaC1lZDI1NTE5AAAAIIC0pv0kTqUvYg0TGcZ1Y0mVqkBkM0lcS6q3rQ0qD3kR ops"


def tagged(kind: str, name: str, **more: str) -> list[dict[str, Any]]:
    """TagSpecifications with a Name."""
    return [{"ResourceType": kind, "Tags": [{"Key": key, "Value": value} for key, value in {"Name": name, **more}.items()]}]


def hand_made(ec2: Any, image: str) -> dict[str, str]:
    """vpc, gateway, subnets, routes, groups that name each other, a key, machines, a volume, addresses: role → id."""
    ids: dict[str, str] = {}
    ids["vpc"] = vpc = ec2.create_vpc(CidrBlock="10.5.0.0/16", TagSpecifications=tagged("vpc", "prod", env="prod"))["Vpc"]["VpcId"]
    ec2.modify_vpc_attribute(VpcId=vpc, EnableDnsHostnames={"Value": True})
    gateway = ec2.create_internet_gateway(TagSpecifications=tagged("internet-gateway", "prod"))["InternetGateway"]["InternetGatewayId"]
    ids["gateway"] = gateway
    ec2.attach_internet_gateway(InternetGatewayId=gateway, VpcId=vpc)
    ids["attachment"] = f"{gateway}|{vpc}"
    for index, zone in enumerate("ab"):
        ids[zone] = ec2.create_subnet(
            VpcId=vpc, CidrBlock=f"10.5.{index}.0/24", AvailabilityZone=f"ap-northeast-2{zone}",
            TagSpecifications=tagged("subnet", f"front-{zone}"))["Subnet"]["SubnetId"]
    ec2.modify_subnet_attribute(SubnetId=ids["a"], MapPublicIpOnLaunch={"Value": True})
    made = ec2.create_route_table(VpcId=vpc, TagSpecifications=tagged("route-table", "public"))
    ids["table"] = table = made["RouteTable"]["RouteTableId"]
    ec2.create_route(RouteTableId=table, DestinationCidrBlock="0.0.0.0/0", GatewayId=gateway)
    ids["route"] = f"{table}|0.0.0.0/0"
    for zone in "ab":
        ids[f"association {zone}"] = ec2.associate_route_table(RouteTableId=table, SubnetId=ids[zone])["AssociationId"]
    _groups(ec2, vpc, ids)
    ids["key"] = ec2.import_key_pair(KeyName="ops", PublicKeyMaterial=KEY)["KeyPairId"]
    for zone in "ab":
        made = ec2.run_instances(
            ImageId=image, InstanceType="t3.micro", MinCount=1, MaxCount=1, KeyName="ops", SubnetId=ids[zone],
            SecurityGroupIds=[ids["web"]], UserData="#!/bin/sh\necho hidden",
            TagSpecifications=tagged("instance", f"web {zone}"))
        ids[f"web {zone}"] = made["Instances"][0]["InstanceId"]
    _running(ec2, [ids["web a"], ids["web b"]])
    ids["volume"] = ec2.create_volume(
        AvailabilityZone="ap-northeast-2a", Size=20, VolumeType="gp3", TagSpecifications=tagged("volume", "data"))["VolumeId"]
    ec2.attach_volume(VolumeId=ids["volume"], InstanceId=ids["web a"], Device="/dev/sdf")
    ids["plugged"] = f"{ids['volume']}|{ids['web a']}"
    ids["address"] = ec2.allocate_address(Domain="vpc")["AllocationId"]
    ids["mapped"] = ec2.associate_address(AllocationId=ids["address"], InstanceId=ids["web a"])["AssociationId"]
    ids["spare"] = ec2.allocate_address(Domain="vpc")["AllocationId"]
    return ids


def _groups(ec2: Any, vpc: str, ids: dict[str, str]) -> None:
    ids["web"] = web = ec2.create_security_group(GroupName="web", Description="web servers", VpcId=vpc)["GroupId"]
    ids["db"] = db = ec2.create_security_group(
        GroupName="db", Description="databases", VpcId=vpc, TagSpecifications=tagged("security-group", "db"))["GroupId"]
    http = {"IpProtocol": "tcp", "FromPort": 80, "ToPort": 80, "IpRanges": [{"CidrIp": "0.0.0.0/0", "Description": "all"}]}
    ssh = {"IpProtocol": "tcp", "FromPort": 22, "ToPort": 22, "UserIdGroupPairs": [{"GroupId": db}, {"GroupId": web}]}
    sql = {"IpProtocol": "tcp", "FromPort": 5432, "ToPort": 5432, "UserIdGroupPairs": [{"GroupId": web}]}
    ec2.authorize_security_group_ingress(GroupId=web, IpPermissions=[http, ssh])
    ec2.authorize_security_group_ingress(GroupId=db, IpPermissions=[sql])
    ec2.revoke_security_group_egress(GroupId=db, IpPermissions=[{"IpProtocol": "-1", "IpRanges": [{"CidrIp": "0.0.0.0/0"}]}])


def _running(ec2: Any, machines: list[str]) -> None:
    for _ in range(400):
        rows = [row for each in ec2.describe_instances(InstanceIds=machines)["Reservations"] for row in each["Instances"]]
        if all(row["State"]["Name"] == "running" for row in rows):
            return
        time.sleep(0.05)
    raise AssertionError("the machines do not start")
