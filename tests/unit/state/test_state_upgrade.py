"""Older formats are upgraded one version at a time; newer ones are refused."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Any

import msgspec
import pytest

from mcflow.model.diagnostic import Rejected
from mcflow.state import snapshot as snapshots
from mcflow.state.frames import START
from mcflow.state.lease import Owner
from mcflow.state.records import FORMAT_VERSION, Intent, Record, State
from mcflow.state.segments import decode_record
from mcflow.state.snapshot import Snapshot, decode_snapshot, encode_snapshot
from mcflow.state.upgrade import RECORDS, SNAPSHOTS, upgrade
from mcflow.state.workspace import Workspace


def old_snapshot(version: int) -> bytes:
    state = State(name="shop", environment="default", lineage="l", format_version=version)
    return encode_snapshot(Snapshot(format_version=version, sequence=0, chain=START.hex(), segment=1, state=state))


def test_steps_are_taken_in_order() -> None:
    table = {1: lambda document: {**document, "steps": [*document["steps"], "1→2"]},
             2: lambda document: {**document, "steps": [*document["steps"], "2→3"]}}
    assert upgrade({"steps": []}, 1, table, "x", current=3)["steps"] == ["1→2", "2→3"]
    assert upgrade({"steps": []}, 3, table, "x", current=3)["steps"] == []


def test_a_missing_step_and_a_later_format_are_diagnostics() -> None:
    with pytest.raises(Rejected, match="MC0721"):
        upgrade({}, 1, {}, "x", current=2)
    with pytest.raises(Rejected, match="MC0720"):
        upgrade({}, 9, {}, "x")


def test_a_snapshot_of_an_earlier_format(monkeypatch: pytest.MonkeyPatch) -> None:
    def renamed(document: dict[str, Any]) -> dict[str, Any]:
        document["state"]["environment"] = document["state"]["environment"].upper()
        document["format_version"] = document["state"]["format_version"] = FORMAT_VERSION
        return document

    monkeypatch.setitem(SNAPSHOTS, FORMAT_VERSION - 1, renamed)
    assert decode_snapshot(old_snapshot(FORMAT_VERSION - 1), "x").state.environment == "DEFAULT"


def test_a_snapshot_of_a_later_format_is_refused_and_not_taken_for_damage(workspace: Workspace, owner: Owner, root: Path) -> None:
    with workspace.lease(owner):
        pass
    (root / "snapshot.json").write_bytes(old_snapshot(FORMAT_VERSION + 1))
    with pytest.raises(Rejected, match="MC0720"):
        workspace.read()


def test_an_intact_document_of_another_shape_is_refused(workspace: Workspace, owner: Owner, root: Path) -> None:
    from hashlib import sha256

    with workspace.lease(owner):
        pass
    body = msgspec.json.encode({"format_version": FORMAT_VERSION, "something": "else"})[1:]
    (root / "snapshot.json").write_bytes(snapshots._PREFIX + sha256(body).hexdigest().encode() + b'",' + body)
    with pytest.raises(Rejected, match="MC0722"):
        workspace.read()


def test_a_record_of_an_earlier_format(monkeypatch: pytest.MonkeyPatch, intent: Callable[..., Intent]) -> None:
    monkeypatch.setitem(RECORDS, FORMAT_VERSION - 1, lambda record: {**record, "op": record.pop("operation")})
    old = msgspec.json.decode(msgspec.json.encode(intent("a")))
    old["operation"] = old.pop("op")
    found: Record = decode_record(msgspec.json.encode(old), FORMAT_VERSION - 1, "x")
    assert found == intent("a")
