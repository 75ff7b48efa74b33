"""Habits of the house: sizes of files and functions, words that say nothing, traces of the machine it was written on."""

from __future__ import annotations

import ast
import re
import subprocess
import warnings
from collections.abc import Iterator
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[2]
ROOMS = ("model", "schemas", "state", "drivers", "engine", "conformance", "blueprints", "cli")
EMPTY_WORDS = {"util", "utils", "helper", "helpers", "common", "manager", "base", "misc"}
FILE_LINES, FUNCTION_LINES = 400, 60


def _files() -> list[Path]:
    return [path for room in ROOMS for path in sorted((ROOT / room).rglob("*.py"))]


def _words(name: str) -> set[str]:
    return {word.lower() for word in re.findall(r"[A-Z]?[a-z0-9]+|[A-Z]+(?![a-z])", name)}


def _definitions(tree: ast.AST) -> Iterator[ast.FunctionDef | ast.AsyncFunctionDef | ast.ClassDef]:
    for node in ast.walk(tree):
        if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef | ast.ClassDef):
            yield node


@pytest.mark.parametrize("room", ROOMS)
def test_names_say_something(room: str) -> None:
    empty = []
    for path in sorted((ROOT / room).rglob("*.py")):
        relative = path.relative_to(ROOT)
        empty += [str(relative) for part in relative.with_suffix("").parts if _words(part) & EMPTY_WORDS]
        tree = ast.parse(path.read_text())
        empty += [f"{relative}:{node.lineno} {node.name}" for node in _definitions(tree) if _words(node.name) & EMPTY_WORDS]
    assert not empty, f"a name of the field instead of {sorted(EMPTY_WORDS)}: {empty}"


def test_sizes_are_reported() -> None:
    long = [f"{path.relative_to(ROOT)}: {lines} lines" for path in _files() if (lines := len(path.read_text().splitlines())) > FILE_LINES]
    for path in _files():
        for node in _definitions(ast.parse(path.read_text())):
            size = (node.end_lineno or node.lineno) - node.lineno + 1
            if not isinstance(node, ast.ClassDef) and size > FUNCTION_LINES:
                long.append(f"{path.relative_to(ROOT)}:{node.lineno} {node.name}: {size} lines")
    if long:
        warnings.warn("larger than the habit: " + "; ".join(long), stacklevel=1)


def test_nothing_names_the_machine_it_was_written_on() -> None:
    tracked = subprocess.run(["git", "ls-files", "-z"], cwd=ROOT, capture_output=True, text=True, check=True).stdout.split("\0")
    places = ["/" + "work/", "/" + "root/", "/" + "home/", "/" + "tmp/venv"]
    found = []
    for name in filter(None, tracked):
        path = ROOT / name
        if path.is_file() and not path.is_symlink():
            text = path.read_text(errors="replace")
            found += [f"{name}: {place}" for place in places if place in text]
    assert not found
