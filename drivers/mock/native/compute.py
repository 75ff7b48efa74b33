"""Key pairs, network interfaces, instances, images."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, ClassVar

from mcflow.drivers.mock.native.kind import MockType, TokenType
from mcflow.drivers.sdk import Group, Tagged, Token, UniqueName, array, boolean, integer, native_type, record, string, tags

ROOT_VOLUME = record({"size_gib": integer("GiB.", minimum=1), "volume_type": string(enum=["hdd", "ssd", "nvme"])})


@native_type
class KeyPair(MockType):
    """A public key to start instances with."""

    name = "mock.key_pair"
    identity = UniqueName(attribute="key_name", max_length=100, pattern="[A-Za-z0-9_.-]")
    attributes = {
        "key_name": string(),
        "public_key": string("OpenSSH's format."),
        "fingerprint": string(read_only=True),
        "tags": tags(),
    }
    required = ("public_key",)


@native_type
class NetworkInterface(TokenType):
    """A network card that lives by itself and can be moved between instances."""

    name = "mock.network_interface"
    identity = Token()
    relations = ("subnet_id",)
    unset: ClassVar[Mapping[str, Any]] = {"instance_id": ""}
    attributes = {
        "subnet_id": string(),
        "security_group_ids": array(string(), set=True, group="security_groups", default_from_cloud=True),
        "private_ip_addresses": array(string(), default_from_cloud=True, incidental=True),
        "instance_id": string("The instance it is plugged into; empty: none.", group="attachment", set_after_create=True,
                              blocks_delete=True, default_from_cloud=True),
        "description": string(group="description", default_from_cloud=True),
        "mac_address": string(read_only=True),
        "zone": string(read_only=True),
        "tags": tags(),
    }
    required = ("subnet_id",)


@native_type
class Instance(TokenType):
    """A virtual machine in a subnet."""

    name = "mock.instance"
    identity = Token()
    groups = (Group("instance_type", needs={"power": "stopped"}),)
    relations = ("subnet_id",)
    seconds = 30.0
    attributes = {
        "subnet_id": string(),
        "image_id": string(),
        "instance_type": string(group="instance_type"),
        "security_group_ids": array(string(), set=True, group="security_groups", default_from_cloud=True),
        "key_name": string(default_from_cloud=True),
        "private_ip_address": string(default_from_cloud=True, incidental=True),
        "associate_public_ip": boolean(default_from_cloud=True),
        "public_ip_address": string(read_only=True, changes_with=["power", "instance_type"]),
        "zone": string(default_from_cloud=True),
        "user_data": string(write_only=True, sensitive=True),
        "admin_password": string(write_only=True, sensitive=True),
        "root_volume": {**ROOT_VOLUME, "default_from_cloud": True},
        "power": string(enum=["running", "stopped"], group="power", set_after_create=True, default_from_cloud=True),
        "spot": boolean(default_from_cloud=True),
        "architecture": string(read_only=True),
        "tags": tags(),
    }
    required = ("subnet_id", "image_id", "instance_type")


@native_type
class Image(MockType):
    """An image made from an instance."""

    name = "mock.image"
    identity = Tagged()
    seconds = 60.0
    attributes = {
        "instance_id": string("The source.", at_create=True),
        "name": string(default_from_cloud=True),
        "description": string(group="description", default_from_cloud=True),
        "architecture": string(read_only=True),
        "min_disk_gib": integer(read_only=True),
        "tags": tags(),
    }
    required = ("instance_id",)
