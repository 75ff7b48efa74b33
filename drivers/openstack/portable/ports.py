"""Ports of portable rules as ranges."""

from __future__ import annotations

from mcflow.drivers.sdk import Unsuitable
from mcflow.model.values import Value

Range = tuple[int | None, int | None]


def ranges(protocol: str, ports: Value) -> list[Range]:
    """The fewest ranges that hold exactly the ports: ``22``, ``"8000-8080"``, or a list of both; absent: all there are.

    Raises Unsuitable for ports where the protocol has none.
    """
    if ports is None:
        return [(None, None)]
    if protocol not in ("tcp", "udp"):
        raise Unsuitable("ports", f"protocol {protocol} has no ports", "leave ports out, or say tcp or udp")
    joined: list[tuple[int, int]] = []
    for low, high in sorted(_span(port) for port in (ports if isinstance(ports, list | tuple) else [ports])):
        if joined and low <= joined[-1][1] + 1:
            low, high = joined[-1][0], max(joined.pop()[1], high)
        joined.append((low, high))
    return list(joined)


def _span(port: int | str) -> tuple[int, int]:
    first, _, last = str(port).partition("-")
    low, high = int(first), int(last or first)
    if low > high:
        raise Unsuitable("ports", f"{port} ends before it begins", f"write {high}-{low}")
    return low, high
