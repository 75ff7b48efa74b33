"""An encrypted state of format 1, as it once was written, goes on being read."""

from __future__ import annotations

import shutil
from pathlib import Path

from mcflow.model.values import Secret
from mcflow.model.wire import decode
from mcflow.state.keys.configured import sealer
from mcflow.state.lease import Owner
from mcflow.state.workspace import Workspace

KEPT = Path(__file__).parent / "encrypted-1"
_MADE = ("INTENT", "IDENTIFIED", "DONE")


def test_it_reads_and_goes_on(tmp_path: Path) -> None:
    state = tmp_path / ".mcflow" / "state" / "shop"
    shutil.copytree(KEPT / "default", state / "default")
    shutil.copytree(KEPT / "heads", state / ".heads")
    for path in (tmp_path / ".mcflow").rglob("*"):
        path.chmod(0o700 if path.is_dir() else 0o600)
    found = sealer("passphrase:env:P", {"P": "correct horse battery staple"}, None, "shop/default")
    workspace = Workspace.open(tmp_path, "shop", "default", found, encrypt=True, spill_folder=tmp_path / "second")
    reading = workspace.read()
    assert reading.findings == ()
    assert set(reading.state.natives) == {"net/vpc", "net/gateway"}
    assert decode(reading.state.natives["net/vpc"].want, found.unseal) == {"password": Secret("hunter")}
    assert [entry.of for entry in workspace.audit()] == ["RUN", *_MADE, "ENDED", "RUN", *_MADE]
    (entry,) = workspace.history()
    assert set(workspace.snapshot_at(entry.serial).natives) == {"net/vpc"}
    with workspace.lease(Owner(run="run-3")) as writer:
        writer.checkpoint()
    assert workspace.read().state.natives == reading.state.natives
