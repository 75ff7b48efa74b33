"""Random kill -9 with the state in S3, short form: the next run takes over a lease that its holder never gave back."""

from __future__ import annotations

import random
from pathlib import Path

import pytest
from tests.kills.mock_world import make_world
from tests.kills.rounds import Campaign
from tests.kills.stored import stored

SEED = 20261126


@pytest.mark.timeout(900)
def test_killed_at_any_instant_nothing_is_lost_with_the_state_in_s3(tmp_path: Path) -> None:
    with stored("s3", tmp_path) as put:
        campaign = Campaign(lambda number: put(make_world(tmp_path, number, SEED, 40)), tmp_path / "gauges", random.Random(SEED))
        tally = campaign.run(12)
    print(tally)
    assert not tally.wrong, "\n".join([str(tally), *tally.wrong])
    assert tally.share_in_flight >= 0.3, str(tally)
