"""`mcflow import`: one, many, and what makes no sense."""

from __future__ import annotations

import io
import json
import os
from pathlib import Path

import pytest

from mcflow.cli.entry import outcome
from mcflow.cli.importing import wishes
from mcflow.engine.options import Import
from mcflow.model.diagnostic import Rejected

HEAD = "mcflow: 1\nname: shop\nconnections: {cloud: {driver: mock, path: ./cloud.db}}\n"
NET = "resources:\n  net: {type: vpc, properties: {cidr: 10.0.0.0/16}}\n  doc: {type: mock.document, properties: {content: one}}\n"


@pytest.fixture
def ids(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]) -> dict[str, str]:
    """A blueprint that was applied and forgotten; address → id of what there is."""
    for name in [name for name in os.environ if name.startswith("MCFLOW_")]:
        monkeypatch.delenv(name)
    monkeypatch.setenv("XDG_CONFIG_HOME", str(tmp_path / "config"))
    monkeypatch.chdir(tmp_path)
    (tmp_path / "mcflow.yaml").write_text(HEAD + NET)
    assert outcome(["apply", "-y"]) == 0
    capsys.readouterr()
    assert outcome(["state", "list", "-o", "json"]) == 0
    found = json.loads(capsys.readouterr().out)
    rows = found["natives"] if isinstance(found, dict) else found
    (tmp_path / "mcflow.yaml").write_text(HEAD + "removed: [{from: net, destroy: false}, {from: doc, destroy: false}]\n")
    assert outcome(["apply", "-y"]) == 0
    (tmp_path / "mcflow.yaml").write_text(HEAD + NET)
    capsys.readouterr()
    return {row["address"]: row["id"] for row in rows}


def test_one_and_many_and_then_nothing_is_left_to_do(ids: dict[str, str], tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert outcome(["import", "doc", ids["doc"], "-y"]) == 0
    assert "Import complete" in (said := capsys.readouterr().out)
    assert "1 imported" in said
    (tmp_path / "ids.csv").write_text(f"address,id\n# the network\nnet,{ids['net/vpc']}\n")
    assert outcome(["import", "--from", "ids.csv", "-y"]) == 0
    assert "3 imported" in capsys.readouterr().out
    assert outcome(["plan", "--detailed-exitcode"]) == 0


def test_what_differs_is_shown_and_left(ids: dict[str, str], tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    (tmp_path / "mcflow.yaml").write_text(HEAD + NET.replace("one", "two"))
    assert outcome(["import", "doc", ids["doc"], "-y"]) == 0
    said = capsys.readouterr().out
    assert "left to the next apply" in said
    assert '"one" → "two"' in said
    assert outcome(["plan", "-o", "json"]) == 0
    changes = {each["address"]: each["actions"] for each in json.loads(capsys.readouterr().out)["resource_changes"]}
    assert changes["doc"] == ["update"]


def test_nobody_there_to_ask_is_told(ids: dict[str, str], capsys: pytest.CaptureFixture[str]) -> None:
    assert outcome(["import", "doc", ids["doc"]]) != 0
    assert "MC0902" in capsys.readouterr().err


def test_an_address_that_is_not_there_says_what_is(ids: dict[str, str], capsys: pytest.CaptureFixture[str]) -> None:
    assert outcome(["import", "dok", ids["doc"], "-y"]) == 1
    assert "MC0666" in capsys.readouterr().err


def test_lists_in_every_form(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    file = tmp_path / "list"
    file.write_text('net,vpc-1\n"web[""a""]", i-2\napp,subnet=s-1,table=t-1\n')
    assert wishes(None, (), file, False) == [
        Import("net", {"": "vpc-1"}), Import('web["a"]', {"": "i-2"}), Import("app", {"subnet": "s-1", "table": "t-1"})]
    file.write_text('[{"address": "net", "id": "vpc-1"}, {"address": "app", "ids": {"subnet": "s-1"}}]')
    assert wishes(None, (), file, True) == [Import("net", {"": "vpc-1"}, True), Import("app", {"subnet": "s-1"}, True)]
    monkeypatch.setattr("sys.stdin", io.StringIO('{"net": "vpc-1"}'))
    assert wishes(None, (), Path("-"), False) == [Import("net", {"": "vpc-1"})]
    assert wishes("net", ("vpc=vpc-1", "gateway=igw-1"), None, False) == [Import("net", {"vpc": "vpc-1", "gateway": "igw-1"})]


@pytest.mark.parametrize("text", ["net vpc-1\n", "net,\n", "[1]", '[{"address": "net"}]', "[", "", '{"net": 1}', "# nothing\n"])
def test_lists_that_cannot_be_read(tmp_path: Path, text: str) -> None:
    file = tmp_path / "list"
    file.write_text(text)
    with pytest.raises(Rejected) as refused:
        wishes(None, (), file, False)
    assert [each.code for each in refused.value.diagnostics] == ["MC0840"]


@pytest.mark.parametrize(("address", "ids_given", "file"), [(None, (), None), ("net", (), None), ("net", (), "list"), (None, (), "none")])
def test_nothing_to_import(tmp_path: Path, address: str | None, ids_given: tuple[str, ...], file: str | None) -> None:
    with pytest.raises(Rejected) as refused:
        wishes(address, ids_given, None if file is None else tmp_path / file, False)
    assert [each.code for each in refused.value.diagnostics] == ["MC0840"]
