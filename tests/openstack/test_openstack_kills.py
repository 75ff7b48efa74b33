"""Random kill -9 with two machines on the lab, short form; ``python -m tests.kills --cloud openstack --rounds 100`` is the long one."""

from __future__ import annotations

import random
from functools import partial
from pathlib import Path

import pytest
from tests.kills.openstack_world import make_world, openstack_worlds
from tests.kills.rounds import Campaign
from tests.openstack.lab import Lab

SEED = 20261123


@pytest.mark.timeout(1800)
def test_killed_at_any_instant_nothing_is_lost_on_openstack(lab: Lab, tmp_path: Path) -> None:
    with openstack_worlds(tmp_path) as cloud:
        worlds = partial(make_world, cloud, tmp_path, seed=SEED)
        tally = Campaign(worlds, tmp_path / "gauges", random.Random(SEED)).run(5)
    print(tally)
    assert not tally.wrong, "\n".join([str(tally), *tally.wrong])
    assert tally.in_flight >= 2, str(tally)
