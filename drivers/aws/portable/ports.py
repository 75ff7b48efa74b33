"""Ports of portable rules as ranges."""

from __future__ import annotations

from mcflow.drivers.sdk import Unsuitable
from mcflow.model.values import Value

ALL = {"tcp": (0, 65535), "udp": (0, 65535), "icmp": (-1, -1), "all": (None, None)}


def ranges(protocol: str, ports: Value) -> list[tuple[int | None, int | None]]:
    """The fewest ranges that hold exactly the ports: ``22``, ``"8000-8080"``, or a list of both; absent: all of the protocol's.

    Raises Unsuitable for ports where the protocol has none.
    """
    if ports is None:
        return [ALL[protocol]]
    if protocol not in ("tcp", "udp"):
        raise Unsuitable("ports", f"protocol {protocol} has no ports", "leave ports out, or say tcp or udp")
    spans = sorted(_span(port) for port in (ports if isinstance(ports, list | tuple) else [ports]))
    merged: list[tuple[int, int]] = []
    for first, last in spans:
        if merged and first <= merged[-1][1] + 1:
            merged[-1] = (merged[-1][0], max(merged[-1][1], last))
        else:
            merged.append((first, last))
    return list(merged)


def _span(port: int | str) -> tuple[int, int]:
    first, _, last = str(port).partition("-")
    low, high = int(first), int(last or first)
    if low > high:
        raise Unsuitable("ports", f"{port} ends before it begins", f"write {high}-{low}")
    return low, high
