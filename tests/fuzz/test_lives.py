"""Lives of random environments, short form: nothing is lost, doubled or left behind. MCFLOW_LIVES sets how many are tried."""

from __future__ import annotations

import os
from pathlib import Path

import pytest
from hypothesis import HealthCheck, given, settings
from tests.fuzz.cases import cases, write_test
from tests.fuzz.life import Act, Case, live
from tests.fuzz.things import Thing

LIVES = int(os.environ.get("MCFLOW_LIVES", "300"))


@pytest.mark.timeout(900)
@given(case=cases)
@settings(max_examples=LIVES, deadline=None, suppress_health_check=[HealthCheck.too_slow])
def test_nothing_is_lost_doubled_or_left_behind(case: Case) -> None:
    live(case)


def test_a_case_that_failed_can_be_written_down_and_run(tmp_path: Path) -> None:
    case = Case(((Thing("note", 0, 0, (), (), False),),), (Act(0, kills=(("intent durable", 1),)),))
    scope: dict[str, object] = {}
    exec(write_test(case, tmp_path, "a reason").read_text(), scope)
    assert scope["CASE"] == case
    live(case)
