"""A part of the conformance suite on moto's own server, so that nothing rests on the wrapper alone."""

from __future__ import annotations

from pathlib import Path

import pytest
from tests.conformance.aws_subject import PLAIN

from mcflow.conformance import Check, checks

KINDS = ("create_and_destroy", "destroyed_from_state_alone", "replacement_keeps_disk_and_address", "lowering_key_renamed")


@pytest.mark.parametrize("check", [check for check in checks(PLAIN) if check.name.startswith(KINDS)], ids=str)
def test_conformance_on_moto_as_it_is(check: Check, tmp_path: Path) -> None:
    check.run(tmp_path)
