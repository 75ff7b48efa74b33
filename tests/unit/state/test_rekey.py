"""Another key: everything goes under it, killed at any write or not, and the one before is not needed any more."""

from __future__ import annotations

import shutil
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from tests.unit.state.conftest import FailingFiles
from tests.unit.state.test_encryption import ENVIRON, MortalFiles, every_kill

from mcflow.model.diagnostic import Rejected
from mcflow.model.values import Secret
from mcflow.model.wire import decode, encode
from mcflow.state.keys.configured import sealer
from mcflow.state.keys.document import decode_keys
from mcflow.state.lease import Owner
from mcflow.state.records import Ended, Intent, OutputRecord, Record, Recorded, Run
from mcflow.state.rekey import Renewed, decrypt, rekey
from mcflow.state.workspace import Workspace

PASSPHRASES = {"P": "correct horse battery staple", "Q": "another horse altogether"}


Make = Callable[..., Workspace]


@pytest.fixture(autouse=True)
def _quick(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("mcflow.state.keys.passphrase.MEMORY", 64)
    monkeypatch.setattr("mcflow.state.keys.passphrase.PASSES", 1)


@pytest.fixture
def make(tmp_path: Path, files: FailingFiles) -> Make:
    def build(key: str = "env:K", *, encrypt: bool = True, previous: tuple[str, ...] = (), **options: Any) -> Workspace:
        found = sealer(key, {**ENVIRON, **PASSPHRASES}, None, "shop/default", previous=previous)
        options = {"files": files, "spill_folder": tmp_path / "second", **options}
        return Workspace.open(tmp_path, "shop", "default", found, pause=lambda seconds: None, encrypt=encrypt, **options)

    return build


def fill(workspace: Workspace, owner: Owner, made: Callable[..., list[Record]], intent: Callable[..., Intent]) -> None:
    """Secrets wherever a state has them: wants, attributes, an open request, an output, the history, a user's map with a $-key."""
    seal, mark = workspace.sealer.seal, workspace.sealer.fingerprint
    want = encode({"password": Secret("hunter"), "tags": {"$secret": "mine"}, "deep": [{"k": Secret({"a": 1})}]}, seal)
    with workspace.lease(owner) as writer:
        writer.append(Run(run="run-1", epoch=1, mode="apply"))
        writer.append(*made("a", "db/one", request=want, fingerprints={"password": mark("hunter"), "gone": mark("lost")}))
        writer.append(Recorded(outputs={"url": OutputRecord(encode(Secret("http://x"), seal), True)}), Ended(run="run-1"))
        writer.checkpoint()
        writer.append(intent("b", "db/two", request=want, fingerprints={"password": mark("hunter")}))
        writer.commit()


def judge(workspace: Workspace, *, dropped: bool = True) -> None:
    """Everything opens, now and in the history."""
    workspace.codec.attach(workspace.store)
    reading = workspace.read()
    unseal = workspace.sealer.unseal
    record = reading.state.natives["db/one"]
    want = decode(record.want, unseal)
    assert isinstance(want, dict)
    assert (want["password"], want["tags"], want["deep"]) == (Secret("hunter"), {"$secret": "mine"}, [{"k": Secret({"a": 1})}])
    mark = record.fingerprints["password"]
    assert workspace.sealer.fingerprint("hunter", mark) == mark
    opened = reading.state.open["b"].intent
    assert decode(opened.request, unseal) == want
    assert decode(reading.state.outputs["url"].value, unseal) == Secret("http://x")
    for entry in workspace.history():
        kept = workspace.snapshot_at(entry.serial)
        assert decode(kept.natives["db/one"].want, unseal) == want
    assert [entry.of for entry in workspace.audit()].count("INTENT") == 2


def renew(workspace: Workspace, owner: Owner) -> Renewed:
    with workspace.lease(owner) as writer:
        return rekey(writer, [Run(run="run-2", epoch=1, mode="rekey")], [Ended(run="run-2")])


@pytest.mark.parametrize("encrypt", [True, False])
@pytest.mark.parametrize(("old", "new"), [
    ("env:K", "env:OTHER"), ("env:K", "passphrase:env:P"), ("passphrase:env:P", "passphrase:env:Q"), ("passphrase:env:P", "env:K"),
    ("passphrase:env:P", "passphrase:env:P"),
])
def test_afterwards_the_old_key_is_not_needed(
    make: Make, owner: Owner, made: Callable[..., list[Record]], intent: Callable[..., Intent], root: Path, old: str, new: str,
    encrypt: bool,
) -> None:
    workspace = make(old, encrypt=encrypt)
    fill(workspace, owner, made, intent)
    before = workspace.sealer.key_id
    judge(make(new, encrypt=encrypt, previous=(old,)))
    done = renew(make(new, encrypt=encrypt, previous=(old,)), owner)
    assert (done.secrets, done.fingerprints, done.dropped, done.left) == (7, 3, 1, ())
    after = make(new, encrypt=encrypt)
    judge(after)
    assert after.read().findings == ()
    assert after.sealer.key_id == done.key != before
    everything = b"".join(path.read_bytes() for path in root.rglob("*") if path.is_file())
    assert before.encode() not in everything, "nothing names the old key any more"
    if old != new:
        with pytest.raises(Rejected):
            judge(make(old, encrypt=encrypt))


def test_until_then_both_are_used_and_the_next_writer_says_so(
    make: Make, owner: Owner, made: Callable[..., list[Record]], intent: Callable[..., Intent]
) -> None:
    fill(make("env:K"), owner, made, intent)
    mixed = make("env:OTHER", previous=("env:K",))
    with mixed.lease(owner) as writer:
        assert [finding.code for finding in writer.findings] == ["MC0772"]
        writer.append(Recorded(outputs={"more": OutputRecord(encode(Secret("y"), writer.sealer.seal), True)}))
        writer.checkpoint()
    judge(make("env:OTHER", previous=("env:K",)))
    renew(make("env:OTHER", previous=("env:K",)), owner)
    judge(make("env:OTHER"))


@pytest.mark.slow
@pytest.mark.parametrize(("old", "new"), [("env:K", "env:OTHER"), ("passphrase:env:P", "passphrase:env:Q")])
@pytest.mark.parametrize("encrypt", [True, False])
def test_killed_at_any_write_it_is_readable_with_both_and_can_be_run_again(
    tmp_path: Path, make: Make, owner: Owner, made: Callable[..., list[Record]], intent: Callable[..., Intent], old: str, new: str,
    encrypt: bool
) -> None:
    fill(make(old, encrypt=encrypt), owner, made, intent)
    shutil.copytree(tmp_path / ".mcflow", tmp_path / "before")

    def restore() -> None:
        shutil.rmtree(tmp_path / ".mcflow")
        shutil.copytree(tmp_path / "before", tmp_path / ".mcflow")

    def act(files: MortalFiles) -> None:
        renew(make(new, encrypt=encrypt, previous=(old,), files=files), owner)

    def check() -> None:
        judge(make(new, encrypt=encrypt, previous=(old,)))
        renew(make(new, encrypt=encrypt, previous=(old,)), owner)
        judge(make(new, encrypt=encrypt))

    assert every_kill(act, restore, check) > 15


def test_what_cannot_be_opened_stops_it_before_anything_is_written(
    make: Make, owner: Owner, made: Callable[..., list[Record]], intent: Callable[..., Intent], root: Path
) -> None:
    fill(make("env:K", encrypt=False), owner, made, intent)
    before = {path: path.read_bytes() for path in root.rglob("*") if path.is_file() and path.name != "lease"}
    with pytest.raises(Rejected) as refused:
        renew(make("env:OTHER", encrypt=False), owner)
    assert refused.value.diagnostics[0].code == "MC0730"
    assert {path: path.read_bytes() for path in before} == before


def test_a_damaged_document_of_the_history_is_left_and_named(
    make: Make, owner: Owner, made: Callable[..., list[Record]], intent: Callable[..., Intent], root: Path
) -> None:
    fill(make(), owner, made, intent)
    path = next((root / "history").iterdir())
    path.write_bytes(path.read_bytes()[:-1])
    done = renew(make("env:OTHER", previous=("env:K",)), owner)
    assert done.left in ((f"history/{path.name}",), ())


@pytest.mark.slow
def test_leaving_encryption_takes_a_command_and_is_whole(
    tmp_path: Path, make: Make, owner: Owner, made: Callable[..., list[Record]], intent: Callable[..., Intent], root: Path
) -> None:
    fill(make("passphrase:env:P"), owner, made, intent)
    shutil.copytree(tmp_path / ".mcflow", tmp_path / "before")

    def restore() -> None:
        shutil.rmtree(tmp_path / ".mcflow")
        shutil.copytree(tmp_path / "before", tmp_path / ".mcflow")

    def leave(files: FailingFiles) -> None:
        workspace = make("passphrase:env:P", encrypt=False, files=files)
        workspace.codec.leaving = True
        with workspace.lease(owner) as writer:
            assert decrypt(writer, [Run(run="run-2", epoch=1, mode="decrypt"), Ended(run="run-2")]) == ()

    def check() -> None:
        judge(make("passphrase:env:P", encrypt=False))
        leave(FailingFiles())
        judge(make("passphrase:env:P", encrypt=False))
        assert not [path for path in root.rglob("*") if path.is_file() and b"mcflow-sealed" in path.read_bytes()]
        assert b"db/one" in (root / "snapshot.json").read_bytes()
        make("passphrase:env:P", encrypt=False).lease(owner).close()
        keys = decode_keys((root / "keys.json").read_bytes())
        assert keys is not None
        assert (keys.sealed, len(keys.keys)) == ("", 1)

    assert every_kill(leave, restore, check) > 15
