"""Metrics, events, vm, kubeconfig, raw and ssh as people and programs type them."""

from __future__ import annotations

import csv
import io
import json
import os
import stat
import time
import xml.etree.ElementTree as ElementTree
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
import yaml
from click.testing import CliRunner

from mcflow.cli.entry import outcome
from mcflow.cli.group import root
from mcflow.cli.kubeconfigs import merge
from mcflow.cli.login import Hop, Wish, command_line
from mcflow.cli.render.measured import measured_lines, slots
from mcflow.cli.render.paint import plain
from mcflow.cli.render.plot import plot
from mcflow.cli.render.quantities import quantity, sparkline
from mcflow.cli.terminal import Terminal
from mcflow.engine import api
from mcflow.engine.operate.events import Happened
from mcflow.engine.operate.metrics import Measured, Series, Window
from mcflow.engine.ports import Cancel, Clock
from mcflow.model.diagnostic import Rejected

Say = Callable[..., str]
CLUSTER = """
  k8s: {type: kubernetes_cluster, properties: {vpc: "{{ resources.net }}", subnets: ["{{ resources.app }}"]}}

outputs:"""


@pytest.fixture
def said(tmp_path: Path, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch) -> Say:
    """A quickstart that is applied; run a command and return what it says on standard output (with ``err``: on the other)."""
    for name in [name for name in os.environ if name.startswith("MCFLOW_")]:
        monkeypatch.delenv(name)
    for name in ("XDG_STATE_HOME", "XDG_CONFIG_HOME", "XDG_DATA_HOME", "HOME"):
        monkeypatch.setenv(name, str(tmp_path / name))
    assert outcome(["init", "--chdir", str(tmp_path)]) == 0
    monkeypatch.chdir(tmp_path)
    file = tmp_path / "mcflow.yaml"
    file.write_text(file.read_text().replace("\noutputs:", CLUSTER, 1))
    assert outcome(["apply", "-y"]) == 0

    def run(*words: str, code: int = 0, err: bool = False) -> str:
        capsys.readouterr()
        found = outcome(list(words))
        told = capsys.readouterr()
        assert found == code, told.err
        return told.err if err else told.out

    return run


def test_metrics_in_every_form(said: Say, monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    now = time.time()
    monkeypatch.setattr(time, "time", lambda: now + 3600)
    text = said("metrics", 'server["0"]')
    assert 'server["0"]/instance' in text
    assert "CPU" in text
    assert any(sign in text for sign in "▁▂▃▄▅▆▇█")
    document = json.loads(said("metrics", 'server["0"]', "--metric", "cpu", "--range", "10m", "--step", "1m", "-o", "json"))
    assert (document["step_seconds"], [each["metric"] for each in document["series"]]) == (60, ["cpu"])
    assert len(document["series"][0]["points"]) == 10
    rows = list(csv.DictReader(io.StringIO(said("metrics", "server", "--metric", "cpu", "-o", "csv"))))
    assert {row["address"] for row in rows} == {'server["0"]/instance', 'server["1"]/instance'}
    said("metrics", "server", "--svg", "m.svg")
    drawing = ElementTree.fromstring(Path("m.svg").read_text())
    assert drawing.tag.endswith("svg")
    assert "prefers-color-scheme: dark" in Path("m.svg").read_text()
    assert "MC0903" in said("metrics", "server", "--svg", str(tmp_path), code=1, err=True)
    assert "MC1031" in said("metrics", "net", code=1, err=True)


def test_events_as_lines_and_as_a_document(said: Say) -> None:
    text = said("events", "cloud")
    assert "create vpc" in text
    assert "net/vpc" in text
    found = json.loads(said("events", 'server["0"]', "-o", "json"))["events"]
    assert [(each["what"], each["address"], each["kind"]) for each in found] == [("create instance", 'server["0"]/instance', "call")]
    assert said("events", "cloud", "--since", "1ms") == ""
    assert "Nothing happened" in said("events", "cloud", "--since", "1ms", err=True)
    assert "MC1038" in said("events", "clowd", code=1, err=True)


def test_following_tells_each_event_once_until_somebody_leaves(said: Say, monkeypatch: pytest.MonkeyPatch) -> None:
    looks: list[float] = []

    def wait(self: Clock, cancel: Cancel, seconds: float) -> bool:
        looks.append(seconds)
        if len(looks) == 3:
            raise KeyboardInterrupt
        return False

    monkeypatch.setattr(Clock, "wait", wait)
    lines = said("events", 'server["0"]', "--follow", "-o", "json").splitlines()
    assert [json.loads(line)["what"] for line in lines] == ["create instance"]
    assert looks == [15.0] * 3


def test_following_looks_back_only_for_what_is_told_late(said: Say, monkeypatch: pytest.MonkeyPatch) -> None:
    begun: list[float] = []
    looks: list[float] = []

    def events(project: Any, about: str, *, since: float) -> Happened:
        begun.append(since)
        return Happened((), {})

    def wait(self: Clock, cancel: Cancel, seconds: float) -> bool:
        looks.append(seconds)
        return False

    monkeypatch.setattr(api, "events", events)
    monkeypatch.setattr(Clock, "wait", wait)
    # Nobody reads any more after two looks: nothing is written that would tell so.
    monkeypatch.setattr(Terminal, "abandoned", lambda self: len(looks) == 2)
    said("events", "cloud", "--follow", "--since", "2d")
    assert len(begun) == 2
    assert begun[1] - begun[0] == pytest.approx(2 * 86400 - 1200, abs=5)


def test_a_pipe_that_nobody_reads_is_noticed() -> None:
    reading, writing = os.pipe()
    with os.fdopen(writing, "w") as out:
        terminal = Terminal(out, out, out)
        assert not terminal.abandoned()
        os.close(reading)
        assert terminal.abandoned()


def test_machines_are_stopped_and_started(said: Say) -> None:
    assert "MC0902" in said("vm", "stop", "server", code=1, err=True)
    assert 'server["0"]  stop: done (stopped)' in said("vm", "stop", 'server["0"]', "-y", "--reason", "night")
    document = json.loads(said("vm", "start", "server", "-y", "-o", "json"))
    assert [(each["address"], each["outcome"]) for each in document["machines"]] == [('server["0"]', "done"), ('server["1"]', "done")]
    assert "asked for" in said("vm", "reboot", "server", "-y", "--no-wait")
    runs = json.loads(said("state", "history", "--audit", "-o", "json"))
    assert [(run["mode"], run["reason"]) for run in runs[:3]] == [("vm reboot", ""), ("vm start", ""), ("vm stop", "night")]
    assert "first boot" in said("vm", "console", 'server["0"]')
    said("vm", "stop", 'server["0"]', "-y")
    assert "MC1045" in said("vm", "reboot", "server", "-y", code=3, err=True)
    assert "MC1031" in said("vm", "stop", "net", "-y", code=1, err=True)


def test_a_kubeconfig_is_printed_written_and_merged(said: Say, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    printed = yaml.safe_load(said("kubeconfig", "k8s"))
    assert printed["current-context"] == "quickstart-k8s"
    assert json.loads(said("kubeconfig", "k8s", "-o", "json")) == printed
    assert said("kubeconfig", "k8s", "--out", "k8s.yaml") == ""
    assert yaml.safe_load(Path("k8s.yaml").read_text()) == printed
    assert stat.S_IMODE(Path("k8s.yaml").stat().st_mode) == 0o600
    kubectls = tmp_path / "kube" / "config"
    monkeypatch.setenv("KUBECONFIG", f"{kubectls}{os.pathsep}/elsewhere")
    said("kubeconfig", "k8s", "--merge")
    assert yaml.safe_load(kubectls.read_text())["current-context"] == "quickstart-k8s"
    said("kubeconfig", "k8s", "--out", "x", "--merge", code=64)
    kubectls.write_text("- no\n- kubeconfig\n")
    assert "MC1054" in said("kubeconfig", "k8s", "--merge", code=1, err=True)
    assert kubectls.read_text() == "- no\n- kubeconfig\n"


def test_merging_keeps_what_others_have(tmp_path: Path) -> None:
    def config(name: str, server: str) -> dict[str, Any]:
        return {"current-context": name, "clusters": [{"name": name, "cluster": {"server": server}}], "users": [{"name": name, "user": {}}],
                "contexts": [{"name": name, "context": {"cluster": name, "user": name}}]}

    file, link = tmp_path / "config", tmp_path / "link"
    link.symlink_to(file)
    file.write_text(yaml.safe_dump({**config("theirs", "https://a"), "preferences": {"colors": True}, "extensions": []}))
    merge(link, config("ours", "https://b"), use=False)
    merge(link, config("ours", "https://c"), use=False)
    found = yaml.safe_load(file.read_text())
    assert link.is_symlink()
    assert found["current-context"] == "theirs"
    assert (found["preferences"], found["extensions"]) == ({"colors": True}, [])
    assert [(each["name"], each["cluster"]["server"]) for each in found["clusters"]] == [("theirs", "https://a"), ("ours", "https://c")]
    merge(file, config("ours", "https://c"), use=True)
    assert yaml.safe_load(file.read_text())["current-context"] == "ours"
    assert sorted(path.name for path in tmp_path.iterdir()) == ["config", "link"]


@pytest.mark.parametrize("text", ["{", "clusters: 5\n", "clusters: [{cluster: {}}]\n", "\x00"])
def test_what_is_no_kubeconfig_is_left_alone(tmp_path: Path, text: str) -> None:
    file = tmp_path / "config"
    file.write_text(text)
    with pytest.raises(Rejected, match="MC1054"):
        merge(file, {"clusters": [], "users": [], "contexts": [], "current-context": "x"}, use=False)
    assert file.read_text() == text


def test_raw_calls(said: Say) -> None:
    assert "instance" in said("raw", "cloud").split()
    assert "may change something" in said("raw", "cloud", "instance", "delete", "--help-operation")
    assert json.loads(said("raw", "cloud", "instance", "search", "--query", "length(objects)")) == 2
    assert json.loads(said("raw", "cloud", "instance", "-o", "json"))[0]["name"] == "describe"
    assert "MC1058" in said("raw", "cloud", "bucket", "create", "--params", '{"attributes": {"name": "by-hand"}}', code=6, err=True)
    Path("p.json").write_text('{"attributes": {"name": "by-hand"}}')
    assert json.loads(said("raw", "cloud", "bucket", "create", "--params", "@p.json", "--allow-write"))["id"]
    for given in ("VpcIds=1", "[1]", "@none.json"):
        assert "MC1056" in said("raw", "cloud", "bucket", "search", "--params", given, code=1, err=True)
    assert "MC0680" in said("raw", "clowd", code=1, err=True)
    said("raw", "cloud", "--help-operation", code=64)


def test_parameters_from_standard_input(said: Say) -> None:
    words = ["raw", "cloud", "instance", "describe", "--params", "-"]
    found = CliRunner().invoke(root(), words, input='{"ids": []}', standalone_mode=False)
    assert json.loads(found.stdout) == {"objects": []}


def test_a_command_of_ssh_cannot_be_smuggled_in(said: Say) -> None:
    said("ssh", "--user=-oProxyCommand=touch x", 'server["0"]', "--print", code=64)
    printed = said("ssh", 'server["0"]', "--print", "--", "-oProxyCommand=touch x")
    assert "-- 198.18." in printed
    assert printed.index(" -- ") < printed.index("touch")


def test_the_way_through_a_jump_host_has_its_own_key_and_host_key(tmp_path: Path) -> None:
    hosts = tmp_path / "a b%c" / "known_hosts"
    last = Hop("10.0.0.5", "ubuntu", 22, hosts, "aws-i-1", Path("/k1"))
    jump = Hop("198.51.100.7", "admin", 2222, hosts, "aws-i-2", Path("/k2"))
    words = command_line(last, jump, Wish("web", ("uptime",)))
    proxy = next(word for word in words if word.startswith("ProxyCommand="))
    assert "HostKeyAlias=aws-i-2" in proxy
    assert "-i /k2 -p 2222 -l admin -W '[%h]:%p' -- 198.51.100.7" in proxy
    assert "a b%%%%c" in proxy
    assert words[-3:] == ["--", "10.0.0.5", "uptime"]


def test_lines_of_what_was_measured() -> None:
    window = Window(0.0, 600.0, 60)
    cpu = Series("web/instance", "cpu", "CPU", "%", [(0.0, 10.0), (60.0, 20.0), (540.0, 40.0)])
    series = (cpu, Series("web/instance", "x", "X", "B/s", []))
    lines = [plain(line) for line in measured_lines(Measured(series, window), 100)]
    assert lines[0] == "web/instance"
    assert "▃▅       █" in lines[2]
    assert lines[2].endswith("40.0 %  10.0 %  23.3 %  40.0 %")
    assert "(nothing measured)" in lines[3]
    assert "+" in "".join(plain(line) for line in measured_lines(Measured(series, window), 100, ascii_only=True))
    assert slots([(0.0, 1.0), (599.0, 2.0), (601.0, 3.0)], 0.0, 600.0, 300) == [1.0, 2.0]
    drawing = plot(Measured(series, window))
    assert ElementTree.fromstring(drawing) is not None
    assert drawing.count('<path class="line') == 1
    assert "M" in drawing.split(' d="')[1].split('"')[0][1:], "the gap breaks the line"
    assert "Nothing is measured" in plot(Measured((), window))


@pytest.mark.parametrize(("value", "unit", "told"), [
    (None, "%", "-"), (12.345, "%", "12.3 %"), (4_100_000.0, "B/s", "4.1 MB/s"), (0.0821, "s", "82.1 ms"), (3.0, "s", "3 s"),
    (999.0, "", "999"), (1500.0, "", "1.5 k"), (0.0, "B", "0 B"),
])
def test_quantities(value: float | None, unit: str, told: str) -> None:
    assert quantity(value, unit) == told


def test_a_sparkline_squeezes_and_keeps_gaps() -> None:
    assert sparkline([0.0, None, 8.0], 10) == "▁ █"
    assert len(sparkline([float(at) for at in range(100)], 10)) == 10
    assert sparkline([None, None], 10) == "  "


def test_a_driver_says_what_it_offers_beside_types(said: Say) -> None:
    assert {"telemetry", "operations", "raw"} <= set(json.loads(said("driver", "show", "mock", "-o", "json"))["offers"])
    assert "operations, raw, telemetry" in said("driver", "show", "mock")


def test_what_is_not_there_is_told(said: Say, monkeypatch: pytest.MonkeyPatch) -> None:
    from mcflow.drivers.mock.operations import MockOperations

    monkeypatch.setattr(MockOperations, "console", lambda *args: "")
    assert "MC1044" in said("vm", "console", 'server["0"]', err=True)
    monkeypatch.setenv("PATH", "/nonexistent")
    assert "MC1051" in said("ssh", 'server["0"]', code=1, err=True)


def test_ssh_that_a_signal_ended_has_the_code_that_shells_give_it(said: Say, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    program = tmp_path / "bin" / "ssh"
    program.parent.mkdir()
    program.write_text("#!/bin/sh\nkill -TERM $$\n")
    program.chmod(0o700)
    monkeypatch.setenv("PATH", f"{program.parent}{os.pathsep}{os.environ['PATH']}")
    said("ssh", 'server["0"]', code=143)
