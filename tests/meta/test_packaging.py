"""The package's folders are named in several places: links for editing, lists for building. They must agree."""

from __future__ import annotations

import tomllib
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[2]
LINKS = ROOT / "src" / "mcflow"
BUILD = tomllib.loads((ROOT / "pyproject.toml").read_text())["tool"]["hatch"]["build"]
OUTSIDE = {"tests", "benchmarks", "docs", "src"}


def _folders() -> set[str]:
    return {path.parent.name for path in ROOT.glob("*/__init__.py")} - OUTSIDE


def test_every_folder_has_a_link_and_every_link_a_folder() -> None:
    links = {path.name for path in LINKS.iterdir() if path.is_symlink()}
    assert links == _folders()


@pytest.mark.parametrize("name", sorted(_folders()))
def test_a_link_is_relative_and_leads_to_its_folder(name: str) -> None:
    link = LINKS / name
    assert str(link.readlink()) == f"../../{name}"
    assert link.resolve() == ROOT / name


def test_the_wheel_takes_every_folder() -> None:
    wheel = BUILD["targets"]["wheel"]
    assert {path for path in wheel["only-include"] if not path.startswith("src/")} == _folders()
    assert wheel["sources"] == {"src/mcflow": "mcflow"} | {name: f"mcflow/{name}" for name in _folders()}


def test_the_sdist_takes_what_the_wheel_takes_and_what_a_reader_needs() -> None:
    sdist = set(BUILD["targets"]["sdist"]["only-include"])
    assert set(BUILD["targets"]["wheel"]["only-include"]) <= sdist
    assert {"README.md", "LICENSE"} <= sdist


def test_every_package_says_what_belongs_in_it() -> None:
    silent = [
        path for name in _folders() for path in (ROOT / name).rglob("__init__.py")
        if len(path.read_text().partition('"""')[2].partition('"""')[0].split()) < 5
    ]
    assert not silent, f"no docstring saying what belongs here: {silent}"


def test_importing_the_top_levels_by_bare_name_is_banned() -> None:
    config = tomllib.loads((ROOT / "pyproject.toml").read_text())
    banned = config["tool"]["ruff"]["lint"]["flake8-tidy-imports"]["banned-api"]
    assert set(banned) == _folders()
