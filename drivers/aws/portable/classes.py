"""Sizes of databases, written down: RDS tells which classes it sells, but not what is in them.
https://docs.aws.amazon.com/AmazonRDS/latest/UserGuide/Concepts.DBInstanceClass.Summary.html"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any

from mcflow.drivers.sdk import Spec

BURSTABLE = {"micro": (2, 1.0), "small": (2, 2.0), "medium": (2, 4.0), "large": (2, 8.0), "xlarge": (4, 16.0), "2xlarge": (8, 32.0)}
STEPS = {"large": 2, "xlarge": 4, "2xlarge": 8, "4xlarge": 16, "8xlarge": 32, "12xlarge": 48, "16xlarge": 64, "24xlarge": 96}
GRAVITON = tuple(step for step in STEPS if step != "24xlarge")
FAMILIES: tuple[tuple[str, float, tuple[str, ...]], ...] = (
    ("m7g", 4, GRAVITON), ("m6g", 4, GRAVITON), ("m6i", 4, tuple(STEPS)), ("m5", 4, tuple(STEPS)),
    ("r7g", 8, GRAVITON), ("r6g", 8, GRAVITON), ("r6i", 8, tuple(STEPS)), ("r5", 8, tuple(STEPS)),
)
"""Family, GiB for each vcpu, sizes. Of two that are alike the earlier is chosen: newer and cheaper ones first."""


def _classes() -> Iterator[Spec]:
    for family in ("t4g", "t3"):
        for size, (vcpus, memory) in BURSTABLE.items():
            yield Spec(name=f"db.{family}.{size}", of="database", vcpus=vcpus, memory_gib=memory)
    for family, ratio, sizes in FAMILIES:
        for size in sizes:
            yield Spec(name=f"db.{family}.{size}", of="database", vcpus=STEPS[size], memory_gib=STEPS[size] * ratio)


CLASSES = tuple(_classes())


def fits(found: Spec, asked: Mapping[str, Any]) -> bool:
    """Whether it has at least what is asked for."""
    return found.vcpus >= int(asked.get("vcpus") or 1) and found.memory_gib >= float(asked.get("memory_gib") or 0)
