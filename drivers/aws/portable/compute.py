"""vm and disk."""

from __future__ import annotations

from typing import Any

from mcflow.drivers.aws.portable.wants import disk_type, each, identify, known, label, tagged
from mcflow.drivers.sdk import Lowering, Native, Unsuitable, Want, lowers
from mcflow.drivers.sdk.lowering import text
from mcflow.model.values import Handle, Value


@lowers("vm")
def lower_vm(want: Want, out: Lowering) -> None:
    """vm → aws.instance (+ the association of a public address, if ``public_ip`` names one)."""
    _refuse(want)
    subnet = want.subnet
    zone = subnet.export("zone") if known(subnet) else None
    if isinstance(want.zone, str) and isinstance(zone, str) and want.zone != zone:
        raise Unsuitable("zone", f"its subnet is in {zone}", "leave zone out, or choose a subnet in that zone")
    internet = subnet.private("internet") if known(subnet) else None
    if _asks_address(want.public_ip) and known(subnet) and internet is None:
        raise Unsuitable("public_ip", "its subnet has no way to the internet", "choose a public subnet, or leave public_ip out")
    own = want.public_ip if isinstance(want.public_ip, bool) else None
    instance = out.native(
        "instance", "aws.instance", image_id=identify(want.image), instance_type=want.spec, subnet_id=identify(subnet),
        security_group_ids=[identify(group) for group in each(want.security_groups)] or None, key_name=_key_name(want.key_pair),
        private_ip_address=want.private_ip, associate_public_ip_address=own, user_data=_user_data(want), power=want.power,
        instance_lifecycle="spot" if want.spot else None, **_root(want.root_disk), tags=tagged(want), after=[internet])
    address = _address(want, out, instance, internet)
    out.private(internet=internet)
    reach = instance.private_ip_address if address is None else address
    out.export(
        id=instance.id, name=label(want), private_ip=instance.private_ip_address, public_ip=address, status=instance.state,
        image_id=instance.image_id, spec_name=instance.instance_type, zone=zone if zone is not None else instance.availability_zone,
        ssh=text("ssh {}@{}", want.user, reach) if want.user is not None else text("ssh {}", reach))


def _refuse(want: Want) -> None:
    if want.image is None:
        raise Unsuitable("image", "a machine needs an image", "say an AMI's id, or {os: ubuntu, version: \"24.04\"}")
    if want.password is not None:
        raise Unsuitable("password", "AWS takes no password: Windows makes its own and shows it encrypted with the key pair",
                         "use key_pair, or set the password in user_data")
    if want.user is not None and want.user_data is not None:
        raise Unsuitable("user", "on AWS a login name is set through user_data, which is given",
                         "make the user in user_data and leave user out")


def _asks_address(public_ip: Value) -> bool:
    return isinstance(public_ip, Handle | str) or public_ip is True


def _user_data(want: Want) -> Value:
    """What is given, else what makes the image's first login carry the name asked for."""
    return text("#cloud-config\nsystem_info:\n  default_user:\n    name: {}\n", want.user) if want.user is not None else want.user_data


def _key_name(key: Value) -> Value:
    """EC2 knows keys by name; a literal is the name."""
    return key.export("name") if known(key) else identify(key)


def _root(disk: dict[str, Any] | None) -> dict[str, Value]:
    if not disk:
        return {}
    size = disk.get("size_gib")
    kind = disk_type("root_disk.", disk["type"], size) if disk.get("type") is not None else {}
    return {"root_volume_size": size, **{f"root_{name}": value for name, value in kind.items() if name == "volume_type"},
            "root_volume_iops": kind.get("iops")}


def _address(want: Want, out: Lowering, instance: Native, internet: Value) -> Value:
    """The public address it will have, and the association where an address of the blueprint is named."""
    named = want.public_ip
    if isinstance(named, Handle | str):
        association = out.native("address", "aws.address_association", allocation_id=identify(named), instance_id=instance.id,
                                 after=[internet])
        out.private(address=association.id)
        return named.export("address") if isinstance(named, Handle) and not named.opaque else instance.public_ip_address
    if named is False or (named is None and internet is None and known(want.subnet)):
        return None
    return instance.public_ip_address


@lowers("disk")
def lower_disk(want: Want, out: Lowering) -> None:
    """disk → aws.volume (+ its attachment, if ``attach_to``), in the zone of the machine it is attached to."""
    machine = want.attach_to
    zone = machine.export("zone") if known(machine) else None
    if isinstance(want.zone, str) and isinstance(zone, str) and want.zone != zone:
        raise Unsuitable("zone", f"the disk is in {want.zone} and its machine in {zone}; AWS attaches within one zone",
                         "attach a disk of the machine's zone, or leave zone out for a new one")
    volume = out.native("volume", "aws.volume", availability_zone=want.zone if want.zone is not None else zone, size=want.size_gib,
                        snapshot_id=identify(want.snapshot), tags=tagged(want), **disk_type("", want.type, want.size_gib))
    device: Value = None
    if machine is not None:
        device = out.native("attachment", "aws.volume_attachment", volume_id=volume.id, instance_id=identify(machine)).device
    out.export(id=volume.id, name=label(want), device=device, status=volume.state)
