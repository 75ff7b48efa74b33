"""Random kill -9 with the AWS driver on moto, short form."""

from __future__ import annotations

import random
from pathlib import Path

import pytest
from tests.kills.aws_world import aws_worlds, make_world
from tests.kills.rounds import Campaign

SEED = 20261123


@pytest.mark.timeout(900)
def test_killed_at_any_instant_nothing_is_lost_on_aws(tmp_path: Path) -> None:
    with aws_worlds(tmp_path) as cloud:
        campaign = Campaign(lambda number: make_world(cloud, tmp_path, number, SEED), tmp_path / "gauges", random.Random(SEED))
        tally = campaign.run(10)
    print(tally)
    assert not tally.wrong, "\n".join([str(tally), *tally.wrong])
    assert tally.share_in_flight >= 0.6, str(tally)
