"""Secrets that reached the cloud are in no byte that mcflow writes: success, failure, kill, at every verbosity."""

from __future__ import annotations

import json
from hashlib import sha256
from pathlib import Path

import pytest
from tests.secrets.station import Station

SECRETS = {
    "given as a variable": 'GivenVariable-9f1c"é/+&%-Qw7',
    "given in a file": "GivenInFile-5d20-Zk91mmPq-Lt",
    "given in the environment": "GivenEnvironment-77ab-Xy3-Rr",
    "derived from one": "Derived-GivenInFile-5d20-Zk91mmPq-Lt-tail",
    "in a call that fails": "InFailingCall_83ce_Vv_Not_A_Bucket_Name",
}
BLUEPRINT = {
    "mcflow": 1, "name": "secretive",
    "variables": {
        "password": {"type": "string", "sensitive": True}, "token": {"type": "string", "sensitive": True},
        "fromenv": {"type": "string", "sensitive": True}, "wrong": {"type": "string", "sensitive": True},
        "fail": {"type": "boolean", "default": False},
    },
    "locals": {"derived": "Derived-{{ vars.token }}-tail"},
    "resources": {
        "net": {"type": "vpc", "properties": {"cidr": "10.0.0.0/16", "tags": {"hint": "{{ vars.token }}"}}},
        "app": {"type": "subnet", "properties": {"vpc": "{{ resources.net }}", "cidr": "10.0.1.0/24"}},
        "admin": {"type": "key_pair"},
        "box": {"type": "vm", "properties": {
            "subnet": "{{ resources.app }}", "image": {"os": "windows", "version": "2022"}, "spec": {"vcpus": 2, "memory_gib": 4},
            "password": "{{ vars.password }}", "user_data": "#!/bin/sh\necho {{ locals.derived }} {{ vars.fromenv }}\n",
        }},
        "note": {"type": "mock.document", "properties": {"content": "{{ vars.fromenv }}", "title": "kept"}},
        "store": {"type": "mock.bucket", "when": "{{ vars.fail }}", "properties": {"name": "{{ vars.wrong }}"}},
    },
    "outputs": {
        "password": {"value": "{{ vars.password }}", "sensitive": True}, "key": "{{ resources.admin.private_key }}",
        "derived": "{{ locals.derived }}",
    },
}
ENVIRONMENT = {"MCFLOW_VAR_fromenv": SECRETS["given in the environment"]}
GIVEN = ["--var", f"password={SECRETS['given as a variable']}", "--var-file", "secrets.yaml"]


@pytest.fixture
def station(tmp_path: Path) -> Station:
    """A project with every way a secret comes in, on a rehearsal cloud that takes a little time."""
    station = Station(tmp_path, dict(SECRETS))
    connection = {**station.cloud.connection, "latency": {"call": 0.01, "settle": 0.02}}
    (station.folder / "mcflow.yaml").write_text(json.dumps({**BLUEPRINT, "connections": {"cloud": connection}}, indent=1))
    given = {"token": SECRETS["given in a file"], "wrong": SECRETS["in a call that fails"]}
    (station.folder / "secrets.yaml").write_text(json.dumps(given))
    return station


def _reached(station: Station) -> None:
    """The cloud has every secret: in clear where it keeps it so, as a digest where it does not."""
    held = json.dumps([found.attributes for found in station.cloud.living()])
    assert sha256(SECRETS["given as a variable"].encode()).hexdigest() in held
    script = f"#!/bin/sh\necho {SECRETS['derived from one']} {SECRETS['given in the environment']}\n"
    assert sha256(script.encode()).hexdigest() in held
    assert SECRETS["given in the environment"] in held
    assert any(found.tags.get("hint") == SECRETS["given in a file"] for found in station.cloud.living())


def _private_key(station: Station) -> str:
    revealed = station.run("output", "-o", "json", "--reveal", *GIVEN, **ENVIRONMENT)
    station.said = [entry for entry in station.said if entry[1] != revealed]
    answer = json.loads(revealed)
    value = answer["key"]["value"] if isinstance(answer["key"], dict) else answer["key"]
    return str(value).splitlines()[2]


def test_success_at_every_verbosity_leaks_nothing(station: Station) -> None:
    station.run("plan", "--out", "saved.plan", "-vv", *GIVEN, **ENVIRONMENT)
    station.run("plan", "-o", "json", *GIVEN, **ENVIRONMENT)
    station.run("apply", "-y", "-vv", "--json-into", "events.jsonl", *GIVEN, **ENVIRONMENT)
    _reached(station)
    station.secrets["generated private key"] = _private_key(station)
    for verbosity in ([], ["-v"], ["-vv"]):
        station.run("plan", *verbosity, *GIVEN, **ENVIRONMENT)
        station.run("refresh", *verbosity, *GIVEN, **ENVIRONMENT)
    for command in (["show"], ["output"], ["output", "-o", "json"], ["graph"], ["state", "list"], ["state", "show"], ["state", "history"],
                    ["state", "show", "box/instance", "-o", "json"], ["state", "show", "admin"], ["show", "note"], ["validate", "-vv"]):
        station.run(*command, *GIVEN, **ENVIRONMENT)
    station.run("apply", "-y", "--json", "--replace", "box", *GIVEN, **ENVIRONMENT)
    station.run("destroy", "-y", "-vv", "--json-into", "more.jsonl", *GIVEN, **ENVIRONMENT)
    assert station.found() == []


def test_failing_calls_leak_nothing(station: Station) -> None:
    station.run("apply", "-y", "-vv", "--json-into", "events.jsonl", "--var", "fail=true", *GIVEN, expect=(3,), **ENVIRONMENT)
    assert any(entry.type == "bucket" and entry.outcome == "InvalidParameter" for entry in station.cloud.store.ledger())
    station.run("apply", "-y", "--json", "--var", "fail=true", *GIVEN, expect=(1, 3), **ENVIRONMENT)
    _reached(station)
    station.secrets["generated private key"] = _private_key(station)
    assert station.found() == []


@pytest.mark.parametrize("when", [1, 6, 9])
def test_killed_runs_leak_nothing(station: Station, when: int) -> None:
    station.run_and_kill("apply", "-y", "-vv", "--json-into", "events.jsonl", *GIVEN, when=when, **ENVIRONMENT)
    assert station.found() == []
    station.run("plan", "-vv", *GIVEN, **ENVIRONMENT)
    station.run("apply", "-y", "-vv", *GIVEN, **ENVIRONMENT)
    _reached(station)
    station.secrets["generated private key"] = _private_key(station)
    assert station.found() == []


def test_the_sweep_finds_what_is_planted_in_a_file(station: Station) -> None:
    (station.folder / ".mcflow" / "journal").mkdir(parents=True)
    (station.folder / ".mcflow" / "journal" / "segment").write_bytes(b"x" + SECRETS["given as a variable"].encode().hex().encode())
    assert station.found()
