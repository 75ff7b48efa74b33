"""State commands as people and programs type them."""

from __future__ import annotations

import io
import json
import os
from collections.abc import Callable
from pathlib import Path

import pytest

from mcflow.cli.entry import outcome

Say = Callable[..., str]


@pytest.fixture
def said(tmp_path: Path, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch) -> Say:
    """A quickstart that is applied; run a command and return what it says on standard output."""
    for name in [name for name in os.environ if name.startswith("MCFLOW_")]:
        monkeypatch.delenv(name)
    for name in ("XDG_STATE_HOME", "XDG_CONFIG_HOME", "XDG_DATA_HOME"):
        monkeypatch.setenv(name, str(tmp_path / name))
    assert outcome(["init", "--chdir", str(tmp_path)]) == 0
    monkeypatch.chdir(tmp_path)
    assert outcome(["apply", "-y"]) == 0

    def run(*words: str, code: int = 0) -> str:
        capsys.readouterr()
        assert outcome(list(words)) == code, capsys.readouterr().err
        return capsys.readouterr().out

    return run


def test_moving_and_forgetting(said: Say) -> None:
    assert "net/vpc → lan/vpc" in said("state", "mv", "net", "lan", "--dry-run")
    assert "net/vpc" in said("state", "list", "-o", "name")
    assert json.loads(said("state", "mv", "net", "lan", "-y", "--json"))["done"] is True
    assert "lan/vpc" in said("state", "list", "lan", "-o", "name")
    assert "mock.instance" in said("forget", 'server["1"]', "--dry-run")
    gone = json.loads(said("state", "rm", 'server["1"]', "-y", "-o", "json"))
    assert [row["address"] for row in gone["changes"]] == ['server["1"]/instance']
    said("forget", "app", code=1)
    said("state", "mv", "lan", "net", code=1)


def test_what_was_done_is_in_the_audit_log(said: Say) -> None:
    said("state", "mv", "net", "lan", "-y", "--reason", "a better name")
    runs = json.loads(said("state", "history", "--audit", "-o", "json"))
    assert [(run["mode"], run["outcome"]) for run in runs] == [("move", "done"), ("apply", "done")]
    assert runs[0]["reason"] == "a better name"
    assert "a better name" in said("state", "history", "--audit")


def test_out_and_in_again(said: Say) -> None:
    text = said("state", "pull")
    Path("state.json").write_text(text)
    assert said("state", "push", "state.json", "-y") == ""
    tree = json.loads(text)
    tree["natives"]["net/vpc"]["settings"] = {"retain": True}
    Path("state.json").write_text(json.dumps(tree))
    assert 'settings: {} → {"retain": true}' in said("state", "push", "state.json", "-y")
    serial = tree["serial"]
    assert "~ net/vpc" in said("state", "diff", str(serial))
    said("state", "diff", str(serial), "--detailed-exitcode", code=2)
    assert json.loads(said("state", "diff", "current", "-o", "json")) == []
    said("state", "push", "nowhere.json", "-y", code=1)


def test_in_again_from_standard_input(said: Say, monkeypatch: pytest.MonkeyPatch) -> None:
    tree = json.loads(said("state", "pull"))
    tree["natives"]["net/vpc"]["settings"] = {"retain": True}
    monkeypatch.setattr("sys.stdin", io.TextIOWrapper(io.BytesIO(json.dumps(tree).encode())))
    assert 'settings: {} → {"retain": true}' in said("state", "push", "-", "-y")
    assert json.loads(said("state", "pull"))["natives"]["net/vpc"]["settings"] == {"retain": True}
    monkeypatch.setattr("sys.stdin", io.TextIOWrapper(io.BytesIO(b"{")))
    said("state", "push", "-", "-y", code=1)


def test_an_audit_log_that_does_not_hold_is_an_error_until_it_is_repaired(said: Say) -> None:
    said("state", "mv", "net", "lan", "-y")
    first, = Path().glob(".mcflow/state/*/*/journal/000001.audit")
    data = first.read_bytes()
    first.write_bytes(data[:300] + b"xxxx" + data[304:])
    said("state", "history", code=1)
    said("state", "history", "--audit", code=1)
    assert "journal/000001.audit" in said("state", "repair", "-y")
    assert json.loads(said("state", "history", "-o", "json"))
    assert "were lost" in said("state", "history", "--audit")
    assert [run["mode"] for run in json.loads(said("state", "history", "--audit", "-o", "json"))][-1] == "lost"


@pytest.mark.parametrize(("words", "some", "none"), [
    (("app",), "app/subnet", "net/vpc"), (("server",), 'server["0"]/instance', "net/vpc"), (("*/vpc",), "net/vpc", "app/subnet"),
    (("--type", "mock.vpc"), "net/vpc", "app/subnet"), (("--connection", "cloud"), "net/vpc", "nothing"),
    (("--status", "ready"), "app", "nothing"),
])
def test_lists_of_some(said: Say, words: tuple[str, ...], some: str, none: str) -> None:
    names = said("state", "list", *words, "-o", "name")
    assert some in names
    assert none not in names


def test_lists_of_nothing(said: Say, capsys: pytest.CaptureFixture[str]) -> None:
    assert said("state", "list", "--id", "nobody", "-o", "name") == ""
    said("state", "list", "nte", code=1)


def test_nobody_holds_the_lock(said: Say) -> None:
    assert said("lock", "show") == "Nobody holds the lock.\n"
    assert json.loads(said("lock", "show", "--json")) == {"held": False}


def test_the_clouds_go_back(said: Say) -> None:
    serial = json.loads(said("state", "history", "-o", "json"))[0]["serial"]
    text = Path("mcflow.yaml").read_text()
    Path("mcflow.yaml").write_text(text.replace("default: 2", "default: 1"))
    said("apply", "-y")
    assert 'server["1"]/instance' not in said("state", "list", "-o", "name")
    told = said("state", "rollback", str(serial), "-y")
    assert "1 to add, 0 to change, 0 to replace, 0 to destroy" in told
    assert "Rollback complete" in told
    assert 'server["1"]/instance' in said("state", "list", "-o", "name")
    said("state", "rollback", "9999", "-y", code=1)
    said("state", "rollback", str(serial), code=1)
    assert json.loads(said("lock", "release", "-o", "json")) == {"held": False, "released": False}


def test_a_state_moves_there_and_back(said: Say, tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    here, there = tmp_path / "mcflow.yaml", tmp_path / "there.yaml"
    there.write_text(here.read_text() + "\nstate: {path: elsewhere}\n")
    names = said("state", "list", "-o", "name")
    assert "The whole state would move" in said("-f", "there.yaml", "state", "migrate", "--from", "mcflow.yaml", "-y")
    assert outcome(["-f", "there.yaml", "state", "migrate", "--from", "mcflow.yaml", "-y"]) == 0
    told = capsys.readouterr()
    assert "The state was moved before" in told.out
    assert "Nothing was left to do" in told.err
    left = said("doctor", code=1)
    assert "MC0780" in left
    assert "repair" not in left, "nothing is damaged"
    said("state", "migrate", "--from", "there.yaml", "-y")
    assert said("state", "list", "-o", "name") == names
    said("-f", "there.yaml", "plan", code=1)


def test_what_is_left_in_the_cloud_stands_under_its_own_heading(said: Say, tmp_path: Path) -> None:
    text = (tmp_path / "mcflow.yaml").read_text()
    (tmp_path / "mcflow.yaml").write_text(text.partition("resources:")[0] + "removed:\n" + "".join(
        f"  - {{from: {name}, destroy: false}}\n" for name in ("net", "app", "web", "server")))
    plan = said("plan")
    assert "Leave in the cloud, and forget" in plan
    assert "Change in place" not in plan


@pytest.mark.parametrize(("words", "told"), [
    (("import", "net"), "mcflow import net ID"), (("discover", "cloud", "--tag", "=x"), "a tag's key is missing"),
])
def test_what_is_missing_is_named(said: Say, capsys: pytest.CaptureFixture[str], words: tuple[str, ...], told: str) -> None:
    capsys.readouterr()
    assert outcome(list(words)) == 64
    assert told in " ".join(capsys.readouterr().err.split())
