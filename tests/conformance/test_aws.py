"""The conformance suite on the AWS driver, on moto behind the wrapper."""

from __future__ import annotations

from pathlib import Path

import pytest
from tests.conformance.aws_subject import SUBJECT

from mcflow.conformance import Check, checks


@pytest.mark.timeout(900)
@pytest.mark.parametrize("check", checks(SUBJECT), ids=str)
def test_conformance(check: Check, tmp_path: Path) -> None:
    if check.skip:
        pytest.skip(check.skip)
    check.run(tmp_path)
