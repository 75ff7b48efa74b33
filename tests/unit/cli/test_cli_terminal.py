"""Whether colours are wanted."""

from __future__ import annotations

import pytest

from mcflow.cli.terminal import wants_colour


@pytest.mark.parametrize(("choice", "tty", "environ", "wanted"), [
    ("auto", True, {}, True), ("auto", False, {}, False), ("always", False, {"NO_COLOR": "1"}, True), ("never", True,
    {"FORCE_COLOR": "1"}, False),
    ("auto", True, {"NO_COLOR": "1"}, False), ("auto", True, {"NO_COLOR": ""}, True), ("auto", False, {"FORCE_COLOR": "1"}, True),
    ("auto", False, {"FORCE_COLOR": "0"}, False), ("auto", False, {"CLICOLOR_FORCE": "1"}, True), ("auto", True, {"CLICOLOR": "0"}, False),
    ("auto", True, {"TERM": "dumb"}, False), ("auto", False, {"NO_COLOR": "1", "FORCE_COLOR": "1"}, False),
])
def test_colour(choice: str, tty: bool, environ: dict[str, str], wanted: bool) -> None:
    assert wants_colour(choice, tty, environ) is wanted
