"""Reading a want: handles or literal ids, names, tags, address ranges."""

from __future__ import annotations

import ipaddress
import re
from collections.abc import Iterator
from typing import Any

from mcflow.drivers.sdk import Unsuitable, Want
from mcflow.model.values import Handle, Value

Network = ipaddress.IPv4Network | ipaddress.IPv6Network
ANYWHERE = {4: "0.0.0.0/0", 6: "::/0"}
METADATA = 255
METADATA_KEY = re.compile(r"[A-Za-z0-9_:. -]{1,255}")
"""What Nova and Cinder take as keys."""


def identify(target: Value) -> Value:
    """The id of what a property names: a handle's export, or a literal id as it is."""
    return target.export("id") if isinstance(target, Handle) else target


def known(target: Value) -> bool:
    """True for a handle of a resource in the blueprint, which can be asked; a literal id cannot."""
    return isinstance(target, Handle) and not target.opaque


def each(targets: Value) -> Iterator[Value]:
    """The handles and ids in a list, a map (``for_each``) or one alone."""
    if isinstance(targets, dict):
        targets = list(targets.values())
    if isinstance(targets, list | tuple):
        for target in targets:
            yield from each(target)
    elif targets is not None:
        yield targets


def label(want: Want) -> str:
    """What people see in a list: the name given, else the address in plain characters (``web["0"]`` → ``web-0``)."""
    if want.name is not None:
        return want.name  # type: ignore[no-any-return]
    return re.sub(r"[^A-Za-z0-9_.-]+", "-", want.address).strip("-")


def tagged(want: Want) -> dict[str, Any] | None:
    """The tags of a native; None where there are none."""
    return dict(want.tags) or None


def addresses(property: str, cidr: Value, inside: Value = None) -> Network | None:
    """A range as a network, None while it is not known. Raises Unsuitable where it does not lie inside a range that is known."""
    if not isinstance(cidr, str):
        return None
    network = ipaddress.ip_network(cidr, strict=False)
    if isinstance(inside, str):
        around = ipaddress.ip_network(inside, strict=False)
        if network.version != around.version or not network.subnet_of(around):  # type: ignore[arg-type]
            raise Unsuitable(property, f"{cidr} does not lie inside the network's {inside}", "choose a range inside it")
    return network


def metadata(want: Want) -> dict[str, Any]:
    """The tags of a native that keeps them as metadata, which takes fewer keys than tags may have. Raises Unsuitable."""
    for key, value in want.tags.items():
        if not METADATA_KEY.fullmatch(key):
            raise Unsuitable("tags", f"OpenStack takes 1 to 255 letters, digits, spaces and _-:. in a key of metadata, not {key!r}",
                             "write the key with those")
        if isinstance(value, str) and len(value) > METADATA:
            raise Unsuitable("tags", f"OpenStack takes values of up to {METADATA} characters, and that of {key!r} has {len(value)}",
                             "write less")
    return dict(want.tags)
