"""``mcflow mock``: every command, both forms, on the file that a session uses."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest
from click.testing import CliRunner

from mcflow.drivers.mock.commands import group
from mcflow.drivers.mock.session import MockSession
from mcflow.model.connection import Connection


@pytest.fixture
def api(tmp_path: Path) -> MockSession:
    return MockSession(Connection("m", "mock", None, {"directory": str(tmp_path)}))


def run(folder: Path, *arguments: str, code: int = 0) -> str:
    done = CliRunner().invoke(group, ["-C", str(folder), *arguments])
    assert done.exit_code == code, done.output
    return done.output


def read(folder: Path, *arguments: str) -> Any:
    return json.loads(run(folder, *arguments, "-o", "json"))


def test_objects_and_ledger(tmp_path: Path, api: MockSession) -> None:
    vpc = api.cloud.create("vpc", {"cidr_block": "10.0.0.0/16"}, tags={"a": "b"}).id
    subnet = api.cloud.create("subnet", {"vpc_id": vpc, "cidr_block": "10.0.1.0/24"}).id
    found = read(tmp_path, "objects")
    assert {each["id"] for each in found} == {vpc, subnet}
    assert read(tmp_path, "objects", "--kind", "vpc")[0]["tags"] == {"a": "b"}
    assert vpc in run(tmp_path, "objects")
    assert [entry["object_id"] for entry in read(tmp_path, "ledger")] == [vpc, subnet]
    assert [entry["object_id"] for entry in read(tmp_path, "ledger", "--after", "1")] == [subnet]
    assert read(tmp_path, "ledger", "--verb", "delete") == []
    assert "OUTCOME" in run(tmp_path, "ledger")


def test_drift_by_id_and_address(tmp_path: Path, api: MockSession) -> None:
    from mcflow.drivers.mock.cloud.work import Caller

    volume = api.cloud.create("volume", {"size_gib": 10, "zone": "mock-east-a"}, tags={"old": "x"}, caller=Caller("data/volume", "op")).id
    run(tmp_path, "drift", volume, "size_gib=30", "tags.owner=ann", "tags.old=null")
    (view,) = api.cloud.describe("volume", [volume])
    assert view.attributes["size_gib"] == 30
    assert view.tags == {"owner": "ann"}
    assert read(tmp_path, "drift", "data/volume", "volume_type=nvme") == [{"id": volume, "volume_type": "nvme"}]
    assert "no attribute colour" in run(tmp_path, "drift", volume, "colour=red", code=1)
    assert "no object" in run(tmp_path, "drift", "nothing/there", "a=b", code=1)
    assert "name=value" in run(tmp_path, "drift", volume, "a", code=2)
    assert read(tmp_path, "ledger", "--verb", "drift")[0]["outcome"] == "out of band"


def test_delete_takes_what_holds_on_with_it(tmp_path: Path, api: MockSession) -> None:
    vpc = api.cloud.create("vpc", {"cidr_block": "10.0.0.0/16"}).id
    subnet = api.cloud.create("subnet", {"vpc_id": vpc, "cidr_block": "10.0.1.0/24"}).id
    assert [each["id"] for each in read(tmp_path, "delete", vpc)] == [subnet, vpc]
    assert read(tmp_path, "objects") == []
    assert "holds nothing" in run(tmp_path, "objects")


def test_switches(tmp_path: Path, api: MockSession) -> None:
    assert read(tmp_path, "faults", "set", "error=0.25", "seed=7") == {"faults": {"error": 0.25, "seed": 7}}
    assert api.cloud.behaviour().rates == {"error": 0.25}
    assert read(tmp_path, "latency", "settle=2", "jitter=0.5")["latency"] == {"settle": 2, "jitter": 0.5}
    assert read(tmp_path, "quota", "vpc=5")["quotas"] == {"vpc": 5}
    assert read(tmp_path, "capacity", "mock-east-a=3")["capacity"] == {"mock-east-a": 3}
    behaviour = api.cloud.behaviour()
    assert (behaviour.settle, behaviour.quotas, behaviour.capacities) == (2.0, {"vpc": 5}, {"mock-east-a": 3})
    assert "settle" in run(tmp_path, "faults", "show")
    assert read(tmp_path, "latency") == read(tmp_path, "faults", "show")
    assert "faults" not in read(tmp_path, "faults", "clear")
    assert set(read(tmp_path, "quota", "--clear")) == {"latency", "capacity"}
    assert "from 0 to 1" in run(tmp_path, "faults", "set", "error=2", code=2)
    assert "there is no luck" in run(tmp_path, "faults", "set", "luck=1", code=2)
    assert "either" in run(tmp_path, "quota", "--clear", "vpc=1", code=2)


def test_reset_asks_first(tmp_path: Path, api: MockSession) -> None:
    api.cloud.create("note", {"text": "x"})
    run(tmp_path, "reset", code=1)
    assert len(read(tmp_path, "objects")) == 1
    assert read(tmp_path, "reset", "--yes") == [{"forgotten": 1}]
    assert read(tmp_path, "objects") == read(tmp_path, "ledger") == []


def test_without_a_cloud_there_is_a_plain_answer(tmp_path: Path) -> None:
    assert "no rehearsal cloud" in run(tmp_path, "objects", code=1)
    assert not (tmp_path / ".mcflow").exists()
