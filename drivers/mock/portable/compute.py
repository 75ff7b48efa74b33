"""key_pair, vm, nic."""

from __future__ import annotations

from typing import Any

from mcflow.drivers.mock.cloud import catalog
from mcflow.drivers.mock.portable.choices import is_such_image, is_such_spec, machine_spec, newest_image
from mcflow.drivers.mock.portable.wants import flag, id_of, ids, internet_of, key_name, name_of, need_internet, root_volume, tags_of
from mcflow.drivers.mock.session import MockSession
from mcflow.drivers.sdk import Chosen, Lowering, Native, Unsuitable, Want, accepts, chooses, lowers
from mcflow.drivers.sdk.lowering import text
from mcflow.model.values import Handle, Ref, Secret, Value


@chooses("key_pair", "public_key")
def choose_key(api: MockSession, selector: Any, want: Want) -> Chosen:
    """A fresh Ed25519 pair, made here: the cloud only ever sees the public half."""
    from cryptography.hazmat.primitives import serialization
    from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey

    private = Ed25519PrivateKey.generate()
    public = private.public_key().public_bytes(serialization.Encoding.OpenSSH, serialization.PublicFormat.OpenSSH)
    secret = private.private_bytes(serialization.Encoding.PEM, serialization.PrivateFormat.OpenSSH, serialization.NoEncryption())
    return Chosen({"public_key": public.decode(), "private_key": Secret(secret.decode())}, "live", "an Ed25519 pair made here")


@lowers("key_pair")
def lower_key_pair(want: Want, out: Lowering) -> None:
    """key_pair → mock.key_pair with the given public key, or that of the pair made for it."""
    made = want.public_key if isinstance(want.public_key, dict) else {}
    public = made.get("public_key", want.public_key)
    pair = out.native("key", "mock.key_pair", key_name=want.name, public_key=public, tags=dict(want.tags))
    out.private(key_name=pair.key_name)
    out.export(id=pair.id, name=pair.key_name, public_key=public, private_key=made.get("private_key"), fingerprint=pair.fingerprint)


@chooses("vm", "image")
def choose_image(api: MockSession, selector: Any, want: Want) -> Chosen:
    """The newest published image of that system; without a selector the newest Ubuntu."""
    return newest_image(api, selector or {"os": "ubuntu"}, want.spec)


@chooses("vm", "spec")
def choose_spec(api: MockSession, selector: Any, want: Want) -> Chosen:
    """The cheapest machine that fits the selector and the image."""
    return machine_spec(api, selector, id_of(want.image))


@accepts("vm", "image")
def accept_image(api: MockSession, value: Any, selector: Any, want: Want) -> bool:
    """Any published image of that system."""
    return is_such_image(api, value, selector or {"os": "ubuntu"})


@accepts("vm", "spec")
def accept_spec(api: MockSession, value: Any, selector: Any, want: Want) -> bool:
    """Any machine with at least that."""
    return is_such_spec(api, "vm", value, selector)


@lowers("vm")
def lower_vm(want: Want, out: Lowering) -> None:
    """vm → mock.instance, and a mock.address_association if `public_ip` names a public_ip."""
    subnet = want.subnet
    zone = _zone(want, subnet)
    named = want.public_ip if isinstance(want.public_ip, Handle) else None
    own = False if named is not None else None if want.public_ip is None else bool(want.public_ip)
    internet = need_internet(subnet, "public_ip", "public_ip") if own or named is not None else internet_of(subnet)
    image = id_of(want.image)
    instance = out.native(
        "instance", "mock.instance", after=internet, subnet_id=subnet.id, image_id=image, instance_type=want.spec,
        security_group_ids=ids(want.security_groups), key_name=key_name(want), private_ip_address=want.private_ip, associate_public_ip=own,
        zone=want.zone, user_data=want.user_data, admin_password=want.password, root_volume=root_volume(want.root_disk), power=want.power,
        spot=flag(want.spot, False), tags=tags_of(want))
    address = instance.public_ip_address if named is None else _associate(out, named, instance, internet)
    published = catalog.image(image) if isinstance(image, str) else None
    user = want.user or (published.user if published else "root")
    out.private(internet=internet)
    out.export(id=instance.id, name=name_of(want), private_ip=instance.private_ip_address, public_ip=address, status=instance.power,
               image_id=instance.image_id, spec_name=instance.instance_type, zone=instance.zone if zone is None else zone,
               ssh=text("ssh {}@{}", user, address))


def _associate(out: Lowering, named: Handle, instance: Native, internet: list[Value]) -> Value:
    """The public_ip that a vm names, mapped to it."""
    if not named.opaque and named.properties.get("attach_to") is not None:
        raise Unsuitable("public_ip", f"{named.address} is attached by its own `attach_to` already", "write one of the two")
    association = out.native("association", "mock.address_association", after=internet, allocation_id=named.id, instance_id=instance.id)
    return association.public_ip


def _zone(want: Want, subnet: Handle) -> Value:
    """The zone of the vm; it must be the subnet's where both are known."""
    theirs = None if subnet.opaque else subnet.export("zone")
    if isinstance(want.zone, str) and isinstance(theirs, str) and want.zone != theirs:
        raise Unsuitable("zone", f"{subnet.address} is in {theirs}, not in {want.zone}", "leave `zone` out, or choose another subnet")
    return theirs if want.zone is None else want.zone


@lowers("nic")
def lower_nic(want: Want, out: Lowering) -> None:
    """nic → mock.network_interface, plugged into `attach_to` once it is there."""
    internet = internet_of(want.subnet)
    machine: Handle | None = want.attach_to
    card = out.native("interface", "mock.network_interface", after=internet, subnet_id=want.subnet.id,
                      security_group_ids=ids(want.security_groups), private_ip_addresses=want.private_ips,
                      instance_id=None if machine is None else machine.id, tags=tags_of(want))
    out.private(internet=internet)
    out.export(id=card.id, name=name_of(want), private_ip=Ref(card.address, ("private_ip_addresses", 0)), mac=card.mac_address)
