"""The formats that schemas name, checked the same by every validator: network, address, ports, duration, regular expression."""

from __future__ import annotations

import ipaddress
import re
from collections.abc import Callable
from dataclasses import dataclass

_OCTET = r"(25[0-5]|2[0-4][0-9]|1[0-9][0-9]|[1-9]?[0-9])"
_V4 = rf"({_OCTET}\.){{3}}{_OCTET}"
_V6 = r"[0-9A-Fa-f:]*:[0-9A-Fa-f:.]*"
_DURATION = re.compile(r"([0-9]+)(s|m|h|d)")
_PORT_RANGE = re.compile(r"([0-9]{1,5})-([0-9]{1,5})")
_SECONDS = {"s": 1, "m": 60, "h": 3600, "d": 86400}


@dataclass(frozen=True, slots=True)
class Format:
    """``check`` decides; ``expected`` says it to people; ``pattern`` is what an editor can check of it."""

    check: Callable[[str], bool]
    expected: str
    pattern: str | None = None


def is_cidr(text: str) -> bool:
    """A network in CIDR notation: canonical octets, a prefix length, no host bits set."""
    if "/" not in text or not re.fullmatch(r"[0-9]{1,3}", text.rpartition("/")[2]) or "%" in text:
        return False
    try:
        ipaddress.ip_network(text, strict=True)
    except ValueError:
        return False
    return True


def is_ip(text: str) -> bool:
    """One IPv4 or IPv6 address, without a zone."""
    try:
        ipaddress.ip_address(text)
    except ValueError:
        return False
    return "%" not in text


def is_port_range(text: str) -> bool:
    """``first-last``, both within 1 … 65535, first not above last; or one port as text."""
    found = _PORT_RANGE.fullmatch(text)
    if found:
        return 1 <= int(found[1]) <= int(found[2]) <= 65535
    return re.fullmatch(r"[0-9]{1,5}", text) is not None and 1 <= int(text) <= 65535


def is_duration(text: str) -> bool:
    """A whole number and a unit: s, m, h or d."""
    return _DURATION.fullmatch(text) is not None


def is_regex(text: str) -> bool:
    """A regular expression that compiles."""
    try:
        re.compile(text)
    except re.error:
        return False
    return True


def parse_duration(text: str) -> float:
    """``30s``, ``20m``, ``8h``, ``1d`` in seconds. Raises ValueError."""
    found = _DURATION.fullmatch(text)
    if not found:
        raise ValueError(f"{text!r} is not a duration like 30s, 20m or 8h")
    return float(int(found[1]) * _SECONDS[found[2]])


FORMATS: dict[str, Format] = {
    "cidr": Format(is_cidr, "a network like 10.0.0.0/16", rf"^({_V4}/(3[0-2]|[12]?[0-9])|{_V6}/(12[0-8]|1[01][0-9]|[1-9]?[0-9]))$"),
    "ip": Format(is_ip, "an address like 10.0.1.10", rf"^({_V4}|{_V6})$"),
    "port-range": Format(is_port_range, "a port or a range like 8000-8080, within 1 to 65535", r"^[0-9]{1,5}(-[0-9]{1,5})?$"),
    "duration": Format(is_duration, "a duration like 30s, 20m or 8h", r"^[0-9]+(s|m|h|d)$"),
    "regex": Format(is_regex, "a regular expression"),
}


def network_of(text: str) -> str | None:
    """The network that a CIDR with host bits set means: ``10.0.0.5/16`` → ``10.0.0.0/16``; None where that is no help."""
    try:
        network = ipaddress.ip_network(text, strict=False)
    except ValueError:
        return None
    return str(network) if "/" in text else None
