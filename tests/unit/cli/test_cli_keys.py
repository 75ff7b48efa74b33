"""Encryption as it is typed: turning it on, another key, the wrong key, and back to clear."""

from __future__ import annotations

import base64
import json
import os
from collections.abc import Callable
from pathlib import Path

import pytest

from mcflow.cli.entry import outcome

KEYS = {name: base64.b64encode(bytes([index + 1]) * 32).decode() for index, name in enumerate(("ONE", "TWO"))}

Say = Callable[..., str]


@pytest.fixture
def said(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]) -> Say:
    """Run a command and return what it says on both streams; no key is ever in it."""
    for name in [name for name in os.environ if name.startswith("MCFLOW_")]:
        monkeypatch.delenv(name)
    for name in ("XDG_STATE_HOME", "XDG_CONFIG_HOME", "XDG_DATA_HOME"):
        monkeypatch.setenv(name, str(tmp_path / name))
    for name, value in KEYS.items():
        monkeypatch.setenv(name, value)
    monkeypatch.chdir(tmp_path)

    def run(*words: str, code: int = 0) -> str:
        capsys.readouterr()
        assert outcome(list(words)) == code, capsys.readouterr()
        told = capsys.readouterr()
        assert not any(key in told.out + told.err for key in KEYS.values())
        return told.out + told.err

    return run


def write(state: str) -> None:
    Path("mcflow.yaml").write_text(
        "mcflow: 1\nname: shop\nconnections:\n  cloud: {driver: mock}\n"
        f"resources:\n  net: {{type: vpc, properties: {{cidr: 10.0.0.0/16}}}}\nstate: {state}\n")


def test_the_life_of_a_key(said: Say, monkeypatch: pytest.MonkeyPatch) -> None:
    write("{key: env:ONE}")
    said("apply", "-y")
    write("{encrypt: true, key: env:ONE}")
    assert "MC0767" in said("plan")
    assert "encrypted with key" in said("state", "rekey")
    assert "MC0767" not in said("plan")
    write("{encrypt: true, key: env:TWO}")
    assert "MC0736" in said("plan", code=1)
    assert "MC0736" in said("state", "list", code=1)
    write("{encrypt: true, key: env:TWO, previous_keys: [env:ONE]}")
    assert "MC0772" in said("refresh")
    done = json.loads(said("state", "rekey", "-o", "json", "--reason", "yearly"))
    assert (done["encrypted"], done["left"], len(done["key"])) == (True, [], 8)
    write("{encrypt: true, key: env:TWO}")
    monkeypatch.delenv("ONE")
    assert said("plan").startswith("No changes.")
    assert "yearly" in said("state", "history", "--audit")
    write("{key: env:TWO}")
    assert "MC0768" in said("refresh", code=1)
    assert "in clear" in said("state", "decrypt")
    assert "MC07" not in said("refresh")
