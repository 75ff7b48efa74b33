"""The servers of the tests themselves: they end with their users, keep Google's API, and lie where they are meant to."""

from __future__ import annotations

import json
import os
import signal
import subprocess
import sys
import time
import urllib.error
import urllib.request
from pathlib import Path
from typing import Any
from urllib.parse import urlencode

import pytest
from tests.stores.gcs_discovery import find, wrong_answer, wrong_request
from tests.stores.gcs_server import TOKEN
from tests.stores.serverfixtures import Servers
from tests.stores.servers import BUCKET, Server

ROOT = Path(__file__).parents[2]
STARTER = """
import sys, time
from pathlib import Path
from tests.stores.servers import serving
with serving(sys.argv[1], Path(sys.argv[2])) as server:
    print(server.settings.get("endpoint") or server.settings["port"], flush=True)
    time.sleep(300)
"""


@pytest.mark.parametrize("name", ["s3", "postgresql"])
def test_a_server_ends_with_who_started_it_however_that_ends(name: str, tmp_path: Path) -> None:
    process = subprocess.Popen([sys.executable, "-c", STARTER, name, str(tmp_path)], cwd=ROOT, stdout=subprocess.PIPE, text=True)
    assert process.stdout is not None
    assert process.stdout.readline()
    guards = _children(process.pid)
    servers = [server for guard in guards for server in _children(guard)]
    assert guards
    assert servers
    process.send_signal(signal.SIGKILL)
    process.wait()
    process.stdout.close()
    deadline = time.monotonic() + 15
    while [pid for pid in (*guards, *servers) if _lives(pid)]:
        assert time.monotonic() < deadline, "they are still there"
        time.sleep(0.05)


def _children(pid: int) -> list[int]:
    found = []
    for path in Path("/proc").glob("[0-9]*/stat"):
        try:
            fields = path.read_text().rpartition(")")[2].split()
        except OSError:
            continue
        if int(fields[1]) == pid and fields[0] != "Z":
            found.append(int(path.parent.name))
    return found


def _lives(pid: int) -> bool:
    try:
        return Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()[0] != "Z"
    except OSError:
        return False


def ask(server: Server, verb: str, path: str, body: bytes | None = None, **query: str) -> tuple[int, Any]:
    """A request of the JSON API."""
    request = urllib.request.Request(f"{server.control}{path}?{urlencode(query)}", data=body, method=verb)
    request.add_header("Authorization", f"Bearer {TOKEN}")
    if body is not None:
        request.add_header("Content-Type", "application/octet-stream")
    try:
        with urllib.request.urlopen(request, timeout=30) as answer:
            data = answer.read()
            return answer.status, json.loads(data) if data[:1] == b"{" else data
    except urllib.error.HTTPError as refused:
        data = refused.read()
        return refused.code, json.loads(data) if data[:1] == b"{" else data


def insert(server: Server, name: str, body: bytes, **query: str) -> tuple[int, Any]:
    return ask(server, "POST", f"/upload/storage/v1/b/{BUCKET}/o", body, uploadType="media", name=name, **query)


def test_generations_are_conditions(servers: Servers) -> None:
    server = servers("gcs")
    status, made = insert(server, "conditions/a", b"1", ifGenerationMatch="0")
    assert status == 200
    status, refused = insert(server, "conditions/a", b"2", ifGenerationMatch="0")
    assert (status, refused["error"]["errors"][0]["reason"]) == (412, "conditionNotMet")
    status, again = insert(server, "conditions/a", b"2", ifGenerationMatch=made["generation"])
    assert status == 200
    assert int(again["generation"]) > int(made["generation"])
    assert insert(server, "conditions/a", b"3", ifGenerationMatch=made["generation"])[0] == 412
    path = f"/storage/v1/b/{BUCKET}/o/conditions%2Fa"
    assert ask(server, "GET", path, ifGenerationNotMatch=again["generation"])[0] == 412
    assert ask(server, "DELETE", path, ifGenerationMatch=made["generation"])[0] == 412
    assert ask(server, "GET", path, alt="media") == (200, b"2")
    assert ask(server, "DELETE", path, ifGenerationMatch=again["generation"])[0] == 204
    assert insert(server, "conditions/a", b"4", ifGenerationMatch="0")[0] == 200


def test_the_bare_emulator_ignores_them(servers: Servers) -> None:
    server = servers("gcs-bare")
    assert insert(server, "conditions/a", b"1", ifGenerationMatch="0")[0] == 200
    assert insert(server, "conditions/a", b"2", ifGenerationMatch="0")[0] == 200


def test_what_the_discovery_document_does_not_know_is_an_error(servers: Servers) -> None:
    server = servers("gcs")
    status, said = insert(server, "a", b"1", ifGenerationMatches="0")
    assert status == 500
    assert "no parameter ifGenerationMatches" in said["error"]["message"]
    assert ask(server, "GET", f"/storage/v1/b/{BUCKET}/things")[0] == 500
    assert wrong_request("PUT", f"/storage/v1/b/{BUCKET}/o", {}) == [f"there is no PUT /storage/v1/b/{BUCKET}/o"]
    assert wrong_request("GET", f"/storage/v1/b/{BUCKET}/o", {"maxResults": "many"})
    method = find("GET", f"/storage/v1/b/{BUCKET}/o/x")
    assert method is not None
    assert method.name == "objects.get"
    assert wrong_answer(method, {"name": "x", "generation": "1"}) == []
    assert wrong_answer(method, {"name": "x", "generation": 1}) == ["Object.generation is int, not string"]
    assert wrong_answer(method, {"nam": "x"}) == ["Object has no field nam"]


def test_without_the_token_nothing_is_answered(servers: Servers) -> None:
    request = urllib.request.Request(f"{servers('gcs').control}/{BUCKET}/x")
    with pytest.raises(urllib.error.HTTPError) as refused:
        urllib.request.urlopen(request, timeout=30)
    assert refused.value.code == 401
    refused.value.close()


def test_the_ledger_tells_creates_from_other_writes(servers: Servers) -> None:
    for name in ("s3", "gcs"):
        objects = servers(name).objects("ledger")
        objects.create("log/1", b"a")
        objects.create("log/1", b"b")
        objects.put("log/2", b"c")
        seen = [(entry["method"], entry["key"], entry["condition"], entry["status"]) for entry in servers(name).ledger()
                if entry["key"].startswith("ledger/")]
        assert seen == [("PUT", "ledger/log/1", True, 200), ("PUT", "ledger/log/1", True, 412), ("PUT", "ledger/log/2", False, 200)]
        for name_ in servers(name).environ:
            os.environ.pop(name_, None)
