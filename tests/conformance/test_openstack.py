"""The conformance suite on the OpenStack driver, on the lab's real services.

The short form makes and destroys one of each type, and kills, loses and throttles around an environment without machines;
MCFLOW_MATRIX=all tries everything (hours).
"""

from __future__ import annotations

import os
from pathlib import Path

import pytest
from tests.conformance.openstack_subject import LIGHT, SUBJECT
from tests.openstack.lab import FOLDER, running

from mcflow.conformance import Check, checks

AROUND = ("killed_while_creating", "killed_while_destroying", "lost_replies", "lost_requests", "throttling")
SHORT = [check for check in checks(SUBJECT) if check.name.startswith(("create_and_destroy[", "catalog_answers"))]
ALL = list(checks(SUBJECT))
CHOSEN = ALL if os.environ.get("MCFLOW_MATRIX") == "all" else [*SHORT, *(check for check in checks(LIGHT) if check.name in AROUND)]


@pytest.fixture(scope="module", autouse=True)
def _lab() -> None:
    """One that was named must run; without one all this is skipped."""
    found = running()
    if isinstance(found, str):
        (pytest.fail if os.environ.get(FOLDER) else pytest.skip)(found)


@pytest.mark.timeout(1800)
@pytest.mark.parametrize("check", CHOSEN, ids=str)
def test_conformance(check: Check, tmp_path: Path) -> None:
    if check.skip:
        pytest.skip(check.skip)
    check.run(tmp_path)
