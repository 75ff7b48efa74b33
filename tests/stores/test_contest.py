"""Contests in their short form, on every store: writers, applies, holders that are stopped. See `python -m tests.stores.contest`."""

from __future__ import annotations

import random
from pathlib import Path

import pytest
from tests.stores.contest.applies import Applies
from tests.stores.contest.arena import Arena
from tests.stores.contest.run import Variant
from tests.stores.contest.stopped import Stops
from tests.stores.contest.writers import Contest
from tests.stores.servers import HONEST
from tests.stores.table import COUNTERPARTS

STORES = [name for name in ("local", *HONEST) if name in COUNTERPARTS]
SEED = 20261125


@pytest.mark.timeout(900)
@pytest.mark.parametrize("store", ["folder", *STORES])
def test_of_many_writers_one_holds_the_lease_and_nothing_is_lost(store: str, tmp_path: Path) -> None:
    tally = Contest(Arena(store, tmp_path), 8, 4, random.Random(SEED), killed=0.3).run(10)
    assert not tally.wrong, "\n".join([str(tally), *tally.wrong])
    assert (tally.turns, tally.kills > 0) == (80, True), str(tally)
    assert tally.readings > 0


@pytest.mark.timeout(900)
@pytest.mark.parametrize("store", STORES)
def test_of_several_applies_one_at_a_time_changes_the_cloud(store: str, tmp_path: Path) -> None:
    tally = Applies(store, tmp_path / store, 3, random.Random(SEED)).run(2)
    assert not tally.wrong, "\n".join([str(tally), *tally.wrong])
    assert tally.worked >= 2
    assert tally.mutations > 20


@pytest.mark.timeout(900)
@pytest.mark.parametrize("store", STORES)
def test_a_run_that_sleeps_beyond_its_lease_does_nothing_more(store: str, tmp_path: Path) -> None:
    tally = Stops(store, tmp_path / store, random.Random(SEED)).run(5)
    assert not tally.wrong, "\n".join([str(tally), *tally.wrong])
    assert (tally.rounds, tally.refused) == (5, 5), str(tally)


@pytest.mark.timeout(300)
@pytest.mark.parametrize("variant", ["careless", "trusting"])
def test_an_engine_that_does_not_ask_for_its_lease_is_found_out(variant: Variant, tmp_path: Path) -> None:
    tally = Stops("local", tmp_path / "local", random.Random(SEED), places=["check"], variant=variant).run(6)
    assert any("lease was gone" in each or "not in the log" in each for each in tally.wrong), f"{variant} was not found out: {tally}"
