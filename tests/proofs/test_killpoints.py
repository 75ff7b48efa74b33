"""SIGKILL at chosen points of every operation, short form; and an engine that must be found out."""

from __future__ import annotations

from pathlib import Path

import pytest
from tests.proofs.killpoints import gauge, sweep
from tests.proofs.operations import OPERATIONS
from tests.proofs.stage import prepare

SEED = 20261124
POINTS = 150


@pytest.mark.timeout(600)
@pytest.mark.parametrize("name", [each.name for each in OPERATIONS])
def test_killed_at_points_all_over_an_operation_nothing_is_lost(name: str, scratch: Path) -> None:
    done = sweep(scratch, count=-(-POINTS // len(OPERATIONS)), names=(name,), seed=SEED)
    print(done.table())
    assert not done.wrong, "\n".join(f"{name} {point}: {finding}" for name, point, finding in done.wrong)
    assert done.struck[name] >= 0.8 * POINTS / len(OPERATIONS), f"{done.late} points never came"


def test_the_points_of_an_operation_are_of_every_kind(scratch: Path) -> None:
    points = gauge(prepare(OPERATIONS[0], scratch / "stage"), scratch / "case", OPERATIONS[0].name, 0, 1)
    kinds = {point.split(" ")[0] for point in points}
    assert {"create", "write", "write_at", "half", "sync", "sync_folder", "rename", "unlink", "mkdir", "lock", "before", "after"} <= kinds


def test_an_engine_that_writes_its_intent_after_the_call_is_found_out(scratch: Path) -> None:
    done = sweep(scratch, count=40, names=("create",), seed=SEED, variant="intent_after_call")
    assert any("orphan" in finding or "duplicate" in finding for _, _, finding in done.wrong), done.table()
