"""Network interfaces of their own, and their attachment to instances."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import replace
from typing import Any

from mcflow.drivers.aws.native.ec2 import Ec2Type, Noun, request_id, where
from mcflow.drivers.aws.session import AwsSession
from mcflow.drivers.sdk import (
    Again,
    Intent,
    NativeType,
    Natural,
    NotFound,
    Observed,
    Submitted,
    Token,
    array,
    boolean,
    integer,
    native_type,
    string,
    tags,
)

STATES: dict[str, Any] = {"pending": "pending", "available": "ready", "associated": "ready", "attaching": "ready", "in-use": "ready",
                          "detaching": "ready"}
ATTACHED: dict[str, Any] = {"attaching": "pending", "attached": "ready", "detaching": "deleting", "detached": "gone"}


@native_type
class NetworkInterface(Ec2Type):
    """One network interface.  https://docs.aws.amazon.com/AWSEC2/latest/APIReference/API_CreateNetworkInterface.html"""

    name = "aws.network_interface"
    identity = Token()
    noun = Noun("create_network_interface", "describe_network_interfaces", "delete_network_interface", "NetworkInterfaces",
                "NetworkInterfaceId", "network-interface-id", "network-interface", made="NetworkInterface")
    attributes = {
        "subnet_id": string("The subnet it is in.", reference=["aws.subnet"]),
        "description": string("What it is for.", group="description", default=""),
        "groups": array(string(), "The security groups it carries.", set=True, group="groups", default_from_cloud=True,
                        reference=["aws.security_group"]),
        "private_ip_address": string("Its primary address.", default_from_cloud=True, incidental=True),
        "secondary_private_ip_addresses": array(string(), "Its further addresses.", set=True, group="addresses", set_after_create=True,
                                                default=[]),
        "source_dest_check": boolean("Whether only traffic from and to itself passes.", group="source_dest_check", set_after_create=True,
                                     default=True),
        "interface_type": string("interface, efa or trunk.", default="interface"),
        "mac_address": string("Its hardware address.", read_only=True),
        "private_dns_name": string("Its name in the VPC.", read_only=True),
        "availability_zone": string("The zone it is in.", read_only=True),
        "vpc_id": string("The VPC it is in.", read_only=True),
        "tags": tags(),
    }
    required = ("subnet_id",)

    def status(self, row: Mapping[str, Any]) -> tuple[Any, str]:
        return STATES.get(row.get("Status", "available"), "pending"), ""

    def read(self, row: Mapping[str, Any]) -> dict[str, Any]:
        first = row.get("PrivateIpAddress")
        addresses = [each["PrivateIpAddress"] for each in row.get("PrivateIpAddresses", ())]
        return {**super().read(row), "groups": sorted(group["GroupId"] for group in row.get("Groups", ())),
                "secondary_private_ip_addresses": sorted(address for address in addresses if address != first)}

    def provided(self, row: Mapping[str, Any]) -> bool:
        attachment = row.get("Attachment") or {}
        came = attachment.get("DeviceIndex") == 0 or bool(attachment.get("DeleteOnTermination"))
        return bool(row.get("RequesterManaged")) or row.get("InterfaceType", "interface") not in OWN or came

    def discover(self, api: AwsSession) -> Iterator[Observed]:
        taken = gateways_interfaces(api)
        return (replace(seen, provided=seen.provided or seen.id in taken) for seen in self.look(api))

    def change(self, api: AwsSession, id: str, want: Mapping[str, Any], group: str) -> Submitted | Again | dict[str, Any]:
        if group == "addresses":
            return self._settle_addresses(api, id, want.get("secondary_private_ip_addresses") or [])
        values: dict[str, dict[str, Any]] = {
            "description": {"Description": {"Value": want.get("description") or ""}},
            "groups": {"Groups": want.get("groups")},
            "source_dest_check": {"SourceDestCheck": {"Value": want.get("source_dest_check") is not False}},
        }
        return api.call("modify_network_interface_attribute", NetworkInterfaceId=id, **values[group])

    def _settle_addresses(self, api: AwsSession, id: str, wanted: Sequence[str]) -> Submitted | Again:
        present = self.read(self.row(api, id))["secondary_private_ip_addresses"]
        surplus, missing = sorted(set(present) - set(wanted)), sorted(set(wanted) - set(present))
        if surplus:
            api.call("unassign_private_ip_addresses", NetworkInterfaceId=id, PrivateIpAddresses=surplus)
            return Again(f"{len(surplus)} addresses taken off")
        if missing:
            api.call("assign_private_ip_addresses", NetworkInterfaceId=id, PrivateIpAddresses=missing, AllowReassignment=False)
            return Again(f"{len(missing)} addresses put on")
        return Submitted(id)


OWN = ("interface", "efa", "trunk", "branch")
"""Kinds of interfaces that people make; the others belong to gateways, balancers and endpoints."""


def gateways_interfaces(api: AwsSession) -> frozenset[str]:
    """Interfaces of NAT gateways and endpoints; EC2 marks them by their type, other endpoints do not."""
    gateways = (each for row in api.pages("describe_nat_gateways", "NatGateways") for each in row.get("NatGatewayAddresses", ()))
    endpoints = (id for row in api.pages("describe_vpc_endpoints", "VpcEndpoints") for id in row.get("NetworkInterfaceIds", ()))
    return frozenset({str(each.get("NetworkInterfaceId")) for each in gateways} | set(endpoints))


@native_type
class NetworkInterfaceAttachment(NativeType[AwsSession]):
    """An interface on an instance, beside the one it was started with.
    https://docs.aws.amazon.com/AWSEC2/latest/APIReference/API_AttachNetworkInterface.html"""

    name = "aws.network_interface_attachment"
    identity = Natural()
    family = "ec2"
    exclusive = True
    serial = staticmethod(lambda want: want.get("instance_id"))  # type: ignore[assignment]  # one index is chosen at a time
    attributes = {
        "network_interface_id": string("The interface.", reference=["aws.network_interface"]),
        "instance_id": string("The instance.", reference=["aws.instance"]),
        "device_index": integer("Its place among the instance's interfaces; absent: the first free one.", minimum=1,
                                default_from_cloud=True),
    }
    required = ("network_interface_id", "instance_id")

    def create(self, api: AwsSession, want: Mapping[str, Any], intent: Intent) -> Submitted:
        interface, instance = want["network_interface_id"], want["instance_id"]
        index = want["device_index"] if want.get("device_index") is not None else free_index(api, instance)
        answer = api.call("attach_network_interface", NetworkInterfaceId=interface, InstanceId=instance, DeviceIndex=index)
        return Submitted(answer["AttachmentId"], request_id=request_id(answer))

    def observe(self, api: AwsSession, ids: Sequence[str]) -> Iterator[Observed]:
        asked = set(ids)
        return (seen for seen in self._look(api, where("attachment.attachment-id", ids)) if seen.id in asked)

    def find(self, api: AwsSession, want: Mapping[str, Any], intent: Intent) -> Iterator[Observed]:
        return self._look(api, where("network-interface-id", want["network_interface_id"]))

    def match(self, api: AwsSession, want: Mapping[str, Any]) -> Iterator[Observed]:
        return self._look(api, where("network-interface-id", want["network_interface_id"]))

    def discover(self, api: AwsSession) -> Iterator[Observed]:
        return self._look(api)

    def delete(self, api: AwsSession, id: str, last: Mapping[str, Any]) -> Submitted:
        return Submitted(id, request_id=request_id(api.call("detach_network_interface", AttachmentId=id)))

    def _look(self, api: AwsSession, *conditions: dict[str, Any]) -> Iterator[Observed]:
        for row in api.pages("describe_network_interfaces", "NetworkInterfaces", Filters=list(conditions)):
            attachment = row.get("Attachment") or {}
            status = ATTACHED.get(attachment.get("Status", "attached"), "pending")
            if attachment.get("InstanceId") and status != "gone":
                attributes = {"network_interface_id": row["NetworkInterfaceId"], "instance_id": attachment["InstanceId"],
                              "device_index": attachment["DeviceIndex"]}
                came = attachment["DeviceIndex"] == 0 or bool(attachment.get("DeleteOnTermination"))
                yield Observed(attachment["AttachmentId"], status, attributes, provided=came)


def free_index(api: AwsSession, instance: str) -> int:
    """The first place after the instance's own interface that is free. Raises NotFound."""
    for reservation in api.pages("describe_instances", "Reservations", Filters=[where("instance-id", instance)]):
        for row in reservation["Instances"]:
            taken = {each["Attachment"]["DeviceIndex"] for each in row.get("NetworkInterfaces", ()) if each.get("Attachment")}
            return next(index for index in range(1, len(taken) + 2) if index not in taken)
    raise NotFound(f"instance {instance} is not there", code="InvalidInstanceID.NotFound")
