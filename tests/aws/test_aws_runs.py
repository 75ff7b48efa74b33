"""Whole runs on AWS that meet what no other cloud of the tests can show."""

from __future__ import annotations

import threading
from pathlib import Path

from tests.conformance.aws_cloud import STEADY
from tests.conformance.aws_subject import SUBJECT

from mcflow.conformance.rig import Rig

LATE = 40
"""The crash point at which the session ends: some things are made by then, some under way, some not begun."""


def test_a_session_that_ends_in_the_middle_of_a_run(tmp_path: Path) -> None:
    with SUBJECT.open(tmp_path) as cloud:
        rig, before, points = Rig(tmp_path / "project", cloud), dict(cloud.inventory()), 0
        lock = threading.Lock()

        def expire(point: str, step: str) -> None:
            nonlocal points
            with lock:
                points += 1
                if points == LATE:
                    cloud.moto.faults(expired=True)  # type: ignore[attr-defined]

        rig.write(SUBJECT.scene.resources)
        outcome = rig.attempt(probe=expire)
        assert outcome.status == "partial"
        assert {diagnostic.code for _, diagnostic in outcome.failed} == {"MC0813"}
        assert outcome.skipped, "what waited for it was tried nevertheless"
        cloud.moto.faults(**STEADY)  # type: ignore[attr-defined]
        rig.apply()
        rig.expect_empty_plan("after the next run")
        rig.destroy()
        assert dict(cloud.inventory()) == before
