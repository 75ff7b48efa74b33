"""What the API's own words for states mean to the engine, and how volumes' modifications are told apart."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import UTC, datetime
from typing import Any

import pytest

from mcflow.drivers.aws import driver
from mcflow.drivers.aws.native.volume import devices, modifications


class Rows:
    """An API that answers one describe call with these rows."""

    def __init__(self, *rows: dict[str, Any]) -> None:
        self.rows = rows

    def pages(self, operation: str, member: str, **params: Any) -> Iterator[dict[str, Any]]:
        yield from self.rows


def modification(volume: str, state: str, hour: int, **more: str) -> dict[str, Any]:
    return {"VolumeId": volume, "ModificationState": state, "StartTime": datetime(2026, 1, 1, hour, tzinfo=UTC), **more}


@pytest.mark.parametrize(("state", "status", "power"), [
    ("pending", "pending", None), ("running", "ready", "running"), ("stopping", "pending", None), ("stopped", "ready", "stopped"),
    ("shutting-down", "deleting", None), ("terminated", "gone", None), ("never-heard-of", "pending", None),
])
def test_instances(state: str, status: str, power: str | None) -> None:
    row = {"InstanceId": "i-1", "State": {"Name": state}, "StateReason": {"Message": "why"}}
    type = driver.natives["aws.instance"]
    seen = next(iter(type.observe(Rows({"Instances": [row]}), ["i-1"])))
    assert (seen.status, seen.reason) == (status, "why")
    assert seen.attributes.get("power") == power, "on its way it is neither, so that nothing is done about it"
    assert seen.attributes["state"] == state


@pytest.mark.parametrize(("state", "status"), [
    ("creating", "pending"), ("available", "ready"), ("in-use", "ready"), ("deleting", "deleting"), ("deleted", "gone"),
    ("error", "failed"),
])
def test_volumes(state: str, status: str) -> None:
    seen = next(iter(driver.natives["aws.volume"].observe(Rows({"VolumeId": "vol-1", "State": state}), ["vol-1"])))
    assert seen.status == status


@pytest.mark.parametrize(("state", "status"), [
    ("attaching", "pending"), ("attached", "ready"), ("detaching", "deleting"), ("detached", None),
])
def test_attachments(state: str, status: str | None) -> None:
    row = {"VolumeId": "vol-1", "Attachments": [{"InstanceId": "i-1", "Device": "/dev/sdf", "State": state}]}
    seen = list(driver.natives["aws.volume_attachment"].observe(Rows(row), ["vol-1|i-1"]))
    assert [each.status for each in seen] == ([] if status is None else [status])
    assert list(driver.natives["aws.volume_attachment"].observe(Rows(row), ["vol-1|i-2"])) == []


@pytest.mark.parametrize(("state", "status"), [
    ("modifying", "running"), ("optimizing", "done"), ("completed", "done"), ("failed", "failed"),
])
def test_the_last_modification_of_a_volume_counts(state: str, status: str) -> None:
    rows = Rows(modification("vol-1", "completed", 1), modification("vol-1", state, 3, StatusMessage="no room"),
                modification("vol-1", "failed", 2), modification("vol-2", "modifying", 4))
    first, second = modifications(rows, ["vol-1", "vol-2"])  # type: ignore[arg-type]
    assert (first.operation, first.status, first.reason) == ("vol-1", status, "no room" if status == "failed" else "")
    assert second.status == "running"


def test_a_volume_never_modified_has_nothing_under_way() -> None:
    assert [each.status for each in modifications(Rows(), ["vol-1"])] == ["done"]  # type: ignore[arg-type]


def test_device_names_in_the_order_aws_recommends() -> None:
    names = list(devices())
    assert (names[0], names[10], names[11], len(names), len(set(names))) == ("/dev/sdf", "/dev/sdp", "/dev/xvdba", 63, 63)
