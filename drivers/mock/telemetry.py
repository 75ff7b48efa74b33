"""What the rehearsal cloud measures and remembers: curves that follow from an object's id and the time, and its ledger."""

from __future__ import annotations

import math
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import ClassVar

from mcflow.drivers.mock.cloud.faults import uniform
from mcflow.drivers.mock.session import MockSession
from mcflow.drivers.sdk import Happening, Series, Subject, Telemetry, Window

DAY = 86400.0


@dataclass(frozen=True, slots=True)
class Curve:
    """A quantity of a day's rhythm: around ``usual``, up and down by ``swing``, never below nothing nor above ``most``."""

    title: str
    unit: str
    usual: float
    swing: float
    most: float = math.inf


CPU, MEMORY = Curve("CPU", "%", 35, 25, 100), Curve("Memory", "%", 55, 10, 100)
NETWORK = {"network_in": Curve("Network in", "B/s", 4e6, 3e6), "network_out": Curve("Network out", "B/s", 9e6, 8e6)}
DISK = {"disk_read": Curve("Disk read", "B/s", 2e6, 2e6), "disk_write": Curve("Disk write", "B/s", 6e6, 4e6)}

CURVES: Mapping[str, Mapping[str, Curve]] = {
    "mock.instance": {"cpu": CPU, "memory": MEMORY, **DISK, **NETWORK},
    "mock.volume": {**DISK, "queue": Curve("Queue", "", 0.4, 0.4)},
    "mock.nat_gateway": {**NETWORK, "connections": Curve("Connections", "", 300, 200)},
    "mock.load_balancer": {"requests": Curve("Requests", "/s", 120, 90), "latency": Curve("Latency", "s", 0.08, 0.05), **NETWORK},
    "mock.database": {"cpu": CPU, "memory": MEMORY, **DISK, "connections": Curve("Connections", "", 60, 40)},
    "mock.cluster": {"cpu": CPU, "memory": MEMORY},
}
"""Native type → what is measured of its objects."""


class MockTelemetry(Telemetry[MockSession]):
    """The rehearsal cloud's curves and ledger."""

    sources: ClassVar[Sequence[str]] = ("ledger",)

    def measures(self, type: str) -> Sequence[str]:
        return tuple(CURVES.get(type, ()))

    def metrics(self, api: MockSession, subjects: Sequence[Subject], metrics: Sequence[str], window: Window) -> Iterator[Series]:
        born = {view.id: view.created_at for kind in sorted({each.type for each in subjects})
                for view in api.cloud.describe(kind.partition(".")[2], [each.id for each in subjects if each.type == kind])}
        for subject in subjects:
            for name, curve in CURVES.get(subject.type, {}).items():
                if metrics and name not in metrics:
                    continue
                times = [window.start + index * window.step for index in range(round((window.end - window.start) / window.step))]
                living = [at for at in times if at + window.step > born.get(subject.id, math.inf)]
                yield Series(subject.address, name, curve.title, curve.unit, [(at, _value(curve, subject.id, name, at)) for at in living])

    def events(self, api: MockSession, source: str, subjects: Sequence[Subject] | None, since: float, until: float) -> Iterator[Happening]:
        meant = None if subjects is None else {each.id for each in subjects}
        for entry in api.cloud.ledger():
            if since <= entry.time <= until and (meant is None or entry.object_id in meant):
                fine = entry.outcome in ("ok", "repeated")
                what = f"{entry.verb} {entry.type}" + ("" if fine else f": {entry.outcome}")
                yield Happening(entry.time, "call", f"process {entry.process}", what, entry.object_id, "info" if fine else "warning",
                                source, str(entry.seq))


def _value(curve: Curve, id: str, metric: str, at: float) -> float:
    phase = uniform(0, id, metric, 0)
    rhythm = math.sin(2 * math.pi * (at / DAY + phase)) * 0.7 + (uniform(0, id, f"{metric} {at:.0f}", 1) - 0.5) * 0.6
    return round(min(max(curve.usual + curve.swing * rhythm, 0.0), curve.most), 6)
