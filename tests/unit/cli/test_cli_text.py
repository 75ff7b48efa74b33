"""Text that is safe and fits."""

from __future__ import annotations

import pytest

from mcflow.cli.commands.console import unclosed
from mcflow.cli.render.paint import Span, paint, plain
from mcflow.cli.render.text import clip, columns, pad, plural, safe, seconds, wrap


@pytest.mark.parametrize(("text", "shown"), [
    ("plain", "plain"), ("\x1b[31mred", "\\x1b[31mred"), ("a\nb\tc\rd", "a\\nb\\tc\\rd"), ("\x9b31m", "\\x9b31m"),
    ("evil\u202egnp.exe", "evil\\u202egnp.exe"), ("zero\u200bwidth", "zero\\u200bwidth"), ("\ud800", "\\ud800"), ("\U000e0041",
    "\\U000e0041"),
    ("\x07bell\x00", "\\x07bell\\x00"), ("웹서버 é 🚀", "웹서버 é 🚀"), ("line\u2028sep", "line\\u2028sep"),
])
def test_what_a_terminal_would_obey_is_shown(text: str, shown: str) -> None:
    assert safe(text) == shown


def test_every_control_character_is_neutralised() -> None:
    ranges = (range(0x20), range(0x7f, 0xa0), range(0x202a, 0x202f), range(0x2066, 0x206a), range(0xd800, 0xe000))
    hostile = [chr(code) for codes in ranges for code in codes]
    assert all(safe(character).isprintable() and safe(character).isascii() for character in hostile)


@pytest.mark.parametrize(("text", "width"), [("abc", 3), ("웹서버", 6), ("é", 1), ("e\u0301", 1), ("🚀", 2), ("ｗ", 2), ("", 0)])
def test_columns(text: str, width: int) -> None:
    assert columns(text) == width


def test_clip_counts_columns_not_characters() -> None:
    assert clip("웹서버웹서버", 7) == "웹서버…"
    assert columns(clip("웹서버웹서버", 6)) <= 6
    assert clip("short", 5) == "short"
    assert clip("x", 0) == ""


def test_pad_and_wrap() -> None:
    assert pad("웹", 4) == "웹  "
    assert wrap("one two three", 7) == ["one two", "three"]
    assert wrap("a\nb", 7) == ["a", "b"]
    assert wrap("unbreakableword x", 5) == ["unbreakableword", "x"]


def test_paint_colours_only_when_asked_and_cuts_at_the_limit() -> None:
    line = ("a ", Span("bold\x1b[0m", "bold red"), " tail")
    assert paint(line, colour=False) == "a bold\\x1b[0m tail"
    assert paint(line, colour=True) == "a \x1b[1;31mbold\\x1b[0m\x1b[0m tail"
    assert paint(line, colour=False, limit=5) == "a bo…"
    assert plain((Span("x", "red"), "")) == "x"


@pytest.mark.parametrize(("value", "text"), [(0.04, "0.0s"), (9.94, "9.9s"), (12.4, "12s"), (61, "1m01s"), (7322, "2h02m")])
def test_seconds(value: float, text: str) -> None:
    assert seconds(value) == text


def test_plural() -> None:
    assert (plural(1, "resource"), plural(5000, "resource"), plural(2, "entry", "entries")) == ("1 resource", "5,000 resources",
        "2 entries")


@pytest.mark.parametrize(("text", "more"), [
    ("", False), ("1 +", False), ("[1,", True), ("[1, 2]", False), ("{'a': (1", True), ("')'", False), ("f(')'", True), ("'\\'('", False),
    ("a)", False), ("(a]", True), ("'abc(", False),
])
def test_an_open_bracket_goes_on_in_the_next_line(text: str, more: bool) -> None:
    assert unclosed(text) is more


def test_times_that_no_calendar_has_are_the_nearest_it_has() -> None:
    from mcflow.cli.render.documents import timestamp

    assert [timestamp(at) for at in (0.0, 1e300, -1e300)] == ["1970-01-01T00:00:00Z", "9999-12-31T23:59:59Z", "1970-01-01T00:00:00Z"]
