"""What AWS refuses and moto accepts, and what AWS does by itself and moto forgets (a terminated instance lets go of addresses and
volumes; a registered image keeps its architecture). Looks straight into moto's models.

EC2's calls go by the operation alone, those of other services by ``service.Operation``. Other files add to `REFUSALS` and `AFTERMATHS`.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from typing import Any

Params = Mapping[str, Any]
"""What a call says, by the API's parameter names: flat in the query protocols, a tree in the others."""
Refusal = tuple[str, str]
"""The service's error code and message."""


def refusal(action: str, params: Params, backend: Any) -> Refusal | None:
    """Why AWS would refuse the call, None if moto may decide."""
    rule = REFUSALS.get(action)
    return rule(params, backend) if rule else None


def aftermath(action: str, params: Params, backend: Any) -> None:
    """What AWS also does when a call succeeds."""
    rule = AFTERMATHS.get(action)
    if rule is not None:
        rule(params, backend)
    if action == "TerminateInstances":
        ended = {value for name, value in params.items() if name.startswith("InstanceId.")}
        for address in backend.addresses:
            if address.instance is not None and address.instance.id in ended:
                backend.disassociate_address(association_id=address.association_id)
        for volume in backend.volumes.values():
            attachment = volume.attachment
            if attachment is not None and attachment.instance.id in ended:
                volume.attachment = None
    if action == "RevokeSecurityGroupEgress":
        _revoke_ipv6(params, backend)
    if action == "RegisterImage":
        for image in backend.amis.values():
            if image.name == params.get("Name") and image.owner_id == backend.account_id:
                image.architecture = params.get("Architecture", "i386")
                image.root_device_name = params.get("RootDeviceName", image.root_device_name)
                image.virtualization_type = params.get("VirtualizationType", "paravirtual")
                if image.name.startswith("ubuntu/images/"):
                    # Named as Canonical's, so nobody's own.
                    image.owner_id = image.ebs_snapshot.owner_id = "099720109477"


def _revoke_ipv6(params: Params, backend: Any) -> None:
    """moto leaves IPv6 ranges in where the VPC has no IPv6 range of its own, and says that all is done."""
    ranges = {(name.partition(".Ipv6Ranges.")[0], value) for name, value in params.items() if name.endswith(".CidrIpv6")}
    shapes = {(params[f"{at}.IpProtocol"], params.get(f"{at}.FromPort"), params.get(f"{at}.ToPort"), cidr) for at, cidr in ranges}
    for group in _groups(backend):
        if group.id == params.get("GroupId"):
            group.egress_rules = [rule for rule in group.egress_rules if _shape(rule) not in shapes]


def _shape(rule: Any) -> tuple[Any, ...]:
    ports = (None, None) if rule.ip_protocol == "-1" else (str(rule.from_port), str(rule.to_port))
    return rule.ip_protocol, *ports, rule.ip_range.get("CidrIpv6")


def _living(backend: Any) -> Iterator[Any]:
    return (instance for instance in backend.all_instances() if instance._state.name != "terminated")


def _groups(backend: Any) -> Iterator[Any]:
    return (group for groups in backend.groups.values() for group in groups.values())


def _carried(instance: Any) -> set[str]:
    """The groups of an instance. moto keeps those it was made with on its interface even when the instance has others by now."""
    own = {group.id for group in instance.security_groups}
    return own or {group.id for interface in instance.nics.values() for group in interface.group_set}


def _delete_group(params: Params, backend: Any) -> Refusal | None:
    id = params.get("GroupId", "")
    if any(group.id == id and group.name == "default" for group in _groups(backend)):
        return "CannotDelete", f'the specified group: "{id}" name: "default" cannot be deleted by a user'
    if any(id in _carried(instance) for instance in _living(backend)):
        return "DependencyViolation", f"resource {id} has a dependent object"
    for group in _groups(backend):
        for rule in (*group.ingress_rules, *group.egress_rules):
            if group.id != id and rule.source_group.get("GroupId") == id:
                return "DependencyViolation", f"resource {id} has a dependent object"
    return None


def _delete_subnet(params: Params, backend: Any) -> Refusal | None:
    id = params.get("SubnetId", "")
    if any(instance.subnet_id == id for instance in _living(backend)):
        return "DependencyViolation", f"The subnet '{id}' has dependencies and cannot be deleted."
    return None


def _delete_vpc(params: Params, backend: Any) -> Refusal | None:
    id = params.get("VpcId", "")
    gateways = any(gateway.vpc is not None and gateway.vpc.id == id for gateway in backend.internet_gateways.values())
    groups = any(group.vpc_id == id and group.name != "default" for group in _groups(backend))
    return ("DependencyViolation", f"The vpc '{id}' has dependencies and cannot be deleted.") if gateways or groups else None


def _release(params: Params, backend: Any) -> Refusal | None:
    id = params.get("AllocationId", "")
    if any(address.allocation_id == id and (address.instance or address.eni) for address in backend.addresses):
        return "InvalidIPAddress.InUse", f"Address {id} is in use."
    return None


def _detach_gateway(params: Params, backend: Any) -> Refusal | None:
    vpc = params.get("VpcId", "")
    for instance in _living(backend):
        mapped = any(address.instance is not None and address.instance.id == instance.id for address in backend.addresses)
        if instance.vpc_id == vpc and (mapped or (instance._state.name == "running" and instance.public_ip)):
            message = f"Network {vpc} has some mapped public address(es). Please unmap those before detaching the gateway."
            return "DependencyViolation", message
    return None


def _attach_volume(params: Params, backend: Any) -> Refusal | None:
    volume, instance = backend.volumes.get(params.get("VolumeId")), backend.get_instance(params.get("InstanceId"))
    if volume is None or instance is None:
        return None
    if volume.attachment is not None:
        return "VolumeInUse", f"{volume.id} is already attached to an instance"
    if instance._state.name not in ("running", "stopped"):
        return "IncorrectState", f"Instance '{instance.id}' is not 'running'."
    if volume.zone.name != instance._placement.zone:
        return "InvalidVolume.ZoneMismatch", f"The volume '{volume.id}' is not in the availability zone of instance '{instance.id}'"
    if params.get("Device") in instance.block_device_mapping:
        return "InvalidParameterValue", f"Invalid value '{params['Device']}' for unixDevice. Attachment point is already in use"
    return None


def _associate_table(params: Params, backend: Any) -> Refusal | None:
    subnet = params.get("SubnetId", "")
    if any(subnet in table._associations.values() for table in backend.route_tables.values()):
        return "Resource.AlreadyAssociated", f"the specified association for subnet {subnet} conflicts with an existing association"
    return None


def _attached_vpcs(backend: Any) -> set[str]:
    return {gateway.vpc.id for gateway in backend.internet_gateways.values() if gateway.vpc is not None}


def _create_route(params: Params, backend: Any) -> Refusal | None:
    gateway = backend.internet_gateways.get(params.get("GatewayId", ""))
    table = backend.route_tables.get(params.get("RouteTableId", ""))
    if gateway is None or table is None:
        return None
    if gateway.vpc is None or gateway.vpc.id != table.vpc_id:
        return "InvalidParameterValue", f"route table {table.id} and network gateway {gateway.id} belong to different networks"
    return None


def _associate_address(params: Params, backend: Any) -> Refusal | None:
    instance = next((each for each in _living(backend) if each.id == params.get("InstanceId")), None)
    if instance is not None and instance.vpc_id not in _attached_vpcs(backend):
        return "Gateway.NotAttached", f"Network {instance.vpc_id} is not attached to any internet gateway"
    if instance is not None and instance._state.name == "pending":
        return "IncorrectInstanceState", f"The pending instance '{instance.id}' is not in a valid state for this operation."
    return None


def _modify_instance(params: Params, backend: Any) -> Refusal | None:
    needs_stop = ("InstanceType.Value", "EbsOptimized.Value", "UserData.Value")
    instance = next((each for each in _living(backend) if each.id == params.get("InstanceId")), None)
    if instance is not None and instance._state.name != "stopped" and any(name in params for name in needs_stop):
        return "IncorrectInstanceState", f"The instance '{instance.id}' is not in the 'stopped' state."
    return None


def _from(*states: str, doing: str) -> Callable[[Params, Any], Refusal | None]:
    """Refuses for instances that are not in one of the states."""
    def rule(params: Params, backend: Any) -> Refusal | None:
        named = {value for name, value in params.items() if name.startswith("InstanceId.")}
        for instance in _living(backend):
            if instance.id in named and instance._state.name not in states:
                return "IncorrectInstanceState", f"This instance '{instance.id}' is not in a state from which it can be {doing}."
        return None

    return rule


def _modify_volume(params: Params, backend: Any) -> Refusal | None:
    volume = backend.volumes.get(params.get("VolumeId"))
    if volume is not None and "Size" in params and int(params["Size"]) < volume.size:
        return "InvalidParameterValue", "New size cannot be smaller than existing size"
    return None


def _create_subnet(params: Params, backend: Any) -> Refusal | None:
    zone = params.get("AvailabilityZone")
    if zone and not zone.startswith(backend.region_name):
        return "InvalidParameterValue", f"Value ({zone}) for parameter availabilityZone is invalid."
    return None


REFUSALS: dict[str, Callable[[Params, Any], Refusal | None]] = {
    "DeleteSecurityGroup": _delete_group, "DeleteSubnet": _delete_subnet, "DeleteVpc": _delete_vpc, "ReleaseAddress": _release,
    "DetachInternetGateway": _detach_gateway, "AttachVolume": _attach_volume, "AssociateRouteTable": _associate_table,
    "CreateRoute": _create_route, "AssociateAddress": _associate_address, "ModifyInstanceAttribute": _modify_instance,
    "ModifyVolume": _modify_volume, "CreateSubnet": _create_subnet,
    "StartInstances": _from("stopped", "pending", "running", doing="started"),
    "StopInstances": _from("running", "stopping", "stopped", doing="stopped"),
}
AFTERMATHS: dict[str, Callable[[Params, Any], None]] = {}
"""What else happens after calls that succeeded."""
