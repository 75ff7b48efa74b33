"""key_pair, vm, disk, public_ip."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from mcflow.drivers.mock.cloud import catalog
from mcflow.drivers.mock.portable.wants import flag, handles, ids, internet_of, key_name, name_of, need_internet, tags_of
from mcflow.drivers.mock.session import MockSession
from mcflow.drivers.sdk import Chosen, Lowering, Unsuitable, Want, chooses, lowers
from mcflow.drivers.sdk.lowering import text
from mcflow.model.values import Handle, Secret, Value

VOLUME_TYPES = {"standard": "hdd", "ssd": "ssd", "premium": "nvme"}


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
    pair = out.native("key", "mock.key_pair", key_name=want.name, public_key=public, tags=tags_of(want))
    out.private(key_name=pair.key_name)
    out.export(id=pair.id, name=pair.key_name, public_key=public, private_key=made.get("private_key"), fingerprint=pair.fingerprint)


@chooses("vm", "image")
def choose_image(api: MockSession, selector: Any, want: Want) -> Chosen:
    """The newest published image of that system; x86_64 unless the selector or the spec's selector says otherwise."""
    wanted = dict(selector or {})
    spec = want.spec
    if isinstance(spec, dict) and spec.get("arch") and "arch" not in wanted:
        wanted["arch"] = spec["arch"]
    wanted.setdefault("arch", "x86_64")
    fitting = [image for image in catalog.IMAGES if all(getattr(image, key) == str(value) for key, value in wanted.items())]
    if not fitting:
        systems = ", ".join(sorted({f"{image.os} {image.version} {image.arch}" for image in catalog.IMAGES}))
        raise Unsuitable("image", f"no image fits {wanted}", f"there are {systems}")
    best = max(fitting, key=lambda image: (image.published, image.id))
    return Chosen(best.id, "table", f"{best.os} {best.version} {best.arch}, published {best.published}")


def cheapest(specs: tuple[catalog.Spec, ...], selector: Any, property: str, accept: Callable[[catalog.Spec], bool] = lambda spec: True) -> Chosen:
    """The cheapest spec with at least what the selector asks for."""
    wanted = dict(selector or {})
    ceiling = wanted.get("max_price")
    fitting = [
        spec for spec in specs
        if spec.vcpus >= wanted.get("vcpus", 0) and spec.memory_gib >= wanted.get("memory_gib", 0) and spec.gpus >= wanted.get("gpus", 0)
        and (spec.gpus == 0 or wanted.get("gpus")) and spec.arch == wanted.get("arch", spec.arch)
        and (ceiling is None or spec.price <= ceiling) and accept(spec)
    ]
    if not fitting:
        raise Unsuitable(property, f"no spec fits {wanted}", f"the largest is {max(specs, key=lambda spec: spec.vcpus).name}")
    best = min(fitting, key=lambda spec: (spec.price, spec.vcpus, spec.memory_gib, spec.name))
    return Chosen(best.name, "table", f"{best.vcpus} vcpus, {best.memory_gib} GiB, ${best.price:.3f}/h, the cheapest that fits")


@chooses("vm", "spec")
def choose_spec(api: MockSession, selector: Any, want: Want) -> Chosen:
    """The cheapest machine that fits, of the image's architecture where that is known."""
    arch = _arch(want.image)
    return cheapest(catalog.SPECS, selector, "spec", lambda spec: arch in ("", spec.arch))


def _arch(image: Value) -> str:
    if isinstance(image, dict):
        return str(image.get("arch", ""))
    published = catalog.image(image) if isinstance(image, str) else None
    return published.arch if published else ""


@lowers("vm")
def lower_vm(want: Want, out: Lowering) -> None:
    """vm → mock.instance, and an address association if `public_ip` names a public_ip."""
    subnet = want.subnet
    zone = _zone(want, subnet)
    named = want.public_ip if isinstance(want.public_ip, Handle) else None
    asked = None if named is not None or want.public_ip is None else bool(want.public_ip)
    internet = need_internet(subnet, "public_ip", "public_ip") if asked or named is not None else internet_of(subnet)
    published = catalog.image(want.image) if isinstance(want.image, str) else None
    image = want.image.export("id") if isinstance(want.image, Handle) else want.image
    instance = out.native(
        "instance", "mock.instance", after=internet, subnet_id=subnet.id, image_id=image, instance_type=want.spec,
        security_group_ids=ids(want.security_groups), key_name=key_name(want), private_ip_address=want.private_ip,
        associate_public_ip=False if named is not None else asked, zone=want.zone, user_data=want.user_data, admin_password=want.password,
        root_volume=root_volume(want.root_disk), power=want.power, spot=True if flag(want.spot, False) else None, tags=tags_of(want))
    address: Value = instance.public_ip_address
    if named is not None:
        if not named.opaque and named.properties.get("attach_to") is not None:
            raise Unsuitable("public_ip", f"{named.address} is attached by its own `attach_to` already", "write one of the two")
        association = out.native("association", "mock.address_association", allocation_id=named.id, instance_id=instance.id, after=internet)
        address = association.public_ip
    user = want.user or (published.user if published else "root")
    out.private(internet=internet, subnet=subnet.id)
    out.export(id=instance.id, name=name_of(want), private_ip=instance.private_ip_address, public_ip=address, status=instance.power,
               image_id=instance.image_id, spec_name=instance.instance_type, zone=zone or instance.zone, ssh=text("ssh {}@{}", user, address))


def _zone(want: Want, subnet: Handle) -> Value:
    """The zone of the vm where it is known; it must be the subnet's."""
    theirs = None if subnet.opaque else subnet.export("zone")
    if isinstance(want.zone, str) and isinstance(theirs, str) and want.zone != theirs:
        raise Unsuitable("zone", f"{subnet.address} is in {theirs}, not in {want.zone}", "leave `zone` out, or choose another subnet")
    return theirs if want.zone is None else want.zone


def volume_type(value: Value) -> Value:
    """The cloud's word for a portable disk type; its own words pass."""
    return VOLUME_TYPES.get(value, value) if isinstance(value, str) else value


def root_volume(wanted: Value) -> Value:
    """A portable root_disk in the cloud's words."""
    if not isinstance(wanted, dict):
        return wanted
    parts = {"size_gib": wanted.get("size_gib"), "volume_type": volume_type(wanted.get("type"))}
    return {name: value for name, value in parts.items() if value is not None}


@chooses("disk", "zone")
def choose_disk_zone(api: MockSession, selector: Any, want: Want) -> Chosen:
    """The zone of the vm it is attached to, else the region's first. Nothing is chosen where only apply will know the vm's."""
    machine = handles(want.attach_to)
    if machine and not machine[0].opaque:
        zone = machine[0].export("zone")
        return Chosen(zone if isinstance(zone, str) else None, "live", f"where {machine[0].address} is")
    return Chosen(catalog.zones(api.region)[0], "table", "the first zone")


@lowers("disk")
def lower_disk(want: Want, out: Lowering) -> None:
    """disk → mock.volume, and with `attach_to` a mock.volume_attachment."""
    machine: Handle | None = want.attach_to
    theirs = machine.export("zone") if machine is not None and not machine.opaque else None
    if isinstance(want.zone, str) and isinstance(theirs, str) and want.zone != theirs:
        raise Unsuitable("zone", f"the disk would be in {want.zone}, the vm it is attached to is in {theirs}", "leave `zone` out")
    kind = volume_type(want.type)
    _check_size(want.size_gib, kind)
    source = want.snapshot.export("id") if want.snapshot is not None else None
    volume = out.native("volume", "mock.volume", size_gib=want.size_gib, zone=theirs if want.zone is None else want.zone, volume_type=kind,
                        snapshot_id=source, tags=tags_of(want))
    device: Value = None
    if machine is not None:
        attachment = out.native("attachment", "mock.volume_attachment", volume_id=volume.id, instance_id=machine.id)
        device = attachment.device
    out.export(id=volume.id, name=name_of(want), device=device, status="in-use" if machine is not None else "available")


def _check_size(size: Value, kind: Value) -> None:
    if not isinstance(kind, str | None) or not isinstance(size, int):
        return
    limits = catalog.VOLUME_TYPES.get(kind or "ssd")
    if limits is None:
        raise Unsuitable("type", f"there is no disk type {kind}", f"write one of {', '.join((*VOLUME_TYPES, *catalog.VOLUME_TYPES))}")
    if not limits[0] <= size <= limits[1]:
        raise Unsuitable("size_gib", f"a disk of type {kind or 'ssd'} has {limits[0]} to {limits[1]} GiB, not {size}")


@lowers("public_ip")
def lower_public_ip(want: Want, out: Lowering) -> None:
    """public_ip → mock.address, and with `attach_to` a mock.address_association."""
    address = out.native("address", "mock.address", tags=tags_of(want))
    target: Handle | None = want.attach_to
    if target is not None:
        internet = need_internet(target, "attach_to", f"{want.address} cannot be reached")
        place: dict[str, Value] = {"network_interface_id" if target.type == "nic" else "instance_id": target.id}
        out.native("association", "mock.address_association", allocation_id=address.id, after=internet, **place)
    out.export(id=address.id, name=name_of(want), address=address.public_ip)
