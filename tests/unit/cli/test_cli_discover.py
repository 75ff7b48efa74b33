"""``mcflow discover`` as people and programs see it."""

from __future__ import annotations

import json
import os
import time
from collections.abc import Callable
from pathlib import Path

import pytest
import yaml
from tests.unit.engine.discover.yard import Yard, environment

from mcflow.cli.entry import outcome
from mcflow.cli.render.text import columns

Say = Callable[..., tuple[str, str]]


@pytest.fixture
def yard(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Yard:
    for name in [name for name in os.environ if name.startswith("MCFLOW_")]:
        monkeypatch.delenv(name)
    for name in ("XDG_STATE_HOME", "XDG_CONFIG_HOME", "XDG_DATA_HOME"):
        monkeypatch.setenv(name, str(tmp_path / name))
    monkeypatch.setenv("COLUMNS", "80")
    made = Yard(tmp_path / "yard")
    monkeypatch.chdir(made.folder)
    return made


@pytest.fixture
def said(yard: Yard, capsys: pytest.CaptureFixture[str]) -> Say:
    """Run a command; what it says on standard output and on standard error."""
    def run(*words: str, code: int = 0) -> tuple[str, str]:
        capsys.readouterr()
        assert outcome(["discover", *words]) == code
        answer = capsys.readouterr()
        return answer.out, answer.err

    return run


def test_the_table_says_whose_everything_is_within_80_columns(yard: Yard, said: Say) -> None:
    yard.write(yard.text("mcflow.yaml") + "resources:\n  net:\n    type: vpc\n    properties: {cidr: 10.0.0.0/16}\n")
    yard.apply()
    environment(yard)
    yard.cloud.delete("internet_gateway_attachment", yard.state().natives["net/attachment"].id)
    out, err = said("cloud")
    assert out.startswith("cloud: 20 objects of ")
    assert "Managed by this state (2)" in out
    assert "In this state, and not in the cloud (1)" in out
    assert "Managed by nobody (17)" in out
    assert "mcflow discover cloud --import" in out
    assert max(map(columns, out.splitlines())) <= 80
    assert "Looking at 30 types" in err


def test_documents_for_programs(yard: Yard, said: Say) -> None:
    ids = environment(yard)
    document = json.loads(said("cloud", "-o", "json")[0])
    assert document == yaml.safe_load(said("cloud", "-o", "yaml")[0]) == json.loads(said("cloud", "--json")[0])
    assert {item["id"] for item in document["objects"]} == set(ids.values())
    (vpc,) = (item for item in document["objects"] if item["type"] == "mock.vpc")
    assert (vpc["managed"], vpc["provided"], vpc["attributes"]["cidr_block"], vpc["name"]) == ("nobody", False, "10.7.0.0/16", "legacy")
    assert said("cloud", "--type", "vpc", "-o", "name")[0] == f"{ids['vpc']}\n"


def test_an_empty_connection(said: Say) -> None:
    assert said("cloud")[0] == "cloud: 0 objects of 0 types\n"


def test_import_and_destroy_tell_what_they_do(yard: Yard, said: Say) -> None:
    environment(yard)
    out, _ = said("cloud", "--import", "--into", "new.yaml", "-y")
    assert "17 objects imported. See: mcflow plan -f new.yaml" in out
    assert max(map(columns, out.splitlines())) <= 80
    note = yard.make("note", text="x")
    out, _ = said("cloud", note, "--destroy", "-y")
    assert "A part of yard, environment default would be destroyed" in out
    assert "Destroy complete" in out
    assert "MC0687" in said("cloud", "--destroy", "--type", "*", "-y", code=1)[1]


@pytest.mark.parametrize(("words", "error", "code"), [
    (("clod",), "MC0680", 1), (("cloud", "--type", "vcp"), "MC0685", 1), (("cloud", "nope-1"), "MC0686", 1),
    (("cloud", "--destroy", "-y"), "MC0925", 64), (("cloud", "--into", "x.yaml"), "MC0926", 64),
    (("cloud", "--import", "--destroy", "-y"), "MC0926", 64), (("cloud", "--take-over"), "MC0926", 64),
    (("cloud", "--import"), "MC0902", 1), (("cloud", "--destroy", "--type", "*"), "MC0902", 1),
    (("cloud", "--import", "-y"), "MC0687", 1), (("cloud", "--import", "--into", "/tmp/x.yaml", "-y"), "MC0688", 1),
])
def test_what_makes_no_sense_is_refused(said: Say, words: tuple[str, ...], error: str, code: int) -> None:
    assert f"[{error}]" in said(*words, code=code)[1]


def test_the_nearest_connection_is_suggested(said: Say) -> None:
    assert "cloud" in said("clod", code=1)[1].partition("suggestion")[2]


@pytest.mark.slow
def test_the_time_is_linear_in_the_objects(yard: Yard) -> None:
    """CPU time of listing, comparing and portraying: four times the objects, far from sixteen times the time."""
    from mcflow.engine.discover.portrait import Surroundings, portray

    def spent() -> float:
        began = time.process_time()
        portray(yard.discover().items, Surroundings())
        return time.process_time() - began

    def fill(first: int, last: int) -> None:
        for number in range(first, last):
            yard.make("document", {"Name": "same"}, title=f"d{number}")

    fill(0, 300)
    spent()
    small = spent()
    fill(300, 1200)
    assert spent() < 8 * small + 0.2


def test_shells_complete_the_connection(yard: Yard) -> None:
    import click

    from mcflow.cli.completing import candidates

    assert [name for name, _ in candidates("connection", click.Context(click.Command("discover")), "c")] == ["cloud"]
