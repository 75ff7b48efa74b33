"""Random kill -9 on the rehearsal cloud, short form; and the engines that must be found out."""

from __future__ import annotations

import random
from pathlib import Path

import pytest
from tests.kills.mock_world import make_world
from tests.kills.rounds import Campaign, Tally

SEED = 20261122


def _campaign(scratch: Path, kills: int, variant: str = "as_it_is", largest: int = 200, seed: int = SEED) -> Tally:
    chance = random.Random(seed)
    campaign = Campaign(lambda number: make_world(scratch, number, seed, largest), scratch / "gauges", chance, variant)
    return campaign.run(kills)


@pytest.mark.timeout(900)
@pytest.mark.parametrize("part", range(3))
def test_killed_at_any_instant_nothing_is_lost(part: int, tmp_path: Path) -> None:
    tally = _campaign(tmp_path, 50, seed=SEED + part)
    print(tally)
    assert not tally.wrong, "\n".join([str(tally), *tally.wrong])
    assert tally.share_in_flight >= 0.6, str(tally)
    assert tally.killed_again >= 5, str(tally)


@pytest.mark.timeout(300)
@pytest.mark.parametrize("variant", ["intent_after_call", "no_find"])
def test_an_engine_that_is_wrong_is_found_out(variant: str, tmp_path: Path) -> None:
    tally = _campaign(tmp_path, 12, variant, largest=60)
    assert any("orphan" in finding or "duplicate" in finding for finding in tally.wrong), f"{variant} was not found out: {tally}"
