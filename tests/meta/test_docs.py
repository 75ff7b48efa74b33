"""What is written about mcflow is generated from mcflow where it can be, and true where it cannot."""

from __future__ import annotations

import re
from pathlib import Path

import pytest
from docs.generate import commands, pages

from mcflow.cli.group import root
from mcflow.model.codes import CODES

ROOT = Path(__file__).parents[2]
WRITTEN = sorted([*ROOT.glob("*.md"), *ROOT.glob("docs/*.md")])


@pytest.mark.parametrize("path", sorted(pages()))
def test_a_generated_page_is_fresh(path: str) -> None:
    assert (ROOT / path).read_text() == pages()[path](), f"{path} is stale: run `python -m docs.generate`"


def test_every_code_and_every_command_is_documented() -> None:
    errors = (ROOT / "docs" / "errors.md").read_text()
    assert [code for code in CODES if f"## {code}" not in errors] == []
    page = (ROOT / "docs" / "commands.md").read_text()
    names = [" ".join(path) for path, _ in commands(root())]
    assert len(names) > 15
    assert [name for name in names if f"`{name}`" not in page] == []


@pytest.mark.parametrize("path", WRITTEN, ids=lambda path: path.name)
def test_links_between_pages_lead_somewhere(path: Path) -> None:
    for target in re.findall(r"\]\((?!https?:|#|mailto:)([^)#\s]+)", path.read_text()):
        assert (path.parent / target).exists(), f"{path.name} links to {target}"


def test_the_readme_is_short_and_names_both_commands() -> None:
    text = (ROOT / "README.md").read_text()
    assert len(text.splitlines()) <= 200
    assert "./tryout" in text
    assert "./check" in text
