"""Worlds on the rehearsal cloud: durable, slow enough to be caught in the act, lagging, throttling, and losing replies."""

from __future__ import annotations

import random
import time
from pathlib import Path

from tests.conformance.mock_cloud import MockCloud
from tests.kills.world import NATIVES_A_CELL, World

FAULTS = {"lost_reply": 0.05, "lost_request": 0.02, "throttle": 0.03, "error": 0.02}
LATENCY = {"call": 0.03, "settle": 0.02, "jitter": 0.5}
LAG = 0.03


class SettlingCloud(MockCloud):
    """A rehearsal cloud whose last deletions may still be under way."""

    def settle(self) -> None:
        """Deletions and creations submitted by killed runs come to rest."""
        time.sleep(LATENCY["settle"] * 3)


def make_world(scratch: Path, number: int, seed: int, largest: int = 200) -> World:
    """A world of 20 to ``largest`` natives, small ones more often."""
    chance = random.Random(seed * 100_003 + number)
    natives = int(20 + (largest - 20) * chance.random() ** 3)
    cells = max(1, natives * 3 // (4 * NATIVES_A_CELL))
    folder = scratch / f"world{number}"
    folder.mkdir(parents=True)
    faults = {"seed": chance.getrandbits(30), **FAULTS}
    cloud = SettlingCloud(folder, faults=faults, latency=LATENCY, visibility_lag=LAG)
    return World(folder / "project", cloud, cells, max(4, natives - cells * NATIVES_A_CELL), chance.getrandbits(30))
