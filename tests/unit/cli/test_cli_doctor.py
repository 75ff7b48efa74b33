"""``mcflow doctor`` and the end of an apply, as people and programs see them."""

from __future__ import annotations

import json
import re
import shutil
from collections.abc import Callable
from pathlib import Path

import pytest

from mcflow.cli.entry import outcome

HEAD = "mcflow: 1\nname: shop\nconnections:\n  cloud: {driver: mock, account: doctored%s}\n"
NET = "resources:\n  net: {type: vpc, properties: {cidr: 10.0.0.0/16}}\n"


@pytest.fixture
def write(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Callable[..., None]:
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("XDG_CONFIG_HOME", str(tmp_path / "user"))

    def write(text: str, config: str = "") -> None:
        (tmp_path / "mcflow.yaml").write_text(HEAD % config + text)

    return write


def test_all_is_well(write: Callable[..., None], capsys: pytest.CaptureFixture[str]) -> None:
    write(NET)
    assert outcome(["apply", "-y"]) == 0
    capsys.readouterr()
    assert outcome(["doctor"]) == 0
    out = capsys.readouterr().out
    assert "All is well." in out
    assert "ok     state: natives: 3" in out
    assert outcome(["doctor", "-o", "json", "--strict"]) == 0
    told = json.loads(capsys.readouterr().out)
    assert told["health"] == "ok"
    assert {each["health"] for each in told["checks"]} == {"ok"}


def test_warnings_fail_only_if_asked(write: Callable[..., None], capsys: pytest.CaptureFixture[str], tmp_path: Path) -> None:
    write(NET)
    assert outcome(["apply", "-y"]) == 0
    shutil.rmtree(tmp_path / ".mcflow" / "mock")
    capsys.readouterr()
    assert outcome(["doctor"]) == 0
    out = capsys.readouterr().out
    assert "warn   objects: net/vpc" in out
    assert "         mcflow forget net/vpc" in out
    assert "warnings among" in out
    assert outcome(["doctor", "--strict"]) == 1


def test_errors_end_with_one(write: Callable[..., None], capsys: pytest.CaptureFixture[str]) -> None:
    write(NET)
    assert outcome(["apply", "-y"]) == 0
    write(NET, "2")
    capsys.readouterr()
    assert outcome(["doctor"]) == 1
    assert "ERROR  connection cloud" in capsys.readouterr().out


def test_a_run_that_was_undone_says_so(write: Callable[..., None], capsys: pytest.CaptureFixture[str]) -> None:
    write(NET)
    assert outcome(["apply", "-y"]) == 0
    write(NET + "  notes: {type: bucket}\n  other: {type: vpc, properties: {cidr: 10.1.0.0/16}}\n", ", quotas: {vpc: 1}")
    capsys.readouterr()
    assert outcome(["apply", "-y", "--on-failure", "rollback"]) == 1
    shown = capsys.readouterr()
    assert "Apply failed" in shown.out
    assert re.search(r"undone again: \d destroyed", shown.out)
    assert "Undoing what this run did" in shown.err + shown.out
    assert "the state is as it was" in " ".join(shown.out.split())
    assert outcome(["state", "list", "-o", "name"]) == 0
    assert "notes" not in capsys.readouterr().out


def test_what_a_rollback_cannot_bring_back_is_said_before(write: Callable[..., None], capsys: pytest.CaptureFixture[str]) -> None:
    write(NET + "  notes: {type: bucket}\n")
    assert outcome(["apply", "-y"]) == 0
    write(NET)
    capsys.readouterr()
    assert outcome(["apply", "-y", "--on-failure", "rollback", "--no-sweep"]) == 0
    assert "MC0849" in capsys.readouterr().err
