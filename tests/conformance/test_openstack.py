"""The conformance suite on the OpenStack driver, on the lab's real services.

The short form makes and destroys one of each type, and kills, loses and throttles around an environment without machines;
MCFLOW_MATRIX=all tries everything (hours).
"""

from __future__ import annotations

import os
from pathlib import Path

import pytest
from tests.conformance.openstack_subject import ADMINISTERED, LIGHT, MANAGED, SUBJECT
from tests.openstack.lab import FOLDER, running

from mcflow.conformance import Check, Subject, checks

AROUND = ("killed_while_creating", "killed_while_destroying", "lost_replies", "lost_requests", "throttling")
LONG = os.environ.get("MCFLOW_MATRIX") == "all"


def of_types(subject: Subject) -> list[Check]:
    """The checks of a subject's types; in the short form one of each."""
    return [check for check in checks(subject) if check.name.endswith("]") and (LONG or check.name.startswith("create_and_destroy["))]


def around(subject: Subject, light: Subject) -> list[Check]:
    """The checks about an environment; in the short form those of a light one."""
    every = [check for check in checks(subject) if not check.name.endswith("]")]
    short = [check for check in checks(light) if check.name in AROUND]
    return every if LONG else [*short, *(check for check in every if check.name == "catalog_answers")]


@pytest.fixture(scope="module", autouse=True)
def _lab() -> None:
    """One that was named must run; without one all this is skipped."""
    found = running()
    if isinstance(found, str):
        (pytest.fail if os.environ.get(FOLDER) else pytest.skip)(found)


@pytest.mark.timeout(1800)
@pytest.mark.parametrize("check", [*around(SUBJECT, LIGHT), *of_types(SUBJECT), *of_types(MANAGED)], ids=str)
def test_conformance(check: Check, tmp_path: Path) -> None:
    run(check, tmp_path)


@pytest.mark.timeout(1800)
@pytest.mark.xdist_group("administrator")
@pytest.mark.parametrize("check", of_types(ADMINISTERED), ids=str)
def test_conformance_of_an_administrators_types(check: Check, tmp_path: Path) -> None:
    run(check, tmp_path)


def run(check: Check, scratch: Path) -> None:
    """Try it, unless there is a reason not to."""
    if check.skip:
        pytest.skip(check.skip)
    check.run(scratch)
