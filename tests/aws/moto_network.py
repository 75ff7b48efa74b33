"""Networks beyond the first types, snapshots, images and launch templates: what EC2 refuses and moto accepts, what EC2 does by itself and
moto forgets, what takes its time, and filters that moto lacks. Fills the tables of ``moto_refusals`` and ``moto_transitions``."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from types import SimpleNamespace
from typing import Any

from tests.aws import moto_placement
from tests.aws.moto_refusals import AFTERMATHS, REFUSALS, Params, Refusal
from tests.aws.moto_transitions import LINGERING, Lingering


def mend() -> None:
    """Filters and calls that EC2 has and moto lacks."""
    moto_placement.mend()
    from moto.ec2.models.elastic_network_interfaces import NetworkInterface
    from moto.ec2.models.network_acls import NetworkAcl
    from moto.ec2.models.vpcs import VPCEndPoint

    # An interface keeps its own groups when it is attached; moto adds those of the machine.
    NetworkInterface.group_set = property(_groups)  # type: ignore[assignment]
    NetworkAcl.network_acl_id = property(lambda acl: acl.id)  # type: ignore[attr-defined]
    VPCEndPoint.vpc_endpoint_id = property(lambda endpoint: endpoint.id)  # type: ignore[attr-defined]
    if not hasattr(VPCEndPoint.modify, "routed"):
        VPCEndPoint.modify = _routed(VPCEndPoint.modify)  # type: ignore[method-assign]


def _routed(modify: Any) -> Any:
    """A table that is added to a gateway endpoint gets its route, one that is taken away loses it; moto stumbles over the missing route
    when the endpoint is deleted."""

    def change(endpoint: Any, policy: Any, add_subnets: Any, remove_subnets: Any, added: Any, removed: Any, *groups: Any) -> None:
        modify(endpoint, policy, add_subnets, remove_subnets, added, removed, *groups)
        prefixes = endpoint.destination_prefix_list_id
        for table in added or () if prefixes else ():
            endpoint.ec2_backend.create_route(table, None, gateway_id=endpoint.id, destination_prefix_list_id=prefixes)
        for table in removed or () if prefixes else ():
            endpoint.ec2_backend.delete_route(table, prefixes)

    change.routed = True  # type: ignore[attr-defined]
    return change


def _groups(eni: Any) -> Any:
    first = eni.instance is not None and eni.device_index == 0
    return set(eni._group_set) | set(eni.instance.security_groups) if first else eni._group_set


def _gateways(backend: Any) -> Iterator[Any]:
    """NAT gateways that are not deleted."""
    return (gateway for gateway in backend.nat_gateways.values() if gateway.state != "deleted")


def _free_interfaces(backend: Any) -> Iterator[Any]:
    """Interfaces that no instance came with and takes along."""
    return (eni for eni in backend.enis.values() if eni.instance is None or eni.device_index != 0)


def _first(rules: list[Callable[[Params, Any], Refusal | None]]) -> Callable[[Params, Any], Refusal | None]:
    def rule(params: Params, backend: Any) -> Refusal | None:
        return next((refused for each in rules if (refused := each(params, backend)) is not None), None)

    return rule


def _also(action: str, rule: Callable[[Params, Any], Refusal | None]) -> None:
    REFUSALS[action] = _first([REFUSALS[action], rule]) if action in REFUSALS else rule


def _delete_subnet(params: Params, backend: Any) -> Refusal | None:
    id = params.get("SubnetId", "")
    if any(eni.subnet.id == id for eni in _free_interfaces(backend)):
        return "DependencyViolation", f"The subnet '{id}' has dependencies and cannot be deleted."
    return None


def _delete_vpc(params: Params, backend: Any) -> Refusal | None:
    id = params.get("VpcId", "")
    held = [
        *(gateway.vpc_id for gateway in _gateways(backend)), *(each.vpc_id for each in backend.egress_only_internet_gateways.values()),
        *(each.vpc_id for each in backend.network_acls.values() if not each.default),
        *(each.vpc_id for each in backend.vpc_end_points.values() if each.state != "deleted"),
    ]
    return ("DependencyViolation", f"The vpc '{id}' has dependencies and cannot be deleted.") if id in held else None


def _delete_group(params: Params, backend: Any) -> Refusal | None:
    id = params.get("GroupId", "")
    if any(group.id == id for eni in _free_interfaces(backend) for group in eni._group_set):
        return "DependencyViolation", f"resource {id} has a dependent object"
    return None


def _detach_gateway(params: Params, backend: Any) -> Refusal | None:
    vpc = params.get("VpcId", "")
    mapped = any(address.eni is not None and address.eni.vpc_id == vpc for address in backend.addresses)
    message = f"Network {vpc} has some mapped public address(es). Please unmap those before detaching the gateway."
    return ("DependencyViolation", message) if mapped else None


def _attached(backend: Any, vpc: str) -> bool:
    return any(gateway.vpc is not None and gateway.vpc.id == vpc for gateway in backend.internet_gateways.values())


def _create_nat_gateway(params: Params, backend: Any) -> Refusal | None:
    subnet, allocation = backend.get_subnet(params["SubnetId"]), params.get("AllocationId")
    if params.get("ConnectivityType") == "private":
        return None
    if any(address.allocation_id == allocation and (address.instance or address.eni) for address in backend.addresses):
        return "Resource.AlreadyAssociated", f"Elastic IP address [{allocation}] is already associated"
    if not _attached(backend, subnet.vpc_id):
        return "Gateway.NotAttached", f"Network {subnet.vpc_id} has no Internet gateway attached"
    return None


def _associate_address(params: Params, backend: Any) -> Refusal | None:
    eni = backend.enis.get(params.get("NetworkInterfaceId", ""))
    if eni is not None and not _attached(backend, eni.vpc_id):
        return "Gateway.NotAttached", f"Network {eni.vpc_id} is not attached to any internet gateway"
    return None


def _delete_interface(params: Params, backend: Any) -> Refusal | None:
    eni = backend.enis.get(params.get("NetworkInterfaceId", ""))
    if eni is not None and eni.attachment_id:
        return "InvalidParameterValue", f"Network interface '{eni.id}' is currently in use."
    return None


def _attach_interface(params: Params, backend: Any) -> Refusal | None:
    eni, index = backend.enis.get(params.get("NetworkInterfaceId", "")), int(params.get("DeviceIndex", 0))
    instance = next((each for each in backend.all_instances() if each.id == params.get("InstanceId")), None)
    if eni is None or instance is None:
        return None
    if eni.attachment_id:
        return "InvalidNetworkInterface.InUse", f"Interface: [{eni.id}] in use."
    if eni.availability_zone != instance._placement.zone:
        return "InvalidParameterCombination", "You may not attach a network interface to an instance if they are not in the same zone"
    if instance._state.name not in ("running", "stopped"):
        return "IncorrectState", f"Instance '{instance.id}' is not 'running'."
    if index in instance.nics or str(index) in instance.nics:
        return "InvalidParameterValue", f"Instance '{instance.id}' already has an interface attached at device index '{index}'."
    return None


def _delete_snapshot(params: Params, backend: Any) -> Refusal | None:
    id = params.get("SnapshotId", "")
    image = next((image.id for image in backend.amis.values() if image.ebs_snapshot.id == id), None)
    return ("InvalidSnapshot.InUse", f"The snapshot {id} is currently in use by {image}") if image else None


for _action, _rule in {
    "DeleteSubnet": _delete_subnet, "DeleteVpc": _delete_vpc, "DeleteSecurityGroup": _delete_group,
    "DetachInternetGateway": _detach_gateway,
    "CreateNatGateway": _create_nat_gateway, "AssociateAddress": _associate_address, "DeleteNetworkInterface": _delete_interface,
    "AttachNetworkInterface": _attach_interface, "DeleteSnapshot": _delete_snapshot,
}.items():
    _also(_action, _rule)


def _let_go(params: Params, backend: Any) -> None:
    """A deleted NAT gateway takes its interface along and lets go of its address."""
    gateway = backend.nat_gateways[params["NatGatewayId"]]
    for address in backend.addresses:
        if address.eni is gateway._eni:
            backend.disassociate_address(association_id=address.association_id)
    backend.enis.pop(gateway._eni.id, None)


def _tag_options(params: Params, backend: Any) -> None:
    """Options are made with their tags; moto passes them over."""
    made = list(backend.dhcp_options_sets.values())[-1]
    names = (name for name in params if name.startswith("TagSpecification.1.Tag.") and name.endswith(".Key"))
    made.add_tags({params[name]: params.get(f"{name.removesuffix('Key')}Value", "") for name in names})


def _forget_volume(params: Params, backend: Any) -> None:
    """A copy names no volume that there is."""
    made = list(backend.snapshots.values())[-1]
    made.volume = SimpleNamespace(id="vol-ffffffff", size=made.volume.size)


def _own_template(params: Params, backend: Any) -> None:
    """The template's own tags are no part of what instances are started with."""
    template = next(each for each in backend.launch_templates.values() if each.name == params["LaunchTemplateName"])
    rows = template.versions[-1].data.get("TagSpecifications", [])
    rows[:] = [row for row in rows if row["ResourceType"] != "launch-template"]


def _tags_of_templates(params: Params, backend: Any) -> None:
    """moto lists templates with the tags they were made with."""
    for name, value in params.items():
        if name.startswith("ResourceId.") and value in backend.launch_templates:
            template = backend.launch_templates[value]
            template.tags = template.get_tags()


def _with_snapshots(params: Params, backend: Any) -> None:
    """Snapshots of an image go with it if that is asked for."""
    if params.get("DeleteAssociatedSnapshots") == "true":
        for id in [id for id, each in backend.snapshots.items() if each.from_ami == params["ImageId"]]:
            del backend.snapshots[id]


def _describe_image(params: Params, backend: Any) -> None:
    """moto changes who may use an image, and passes its description over."""
    if "Description.Value" in params:
        backend.amis[params["ImageId"]].description = params["Description.Value"]


AFTERMATHS |= {"DeleteNatGateway": _let_go, "CreateDhcpOptions": _tag_options, "CopySnapshot": _forget_volume,
               "CreateLaunchTemplate": _own_template, "DeregisterImage": _with_snapshots, "ModifyImageAttribute": _describe_image,
               "CreateTags": _tags_of_templates, "DeleteTags": _tags_of_templates}
LINGERING["ec2.DeleteNatGateway"] = Lingering(
    lambda values, answer, backend: backend.nat_gateways.get(values.get("NatGatewayId", "")), "state", "deleting")
for _made, _kind in (("CreateSnapshot", "snapshots"), ("CopySnapshot", "snapshots")):
    LINGERING[f"ec2.{_made}"] = Lingering(
        lambda values, answer, backend: list(backend.snapshots.values())[-1], "status", "pending")
LINGERING["ec2.CreateImage"] = Lingering(lambda values, answer, backend: list(backend.amis.values())[-1], "state", "pending")
