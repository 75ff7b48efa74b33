"""What is measured: by Gnocchi over time where the cloud has it, else by the services themselves, as counters of this moment."""

from __future__ import annotations

import time
from collections.abc import Iterable, Iterator, Mapping, Sequence
from contextlib import suppress
from dataclasses import dataclass
from datetime import UTC, datetime
from itertools import pairwise
from typing import Any
from urllib.parse import quote

from mcflow.drivers.openstack.session import OpenStackSession
from mcflow.drivers.sdk import NotFound, Series, Subject, Window

SERVER, BALANCER, CONTAINER = "openstack.server", "openstack.load_balancer", "openstack.container"
MIB = 1024 ** 2


@dataclass(frozen=True, slots=True)
class Measure:
    """One metric of a server. ``name`` is Ceilometer's, of objects of Gnocchi's type ``of``; ``rate``: it counts up, and is told per
    second; ``scale``: what one of its units is of ours."""

    metric: str
    title: str
    unit: str
    name: str
    of: str = "instance"
    rate: bool = False
    scale: float = 1.0


SERVERS: tuple[Measure, ...] = (
    Measure("cpu", "CPU", "%", "cpu", rate=True, scale=1e-7), Measure("memory", "Memory used", "B", "memory.usage", scale=MIB),
    Measure("disk_read", "Disk read", "B/s", "disk.device.read.bytes", "instance_disk", rate=True),
    Measure("disk_write", "Disk write", "B/s", "disk.device.write.bytes", "instance_disk", rate=True),
    Measure("network_in", "Network in", "B/s", "network.incoming.bytes", "instance_network_interface", rate=True),
    Measure("network_out", "Network out", "B/s", "network.outgoing.bytes", "instance_network_interface", rate=True),
)
"""https://docs.openstack.org/ceilometer/latest/admin/telemetry-measurements.html; CPU is in nanoseconds of all processors together."""

BALANCERS: Mapping[str, tuple[str, str, str]] = {
    "connections": ("Connections now", "", "active_connections"), "all_connections": ("Connections so far", "", "total_connections"),
    "received": ("Received so far", "B", "bytes_in"), "sent": ("Sent so far", "B", "bytes_out"),
    "errors": ("Requests that failed so far", "", "request_errors"),
}
"""Metric → title, unit, Octavia's name. https://docs.openstack.org/api-ref/load-balancer/v2/#get-load-balancer-statistics"""

CONTAINERS: Mapping[str, tuple[str, str, str]] = {
    "stored": ("Stored", "B", "x-container-bytes-used"), "objects": ("Objects", "", "x-container-object-count"),
}
"""Metric → title, unit, Swift's header. https://docs.openstack.org/api-ref/object-store/#show-container-metadata"""

MEASURED: Mapping[str, tuple[str, ...]] = {
    SERVER: tuple(each.metric for each in SERVERS), BALANCER: tuple(BALANCERS), CONTAINER: tuple(CONTAINERS),
}


def series(api: OpenStackSession, subjects: Sequence[Subject], metrics: Sequence[str], window: Window) -> Iterator[Series]:
    """The series of all subjects; empty ``metrics``: all."""
    servers = [each for each in subjects if each.type == SERVER]
    wanted = [each for each in SERVERS if not metrics or each.metric in metrics]
    if servers and wanted:
        yield from _gathered(api, servers, wanted, window) if api.offers("metric") else _diagnosed(api, servers, wanted)
    for subject in subjects:
        if subject.type == BALANCER:
            yield from _counted(api, subject, metrics)
        elif subject.type == CONTAINER:
            yield from _stored(api, subject, metrics)


def _gathered(api: OpenStackSession, servers: Sequence[Subject], wanted: Sequence[Measure], window: Window) -> Iterator[Series]:
    """Gnocchi's measures: a search for each kind of object, and a request for each metric. https://gnocchi.osci.io/rest.html"""
    ids = [each.id for each in servers]
    kinds = {each.of for each in wanted} | ({"instance"} if any(each.metric == "cpu" for each in wanted) else set())
    found = {kind: list(_resources(api, kind, ids)) for kind in sorted(kinds)}
    for subject in servers:
        for measure in wanted:
            rows = [row for row in found[measure.of] if subject.id in (row.get("id"), row.get("instance_id"))]
            parts = [_points(api, row["metrics"][measure.name], window, measure) for row in rows if measure.name in row.get("metrics", {})]
            step = max((size for size, _ in parts), default=window.step)
            points = _together(points for _, points in parts)
            if measure.metric == "cpu":
                points = [(at, value / _processors(api, rows, window)) for at, value in points]
            yield Series(subject.address, measure.metric, measure.title, measure.unit, points, step)


def _resources(api: OpenStackSession, kind: str, servers: Sequence[str]) -> Iterator[Mapping[str, Any]]:
    by = "id" if kind == "instance" else "instance_id"
    # A cloud whose collector knows no such kind of object measures nothing of it.
    with suppress(NotFound):
        yield from api.call("metric", "POST", f"{_prefix(api)}/search/resource/{kind}", json={"in": {by: list(servers)}}).body or ()


def _points(api: OpenStackSession, metric: str, window: Window, measure: Measure) -> tuple[int, list[tuple[float, float]]]:
    """The step that is kept, and its values in our unit. Counters are asked for from earlier on: the first value has one before it."""
    rows = _measured(api, metric, window.start - (max(window.step, 3600) if measure.rate else 0), window.end)
    sizes = sorted({float(row[1]) for row in rows})
    size = next((each for each in sizes if each >= window.step), sizes[-1] if sizes else float(window.step))
    points = sorted((_seconds(row[0]), float(row[2]) * measure.scale) for row in rows if float(row[1]) == size)
    if measure.rate:
        # What counts from nothing again (after a reboot) says nothing about the time between.
        points = [(at, (value - before) / (at - earlier)) for (earlier, before), (at, value) in pairwise(points)
                  if value >= before]
    return int(size), [(at, value) for at, value in points if window.start <= at <= window.end]


def _measured(api: OpenStackSession, metric: str, start: float, end: float) -> list[Any]:
    asked = {"aggregation": "mean", "start": _moment(start), "stop": _moment(end)}
    return list(api.get("metric", f"{_prefix(api)}/metric/{metric}/measures", params=asked) or ())


def _processors(api: OpenStackSession, rows: Sequence[Mapping[str, Any]], window: Window) -> float:
    """How many processors a server has, as it was measured last; one where that is not measured."""
    metric = next((row["metrics"]["vcpus"] for row in rows if "vcpus" in row.get("metrics", {})), None)
    if metric is None:
        return 1.0
    told, _ = api.remember(("vcpus", metric), lambda: _measured(api, metric, window.start - 86400, window.end))
    return float(max(told, key=lambda row: str(row[0]))[2]) or 1.0 if told else 1.0


def _together(parts: Iterable[Sequence[tuple[float, float]]]) -> list[tuple[float, float]]:
    """The sum of the disks or interfaces of a server at each moment."""
    total: dict[float, float] = {}
    for points in parts:
        for at, value in points:
            total[at] = total.get(at, 0.0) + value
    return sorted(total.items())


def _diagnosed(api: OpenStackSession, servers: Sequence[Subject], wanted: Sequence[Measure]) -> Iterator[Series]:
    """Nova's diagnostics: one value, the mean since the machine started where it is a counter. By default administrators may ask.
    https://docs.openstack.org/api-ref/compute/#show-server-diagnostics"""
    for subject in servers:
        told = api.get("compute", f"/servers/{subject.id}/diagnostics")
        now = time.time()
        values = diagnosis(told)
        for measure in wanted:
            title = f"{measure.title}, mean since its start" if measure.rate else measure.title
            value = values.get(measure.metric)
            yield Series(subject.address, measure.metric, title, measure.unit, [(now, value)] if value is not None else [])


def diagnosis(told: Mapping[str, Any]) -> dict[str, float]:
    """Metric → value, of what the hypervisor tells; not every one tells all."""
    uptime = float(told.get("uptime") or 0)
    found: dict[str, float] = {}
    spent = [each["time"] for each in told.get("cpu_details") or () if each.get("time") is not None]
    busy = [each["utilisation"] for each in told.get("cpu_details") or () if each.get("utilisation") is not None]
    if spent and uptime:
        found["cpu"] = sum(spent) / 1e9 / uptime / len(spent) * 100
    elif busy:
        found["cpu"] = sum(busy) / len(busy)
    used = (told.get("memory_details") or {}).get("used")
    if used is not None:
        found["memory"] = float(used) * MIB
    counted = (("disk_read", "disk_details", "read_bytes"), ("disk_write", "disk_details", "write_bytes"),
               ("network_in", "nic_details", "rx_octets"), ("network_out", "nic_details", "tx_octets"))
    for metric, part, name in counted:
        values = [each[name] for each in told.get(part) or () if each.get(name) is not None]
        if values and uptime:
            found[metric] = sum(values) / uptime
    return found


def _counted(api: OpenStackSession, subject: Subject, metrics: Sequence[str]) -> Iterator[Series]:
    wanted = {metric: about for metric, about in BALANCERS.items() if not metrics or metric in metrics}
    if wanted:
        told = api.get("load-balancer", f"/lbaas/loadbalancers/{subject.id}/stats")["stats"]
        now = time.time()
        for metric, (title, unit, name) in wanted.items():
            yield Series(subject.address, metric, title, unit, [(now, float(told[name]))] if told.get(name) is not None else [])


def _stored(api: OpenStackSession, subject: Subject, metrics: Sequence[str]) -> Iterator[Series]:
    wanted = {metric: about for metric, about in CONTAINERS.items() if not metrics or metric in metrics}
    if wanted:
        told = api.call("object-store", "HEAD", f"/{quote(subject.id, safe='')}").headers
        now = time.time()
        for metric, (title, unit, name) in wanted.items():
            yield Series(subject.address, metric, title, unit, [(now, float(told[name]))] if name in told else [])


def _prefix(api: OpenStackSession) -> str:
    return "" if api.catalog()["metric"].rstrip("/").endswith("/v1") else "/v1"


def _moment(at: float) -> str:
    return datetime.fromtimestamp(at, UTC).strftime("%Y-%m-%dT%H:%M:%S")


def _seconds(text: str) -> float:
    made = datetime.fromisoformat(text.replace("Z", "+00:00"))
    return (made if made.tzinfo else made.replace(tzinfo=UTC)).timestamp()
