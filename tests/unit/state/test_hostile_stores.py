"""What a store says that somebody else can write to: times that are none, and costs nobody would ask for."""

from __future__ import annotations

import time

import pytest

from mcflow.state.keys.passphrase import open_service
from mcflow.state.lease import LeaseHeld, LeaseInfo

CONTEXT = {"mcflow-name": "x"}


@pytest.mark.parametrize("at", [1e300, -1e300, 1e17, float("inf")])
def test_a_lease_of_an_impossible_time_is_told_all_the_same(at: float) -> None:
    held = LeaseHeld(LeaseInfo(who="ann", since=at, expires=at), "somewhere")
    assert [found.code for found in held.diagnostics] == ["MC0744"]
    assert "ann" in str(held)


@pytest.mark.parametrize("cost", [
    {"memory": str(100 * 1024 * 1024)}, {"memory": str(2 * 1024 * 1024)}, {"memory": "9" * 5000}, {"memory": "-5"}, {"memory": "8"},
    {"passes": "17"}, {"passes": "1000000000"}, {"passes": "0"}, {"lanes": "65"}, {"lanes": "0"}, {"lanes": "x"},
])
def test_a_wrapped_key_that_costs_too_much_is_not_opened(cost: dict[str, str]) -> None:
    service = open_service("env:PHRASE", {"PHRASE": "long enough a phrase"}, None)
    parts = {"salt": "AAAAAAAAAAAAAAAAAAAAAA==", "memory": "65536", "passes": "3", "lanes": "4", "wrapped": "A" * 80}
    begin = time.process_time()
    assert service.unwrap({**parts, **cost}, CONTEXT) is None
    assert time.process_time() - begin < 0.05, "nothing was computed"
