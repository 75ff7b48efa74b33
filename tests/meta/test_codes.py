"""Every diagnostic code is explained with an example, documented, and raised somewhere."""

from __future__ import annotations

import re
import string
from functools import cache
from pathlib import Path

import pytest

from mcflow.model.codes import CODES

ROOT = Path(__file__).parents[2]
ROOMS = ("model", "schemas", "state", "drivers", "engine", "conformance", "cli")


@cache
def _source() -> str:
    texts = [
        path.read_text() for room in ROOMS for path in sorted((ROOT / room).rglob("*.py"))
        if path.parent != ROOT / "model" / "codes"
    ]
    return "\n".join(texts)


def test_there_are_codes() -> None:
    assert len(CODES) >= 60


@pytest.mark.parametrize("code", sorted(CODES))
def test_a_code_is_well_formed(code: str) -> None:
    entry = CODES[code]
    assert re.fullmatch(r"MC(0[1-9]|1[0-9])[0-9]{2}", code)
    assert entry.severity in {"error", "warning", "note"}
    assert entry.title
    assert "\n" not in entry.title
    for text in (entry.title, entry.help):
        fields = [(field, form) for _, field, form, _ in string.Formatter().parse(text) if field is not None]
        # A form is a brace that was meant to be shown: `{key: …}`; the text could not be filled.
        assert all(re.fullmatch(r"[a-z_]+", field) and not form for field, form in fields), f"{code}: {text!r}"


@pytest.mark.parametrize("code", sorted(CODES))
def test_a_code_is_explained_with_an_example(code: str) -> None:
    explain = CODES[code].explain
    assert len(explain.split()) >= 10, f"{code}: say what it means and why"
    assert re.search(r"^right\b", explain, re.MULTILINE | re.IGNORECASE), f"{code}: show the right way (and the wrong one)"


@pytest.mark.parametrize("code", sorted(CODES))
def test_a_code_is_raised_somewhere(code: str) -> None:
    assert f'"{code}"' in _source() or f"'{code}'" in _source(), f"{code} is in the table and nowhere else"


def test_no_code_is_raised_that_is_not_in_the_table() -> None:
    assert set(re.findall(r"[\"'](MC(?:0[1-9]|1[0-9])[0-9]{2})[\"']", _source())) <= set(CODES)


def test_modules_hold_their_own_hundred() -> None:
    for path in (ROOT / "model" / "codes").glob("*.py"):
        hundreds = set(re.findall(r'"MC([01][0-9])[0-9]{2}":', path.read_text()))
        assert len(hundreds) <= 1, f"{path.name} holds codes of several hundreds"
