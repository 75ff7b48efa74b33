"""What may stand where a plan file is expected."""

from __future__ import annotations

import os
from pathlib import Path
from typing import cast

import pytest

from mcflow.engine import saved
from mcflow.engine.project import Project
from mcflow.model.diagnostic import Rejected


@pytest.mark.parametrize("kind", ["pipe", "device", "folder", "empty", "noise"])
def test_what_is_no_plan_file_is_refused_without_waiting(tmp_path: Path, kind: str) -> None:
    path = tmp_path / "saved.plan"
    if kind == "pipe":
        os.mkfifo(path)
    elif kind == "device":
        path.symlink_to("/dev/zero")
    elif kind == "folder":
        path.mkdir()
    else:
        path.write_bytes(b"" if kind == "empty" else os.urandom(64))
    with pytest.raises(Rejected) as refused:
        saved.load(cast(Project, None), path)
    assert [found.code for found in refused.value.diagnostics] == ["MC0640"]
