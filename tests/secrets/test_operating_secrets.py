"""Secrets in what is asked for and called by hand: machines, consoles, events, metrics, prices, raw calls, kubeconfigs."""

from __future__ import annotations

import json
import stat
from pathlib import Path
from typing import Any

import pytest
import yaml
from tests.secrets.station import Station

SECRETS = {
    "given as a variable": 'Operated-4e7a"é/+&%-Qw7',
    "in a raw call": 'RawParameter-77c1"é/+&%-Zz3',
}
RESOURCES: dict[str, Any] = {
    "net": {"type": "vpc", "properties": {"cidr": "10.0.0.0/16"}},
    "app": {"type": "subnet", "properties": {"vpc": "{{ resources.net }}", "cidr": "10.0.1.0/24"}},
    "admin": {"type": "key_pair"},
    "k8s": {"type": "kubernetes_cluster", "properties": {"vpc": "{{ resources.net }}", "subnets": ["{{ resources.app }}"]}},
    "box": {"type": "vm", "properties": {
        "subnet": "{{ resources.app }}", "image": {"os": "ubuntu", "version": "24.04"}, "spec": {"vcpus": 2, "memory_gib": 4},
        "key_pair": "{{ resources.admin }}", "public_ip": True, "password": "{{ vars.password }}",
        "user_data": "#!/bin/sh\necho {{ vars.password }}\n"}},
}


class Operating(Station):
    """A project whose machine and cluster have secrets."""

    def begin(self) -> None:
        connection = {**self.cloud.connection, "path": "../cloud/cloud.db", "visibility_lag": 0,
                      "latency": {"call": 0.001, "settle": 0.002}}
        (self.folder / "mcflow.yaml").write_text(json.dumps({
            "mcflow": 1, "name": "operating", "variables": {"password": {"type": "string", "sensitive": True}},
            "connections": {"cloud": connection}, "resources": RESOURCES,
            "outputs": {"key": "{{ resources.admin.private_key }}", "kube": "{{ resources.k8s.kubeconfig }}"}}, indent=1))
        self.more = {"MCFLOW_VAR_password": SECRETS["given as a variable"]}
        self.run("apply", "-y", "-vv")

    def unsaid(self, *arguments: str) -> bytes:
        """What a command says that is asked for a secret: its standard output is where it belongs, all else is swept."""
        told = self.run(*arguments)
        self.said = [entry for entry in self.said if entry[1] != told or not told]
        return told

    def learn(self) -> None:
        """What was made here and by the cloud is secret too."""
        outputs = json.loads(self.unsaid("output", "-o", "json", "--reveal"))
        key, kube = (each["value"] if isinstance(each, dict) and "value" in each else each for each in (outputs["key"], outputs["kube"]))
        self.secrets["the generated key"] = str(key).splitlines()[2]
        user = (yaml.safe_load(kube) if isinstance(kube, str) else kube)["users"][0]["user"]
        self.secrets |= {f"the kubeconfig's {name}": value for name, value in user.items() if isinstance(value, str) and len(value) > 12}


@pytest.fixture(scope="module")
def station(tmp_path_factory: pytest.TempPathFactory) -> Operating:
    """One for all: every test sweeps all that was said before."""
    station = Operating(tmp_path_factory.mktemp("operating"), dict(SECRETS))
    station.begin()
    station.learn()
    assert any(name.startswith("the kubeconfig") for name in station.secrets)
    return station


def test_looking_at_machines(station: Operating) -> None:
    for looking in (["events", "box"], ["events", "cloud"], ["metrics", "box", "--svg", "drawn.svg"], ["catalog", "prices", "cloud"],
                    ["catalog", "services", "cloud"], ["plan", "--cost"]):
        station.run(*looking)
        station.run(*looking, "-o", "json")
    for verb in ("stop", "start", "reboot"):
        station.run("vm", verb, "box", "-y", "-o", "json", "--reason", "tried")
    station.run("vm", "console", "box")
    station.run("ssh", "box", "--print")
    station.run("state", "history", "--audit", "-o", "json")
    assert station.found() == []


def test_the_key_of_ssh_is_in_no_argument_and_gone_afterwards(station: Operating) -> None:
    left = {path.name for place in ("/dev/shm", "/tmp") for path in Path(place).glob("mcflow-ssh-*")}
    quick = 'import os, subprocess\n_real = subprocess.run\ndef run(words, **more):\n' \
            '    at = words.index("-i") + 1\n    assert open(words[at]).read().startswith("-----BEGIN")\n' \
            '    assert os.stat(words[at]).st_mode & 0o777 == 0o600\n    return _real(["true", *words[1:]], **more)\n' \
            'subprocess.run = run\n'
    station.run("ssh", "box", "--", "uptime", patch=quick)
    now = {path.name for place in ("/dev/shm", "/tmp") for path in Path(place).glob("mcflow-ssh-*")}
    assert now <= left
    assert station.found() == []


def test_a_kubeconfig_is_where_it_was_asked_for_and_nowhere_else(station: Operating) -> None:
    printed = station.unsaid("kubeconfig", "k8s")
    merged = station.home / "merged" / "secrets.yaml"
    written = station.folder / "secrets.yaml"
    station.run("kubeconfig", "k8s", "--out", str(written))
    station.run("kubeconfig", "k8s", "--merge", "--use", KUBECONFIG=str(merged))
    for path in (written, merged):
        assert stat.S_IMODE(path.stat().st_mode) == 0o600
        assert yaml.safe_load(path.read_text())["users"] == yaml.safe_load(printed)["users"]
    assert station.found() == []


def test_raw_calls(station: Operating) -> None:
    parameters = station.folder / "secrets.yaml"
    parameters.write_text(json.dumps({"attributes": {"name": "raw", "password": SECRETS["in a raw call"]}}))
    station.run("raw", "cloud", "instance", "create", "--params", "@secrets.yaml", expect=(6,))
    station.run("raw", "cloud", "instance", "create", "--params", "@secrets.yaml", "--allow-write", "-vv", expect=(0, 1))
    station.run("raw", "cloud", "instance", "search", "-vv")
    station.run("raw", "cloud", "instance", "search", "--query", "objects[].attributes")
    station.run("state", "history", "--audit", "-o", "json")
    assert station.found() == []
