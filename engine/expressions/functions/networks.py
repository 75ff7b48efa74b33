"""Address ranges in CIDR notation, IPv4 and IPv6."""

from __future__ import annotations

import ipaddress
from typing import Any

from mcflow.engine.expressions.errors import FunctionError
from mcflow.engine.expressions.functions.arguments import integer, strict_text
from mcflow.engine.expressions.functions.function import Library

LIBRARY = Library()

_Network = ipaddress.IPv4Network | ipaddress.IPv6Network


def _network(value: Any) -> _Network:
    text = strict_text(value, "an address range")
    try:
        return ipaddress.ip_network(text)
    except ValueError:
        pass
    try:
        fixed = ipaddress.ip_network(text, strict=False)
    except ValueError as error:
        raise FunctionError(f"{text[:60]!r} is not an address range such as 10.0.0.0/16") from error
    raise FunctionError(f"{text!r} has bits set behind its prefix", str(fixed))


@LIBRARY.add("cidrsubnet", "cidrsubnet('10.0.0.0/16', 8, 2)", "10.0.2.0/24")
def cidrsubnet(cidr: Any, new_bits: Any, number: Any) -> str:
    """The numbered part of a range whose prefix is `new_bits` longer."""
    network = _network(cidr)
    bits, index = integer(new_bits, "new_bits"), integer(number, "number")
    prefix = network.prefixlen + bits
    if bits < 0 or prefix > network.max_prefixlen:
        room = network.max_prefixlen - network.prefixlen
        raise FunctionError(f"{network} cannot be divided by {bits} more bits: its prefix may grow by {room}")
    if not 0 <= index < 1 << bits:
        raise FunctionError(f"{network} has {1 << bits} parts of /{prefix}, numbered from 0; there is no {index}")
    start = int(network.network_address) + (index << (network.max_prefixlen - prefix))
    return f"{type(network.network_address)(start)}/{prefix}"


@LIBRARY.add("cidrhost", "cidrhost('10.0.2.0/24', 5)", "10.0.2.5")
def cidrhost(cidr: Any, number: Any) -> str:
    """The numbered address of a range; negative numbers count from its end."""
    network = _network(cidr)
    index = integer(number, "number")
    size = network.num_addresses
    if not -size <= index < size:
        raise FunctionError(f"{network} has {size} addresses; there is no number {index}")
    start = int(network.network_address) + (index if index >= 0 else size + index)
    return str(type(network.network_address)(start))


@LIBRARY.add("cidrmask", "cidrmask('10.0.0.0/16')", "255.255.0.0")
def cidrmask(cidr: Any) -> str:
    """The netmask of a range."""
    return str(_network(cidr).netmask)


@LIBRARY.add("cidrcontains", "cidrcontains('10.0.0.0/16', '10.0.2.0/24')", True)
def cidrcontains(cidr: Any, inner: Any) -> bool:
    """Whether an address or range lies inside a range."""
    outer = _network(cidr)
    text = strict_text(inner, "an address")
    part = _network(text if "/" in text else f"{text}/{32 if ':' not in text else 128}")
    if part.version != outer.version:
        return False
    first, last = int(part.network_address), int(part.broadcast_address)
    return int(outer.network_address) <= first and last <= int(outer.broadcast_address)
