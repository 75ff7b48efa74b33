"""EC2 beyond the first types: NAT gateways, interfaces, snapshots, images as portable types, and natives named in blueprints."""

from __future__ import annotations

import json
from typing import Any

from tests.conformance.aws_cloud import ALTERATIONS, REMOVALS
from tests.conformance.fragments import block, machine, network, ref

from mcflow.conformance import Case, Change, Drifted

SMALL = "t3.small"
BACK = {"back": block("subnet", vpc=ref("net"), cidr="10.0.2.0/24", zone="ap-northeast-2b", public=False)}
SIDE = {"side": block("subnet", vpc=ref("net"), cidr="10.0.3.0/24", zone="ap-northeast-2a")}
TAGGED = Change("tags", {"tags": {"team": "ops"}})
OPEN = {"rule_number": 100, "egress": False, "protocol": "tcp", "rule_action": "allow", "cidr_block": "0.0.0.0/0",
        "port_range": {"from": 443, "to": 443}}
SHUT = {"rule_number": 90, "egress": True, "protocol": "-1", "rule_action": "deny", "ipv6_cidr_block": "::/0"}
READ = {"Version": "2012-10-17", "Statement": [{"Effect": "Allow", "Principal": "*", "Action": "s3:GetObject", "Resource": "*"}]}
S3, DYNAMODB = "com.amazonaws.ap-northeast-2.s3", "com.amazonaws.ap-northeast-2.dynamodb"
AMI = "{{ resources.box.image_id }}"


def id_of(name: str) -> str:
    """The id of a resource, for a list."""
    return f"{{{{ resources.{name}.id }}}}"


def vpcs() -> dict[str, Any]:
    """Two VPCs with a subnet and a route table each, as natives."""
    made: dict[str, Any] = {}
    for name, cidr in (("one", "10.1"), ("two", "10.2")):
        made[name] = block("aws.vpc", cidr_block=f"{cidr}.0.0/16")
        made[f"{name}_net"] = block("aws.subnet", vpc_id=ref(name), cidr_block=f"{cidr}.1.0/24", availability_zone="ap-northeast-2a")
        made[f"{name}_table"] = block("aws.route_table", vpc_id=ref(name))
    return made


CHECKED = {"source_dest_check": True}
"""What is asked for is put right when somebody else changes it; what is not is shown."""

PORTABLE = [
    Case("nat_gateway", "nat", {**network(), **BACK, **SIDE, "nat": block("nat_gateway", subnet=ref("front"))},
         updates=[Change("subnets", {"subnets": [ref("back")]})], replace=Change("subnet", {"subnet": ref("side")}, "gateway"),
         removable="gateway"),
    Case("nic", "card", {**machine(spec=SMALL),
                        "card": {**block("nic", subnet=ref("front"), private_ips=["10.0.1.20"]), "aws": {"interface": CHECKED}}},
         updates=[Change("attach_to", {"attach_to": ref("box")}), Change("more_ips", {"private_ips": ["10.0.1.20", "10.0.1.21"]})],
         replace=Change("private_ips", {"private_ips": ["10.0.1.200"]}, "interface"), removable="interface",
         drift=Drifted("interface", "source_dest_check", False)),
    Case("snapshot", "copy", {"data": block("disk", size_gib=20, zone="ap-northeast-2a"), "copy": block("snapshot", disk=ref("data"))},
         updates=[TAGGED], replace=Change("description", {"description": "two"}, "snapshot"), removable="snapshot"),
    Case("image", "golden", {**machine(spec=SMALL), "golden": block("image", vm=ref("box"), description="one")},
         updates=[Change("description", {"description": "two"})], replace=Change("name", {"name": "renamed"}, "image"), removable="image",
         drift=Drifted("image", "description", "theirs")),
]

NATIVE = [
    Case("aws.network_interface", "card", {**vpcs(), "card": block("aws.network_interface", subnet_id=ref("one_net"), description="one")},
         updates=[Change("description", {"description": "two"}), Change("check", {"source_dest_check": False}),
                  Change("addresses", {"secondary_private_ip_addresses": ["10.1.1.30", "10.1.1.31"]})],
         replace=Change("subnet", {"subnet_id": ref("two_net")}), removable="", drift=Drifted("", "description", "theirs")),
    Case("aws.network_acl", "acl", {**vpcs(), "acl": block("aws.network_acl", vpc_id=ref("one"), entries=[OPEN])},
         updates=[Change("entries", {"entries": [{**OPEN, "rule_action": "deny"}, SHUT]}), Change("none", {"entries": None})],
         replace=Change("vpc", {"vpc_id": ref("two")}), removable="", drift=Drifted("", "entries", 200)),
    Case("aws.network_acl_association", "plug", {
            **vpcs(), "acl": block("aws.network_acl", vpc_id=ref("one")), "other": block("aws.network_acl", vpc_id=ref("one")),
            "plug": block("aws.network_acl_association", subnet_id=ref("one_net"), network_acl_id=ref("acl"))},
         replace=Change("acl", {"network_acl_id": ref("other")}), removable=""),
    Case("aws.vpc_peering_connection", "pair", {
            **vpcs(), "pair": block("aws.vpc_peering_connection", vpc_id=ref("one"), peer_vpc_id=ref("two"))},
         updates=[Change("accept", {"accept": True})], replace=Change("asked", {"vpc_id": ref("two"), "peer_vpc_id": ref("one")}),
         removable=""),
    Case("aws.vpc_endpoint", "way", {
            **vpcs(), "way": block("aws.vpc_endpoint", vpc_id=ref("one"), service_name=S3, policy_document=READ)},
         updates=[Change("tables", {"route_table_ids": [id_of("one_table")]}), Change("policy", {"policy_document": {**READ, "Id": "x"}})],
         replace=Change("service", {"service_name": DYNAMODB}), removable="", drift=Drifted("", "policy_document", {**READ, "Id": "y"})),
    Case("aws.dhcp_options", "names", {"names": block("aws.dhcp_options", domain_name="example.com", domain_name_servers=["10.0.0.2"])},
         updates=[TAGGED], replace=Change("domain", {"domain_name": "example.org"}), removable=""),
    Case("aws.dhcp_options_association", "plug", {
            **vpcs(), "names": block("aws.dhcp_options", domain_name="example.com"),
            "others": block("aws.dhcp_options", domain_name="example.org"),
            "plug": block("aws.dhcp_options_association", vpc_id=ref("one"), dhcp_options_id=ref("names"))},
         replace=Change("options", {"dhcp_options_id": ref("others")}), removable=""),
    Case("aws.egress_only_internet_gateway", "out", {**vpcs(), "out": block("aws.egress_only_internet_gateway", vpc_id=ref("one"))},
         updates=[TAGGED], replace=Change("vpc", {"vpc_id": ref("two")}), removable=""),
    Case("aws.placement_group", "near", {"near": block("aws.placement_group", group_name="near")}, updates=[TAGGED],
         replace=Change("strategy", {"group_name": "far", "strategy": "spread"}), removable=""),
    Case("aws.snapshot_copy", "copy", {
            "data": block("disk", size_gib=20, zone="ap-northeast-2a"), "first": block("snapshot", disk=ref("data")),
            "copy": block("aws.snapshot_copy", source_snapshot_id=id_of("first"), description="one")},
         updates=[TAGGED], replace=Change("description", {"description": "two"}), removable=""),
    Case("aws.launch_template", "web", {**machine(spec=SMALL), "web": block(
            "aws.launch_template", launch_template_name="web", launch_template_data={"image_id": AMI, "instance_type": SMALL})},
         updates=[Change("size", {"launch_template_data": {"image_id": AMI, "instance_type": "t3.large"}})],
         replace=Change("name", {"launch_template_name": "other"}), removable="",
         drift=Drifted("", "launch_template_data", {"ImageId": "ami-12345678", "InstanceType": "t3.nano"})),
    Case("aws.auto_scaling_group", "fleet", {
            **machine(spec=SMALL), **SIDE,
            "web": block("aws.launch_template", launch_template_name="web", launch_template_data={"image_id": AMI, "instance_type": SMALL}),
            "fleet": block("aws.auto_scaling_group", auto_scaling_group_name="fleet", min_size=0, max_size=2, desired_capacity=0,
                           launch_template={"launch_template_id": id_of("web")}, vpc_zone_identifier=[id_of("front")])},
         updates=[Change("settings", {"max_size": 3, "desired_capacity": 1}), Change("subnets", {"vpc_zone_identifier": [id_of("side")]}),
                  TAGGED],
         replace=Change("name", {"auto_scaling_group_name": "others"}), removable="", drift=Drifted("", "max_size", 5)),
]

SKIPS = {
    **{f"{check}[{kind}]": reason for kind, reason in {
        "nat_gateway": "EC2 lets nobody change a NAT gateway but its tags, so there is nothing that could drift",
        "snapshot": "EC2 lets nobody change a snapshot but its tags, so there is nothing that could drift",
        "aws.vpc_peering_connection": "moto takes no acceptance back, as EC2 does not, so there is nothing that could drift",
        "aws.dhcp_options": "EC2 lets nobody change DHCP options but their tags, so there is nothing that could drift",
        "aws.egress_only_internet_gateway": "EC2 lets nobody change such a gateway but its tags, so there is nothing that could drift",
        "aws.placement_group": "EC2 lets nobody change a placement group but its tags, so there is nothing that could drift",
        "aws.snapshot_copy": "EC2 lets nobody change a snapshot but its tags, so there is nothing that could drift",
        "aws.network_acl_association": "an association is its two ends: one with other ends is another association",
        "aws.dhcp_options_association": "an association is its two ends: one with other ends is another association",
    }.items() for check in ("drift",)},
    "update[aws.network_acl_association]": "an association is its two ends: one with other ends is another association",
    "update[aws.dhcp_options_association]": "an association is its two ends: one with other ends is another association",
}
CASES = [*PORTABLE, *NATIVE]


def _drop_gateway(ec2: Any, id: str) -> None:
    """A NAT gateway with all that must go before others can: its routes stay and lead nowhere."""
    ec2.delete_nat_gateway(NatGatewayId=id)


def _drop_interface(ec2: Any, id: str) -> None:
    attachment = ec2.describe_network_interfaces(NetworkInterfaceIds=[id])["NetworkInterfaces"][0].get("Attachment")
    if attachment:
        ec2.detach_network_interface(AttachmentId=attachment["AttachmentId"])
    ec2.delete_network_interface(NetworkInterfaceId=id)


def _give_default_acl(ec2: Any, id: str) -> None:
    rows = ec2.describe_network_acls()["NetworkAcls"]
    vpc = next(row["VpcId"] for row in rows for each in row["Associations"] if each["NetworkAclAssociationId"] == id)
    default = next(row["NetworkAclId"] for row in rows if row["IsDefault"] and row["VpcId"] == vpc)
    ec2.replace_network_acl_association(AssociationId=id, NetworkAclId=default)


def _drop_group(ec2: Any, id: str) -> None:
    name = next(row["GroupName"] for row in ec2.describe_placement_groups()["PlacementGroups"] if row["GroupId"] == id)
    ec2.delete_placement_group(GroupName=name)


def _new_version(ec2: Any, id: str, data: Any) -> None:
    made = ec2.create_launch_template_version(LaunchTemplateId=id, LaunchTemplateData=data)["LaunchTemplateVersion"]
    ec2.modify_launch_template(LaunchTemplateId=id, DefaultVersion=str(made["VersionNumber"]))


def _policy(ec2: Any, id: str, policy: Any) -> None:
    ec2.modify_vpc_endpoint(VpcEndpointId=id, PolicyDocument=json.dumps(policy))


REMOVALS.update({
    "aws.nat_gateway": _drop_gateway,
    "aws.network_interface": _drop_interface,
    "aws.snapshot": lambda ec2, id: ec2.delete_snapshot(SnapshotId=id),
    "aws.snapshot_copy": lambda ec2, id: ec2.delete_snapshot(SnapshotId=id),
    "aws.image": lambda ec2, id: ec2.deregister_image(ImageId=id, DeleteAssociatedSnapshots=True),
    "aws.network_acl": lambda ec2, id: ec2.delete_network_acl(NetworkAclId=id),
    "aws.network_acl_association": _give_default_acl,
    "aws.vpc_peering_connection": lambda ec2, id: ec2.delete_vpc_peering_connection(VpcPeeringConnectionId=id),
    "aws.vpc_endpoint": lambda ec2, id: ec2.delete_vpc_endpoints(VpcEndpointIds=[id]),
    "aws.dhcp_options": lambda ec2, id: ec2.delete_dhcp_options(DhcpOptionsId=id),
    "aws.dhcp_options_association": lambda ec2, id: ec2.associate_dhcp_options(VpcId=id.partition("|")[0], DhcpOptionsId="default"),
    "aws.egress_only_internet_gateway": lambda ec2, id: ec2.delete_egress_only_internet_gateway(EgressOnlyInternetGatewayId=id),
    "aws.placement_group": _drop_group,
    "aws.launch_template": lambda ec2, id: ec2.delete_launch_template(LaunchTemplateId=id),
    "aws.auto_scaling_group": lambda scaling, id: scaling.delete_auto_scaling_group(AutoScalingGroupName=id, ForceDelete=True),
})
ALTERATIONS.update({
    ("aws.network_interface", "source_dest_check"): lambda ec2, id, value: ec2.modify_network_interface_attribute(
        NetworkInterfaceId=id, SourceDestCheck={"Value": value}),
    ("aws.network_interface", "description"): lambda ec2, id, value: ec2.modify_network_interface_attribute(
        NetworkInterfaceId=id, Description={"Value": value}),
    ("aws.image", "description"): lambda ec2, id, value: ec2.modify_image_attribute(ImageId=id, Description={"Value": value}),
    ("aws.network_acl", "entries"): lambda ec2, id, value: ec2.create_network_acl_entry(
        NetworkAclId=id, RuleNumber=value, Protocol="-1", RuleAction="allow", Egress=False, CidrBlock="10.0.0.0/8"),
    ("aws.vpc_endpoint", "policy_document"): _policy,
    ("aws.launch_template", "launch_template_data"): _new_version,
    ("aws.auto_scaling_group", "max_size"): lambda scaling, id, value: scaling.update_auto_scaling_group(
        AutoScalingGroupName=id, MaxSize=value),
})
