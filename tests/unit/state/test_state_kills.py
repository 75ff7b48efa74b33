"""A writer killed at any moment: everything it was told is durable is there, and the next one goes on."""

from __future__ import annotations

import subprocess
import sys
from collections.abc import Callable
from pathlib import Path

import pytest

from mcflow.state.lease import Owner
from mcflow.state.workspace import Workspace

WRITER = """
import sys
from pathlib import Path
from mcflow.state.lease import Owner
from mcflow.state.records import Done, Intent
from mcflow.state.sealing import Sealer
from mcflow.state.workspace import Workspace

place, life = Path(sys.argv[1]), sys.argv[2]
with Workspace.open(place, "shop", "default", Sealer(bytes(32)), spill_folder=place / "second").lease(Owner(run=life)) as writer:
    for n in range(100000):
        op = f"{life}-{n}"
        writer.append(Intent(op=op, run=life, step="s", address=f"n/{op}", type="t", action="create", connection="c"))
        writer.commit()
        writer.append(Done(op=op, id="id", attributes={"big": "x" * 200}))
        writer.commit()
        print(op, flush=True)
        if n % 4 == 3:
            writer.checkpoint()
"""


@pytest.mark.slow
@pytest.mark.parametrize("lines", [1, 3, 4, 7, 16, 33])
def test_what_a_killed_writer_was_told_is_durable_is_there(
    tmp_path: Path, make: Callable[..., Workspace], owner: Owner, lines: int
) -> None:
    told: set[str] = set()
    for life in ("first", "second"):
        command = [sys.executable, "-c", WRITER, str(tmp_path), life]
        with subprocess.Popen(command, stdout=subprocess.PIPE, text=True) as process:
            assert process.stdout is not None
            told |= {process.stdout.readline().strip() for _ in range(lines)}
            process.kill()
            told |= {line.strip() for line in process.stdout if line.endswith("\n")}
        reading = make().read()
        ready = {record.address.removeprefix("n/") for record in reading.state.natives.values() if record.status == "ready"}
        assert told <= ready
        assert len(ready) <= len(told) + 2
        assert reading.holder is None
        assert {finding.code for finding in reading.findings} <= {"MC0712", "MC0714"}
    with make().lease(owner) as writer:
        assert writer.state == reading.state
        writer.checkpoint()
    assert make().read().findings == ()
    assert sum(1 for entry in make().audit() if entry.of == "DONE") == len(ready)
