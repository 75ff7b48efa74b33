"""Whether colours are wanted."""

from __future__ import annotations

import io

import pytest

from mcflow.cli.terminal import Terminal, spelled, wants_colour


@pytest.mark.parametrize(("choice", "tty", "environ", "wanted"), [
    ("auto", True, {}, True), ("auto", False, {}, False), ("always", False, {"NO_COLOR": "1"}, True), ("never", True,
    {"FORCE_COLOR": "1"}, False),
    ("auto", True, {"NO_COLOR": "1"}, False), ("auto", True, {"NO_COLOR": ""}, True), ("auto", False, {"FORCE_COLOR": "1"}, True),
    ("auto", False, {"FORCE_COLOR": "0"}, False), ("auto", False, {"CLICOLOR_FORCE": "1"}, True), ("auto", True, {"CLICOLOR": "0"}, False),
    ("auto", True, {"TERM": "dumb"}, False), ("auto", False, {"NO_COLOR": "1", "FORCE_COLOR": "1"}, False),
])
def test_colour(choice: str, tty: bool, environ: dict[str, str], wanted: bool) -> None:
    assert wants_colour(choice, tty, environ) is wanted


@pytest.mark.parametrize(("encoding", "shown"), [("ascii", "a -> b \\uc6f9"), ("latin-1", "a -> b \\uc6f9"), ("utf-8", "a → b 웹"),
    ("cp949", "a -> b 웹")])
def test_text_is_spelled_in_what_the_stream_can_say(encoding: str, shown: str) -> None:
    stream = io.TextIOWrapper(io.BytesIO(), encoding=encoding)
    assert spelled("a → b 웹", stream) == shown
    stream.write(spelled("a → b 웹", stream))


class Gone(io.StringIO):
    def write(self, text: str) -> int:
        raise BrokenPipeError


def test_readers_that_have_gone_end_nothing() -> None:
    terminal = Terminal(out=Gone(), err=Gone(), answers=io.StringIO())
    terminal.result([("x",)])
    terminal.raw("x")
    terminal.note("x")
