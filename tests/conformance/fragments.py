"""Pieces of blueprints that several cases need: a network with a subnet, a machine in it."""

from __future__ import annotations

from typing import Any

Resources = dict[str, Any]
IMAGE = {"os": "ubuntu", "version": "24.04"}
SPEC = {"vcpus": 2, "memory_gib": 4}
KEY = "ssh-ed25519 AAAAC3NzaC1lZDI1NTE5AAAAIOMqqnkVzrm0SdG6UOoqKLsabgH5C9okWi0dh2l9GKJl one@example"
OTHER_KEY = "ssh-ed25519 AAAAC3NzaC1lZDI1NTE5AAAAIBVlcIGqJoxgIBuPQj8jSyFyMmjMJLqLGnpYnDYSKD2c two@example"


def block(kind: str, /, **properties: Any) -> dict[str, Any]:
    """A resource."""
    return {"type": kind, "properties": properties}


def ref(name: str) -> str:
    """A handle of a resource."""
    return f"{{{{ resources.{name} }}}}"


def network() -> Resources:
    """A network with a public subnet."""
    return {
        "net": block("vpc", cidr="10.0.0.0/16"),
        "front": block("subnet", vpc=ref("net"), cidr="10.0.1.0/24"),
    }


def machine(**properties: Any) -> Resources:
    """A network and a machine in it."""
    return {**network(), "box": block("vm", **{"subnet": ref("front"), "image": IMAGE, "spec": SPEC, **properties})}


def groups() -> Resources:
    """Two security groups that name each other."""
    return {
        "web": block("security_group", vpc=ref("net"), inbound=[
            {"protocol": "tcp", "ports": [80, 443], "cidr": "0.0.0.0/0"},
            {"protocol": "tcp", "ports": 9100, "security_group": ref("store")},
        ]),
        "store": block("security_group", vpc=ref("net"), inbound=[{"protocol": "tcp", "ports": 5432, "security_group": ref("web")}]),
    }


def tier(spec: Any = None) -> Resources:
    """What the checks about crashes and graphs work on: network, groups, key, machine, disk, address."""
    return {
        **network(), **groups(),
        "admin": block("key_pair", public_key=KEY),
        "box": block("vm", subnet=ref("front"), security_groups=[ref("web")], image=IMAGE, spec=spec or SPEC, key_pair=ref("admin")),
        "data": block("disk", size_gib=20, type="ssd", zone="{{ resources.front.zone }}", attach_to=ref("box")),
        "entry": block("public_ip", attach_to=ref("box")),
    }
