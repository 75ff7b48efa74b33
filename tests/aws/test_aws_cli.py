"""What a user of AWS types: apply, again, destroy; and what is said when credentials, account or endpoint are wrong."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest
from tests.aws.conftest import REGION
from tests.aws.moto_cloud import REVOKED
from tests.aws.moto_handle import MotoCloud

from mcflow.cli.entry import outcome

FAULTS: dict[str, Any] = {"seed": "5", "throttle": 0.15, "lose_reply": 0.2}
RESOURCES = {
    "net": {"type": "vpc", "properties": {"cidr": "10.0.0.0/16", "internet": False}},
    "web": {"type": "security_group", "properties": {
        "vpc": "{{ resources.net }}", "inbound": [{"protocol": "tcp", "ports": 22, "cidr": "{{ vars.admins }}"}]}},
    "data": {"type": "disk", "properties": {"size_gib": 10, "zone": f"{REGION}a"}},
}


def write(folder: Path, endpoint: str, **connection: Any) -> None:
    fast = {"poll_interval": 0.02, "request_timeout": 5, "visibility_lag": 0.2, "requests_per_second": 0}
    blueprint = {
        "mcflow": 1, "name": "typed", "variables": {"admins": {"type": "string", "default": "198.51.100.0/24"}}, "resources": RESOURCES,
        "connections": {"cloud": {"driver": "aws", "region": REGION, "endpoint": endpoint, **fast, **connection}},
    }
    (folder / "site.yaml").write_text(json.dumps(blueprint))


def test_apply_change_and_destroy_through_throttling_and_lost_replies(folder: Path, aws_cloud: MotoCloud) -> None:
    write(folder, aws_cloud.endpoint)
    before = aws_cloud.inventory()
    aws_cloud.faults(**FAULTS)
    assert outcome(["apply", "-y", "-f", "site.yaml"]) == 0
    assert outcome(["plan", "--detailed-exitcode", "-f", "site.yaml"]) == 0
    made = aws_cloud.inventory().items() - before.items()
    assert sorted(kind for _, kind in made) == ["security_group", "volume", "vpc"]
    assert outcome(["plan", "--detailed-exitcode", "-f", "site.yaml", "--var", "admins=203.0.113.0/24"]) == 2
    assert outcome(["apply", "-y", "-f", "site.yaml", "--var", "admins=203.0.113.0/24"]) == 0
    assert aws_cloud.inventory().items() - before.items() == made
    assert outcome(["destroy", "-y", "-f", "site.yaml"]) == 0
    assert aws_cloud.inventory() == before
    assert any(entry["lost"] for entry in aws_cloud.ledger()), "no reply was lost, so nothing was shown"


@pytest.mark.parametrize(("key", "said"), [(None, "Unable to locate credentials"), (REVOKED, "The security token included")])
def test_credentials_that_do_not_work(
    folder: Path, aws_cloud: MotoCloud, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str], key: str | None, said: str,
) -> None:
    write(folder, aws_cloud.endpoint)
    if key is None:
        monkeypatch.delenv("AWS_ACCESS_KEY_ID")
    else:
        monkeypatch.setenv("AWS_ACCESS_KEY_ID", key)
    assert outcome(["apply", "-y", "-f", "site.yaml"]) == 4
    words = " ".join(capsys.readouterr().err.split())
    for part in ("MC0804", "`cloud`", said, "aws configure", "AWS_SECRET_ACCESS_KEY"):
        assert part in words
    assert aws_cloud.ledger() == []


def test_credentials_that_have_ended_are_renewed(
    folder: Path, aws_cloud: MotoCloud, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str],
) -> None:
    write(folder, aws_cloud.endpoint)
    assert outcome(["apply", "-y", "-f", "site.yaml"]) == 0
    monkeypatch.setenv("AWS_ACCESS_KEY_ID", REVOKED)
    assert outcome(["destroy", "-y", "-f", "site.yaml"]) == 4
    capsys.readouterr()
    monkeypatch.setenv("AWS_ACCESS_KEY_ID", "testing")
    assert outcome(["destroy", "-y", "-f", "site.yaml"]) == 0


def test_another_account(folder: Path, aws_cloud: MotoCloud, capsys: pytest.CaptureFixture[str]) -> None:
    write(folder, aws_cloud.endpoint, account="999999999999")
    assert outcome(["apply", "-y", "-f", "site.yaml"]) == 4
    assert "999999999999" in capsys.readouterr().err
    assert aws_cloud.ledger() == []


def test_nobody_at_the_endpoint(folder: Path, capsys: pytest.CaptureFixture[str]) -> None:
    write(folder, "http://127.0.0.1:9", request_timeout=1)
    assert outcome(["apply", "-y", "-f", "site.yaml"]) == 1
    words = " ".join(capsys.readouterr().err.split())
    assert "MC0805" in words
    assert "http://127.0.0.1:9/" in words
    assert "check the endpoint" in words
