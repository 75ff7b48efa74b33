"""vm and key_pair."""

from __future__ import annotations

import re
from typing import Any

from mcflow.drivers.openstack.portable.interface import check_address
from mcflow.drivers.openstack.portable.wants import each, identify, known, label, metadata, tagged
from mcflow.drivers.sdk import Chosen, Lowering, Native, Unsuitable, Want, chooses, derives, lowers
from mcflow.drivers.sdk.lowering import text
from mcflow.model.values import Derived, Handle, Secret, Value

KEY_NAME = re.compile(r"[A-Za-z0-9 _-]{1,255}")
POWER = {"ACTIVE": "running", "SHUTOFF": "stopped"}


@lowers("vm")
def lower_vm(want: Want, out: Lowering) -> None:
    """vm → openstack.port + openstack.server (+ the volume it boots from, if ``root_disk`` says its size or type; + a floating IP or the
    way of one to the port, if ``public_ip``)."""
    _refuse(want)
    subnet = want.subnet
    zone = want.zone
    if zone is None and known(subnet):
        zone = subnet.export("zone")
    internet = subnet.private("internet") if known(subnet) else None
    if _asks_address(want.public_ip) and known(subnet) and internet is None:
        raise Unsuitable("public_ip", "its subnet has no way to the internet", "choose a public subnet, or leave public_ip out")
    port = _port(want, out)
    root = _root(want, out)
    server = out.native(
        "server", "openstack.server", name=label(want), flavor=want.spec, image_id=None if root else identify(want.image),
        boot_volume_id=root.id if root else None, networks=[{"port": port.id}], key_name=_key_name(want.key_pair), availability_zone=zone,
        user_data=_user_data(want), admin_pass=want.password, power=want.power, tags=metadata(want))
    address = _address(want, out, port, internet)
    out.private(port=port.id, internet=internet)
    reach = port.ip_address if address is None else address
    out.export(
        id=server.id, name=server.name, private_ip=port.ip_address, public_ip=address, status=Derived("openstack.power", (server.status,)),
        image_id=root.image_id if root else server.image_id, spec_name=server.flavor,
        zone=zone if zone is not None else server.availability_zone,
        ssh=text("ssh {}@{}", want.user, reach) if want.user is not None else text("ssh {}", reach))


@derives("power")
def power(status: str) -> str:
    """What Nova's word for a machine's state means; other words in small letters."""
    return POWER.get(status, status.lower())


def _refuse(want: Want) -> None:
    if want.image is None:
        raise Unsuitable("image", "a machine needs an image", "say an image's id, or {os: ubuntu, version: \"24.04\"}")
    if want.spec is None:
        raise Unsuitable("spec", "a machine needs a size", "say a flavor's name, or {vcpus: 2, memory_gib: 4}")
    if want.spot is True:
        raise Unsuitable("spot", "OpenStack sells no machines that it may take back", "leave spot out")
    if want.user is not None and want.user_data is not None:
        raise Unsuitable("user", "on OpenStack a login name is set through user_data, which is given",
                         "make the user in user_data and leave user out")


def _asks_address(public_ip: Value) -> bool:
    return isinstance(public_ip, Handle | str) or public_ip is True


def _port(want: Want, out: Lowering) -> Native:
    """The machine's interface. It is the blueprint's own, so that an address stays when a machine is made anew."""
    subnet = want.subnet
    check_address("private_ip", want.private_ip, subnet)
    place = {"subnet_id": identify(subnet), **({"ip_address": want.private_ip} if want.private_ip is not None else {})}
    return out.native(
        "port", "openstack.port", name=label(want), network_id=subnet.private("network") if known(subnet) else None, fixed_ips=[place],
        security_groups=[identify(group) for group in each(want.security_groups)] or None, tags=tagged(want))


def _root(want: Want, out: Lowering) -> Native | None:
    """The volume it boots from, where its disk shall be another than the size and the image say."""
    disk: dict[str, Any] = want.root_disk or {}
    if disk.get("size_gib") is None and disk.get("type") is None:
        return None
    return out.native("root", "openstack.volume", name=text("{}-root", label(want)), size=disk.get("size_gib"),
                      volume_type=disk.get("type"), image_id=identify(want.image), tags=metadata(want))


def _user_data(want: Want) -> Value:
    """What is given, else what makes the image's first login carry the name asked for."""
    return text("#cloud-config\nsystem_info:\n  default_user:\n    name: {}\n", want.user) if want.user is not None else want.user_data


def _key_name(key: Value) -> Value:
    """Nova knows keys by name; a literal is the name."""
    return key.export("name") if known(key) else identify(key)


def _address(want: Want, out: Lowering, port: Native, internet: Value) -> Value:
    """The public address it will have: one of its own, or that of the blueprint's that is named."""
    named = want.public_ip
    if named is True:
        address = out.native("address", "openstack.floating_ip", port_id=port.id, tags=tagged(want), after=[internet])
        out.private(address=address.id)
        return address.floating_ip_address
    if isinstance(named, Handle | str):
        if isinstance(named, Handle) and known(named) and named.properties.get("attach_to") is not None:
            raise Unsuitable("public_ip", f"{named.address} is attached by its own `attach_to` already", "write one of the two")
        association = out.native("address", "openstack.floating_ip_association", floatingip_id=identify(named), port_id=port.id,
                                 after=[internet])
        out.private(address=association.id)
        return association.floating_ip_address
    return None


@lowers("key_pair")
def lower_key_pair(want: Want, out: Lowering) -> None:
    """key_pair → openstack.key_pair. Only the public half goes there; a private half made here is kept in the state, sealed. Nova keeps
    no tags of keys."""
    if isinstance(want.name, str) and not KEY_NAME.fullmatch(want.name):
        raise Unsuitable("name", "Nova takes up to 255 letters, digits, spaces, _ and - in a key pair's name", "write it with those")
    pair = want.public_key if isinstance(want.public_key, dict) else {"public_key": want.public_key, "private_key": None}
    key = out.native("key", "openstack.key_pair", name=want.name, stem=f"mcflow-{label(want)}", public_key=pair["public_key"])
    out.export(id=key.id, name=key.name, public_key=pair["public_key"], private_key=pair["private_key"], fingerprint=key.fingerprint)


@chooses("key_pair", "public_key")
def choose_key(api: Any, selector: Any, want: Want) -> Chosen:
    """A new ed25519 pair in OpenSSH's forms, where no public key is given."""
    from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey
    from cryptography.hazmat.primitives.serialization import Encoding, NoEncryption, PrivateFormat, PublicFormat

    private = Ed25519PrivateKey.generate()
    public = private.public_key().public_bytes(Encoding.OpenSSH, PublicFormat.OpenSSH).decode()
    secret = private.private_bytes(Encoding.PEM, PrivateFormat.OpenSSH, NoEncryption()).decode()
    return Chosen({"public_key": public, "private_key": Secret(secret)}, "live", "a new ed25519 pair")
