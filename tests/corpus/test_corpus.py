"""Wrong blueprints, one a file: each is refused with the expected code at the expected place, quickly, and never with a traceback.

The first lines of a case say what is expected, written by hand: ``# expect: MC0203 9:5`` (line and column count from 1, and this
comment counts too).
"""

from __future__ import annotations

import re
import shutil
import time
from pathlib import Path

import pytest

from mcflow.engine import api
from mcflow.engine.options import PlanOptions, ProjectOptions
from mcflow.engine.ports import Ports
from mcflow.model.codes import CODES
from mcflow.model.diagnostic import Diagnostic, Rejected

FOLDER = Path(__file__).parent
CASES = sorted(path for path in FOLDER.glob("*/*.yaml"))
EXPECTED = re.compile(rb"^# expect: (MC[0-9]{4}) ([0-9]+:[0-9]+)\r?$", re.MULTILINE)
SLOWEST = 1.0


def expected(path: Path) -> list[tuple[str, str]]:
    """What the case says of itself: (code, line:column) of every finding."""
    head = path.read_bytes().replace(b"\0", b"")[:2000]
    return [(code.decode(), place.decode()) for code, place in EXPECTED.findall(head)]


def found(path: Path, folder: Path) -> list[Diagnostic]:
    """Every error in the file, from reading to planning on the rehearsal cloud."""
    copy = folder / "mcflow.yaml"
    shutil.copyfile(path, copy)
    ports = Ports(environ={}, user_config=folder / "user")
    try:
        api.plan(api.open_project(ProjectOptions(directory=folder, file=copy), ports), PlanOptions())
    except Rejected as rejected:
        return [diagnostic for diagnostic in rejected.diagnostics if diagnostic.severity == "error"]
    return []


def place(diagnostic: Diagnostic) -> str:
    """line:column."""
    at = diagnostic.position
    return f"{at.line}:{at.column}" if at else "nowhere"


@pytest.mark.parametrize("path", CASES, ids=lambda path: f"{path.parent.name}/{path.stem}")
def test_the_mistake_is_named_where_it_stands(path: Path, tmp_path: Path) -> None:
    begin = time.process_time()
    diagnostics = found(path, tmp_path)
    took = time.process_time() - begin
    assert sorted((each.code, place(each)) for each in diagnostics) == sorted(expected(path)), [
        f"{each.code} {place(each)} {each.message}" for each in diagnostics]
    assert took < SLOWEST, f"{took:.2f} s of CPU"
    for each in diagnostics:
        assert "<" not in each.message or "<" in path.read_text(errors="replace"), f"an argument is missing: {each.message}"


def test_the_corpus_is_wide() -> None:
    codes = {code for path in CASES for code, _ in expected(path)}
    assert len(CASES) >= 150
    assert len(codes) >= 60
    assert codes <= set(CODES)
