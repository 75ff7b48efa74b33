"""The commands on the real engine and the rehearsal cloud: what a newcomer types, and what programs read."""

from __future__ import annotations

import json
import os
import pty
import re
import subprocess
import sys
import threading
import time
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest
import yaml

from mcflow.cli.entry import outcome
from mcflow.engine import api
from mcflow.engine.options import ProjectOptions
from mcflow.engine.ports import Ports
from mcflow.schemas import document
from mcflow.state.lease import Owner

Say = Callable[..., str]


@pytest.fixture(scope="module")
def project(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Path]:
    """A quickstart that is applied."""
    folder = tmp_path_factory.mktemp("shop")
    with pytest.MonkeyPatch.context() as patch:
        for name in [name for name in os.environ if name.startswith("MCFLOW_")]:
            patch.delenv(name)
        for name in ("XDG_STATE_HOME", "XDG_CONFIG_HOME", "XDG_DATA_HOME"):
            patch.setenv(name, str(folder / name))
        assert outcome(["init", "--chdir", str(folder)]) == 0
        patch.chdir(folder)
        assert outcome(["apply", "-y", "--reason", "first"]) == 0
        yield folder


@pytest.fixture
def said(project: Path, capsys: pytest.CaptureFixture[str]) -> Say:
    """Run a command and return what it says on standard output."""
    def run(*words: str, code: int = 0) -> str:
        capsys.readouterr()
        assert outcome(list(words)) == code
        return capsys.readouterr().out

    return run


def test_applied_means_nothing_to_do(said: Say) -> None:
    assert said("plan", "--detailed-exitcode").startswith("No changes.")
    assert said("apply", "-y").startswith("No changes.")


def test_validate(said: Say) -> None:
    assert said("validate") == "Valid. 4 resources in the blueprint.\n"
    assert json.loads(said("validate", "-o", "json"))["valid"] is True


@pytest.mark.parametrize("words", [
    ["state", "list"], ["state", "history"], ["state", "show"], ["state", "show", 'server["0"]'], ["show"], ["show", "net/vpc"], ["output"],
    ["driver", "list"], ["driver", "show", "mock"], ["init", "--list"], ["explain"], ["version"], ["schema"], ["schema", "vm"],
])
def test_what_answers_answers_in_json_too(said: Say, words: list[str]) -> None:
    document = json.loads(said(*words, "--json"))
    assert document
    if words[0] != "init":
        assert json.loads(said(*words, "-o", "json")) == document


def test_lists_in_every_form(said: Say) -> None:
    names = said("state", "list", "-o", "name").split()
    assert "net/vpc" in names
    table = said("state", "list").splitlines()
    assert table[0].split() == ["ADDRESS", "TYPE", "ID", "CONNECTION", "STATUS"]
    assert len(table) == len(names) + 1
    assert said("state", "list", "-o", "yaml").startswith("- address: ")


def test_one_output_alone_is_for_scripts(said: Say) -> None:
    assert len(json.loads(said("output", "addresses"))) == 2
    assert said("output", "nope", code=1) == ""


@pytest.mark.parametrize("words", [["refresh"], ["apply", "-y", "--exclude", "app"], ["apply", "-y", "--target", "net"]])
def test_outputs_outlive_what_looks_at_a_part_only(said: Say, words: list[str]) -> None:
    before = said("output", "-o", "json")
    said(*words)
    assert said("output", "-o", "json") == before
    assert "addresses" in before


def test_one_output_raw(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]) -> None:
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("XDG_CONFIG_HOME", str(tmp_path / "config"))
    Path("mcflow.yaml").write_text('mcflow: 1\nname: raw\noutputs: {text: "a\\nb", number: 7, list: [1]}\n')
    assert outcome(["apply", "-y"]) == 0
    for name, text in (("text", "a\nb"), ("number", "7")):
        capsys.readouterr()
        assert outcome(["output", "--raw", name]) == 0
        assert capsys.readouterr().out == text
    assert outcome(["output", "--raw", "list"]) == 1
    assert "MC0915" in capsys.readouterr().err
    assert outcome(["output", "--raw"]) == 64


def test_history_says_who_did_what_and_why(said: Say) -> None:
    first = json.loads(said("state", "history", "-o", "json"))[-1]
    assert (first["mode"], first["reason"], first["natives"], first["did"]) == ("apply", "first", 10, {"created": 10})
    assert first["who"]
    assert first["run"]
    heads, *rows = said("state", "history").splitlines()
    assert heads.split()[:6] == ["SERIAL", "AT", "WHO", "RUN", "DONE", "NATIVES"]
    assert "10 created" in rows[-1]


def test_the_schema_for_editors_knows_connections(said: Say) -> None:
    from jsonschema import Draft202012Validator

    validator = Draft202012Validator(json.loads(said("schema")))
    for file in Path(__file__).parents[3].glob("blueprints/*/mcflow.yaml"):
        blueprint = yaml.safe_load(file.read_text("utf-8"))
        assert not list(validator.iter_errors(blueprint)), file
        for wrong in ({"regionn": "x"}, {"driver": "moc"}, {"driver": "mock", "latency": "slow"}):
            name = next(iter(blueprint["connections"]))
            broken = {**blueprint, "connections": {name: {**blueprint["connections"][name], **wrong}}}
            assert list(validator.iter_errors(broken)), wrong


def test_who_is_waited_for_is_said_and_told(project: Path, said: Say, capsys: pytest.CaptureFixture[str]) -> None:
    """Another run holds the lease, and gives it back while this one waits."""
    options, ports = ProjectOptions(directory=project), Ports(environ=dict(os.environ), user_config=project / "XDG_CONFIG_HOME" / "mcflow")
    other = api.open_project(options, ports).workspace.lease(Owner(who="ann", run="other"))
    assert outcome(["apply", "-y"]) == 5
    threading.Timer(0.3, other.close).start()
    lines = [json.loads(line) for line in said("apply", "-y", "--lock-timeout", "20s", "--json").splitlines()]
    waited = next(line for line in lines if line["type"] == "lease")
    assert waited["data"]["holder"].startswith("ann (process ")
    assert waited["data"]["wait_seconds"] == 20
    assert lines[-1]["type"] == "run_end"
    assert lines[-1]["data"]["status"] == "nothing"


@pytest.mark.parametrize("words", [["validate"], ["plan"], ["plan", "--target", "nowhere"], ["refresh"], ["apply", "-y"]])
def test_every_stream_ends_with_how_it_ended(project: Path, words: list[str], capsys: pytest.CaptureFixture[str]) -> None:
    capsys.readouterr()
    code = outcome([*words, "--json", "--json-into", "events.jsonl"])
    said = capsys.readouterr().out
    assert said == Path("events.jsonl").read_text("utf-8")
    last = json.loads(said.splitlines()[-1])
    assert last["type"] == "run_end"
    assert last["data"]["exit_code"] == code
    assert (last["data"]["status"] == "failed") == (code == 1)


def test_console(said: Say) -> None:
    assert said("console", "-c", "vars.servers + 1", "-c", "resources.net.cidr") == '3\n"10.0.0.0/16"\n'
    assert said("console", "-c", "vars.servres", code=1) == ""


def test_graph(said: Say) -> None:
    assert said("graph").startswith("digraph")
    assert said("graph", "--format", "mermaid").startswith("flowchart")
    assert said("graph", "--format", "svg").startswith("<svg")


def test_an_unknown_address_gets_a_suggestion(project: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert outcome(["show", 'server["7"]']) == 1
    assert 'did you mean `server["' in capsys.readouterr().err


def test_a_saved_plan_is_shown_and_applied_once(said: Say, project: Path) -> None:
    more = ("--var", "servers=3")
    assert "Plan: 1 to add" in said("plan", *more, "--out", "p.mcplan")
    assert "Plan: 1 to add" in said("show", "p.mcplan", *more)
    assert "1 created" in said("apply", "p.mcplan", *more)
    assert said("apply", "p.mcplan", *more, code=1) == ""
    assert "1 destroyed" in said("apply", "-y")


def test_documents_and_events_follow_the_published_schemas(said: Say) -> None:
    from jsonschema import Draft202012Validator

    made = json.loads(said("plan", "-o", "json", "--var", "servers=4"))
    assert [error.message for error in Draft202012Validator(document("plan")).iter_errors(made)] == []
    check = Draft202012Validator(document("event"))
    for line in said("plan", "--json", "--var", "servers=4").splitlines():
        assert [error.message for error in check.iter_errors(json.loads(line))] == []


def test_the_event_stream_of_an_apply(said: Say) -> None:
    events = [json.loads(line) for line in said("apply", "-y", "--json", "--var", "servers=3").splitlines()]
    kinds = [event["type"] for event in events]
    assert kinds[0] == "version"
    assert {"planned_change", "change_summary", "apply_start", "apply_complete", "run_end"} <= set(kinds)
    assert next(event for event in events if event["type"] == "run_end")["data"]["status"] == "done"
    said("apply", "-y")


def test_nothing_starts_before_the_ends_that_made_way_for_it_are_told(said: Say) -> None:
    told = [json.loads(line) for line in said("apply", "-y", "-e", "order", "--json").splitlines()]
    at = {(event["type"], event["address"]): number for number, event in enumerate(told) if event.get("address")}
    natives = json.loads(said("show", "-e", "order", "-o", "json"))["natives"]
    edges = [(needed, native["address"]) for native in natives for needed in native["depends_on"]]
    assert len(edges) > 10
    late = [(needed, address) for needed, address in edges if at["apply_complete", needed] > at["apply_start", address]]
    said("destroy", "-y", "-e", "order")
    assert not late


def terminal(words: list[str], folder: Path, answer: str, columns: int, **environ: str) -> tuple[int, str]:
    """Run mcflow on a terminal of its own, type an answer when asked; its exit code and all that it wrote."""
    leader, follower = pty.openpty()
    process = subprocess.Popen(
        [sys.executable, "-c", "from mcflow.cli import main; main()", *words], cwd=folder, stdin=follower, stdout=follower, stderr=follower,
        env={**os.environ, "COLUMNS": str(columns), "TERM": "xterm", "PYTHONIOENCODING": "utf-8", **environ}, close_fds=True)
    os.close(follower)
    written, answered, deadline = b"", False, time.monotonic() + 60
    while time.monotonic() < deadline:
        try:
            piece = os.read(leader, 65536)
        except OSError:
            break
        written += piece
        if not answered and b"as an answer" in written:
            os.write(leader, answer.encode())
            answered = True
    os.close(leader)
    return process.wait(60), written.decode()


@pytest.mark.slow
@pytest.mark.parametrize(("columns", "environ"), [(80, {}), (120, {}), (80, {"NO_COLOR": "1"}), (80, {"TERM": "dumb"})])
def test_on_a_terminal(project: Path, columns: int, environ: dict[str, str]) -> None:
    code, written = terminal(["destroy", "-e", f"e{columns}"], project, "yes\n", columns, **environ)
    assert code == 0
    assert "There is nothing to destroy" in written
    code, written = terminal(["plan", "-e", f"e{columns}"], project, "", columns, **environ)
    plain = re.sub(r"\x1b\[[0-9;]*m", "", written).replace("\r", "")
    assert (written == plain.replace("\n", "\r\n")) is bool(environ)
    assert "  +   vpc net  (vpc, gateway, attachment)\n" in plain
    assert all(len(line) <= columns for line in plain.splitlines())
    code, written = terminal(["apply", "-e", f"e{columns}"], project, "no\n", columns, **environ)
    assert code == 1
    assert "MC0908" in written


@pytest.mark.slow
def test_apply_and_destroy_on_a_terminal(project: Path) -> None:
    code, written = terminal(["apply", "-e", "tty"], project, "yes\n", 80)
    assert code == 0
    assert "Apply complete" in written
    code, written = terminal(["destroy", "-e", "tty"], project, "yes\n", 80)
    assert code == 0
    assert "Destroy complete" in written


def recorded(project: Path) -> Any:
    return sorted((project / ".mcflow").rglob("*"))


def test_plan_writes_nothing(project: Path, said: Say) -> None:
    def sizes() -> list[tuple[str, int]]:
        return [(str(path), path.stat().st_size) for path in recorded(project) if path.is_file() and "mock" not in path.parts]

    before = sizes()
    said("plan", "--var", "servers=9")
    said("validate")
    said("show")
    assert sizes() == before


def test_a_secret_is_revealed_on_the_screen_only(tmp_path: Path, monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str]) -> None:
    for name in ("XDG_STATE_HOME", "XDG_CONFIG_HOME", "XDG_DATA_HOME"):
        monkeypatch.setenv(name, str(tmp_path / name))
    monkeypatch.chdir(tmp_path)
    (tmp_path / "mcflow.yaml").write_text(
        "mcflow: 1\nname: s\nconnections:\n  c: {driver: mock, region: mock-east}\nresources:\n  k: {type: key_pair}\n"
        "outputs:\n  private: \"{{ resources.k.private_key }}\"\n")
    assert outcome(["apply", "-y", "-vv", "--json-into", "apply.json"]) == 0
    assert outcome(["output"]) == 0
    assert outcome(["show", "k"]) == 0
    told = capsys.readouterr()
    assert "PRIVATE KEY" not in told.out + told.err
    assert outcome(["output", "private", "--reveal", "--json-into", "output.json"]) == 0
    assert "PRIVATE KEY" in capsys.readouterr().out
    for path in tmp_path.rglob("*"):
        assert not path.is_file() or b"PRIVATE KEY" not in path.read_bytes() or path.suffix == ".db", path
