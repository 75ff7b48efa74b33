"""Encryption in a remote store, which keeps a log of what was written before: nothing in clear, and nothing of an old key, stays in it."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import pytest
from tests.stores.table import COUNTERPARTS, bucket
from tests.unit.state.test_encryption import ENVIRON, TOLD
from tests.unit.state.test_state_secrets import encodings

from mcflow.state.keys.configured import sealer
from mcflow.state.lease import Owner
from mcflow.state.records import Ended, Intent, Record, Run
from mcflow.state.rekey import rekey
from mcflow.state.workspace import Workspace

Make = Callable[..., Workspace]


@pytest.fixture
def make(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Make:
    monkeypatch.setattr("mcflow.state.stores.remote.SLACK", 0.1)

    def build(key: str = "env:K", *, encrypt: bool = True, previous: tuple[str, ...] = ()) -> Workspace:
        found = sealer(key, ENVIRON, None, "shop/default", previous=previous, remote=True)
        store = COUNTERPARTS["memory"].open(tmp_path, "shop", "default")
        return Workspace(store, "shop", "default", found, encrypt=encrypt, pause=lambda seconds: None)

    return build


def everything(scratch: Path) -> bytes:
    return b"\n".join(data for data, _ in bucket(scratch).content.values())


def hits(scratch: Path) -> list[str]:
    data = everything(scratch)
    return [text for text in TOLD for form in encodings(text) if len(form) > 4 and form in data]


def test_what_was_written_in_clear_goes(
    tmp_path: Path, make: Make, owner: Owner, run: Run, made: Callable[..., list[Record]], intent: Callable[..., Intent]
) -> None:
    with make(encrypt=False).lease(owner) as writer:
        writer.append(run, *made("a", "net/vpc"), Ended(run="run-1"))
        writer.checkpoint()
        writer.append(run, *made("b", "net/gateway"), intent("c", "net/route"))
        writer.commit()
        before = dict(writer.state.natives)
    assert hits(tmp_path)
    with make().lease(owner):
        assert hits(tmp_path) == []
    assert make().read().state.natives == before
    assert make().read().findings == ()
    old = make().sealer.key_id.encode()
    with make("env:OTHER", previous=("env:K",)).lease(owner) as writer:
        rekey(writer, [run], [Ended(run="run-1")])
    assert old not in everything(tmp_path)
    assert make("env:OTHER").read().state.natives == before
    assert [entry.of for entry in make("env:OTHER").audit()].count("INTENT") == 3
