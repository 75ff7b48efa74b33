"""Where sealing keys come from, and what is said when they do not."""

from __future__ import annotations

import base64
import os
import sys
import threading
from pathlib import Path
from types import SimpleNamespace

import pytest

from mcflow.model.diagnostic import Rejected
from mcflow.state.keys.configured import sealer
from mcflow.state.keys.finding import KEYS, VARIABLE

KEY = bytes(range(32))
TEXT = base64.b64encode(KEY).decode()


def code(reference: str | None, environ: dict[str, str], user_config: Path | None = None) -> str:
    with pytest.raises(Rejected) as refused:
        sealer(reference, environ, user_config).seal("x")
    assert not any(value in str(refused.value) for value in environ.values())
    return refused.value.diagnostics[0].code


def test_the_environment_comes_first(tmp_path: Path) -> None:
    found = sealer(None, {VARIABLE: TEXT}, tmp_path)
    assert found.unseal(sealer("env:OTHER", {"OTHER": TEXT + "\n"}, None).seal("x")) == "x"
    assert list(tmp_path.iterdir()) == []


@pytest.mark.parametrize("text", ["hunter2", "AAAA", TEXT[:-4], TEXT + TEXT, "ключ"])
def test_what_is_no_key_is_refused_and_not_repeated(text: str) -> None:
    assert code(None, {VARIABLE: text}) == "MC0732"


def test_a_variable_that_is_not_set() -> None:
    assert code("env:NOTHING", {}) == "MC0733"


@pytest.mark.parametrize("content", [KEY, TEXT.encode(), TEXT.encode() + b"\n"])
def test_a_file_holds_the_bytes_or_their_base64(tmp_path: Path, content: bytes) -> None:
    path = tmp_path / "key"
    path.write_bytes(content)
    path.chmod(0o600)
    assert sealer(f"file:{path}", {}, None).key_id == sealer("env:K", {"K": TEXT}, None).key_id


def test_a_file_that_is_missing_open_or_linked(tmp_path: Path) -> None:
    path = tmp_path / "key"
    assert code(f"file:{path}", {}) == "MC0733"
    path.write_bytes(KEY)
    path.chmod(0o644)
    assert code(f"file:{path}", {}) == "MC0735"
    path.chmod(0o600)
    (tmp_path / "link").symlink_to(path)
    assert code(f"file:{tmp_path / 'link'}", {}) == "MC0735"
    assert code(f"file:{tmp_path}", {}) == "MC0735"


def test_the_users_key_is_made_once_and_private(tmp_path: Path) -> None:
    config = tmp_path / "config" / "mcflow"
    made = sealer(None, {}, config)
    assert not config.exists(), "not before it is needed"
    sealed = made.seal("x")
    assert (config / "state.key").stat().st_mode & 0o777 == 0o600
    assert sealer("user", {}, config).unseal(sealed) == "x"
    assert os.listdir(config) == ["state.key"]


def test_two_that_make_the_users_key_at_once_get_the_same(tmp_path: Path) -> None:
    found: list[str] = []
    start = threading.Barrier(6)

    def make() -> None:
        start.wait()
        found.append(sealer("user", {}, tmp_path / "config").key_id)

    threads = [threading.Thread(target=make) for _ in range(6)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert len(found) == 6
    assert len(set(found)) == 1


def test_an_empty_key_file_is_not_replaced(tmp_path: Path) -> None:
    (tmp_path / "state.key").touch(mode=0o600)
    assert code("user", {}, tmp_path) == "MC0735"
    assert (tmp_path / "state.key").read_bytes() == b""


def test_without_the_users_configuration_there_is_no_key() -> None:
    assert code(None, {}) == "MC0733"


def test_the_keyring(monkeypatch: pytest.MonkeyPatch) -> None:
    entries = {("team", "shop"): TEXT}
    errors = SimpleNamespace(KeyringError=type("KeyringError", (Exception,), {}))
    ring = SimpleNamespace(get_password=lambda service, name: entries.get((service, name)), errors=errors)
    monkeypatch.setitem(sys.modules, "keyring", ring)
    monkeypatch.setitem(sys.modules, "keyring.errors", errors)
    assert sealer("keyring:team/shop", {}, None).key_id == sealer("env:K", {"K": TEXT}, None).key_id
    assert code("keyring:team/other", {}) == "MC0733"

    def locked(service: str, name: str) -> str:
        raise errors.KeyringError("locked")

    ring.get_password = locked
    assert code("keyring:team/shop", {}) == "MC0735"


def test_without_the_keyring_package(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(sys.modules, "keyring", None)
    assert code("keyring:team/shop", {}) == "MC0735"


@pytest.mark.parametrize("reference", ["vault", "vault:x", "env:", "file", TEXT])
def test_a_reference_that_names_no_place_is_refused_at_once_and_not_repeated(reference: str) -> None:
    with pytest.raises(Rejected, match="MC0734") as refused:
        sealer(reference, {}, None)
    assert TEXT not in str(refused.value)


def test_every_kind_of_key_can_be_loaded(tmp_path: Path) -> None:
    from importlib import import_module

    for target in KEYS.values():
        module, _, attribute = target.partition(":")
        assert callable(getattr(import_module(module), attribute))
