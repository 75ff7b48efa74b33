"""Keys that wrap data keys: passphrases and age, and what is said when they do not open."""

from __future__ import annotations

import base64
import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from tests.unit.state.conftest import FailingFiles

from mcflow.model.diagnostic import Rejected
from mcflow.model.values import Secret
from mcflow.model.wire import decode, encode
from mcflow.state.keys.configured import sealer
from mcflow.state.keys.document import KeysDocument, Wrapped, decode_keys, encode_keys
from mcflow.state.keys.service import open_service
from mcflow.state.lease import Owner
from mcflow.state.records import Ended, OutputRecord, Record, Recorded, Run
from mcflow.state.workspace import Workspace

PHRASE = "correct horse battery staple"
CONTEXT = {"mcflow-name": "shop", "mcflow-environment": "default", "mcflow-lineage": "l"}

Make = Callable[..., Workspace]


@pytest.fixture(autouse=True)
def _quick(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("mcflow.state.keys.passphrase.MEMORY", 64)
    monkeypatch.setattr("mcflow.state.keys.passphrase.PASSES", 1)


def refused(act: Callable[[], Any]) -> str:
    with pytest.raises(Rejected) as found:
        act()
    assert PHRASE not in str(found.value)
    assert "AGE-SECRET-KEY" not in str(found.value)
    return found.value.diagnostics[0].code


@pytest.fixture
def make(tmp_path: Path, files: FailingFiles) -> Make:
    def build(key: str, environ: dict[str, str] | None = None, *, encrypt: bool = False, environment: str = "default") -> Workspace:
        found = sealer(key, environ or {"P": PHRASE}, None, f"shop/{environment}")
        return Workspace.open(tmp_path, "shop", environment, found, encrypt=encrypt, files=files, spill_folder=tmp_path / "second",
                              pause=lambda seconds: None)

    return build


def identity(path: Path) -> str:
    """A new age identity in a file; returns its recipient."""
    import pyrage

    made = pyrage.x25519.Identity.generate()
    path.write_text(f"# created: today\n# public key: {made.to_public()}\n{made}\n")
    path.chmod(0o600)
    return str(made.to_public())


def test_a_passphrase_opens_what_it_wrapped_for_that_state_only() -> None:
    service = open_service("passphrase", "env:P", {"P": PHRASE + "\n"}, None)
    key, parts = service.make(CONTEXT)
    assert open_service("passphrase", "env:P", {"P": PHRASE}, None).unwrap(parts, CONTEXT) == key
    assert open_service("passphrase", "env:P", {"P": PHRASE + "!"}, None).unwrap(parts, CONTEXT) is None
    assert service.unwrap(parts, {**CONTEXT, "mcflow-environment": "other"}) is None
    assert PHRASE not in json.dumps(parts)
    assert base64.b64encode(key).decode()[:-2] not in json.dumps(parts)
    for name, wrong in [("memory", "99999999999"), ("lanes", "0"), ("passes", "x"), ("salt", "?"), ("wrapped", parts["wrapped"][:-8])]:
        assert service.unwrap({**parts, name: wrong}, CONTEXT) is None, name
        assert service.unwrap({key: value for key, value in parts.items() if key != name}, CONTEXT) is None


def test_passphrases_that_are_none() -> None:
    assert refused(lambda: sealer("passphrase:env:P", {"P": "hunter2"}, None, "a/b").seal("x")) == "MC0739"
    assert refused(lambda: sealer("passphrase:env:P", {}, None, "a/b").seal("x")) == "MC0733"
    for wrong in ("passphrase:P", "passphrase:env:", "passphrase:vault:x", f"passphrase:{PHRASE}"):
        assert refused(lambda wrong=wrong: sealer(wrong, {}, None)) == "MC0734"  # type: ignore[misc]


def test_secrets_come_back_in_another_process_and_a_wrong_passphrase_is_told(make: Make, owner: Owner, root: Path) -> None:
    with make("passphrase:env:P").lease(owner) as writer:
        assert not (root / "keys.json").exists(), "without a secret there is no key"
        writer.append(Run(run="run-1", epoch=1, mode="apply"))
        writer.append(Recorded(outputs={"o": OutputRecord(encode(Secret("x"), writer.sealer.seal), True)}))
        writer.commit()
        assert (root / "keys.json").exists(), "before the record that needs it"
    again = make("passphrase:env:P")
    assert decode(again.read().state.outputs["o"].value, again.sealer.unseal) == Secret("x")
    with again.lease(owner) as writer:
        assert decode(writer.state.outputs["o"].value, writer.sealer.unseal) == Secret("x")
        assert decode(encode(Secret("y"), writer.sealer.seal), again.sealer.unseal) == Secret("y")
    wrong = make("passphrase:env:P", {"P": PHRASE + "!"})
    value = wrong.read().state.outputs["o"].value
    assert refused(lambda: decode(value, wrong.sealer.unseal)) == "MC0737"
    assert refused(lambda: wrong.sealer.seal("z")) == "MC0737", "a wrong one makes no new data key beside the one there"


def test_a_plan_made_before_the_state_has_a_key_does_not_leave_its_own_behind(make: Make, owner: Owner, root: Path) -> None:
    planner, applier = make("passphrase:env:P"), make("passphrase:env:P")
    planner.read()
    sealed = planner.sealer.seal("planned")
    with applier.lease(owner) as writer:
        writer.append(Recorded(outputs={"o": OutputRecord(encode(Secret("x"), writer.sealer.seal), True)}))
    with planner.lease(owner) as writer:
        assert writer.sealer.key_id == applier.sealer.key_id
        assert writer.sealer.unseal(sealed) == "planned"
        assert decode(writer.state.outputs["o"].value, writer.sealer.unseal) == Secret("x")


@pytest.mark.parametrize("encrypt", [True, False])
def test_every_recipient_of_age_opens_with_its_own_identity(
    tmp_path: Path, make: Make, owner: Owner, made: Callable[..., list[Record]], encrypt: bool
) -> None:
    pytest.importorskip("pyrage")
    mine, theirs, strangers = tmp_path / "mine", tmp_path / "theirs", tmp_path / "strangers"
    identity(mine), identity(strangers)
    (tmp_path / "recipients").write_text(f"# the team\n\n{identity(theirs)}\n")
    with make(f"age:{mine}?recipients={tmp_path / 'recipients'}", encrypt=encrypt).lease(owner) as writer:
        writer.append(*made("a", "db/one", request=encode({"password": Secret("x")}, writer.sealer.seal)), Ended(run="run-1"))
        writer.checkpoint()
    for path in (mine, theirs):
        found = make(f"age:{path}", encrypt=encrypt)
        assert decode(found.read().state.natives["db/one"].want, found.sealer.unseal) == {"password": Secret("x")}
    stranger = make(f"age:{strangers}", encrypt=encrypt)
    assert refused(lambda: decode(stranger.read().state.natives["db/one"].want, stranger.sealer.unseal)) == "MC0737"


def test_age_files_that_are_none(tmp_path: Path) -> None:
    pytest.importorskip("pyrage")
    path = tmp_path / "identity"

    def code(reference: str) -> str:
        return refused(lambda: sealer(reference, {}, None, "a/b").seal("x"))

    assert code(f"age:{path}") == "MC0733"
    path.write_text("# nothing\n")
    path.chmod(0o600)
    assert code(f"age:{path}") == "MC0733"
    path.write_text("AGE-SECRET-KEY-1WRONG\n")
    assert code(f"age:{path}") == "MC0738"
    identity(path)
    assert code(f"age:{path}?recipients={tmp_path / 'none'}") == "MC0738"
    (tmp_path / "some").write_text("ssh-rsa AAAA\n")
    assert code(f"age:{path}?recipients={tmp_path / 'some'}") == "MC0738"
    path.chmod(0o644)
    assert code(f"age:{path}") == "MC0735"
    for wrong in ("age:", f"age:{path}?x=1", f"age:{path}?recipients="):
        assert code(wrong) == "MC0734"


def test_age_without_its_package(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(__import__("sys").modules, "pyrage", None)
    assert refused(lambda: sealer(f"age:{tmp_path / 'x'}", {}, None, "a/b").seal("x")) == "MC0738"


def test_kms_references_that_are_none() -> None:
    for wrong in ("awskms:", "awskms:alias/x?regio=y", "awskms:alias/x?region=", "awskms:alias/x?"):
        if wrong.endswith("?"):
            continue
        assert refused(lambda wrong=wrong: sealer(wrong, {}, None)) == "MC0734", wrong  # type: ignore[misc]
    assert sealer("awskms:arn:aws:kms:eu-west-1:1:key/2", {}, None).keys is not None


def test_a_wrapped_key_of_another_environment_is_not_taken(make: Make, owner: Owner, tmp_path: Path) -> None:
    with make("passphrase:env:P", encrypt=True).lease(owner):
        pass
    with make("passphrase:env:P", encrypt=True, environment="other").lease(owner):
        pass
    state = tmp_path / ".mcflow/state/shop"
    for name in ("keys.json", "keys.copy.json"):
        (state / "default" / name).write_bytes((state / "other" / name).read_bytes())
    assert refused(lambda: make("passphrase:env:P", encrypt=True).read()) in ("MC0736", "MC0737")


def test_the_keys_document_proves_itself() -> None:
    document = KeysDocument(sealed="12345678", intent="encrypt", keys=(Wrapped(id="12345678", service="age", parts={"wrapped": "x"}),))
    data = encode_keys(document)
    assert decode_keys(data) == document
    for at in range(len(data)):
        changed = data[:at] + bytes([data[at] ^ 1]) + data[at + 1:]
        assert decode_keys(changed) is None, at
    assert refused(lambda: decode_keys(encode_keys(KeysDocument(format_version=9)))) == "MC0720"


def test_a_shared_state_needs_a_key_that_others_can_have() -> None:
    assert refused(lambda: sealer("user", {}, None, "a/b", remote=True).seal("x")) == "MC0765"
    assert refused(lambda: sealer(None, {}, None, "a/b", remote=True).seal("x")) == "MC0765"
    key = base64.b64encode(bytes(32)).decode()
    assert sealer(None, {"MCFLOW_STATE_KEY": key}, None, "a/b", remote=True).seal("x")
