"""Secrets in a remote store's objects, and what of an encrypted state can be read at all."""

from __future__ import annotations

import json
from importlib import import_module
from pathlib import Path
from typing import Any

import pytest
from tests.secrets.scanner import leaks
from tests.secrets.test_surgery_secrets import RESOURCES, SECRETS, Surgery
from tests.stores.servers import NEUTRAL, Server, serving

from mcflow.state.stores.objects import Objects
from mcflow.state.stores.store import OBJECTS

CREDENTIAL = "StoreSecret/7c1e+Access-Key-Zx81"
PHRASE = "Passphrase-of-the-state-4417-Qx"
NAMES = {"zebrafish": "net", "quokka": "app", "axolotl": "note"}
"""Names that stand in nothing but this state → what they are called elsewhere."""


def unusual() -> dict[str, Any]:
    """The resources under names that can be looked for; nothing else has these addresses either."""
    text = json.dumps({name: body for name, body in RESOURCES.items() if name in ("net", "app", "note", "admin")})
    for name, known in NAMES.items():
        text = text.replace(f'"{known}"', f'"{name}"').replace(f"resources.{known} ", f"resources.{name} ")
    return dict(json.loads(text.replace("10.0.", "10.217.")))


@pytest.fixture(scope="module")
def server(tmp_path_factory: pytest.TempPathFactory) -> Any:
    with serving("s3", tmp_path_factory.mktemp("s3")) as running:
        yield running


class Remote(Surgery):
    """A project whose state is in a bucket; the key to the bucket is a secret too."""

    server: Server

    def start(self, server: Server, prefix: str, resources: dict[str, Any], **state: Any) -> None:
        self.server, self.prefix = server, prefix
        self.prepare()
        self.more |= {**server.environ, "AWS_SECRET_ACCESS_KEY": CREDENTIAL, "PHRASE": PHRASE}
        self.secrets |= {"the store's credential": CREDENTIAL, "the passphrase": PHRASE}
        self.write(resources=resources, **server.state(prefix), **state)

    def objects(self, monkeypatch: pytest.MonkeyPatch) -> Objects:
        for name in NEUTRAL:
            monkeypatch.delenv(name, raising=False)
        for name, value in self.server.environ.items():
            monkeypatch.setenv(name, value)
        opened: Objects = import_module(OBJECTS["s3"]).open_objects({**self.server.settings, "prefix": self.prefix})
        return opened

    def stored(self, monkeypatch: pytest.MonkeyPatch) -> list[tuple[str, bytes]]:
        """Every object, its key before its bytes."""
        objects = self.objects(monkeypatch)
        found = [(each.key, objects.read(each.key) or b"") for each in objects.list("")]
        assert any(key.startswith("secretive/default/log/") for key, _ in found)
        return [(f"object {key}", key.encode() + b"\n" + data) for key, data in found]

    def found(self) -> list[str]:
        """In this project no journal is on this machine."""
        files = [path for top in (self.folder, self.home) for path in top.rglob("*") if path.is_file()]
        written = [(str(path), path.read_bytes()) for path in files]
        return self.in_any([*self.said, *written])

    def in_any(self, places: list[tuple[str, bytes]]) -> list[str]:
        named = self.secrets.items()
        return [f"{name} in {where} ({form})" for where, data in places for name, secret in named for form in leaks(data, secret)]


def test_a_bucket_and_a_database_that_does_not_answer(tmp_path: Path, server: Server, monkeypatch: pytest.MonkeyPatch) -> None:
    station = Remote(tmp_path, dict(SECRETS))
    station.start(server, "plain", RESOURCES)
    station.run("apply", "-y", MCFLOW_VAR_password=SECRETS["given as a variable"])
    station.learn_key()
    station.both("lock", "show")
    station.both("doctor", expect=(0, 1))
    wrong = json.loads((station.folder / "mcflow.yaml").read_text())
    database = {"host": "127.0.0.1", "port": 9, "user": "u", "database": "d", "password": "env:PHRASE"}
    wrong["state"] = {"key": "env:ONE", "postgresql": database}
    (station.folder / "mcflow.yaml").write_text(json.dumps(wrong))
    station.run("plan", "-vv", expect=(1,))
    assert station.found() == []
    assert station.in_any(station.stored(monkeypatch)) == []


@pytest.mark.parametrize("key", ["passphrase:env:PHRASE", "env:ONE"])
def test_of_an_encrypted_state_nothing_can_be_read(tmp_path: Path, server: Server, monkeypatch: pytest.MonkeyPatch, key: str) -> None:
    station = Remote(tmp_path, dict(SECRETS))
    station.start(server, f"sealed-{key[:3]}", unusual(), key=key, encrypt=True)
    station.run("apply", "-y", "-vv")
    natives = json.loads(station.run("state", "pull"))["natives"]
    station.run("apply", "-y", "--replace", "axolotl", MCFLOW_VAR_password=SECRETS["given as a variable"])
    station.run("state", "mv", "axolotl", "axolotl2", "-y")
    told = {**{f"id of {address}": record["id"] for address, record in natives.items()}, **{name: name for name in NAMES},
            "a value": "10.217.", "a type": "mock.document", "a kind of record": '"natives"'}
    stored = station.stored(monkeypatch)
    assert station.in_any(stored) == []
    station.secrets = told
    assert station.in_any(stored) == []
    assert station.in_any([("stdout", station.run("state", "pull"))]), "what is looked for is there, once it is opened"


def test_of_an_encrypted_state_in_files_nothing_can_be_read(tmp_path: Path) -> None:
    station = Surgery(tmp_path, dict(SECRETS))
    station.prepare()
    station.more |= {"PHRASE": PHRASE}
    station.write(resources=unusual(), key="passphrase:env:PHRASE", encrypt=True)
    station.run_and_kill("apply", "-y", when=3)
    station.run("apply", "-y")
    natives = json.loads(station.run("state", "pull"))["natives"]
    station.run("plan", "--out", "saved.plan", "--replace", "axolotl")
    told = {**station.secrets, "the passphrase": PHRASE, **{name: name for name in NAMES}, "a value": "10.217.", "a type": "mock.document",
            **{f"id of {address}": record["id"] for address, record in natives.items()}}
    files = [path for path in (station.folder / ".mcflow").rglob("*") if path.is_file()] + [station.folder / "saved.plan"]
    assert len(files) > 5
    assert [f"{name} in {path} ({form})" for path in files for name, each in told.items() for form in leaks(path.read_bytes(), each)] == []
    assert [str(path) for path in files if path.stat().st_mode & 0o077] == []
    assert [str(path) for path in (station.folder / ".mcflow").rglob("*") if path.is_dir() and path.stat().st_mode & 0o077] == []
