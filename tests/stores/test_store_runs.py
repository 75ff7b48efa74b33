"""Whole runs with the state in each kind of server: plan, apply, destroy, two at once, waiting, and what is left behind in clear."""

from __future__ import annotations

import base64
import json
import os
import re
import subprocess
import sys
import time
import uuid
from pathlib import Path

import pytest
from tests.stores.serverfixtures import Servers
from tests.stores.servers import HONEST, NEUTRAL, PASSWORD, Server

MCFLOW = [sys.executable, "-c", "import sys; from mcflow.cli import main; sys.exit(main())"]
LOCKED = 5
SENTINEL = "sentinel-zebra-9421"


class Machine:
    """A folder with a blueprint whose state is in a server. Several of them may share state and cloud, as machines do."""

    def __init__(self, folder: Path, server: Server, prefix: str, cloud: Path) -> None:
        folder.mkdir()
        self.folder = folder
        (folder / "mcflow.yaml").write_text(
            "mcflow: 1\nname: shop\n"
            "variables:\n"
            f"  where: {{type: string, default: {prefix}}}\n"
            f"  word: {{type: string, sensitive: true, default: {SENTINEL}}}\n"
            f"state: {json.dumps(server.state('{{ vars.where }}', lease='10s'))}\n"
            f"connections:\n  cloud: {{driver: mock, region: mock-east, path: '{cloud}'}}\n"
            "resources:\n"
            "  net: {type: vpc, properties: {cidr: 10.0.0.0/16}}\n"
            "  app: {type: subnet, properties: {vpc: '{{ resources.net }}', cidr: 10.0.1.0/24}}\n"
            "outputs:\n  word: {value: '{{ vars.word }}', sensitive: true}\n")
        own = {name: value for name, value in os.environ.items() if name not in NEUTRAL and not name.startswith("MCFLOW_")}
        own |= {name: str(folder / name) for name in ("XDG_CONFIG_HOME", "XDG_STATE_HOME", "XDG_DATA_HOME")}
        self.environ = {**own, **server.environ, "MCFLOW_STATE_KEY": base64.b64encode(bytes(32)).decode()}

    def start(self, *words: str) -> subprocess.Popen[str]:
        """A command in a process of its own, both outputs in one."""
        return subprocess.Popen([*MCFLOW, *words], cwd=self.folder, env=self.environ, stdout=subprocess.PIPE, stderr=subprocess.STDOUT,
                                text=True)

    def run(self, *words: str, code: int = 0) -> str:
        """What a command says."""
        process = self.start(*words)
        said, _ = process.communicate(timeout=120)
        assert process.returncode == code, said
        assert "Traceback" not in said
        return said


@pytest.fixture
def prefix() -> str:
    return f"runs/{uuid.uuid4().hex}"


@pytest.fixture
def machines(name: str, servers: Servers, prefix: str, tmp_path: Path) -> list[Machine]:
    """Two machines on one state and one cloud."""
    return [Machine(tmp_path / each, servers(name), prefix, tmp_path / "cloud.db") for each in ("first", "second")]


@pytest.mark.parametrize("name", HONEST)
def test_two_machines_take_turns(name: str, machines: list[Machine], servers: Servers, prefix: str) -> None:
    first, second = machines
    assert "to add" in first.run("plan")
    assert servers(name).objects(prefix).list("") == [], "planning writes nothing"
    assert "Apply complete" in first.run("apply", "-y")
    assert "No changes." in second.run("plan")
    assert "net/vpc" in second.run("state", "list")
    assert "7 created" in second.run("state", "history")
    assert SENTINEL not in second.run("output")
    everything = b"".join(servers(name).objects(prefix).read(found.key) or b"" for found in servers(name).objects(prefix).list(""))
    assert len(everything) > 500
    for secret in (SENTINEL, PASSWORD, *(value for key, value in first.environ.items() if "KEY" in key and value != "testing")):
        assert secret.encode() not in everything
        assert base64.b64encode(secret.encode()) not in everything
    assert not (first.folder / ".mcflow" / "state").exists(), "nothing of the state is kept beside the blueprint"
    assert "destroyed" in second.run("destroy", "-y")
    assert "No changes." in first.run("destroy", "-y")


@pytest.mark.parametrize("name", HONEST)
def test_of_two_applies_at_once_one_works_and_the_other_waits_for_it(name: str, machines: list[Machine]) -> None:
    processes = [machine.start("apply", "-y", "--lock-timeout", "60s") for machine in machines]
    said = [process.communicate(timeout=120)[0] for process in processes]
    assert [process.returncode for process in processes] == [0, 0], said
    made = sum(int(number) for each in said for number in re.findall(r"(\d+) created", each))
    kinds = {line.split()[1] for line in machines[0].run("state", "list").splitlines() if "mock." in line}
    assert made == len(kinds), "nothing is made twice"
    assert "No changes." in machines[1].run("plan")


@pytest.mark.parametrize("name", HONEST)
def test_who_holds_the_state_is_told_to_who_comes_second(name: str, machines: list[Machine], servers: Servers, prefix: str) -> None:
    from mcflow.state.lease import Owner
    from mcflow.state.sealing import Sealer
    from mcflow.state.stores.remote import RemoteStore
    from mcflow.state.workspace import Workspace

    store = RemoteStore(servers(name).objects(prefix), "shop", "default", lease=10, patience=1, spill_folder=machines[0].folder / "own")
    writer = Workspace(store, "shop", "default", Sealer(bytes(32))).lease(Owner(who="ann", run="r1"))
    try:
        begin = time.monotonic()
        refused = machines[1].run("apply", "-y", code=LOCKED)
        assert "ann" in refused
        assert "UTC" in refused, "it says until when"
        waited = machines[1].run("apply", "-y", "--lock-timeout", "3s", code=LOCKED)
        assert re.search(r"Waiting up to .*ann", waited)
        assert 3 <= time.monotonic() - begin < 30
        process = machines[1].start("apply", "-y", "--lock-timeout", "60s")
        time.sleep(2)
    finally:
        writer.close()
    said, _ = process.communicate(timeout=60)
    assert process.returncode == 0, said
    assert "Apply complete" in said


@pytest.mark.parametrize("name", ["gcs-bare", "s3-bare"])
def test_a_store_that_ignores_conditions_is_refused_before_anything_is_made(
    name: str, machines: list[Machine], servers: Servers, prefix: str
) -> None:
    said = machines[0].run("apply", "-y", code=1)
    assert "MC0747" in said
    assert "created" not in said
    assert all(found.key.startswith("shop/default/probe/") for found in servers(name).objects(prefix).list(""))


def test_validate_asks_nothing_of_the_store(servers: Servers, prefix: str, tmp_path: Path) -> None:
    machine = Machine(tmp_path / "first", servers("s3"), prefix, tmp_path / "cloud.db")
    for variable in servers("s3").environ:
        machine.environ.pop(variable)
    machine.run("validate")


def test_what_is_wrong_with_the_store_is_told_at_its_place_in_the_blueprint(servers: Servers, prefix: str, tmp_path: Path) -> None:
    machine = Machine(tmp_path / "first", servers("s3"), prefix, tmp_path / "cloud.db")
    blueprint = machine.folder / "mcflow.yaml"
    blueprint.write_text(re.sub(r"127\.0\.0\.1:\d+", "127.0.0.1:9", blueprint.read_text()))
    said = machine.run("plan", code=1)
    assert "MC0759" in said
    assert "mcflow.yaml:6:" in said
    assert "refused" in said
