"""``mcflow raw`` on the lab: reads, pages, refusals that help, a write in the audit log."""

from __future__ import annotations

import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from tests.openstack.lab import Project

from mcflow.cli.entry import outcome

Call = Callable[..., Any]


@pytest.fixture
def raw(folder: Path, capsys: pytest.CaptureFixture[str]) -> Call:
    """``mcflow raw cloud …``: what it says; JSON where it can be read so."""
    (folder / "mcflow.yaml").write_text(json.dumps({"mcflow": 1, "name": "t-raw", "connections": {"cloud": {"driver": "openstack"}},
                                                    "resources": {}}))

    def run(*words: str, code: int = 0) -> Any:
        capsys.readouterr()
        found = outcome(["raw", "cloud", *words])
        told = capsys.readouterr()
        assert found == code, told.out + told.err
        if code:
            return " ".join(told.err.split())
        try:
            return json.loads(told.out)
        except ValueError:
            return told.out

    return run


def test_reading(raw: Call) -> None:
    assert "shared-file-system" in raw()
    assert "GET /servers/{server_id}/os-instance-actions" in raw("nova")
    assert "body.network.mtu" in raw("network", "POST /networks", "--help-operation")
    assert "m1.tiny" in raw("compute", "GET /flavors", "--query", "flavors[].name")
    outside = raw("network", "/networks", "--params", '{"query": {"router:external": true}}')["networks"]
    assert [each["name"] for each in outside] == ["public"]
    whole = raw("image", "GET /images")["images"]
    assert len(raw("image", "GET /images?limit=2")["images"]) == 2
    assert raw("image", "GET /images?limit=2", "--all-pages", "--query", "images[].id") == [each["id"] for each in whole]
    one = raw("image", "GET /images/{id}", "--params", json.dumps({"id": whole[0]["id"]}))
    assert one["name"] == whole[0]["name"]
    assert raw("object-store", "HEAD /")["headers"]["x-account-container-count"] == "0"
    assert raw("placement", "GET /")["versions"]


def test_refusals_help(raw: Call) -> None:
    assert "did you mean `compute`" in raw("compte", "GET /servers", code=1)
    assert "near is `GET /servers`" in raw("compute", "GET /servrs", code=1)
    assert "did you mean `id`" in raw("compute", "GET /servers/{id}", "--params", '{"ide": "1"}', code=1)
    assert "MC1058" in raw("compute", "DELETE /servers/{id}", "--params", '{"id": "1"}', code=6)
    assert "os_compute_api:os-hypervisors:list" in raw("compute", "GET /os-hypervisors", code=1)
    assert "identity:list_users" in raw("identity", "GET /users", code=1)
    assert "microversion" in raw("compute", "GET /servers", "--params", '{"microversion": "newest"}', code=1)


def test_writing_is_recorded_and_secrets_are_covered(raw: Call, project: Project, capsys: pytest.CaptureFixture[str]) -> None:
    made = raw("compute", "POST /os-keypairs", "--params", json.dumps(
        {"body": {"keypair": {"name": "t-raw"}}, "microversion": "2.79"}), "--allow-write", "--reason", "ticket 4711")
    assert made["keypair"]["private_key"] == "(sensitive)"
    assert [each.name for each in project.own.compute.keypairs()] == ["t-raw"]
    raw("compute", "DELETE /os-keypairs/{name}", "--params", '{"name": "t-raw"}', "--allow-write")
    assert not list(project.own.compute.keypairs())
    assert outcome(["state", "history", "--audit"]) == 0
    told = capsys.readouterr().out
    assert "POST /os-keypairs" in told
    assert "ticket 4711" in told
