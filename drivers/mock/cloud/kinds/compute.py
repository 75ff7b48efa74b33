"""Machines: key pairs, network interfaces, instances, images."""

from __future__ import annotations

from base64 import b64decode
from binascii import Error as Base64Error
from collections.abc import Iterator
from hashlib import md5

from mcflow.drivers.mock.cloud import catalog, errors
from mcflow.drivers.mock.cloud.errors import Refused
from mcflow.drivers.mock.cloud.kinds.network import address_terms, has_route_to_internet, place_private, public_address
from mcflow.drivers.mock.cloud.objects import Attributes, Kind, Link, Object, World, unique_term


def _create_key(world: World, attributes: Attributes) -> None:
    parts = str(attributes["public_key"]).split()
    try:
        body = b64decode(parts[1], validate=True) if len(parts) > 1 else b""
    except Base64Error:
        body = b""
    if not body or not parts[0].startswith(("ssh-", "ecdsa-", "sk-")):
        raise Refused(errors.INVALID, "public_key is not a key in OpenSSH's format")
    attributes["fingerprint"] = md5(body, usedforsecurity=False).hexdigest()


def _mac(id: str) -> str:
    digest = md5(id.encode(), usedforsecurity=False).hexdigest()
    return "02:" + ":".join(digest[at:at + 2] for at in range(0, 10, 2))


def _create_interface(world: World, attributes: Attributes) -> None:
    wanted = attributes.get("private_ip_addresses") or []
    placed = []
    for address in wanted or [None]:
        one: Attributes = {"id": attributes["id"], "subnet_id": attributes["subnet_id"], "private_ip_address": address}
        place_private(world, one)
        placed.append(one["private_ip_address"])
    attributes["private_ip_addresses"] = placed
    attributes["mac_address"] = _mac(attributes["id"])
    attributes["zone"] = world.need("subnet", attributes["subnet_id"], "subnet_id").attributes["zone"]
    _check_groups(world, attributes)


def _change_interface(world: World, found: Object, changes: Attributes) -> None:
    _check_groups(world, {**found.attributes, **changes})
    instance = changes.get("instance_id")
    if not instance:
        return
    if found.attributes.get("instance_id") not in (None, "", instance):
        raise Refused(errors.ALREADY_EXISTS, f"{found.id} is attached to {found.attributes['instance_id']}")
    if world.need("instance", instance, "instance_id").attributes["zone"] != found.attributes["zone"]:
        raise Refused(errors.INVALID, f"{found.id} and {instance} are in two zones")


def _check_groups(world: World, attributes: Attributes) -> None:
    vpc = world.need("subnet", attributes["subnet_id"], "subnet_id").attributes["vpc_id"]
    for id in attributes.get("security_group_ids") or []:
        if world.need("security_group", id, "security_group_ids").attributes["vpc_id"] != vpc:
            raise Refused(errors.INVALID, f"security_group_ids: {id} is of another VPC")


def _machine_spec(name: str, image_arch: str) -> catalog.Spec:
    spec = catalog.spec(name)
    if spec is None:
        raise Refused(errors.INVALID, f"instance_type: there is no {name}")
    if spec.arch != image_arch:
        raise Refused(errors.INVALID, f"instance_type: {name} is {spec.arch}, the image is {image_arch}")
    return spec


def _image(world: World, id: str) -> tuple[str, int]:
    """(architecture, smallest disk in GiB) of a published or own image."""
    published = catalog.image(id)
    if published:
        return published.arch, published.min_disk_gib
    own = world.need("image", id, "image_id")
    if own.status(world.now) != "ready":
        raise Refused(errors.INCORRECT_STATE, f"image_id: {id} is {own.status(world.now)}")
    return own.attributes["architecture"], own.attributes["min_disk_gib"]


def _create_instance(world: World, attributes: Attributes) -> None:
    arch, smallest = _image(world, attributes["image_id"])
    _machine_spec(attributes["instance_type"], arch)
    subnet = world.need("subnet", attributes["subnet_id"], "subnet_id").attributes
    attributes.setdefault("zone", subnet["zone"])
    if attributes["zone"] != subnet["zone"]:
        raise Refused(errors.INVALID, f"zone: {attributes['subnet_id']} is in {subnet['zone']}, not {attributes['zone']}")
    _check_groups(world, attributes)
    key = attributes.get("key_name")
    if key and not world.having(unique_term(KEY_PAIR, world.scope, key)):
        raise Refused(errors.NOT_FOUND, f"key_name: there is no key_pair {key}")
    root = {"size_gib": max(smallest, 8), "volume_type": "ssd", **attributes.get("root_volume", {})}
    if root["size_gib"] < smallest:
        raise Refused(errors.INVALID, f"root_volume: the image needs {smallest} GiB")
    if root["volume_type"] not in catalog.VOLUME_TYPES:
        raise Refused(errors.INVALID, f"root_volume: there is no volume type {root['volume_type']}")
    attributes["root_volume"] = root
    attributes["architecture"] = arch
    attributes.setdefault("associate_public_ip", subnet["assign_public_ip"])
    place_private(world, attributes)
    attributes["public_ip_address"] = ""
    if attributes["associate_public_ip"]:
        if not has_route_to_internet(world, attributes["subnet_id"]):
            raise Refused(errors.INVALID, f"associate_public_ip: {attributes['subnet_id']} has no route to the internet")
        attributes["public_ip_address"] = public_address(world, attributes["id"])
    if attributes["power"] != "running":
        raise Refused(errors.INVALID, "power: an instance is created running")


def _change_instance(world: World, found: Object, changes: Attributes) -> None:
    power = changes.get("power", found.attributes["power"])
    if power not in ("running", "stopped"):
        raise Refused(errors.INVALID, f"power: {power!r} is neither running nor stopped")
    if "instance_type" in changes and changes["instance_type"] != found.attributes["instance_type"]:
        if found.attributes["power"] != "stopped":
            raise Refused(errors.INCORRECT_STATE, f"instance_type: {found.id} is running; stop it first")
        _machine_spec(changes["instance_type"], found.attributes["architecture"])
    _check_groups(world, {**found.attributes, **changes})
    if power == "stopped":
        changes["public_ip_address"] = ""
    elif found.attributes["power"] == "stopped" and found.attributes.get("associate_public_ip"):
        changes["public_ip_address"] = public_address(world, f"{found.id}/{found.etag}")


def _instance_terms(found: Object) -> Iterator[str]:
    yield from address_terms(found)
    yield f"zone:{found.scope}:{found.attributes['zone']}"


def _create_image(world: World, attributes: Attributes) -> None:
    source = world.need("instance", attributes["instance_id"], "instance_id").attributes
    attributes["architecture"] = source["architecture"]
    attributes["min_disk_gib"] = source["root_volume"]["size_gib"]


KEY_PAIR = Kind("key_pair", "key", required=("key_name", "public_key"), computed=("fingerprint",), unique="key_name", settles=0.0,
                on_create=_create_key)
_GROUPS = Link("security_group_ids", ("security_group",))
_SUBNET = Link("subnet_id", ("subnet",))

KINDS = (
    KEY_PAIR,
    Kind("network_interface", "eni", required=("subnet_id",), settles=0.3, tokens=True,
         optional={"security_group_ids": [], "private_ip_addresses": None, "instance_id": None, "description": ""},
         computed=("mac_address", "zone"), mutable=frozenset({"security_group_ids", "instance_id", "description"}),
         links=(_SUBNET, _GROUPS, Link("instance_id", ("instance",))), on_create=_create_interface, on_change=_change_interface,
         extra_terms=address_terms),
    Kind("instance", "i", required=("subnet_id", "image_id", "instance_type"), tokens=True, settles=2.0,
         optional={"security_group_ids": [], "key_name": None, "private_ip_address": None, "associate_public_ip": None, "zone": None,
                   "user_data": None, "admin_password": None, "root_volume": None, "power": "running", "spot": False},
         computed=("public_ip_address", "architecture"), secrets=("admin_password", "user_data"),
         mutable=frozenset({"security_group_ids", "instance_type", "power"}),
         links=(_SUBNET, _GROUPS), on_create=_create_instance, on_change=_change_instance, extra_terms=_instance_terms),
    Kind("image", "img", required=("instance_id",), optional={"description": "", "name": ""}, computed=("architecture", "min_disk_gib"),
         mutable=frozenset({"description"}), settles=3.0, on_create=_create_image,
         links=(Link("instance_id", ("instance",), holds=False),)),
)
