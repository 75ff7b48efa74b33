"""Worlds on moto behind the wrapper: slow enough to be caught in the act, losing replies and throttling."""

from __future__ import annotations

import random
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from tests.conformance.aws_cloud import AwsCloud, aws_cloud
from tests.kills.world import NATIVES_A_CELL, World

FAULTS = {"throttle": 0.02, "lose_reply": 0.05, "lose_request": 0.02, "delay_before": 0.05, "delay_after": 0.25, "transition": 0.1}


def make_world(cloud: AwsCloud, scratch: Path, number: int, seed: int, largest: int = 64) -> World:
    """A world of 16 to ``largest`` natives, after everything of the last one was forgotten."""
    chance = random.Random(seed * 100_003 + number)
    cloud.moto.reset()
    images = cloud.moto.register_images("ubuntu/images/hvm-ssd-gp3/ubuntu-noble-24.04-amd64-server-20260801", "other-1.0-amd64")
    cloud.moto.faults(seed=str(chance.getrandbits(30)), **FAULTS)
    cells = chance.randint(1, max(1, largest // NATIVES_A_CELL))
    return World(
        scratch / f"world{number}" / "project", cloud, cells, 0, chance.getrandbits(30), images=(images[0], images[1]),
        specs=("t3.small", "t3.medium"),
    )


@contextmanager
def aws_worlds(scratch: Path) -> Iterator[AwsCloud]:
    """The cloud of all worlds."""
    with aws_cloud(scratch) as cloud:
        try:
            yield cloud
        finally:
            cloud.moto.faults()
