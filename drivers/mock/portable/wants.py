"""Reading a want: flags, handles and tags, the same way in every lowering."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from mcflow.drivers.sdk import Unsuitable, Want
from mcflow.model.values import Handle, Value


def flag(value: Value, default: bool) -> bool:
    """A boolean that may be absent. One that is not known yet raises, which the engine turns into a plan error."""
    return default if value is None else bool(value)


def handles(value: Value) -> list[Handle]:
    """The handles in a property that takes one, several, or every instance of a ``for_each``."""
    if value is None:
        return []
    if isinstance(value, Handle):
        return [value]
    items = value.values() if isinstance(value, dict) else value
    return [handle for item in items for handle in handles(item)]


def ids(value: Value) -> list[Value]:
    """The ids of the handles in a property."""
    return [handle.export("id") for handle in handles(value)]


def id_of(value: Value) -> Value:
    """The id behind a property that takes a handle or the cloud's own word."""
    return value.export("id") if isinstance(value, Handle) else value


def one_of(want: Want, property: str, accepted: Sequence[str]) -> None:
    """Refuse a value the cloud has not. Absent and not yet known values pass. Raises Unsuitable."""
    value = want.get(property)
    if isinstance(value, str) and value not in accepted:
        raise Unsuitable(property, f"the rehearsal cloud has no {property} {value}", f"it has {', '.join(accepted)}")


_VOLUME_TYPES = {"standard": "hdd", "ssd": "ssd", "premium": "nvme"}


def volume_type(value: Value) -> Value:
    """The cloud's word for a portable disk type; its own words pass."""
    return _VOLUME_TYPES.get(value, value) if isinstance(value, str) else value


def root_volume(wanted: Value) -> Value:
    """A portable root_disk in the cloud's words."""
    if not isinstance(wanted, dict):
        return wanted
    parts = {"size_gib": wanted.get("size_gib"), "volume_type": volume_type(wanted.get("type"))}
    return {name: value for name, value in parts.items() if value is not None}


def tags_of(want: Want) -> dict[str, Any]:
    """The tags of a resource, with its name as ``Name`` where it has one."""
    name = want.name
    return {**({"Name": name} if isinstance(name, str) else {}), **want.tags}


def name_of(want: Want) -> Value:
    """What the resource is called: its name, else its address."""
    return want.address if want.name is None else want.name


def key_name(want: Want) -> Value:
    """The cloud's name of the key pair a machine starts with. A literal is that name."""
    pair = want.key_pair
    if pair is None:
        return None
    return pair.export("id") if pair.opaque else pair.private("key_name")


def internet_of(subnet: Handle) -> list[Value]:
    """What leads the subnet to the internet, for order edges; empty where it has none."""
    found = None if subnet.opaque else subnet.private("internet")
    return list(found or [])


def need_internet(handle: Handle, property: str, what: str) -> list[Value]:
    """The way to the internet behind a subnet, vm or nic. Raises Unsuitable where there is none."""
    if handle.opaque:
        return []
    found = internet_of(handle)
    if not found:
        raise Unsuitable(property, f"{what}: the subnet of {handle.address} has no way to the internet",
                         "give the vpc `internet: true` and the subnet `public: true`")
    return found
