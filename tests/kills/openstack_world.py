"""Worlds on the OpenStack lab: two machines with networks, groups, disks and addresses, in a project of their own, judged by its
administrator. The services are slow enough to be caught in the act; the proxy before them loses and throttles."""

from __future__ import annotations

import random
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from tests.conformance.openstack_cloud import OpenStackCloud, openstack_cloud
from tests.kills import child
from tests.kills.world import NATIVES_A_CELL, World
from tests.openstack.inventory import remove_all

FAULTS = {"throttle": 0.02, "lose_reply": 0.05, "lose_request": 0.02, "delay_before": 0.05, "delay_after": 0.1}
PATIENCE = 900.0
SPECS = ("c1.small", "r1.medium")
"""Sizes with the same disk: Nova gives a machine no smaller one, and worlds choose back and forth."""


def make_world(cloud: OpenStackCloud, scratch: Path, number: int, seed: int, largest: int = 2 * NATIVES_A_CELL) -> World:
    """A world of two machines, after everything of the last one was taken away. ``largest``: natives, by which there are others."""
    chance = random.Random(seed * 100_003 + number)
    cloud.proxy.set_faults()
    remove_all(cloud.project.scope)
    cloud.proxy.set_faults(seed=str(chance.getrandbits(30)), **FAULTS)
    cells = max(1, largest // NATIVES_A_CELL)
    return World(scratch / f"world{number}" / "project", cloud, cells, 0, chance.getrandbits(30), specs=SPECS, patience=PATIENCE)


@contextmanager
def openstack_worlds(scratch: Path) -> Iterator[OpenStackCloud]:
    """The project of all worlds."""
    child.PRELOAD += ["mcflow.drivers.openstack", "openstack.connection"]
    with openstack_cloud(scratch) as cloud:
        try:
            yield cloud
        finally:
            cloud.proxy.set_faults()
