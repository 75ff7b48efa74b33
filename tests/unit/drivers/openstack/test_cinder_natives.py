"""Volumes, their attachments, snapshots and types."""

from __future__ import annotations

from typing import Any

import pytest
from tests.unit.drivers.openstack.stub import INTENT, MARKS, StubSession

from mcflow.drivers.openstack import driver
from mcflow.drivers.sdk import Natural, Submitted

VOLUME, ATTACHMENT, SNAPSHOT, TYPE = (
    driver.natives[f"openstack.{name}"] for name in ("volume", "volume_attachment", "volume_snapshot", "volume_type"))
ACTION = "POST block-storage /volumes/v-1/action"


def row(**changes: Any) -> dict[str, Any]:
    """A volume as Cinder lists it."""
    return {"id": "v-1", "name": "data", "description": None, "size": 20, "volume_type": "fast", "availability_zone": "nova",
            "status": "available", "bootable": "false", "metadata": dict(MARKS), "attachments": [], "snapshot_id": None,
            "source_volid": None, "multiattach": False, "encrypted": False, "created_at": "2026-11-01T00:00:00.000000", **changes}


def cloud(*rows: dict[str, Any]) -> StubSession:
    found = rows or (row(),)
    return StubSession({
        "GET block-storage /volumes/detail": {"volumes": list(found)}, "POST block-storage /volumes": {"volume": found[0]},
        **{f"GET block-storage /volumes/{each['id']}": {"volume": each} for each in found}, ACTION: None,
        "PUT block-storage /volumes/v-1": {"volume": {}},
    })


def test_a_volume_is_made_with_marks_among_its_metadata() -> None:
    api = cloud()
    VOLUME.create(api, {"name": "data", "size": 20, "volume_type": "fast", "snapshot_id": "s", "tags": {"team": "shop"},
                        "migration_policy": "never"}, INTENT)
    assert api.changes[0][1] == {"volume": {"name": "data", "size": 20, "volume_type": "fast", "snapshot_id": "s",
                                            "metadata": {"team": "shop", **MARKS}}}


def test_a_volume_of_an_image_is_as_large_as_that_needs() -> None:
    api = cloud()
    api.answers["GET image /images/i-1"] = {"min_disk": 3, "virtual_size": 4 * 1024 ** 3 + 1, "size": 10}
    VOLUME.create(api, {"image_id": "i-1"}, INTENT)
    assert api.changes[0][1]["volume"] == {"imageRef": "i-1", "size": 5, "metadata": MARKS}
    assert VOLUME.create(api, {"image_id": "i-1", "size": 9}, INTENT)
    assert api.changes[1][1]["volume"]["size"] == 9


@pytest.mark.parametrize(("status", "meaning"), [
    ("available", "ready"), ("in-use", "ready"), ("creating", "pending"), ("extending", "pending"), ("retyping", "pending"),
    ("reserved", "pending"), ("deleting", "deleting"), ("error", "failed"), ("error_extending", "failed"),
])
def test_the_states_of_a_volume(status: str, meaning: str) -> None:
    seen, = VOLUME.observe(cloud(row(status=status)), ["v-1"])
    assert seen.status == meaning
    assert bool(seen.reason) == (meaning == "failed")


def test_a_volume_grows_and_changes_its_type_by_actions() -> None:
    api = cloud()
    assert VOLUME.update(api, "v-1", {"size": 40}, {}, "size") == Submitted("v-1", request_id="req-1")
    VOLUME.update(api, "v-1", {"volume_type": "slow"}, {}, "volume_type")
    VOLUME.update(api, "v-1", {"volume_type": "slow"}, {"migration_policy": "never"}, "volume_type")
    VOLUME.update(api, "v-1", {"bootable": True}, {}, "bootable")
    assert [body for _, body in api.changes] == [
        {"os-extend": {"new_size": 40}}, {"os-retype": {"new_type": "slow", "migration_policy": "on-demand"}},
        {"os-retype": {"new_type": "slow", "migration_policy": "never"}}, {"os-set_bootable": {"bootable": True}}]


def test_a_volume_that_is_so_already_is_left_alone() -> None:
    api = cloud()
    assert VOLUME.update(api, "v-1", {"size": 20}, {}, "size") == Submitted("v-1")
    assert VOLUME.update(api, "v-1", {"volume_type": "fast"}, {}, "volume_type") == Submitted("v-1")
    assert api.changes == []


def test_a_change_of_type_that_fails_shows_in_nothing_but_that_the_type_stays() -> None:
    api = cloud(row(), row(id="v-2", status="retyping"), row(id="v-3", volume_type="slow"))
    assert VOLUME.update(api, "v-1", {"volume_type": "slow"}, {}, "volume_type").operation == "v-1|slow"  # type: ignore[union-attr]
    told = {each.operation: each.status for each in VOLUME.poll(api, [f"v-{number}|slow" for number in range(1, 5)])}
    assert told == {"v-1|slow": "failed", "v-2|slow": "running", "v-3|slow": "done", "v-4|slow": "done"}


def test_what_a_volume_was_made_of_is_read_back() -> None:
    seen, = VOLUME.observe(cloud(row(bootable="true", volume_image_metadata={"image_id": "i-1"}, source_volid="v-0")), ["v-1"])
    assert seen.attributes["bootable"] is True
    assert seen.attributes["image_id"] == "i-1"
    assert VOLUME.portray(seen.attributes) == {"name": "data", "size": 20, "volume_type": "fast", "source_volid": "v-0"}


# -- attachments

PLUG = {"server_id": "s-1", "volume_id": "v-1"}


def plugged(status: str = "in-use", **changes: Any) -> dict[str, Any]:
    return row(status=status, attachments=[{"server_id": "s-1", "volume_id": "v-1", "device": "/dev/vdb"}], **changes)


def test_a_volume_is_plugged_in_by_nova_and_seen_in_cinder() -> None:
    api = cloud(plugged(), row(id="v-2"))
    api.answers["POST compute /servers/s-1/os-volume_attachments"] = {
        "volumeAttachment": {"id": "v-1", "serverId": "s-1", "volumeId": "v-1", "device": "/dev/vdb"}}
    assert isinstance(ATTACHMENT.identity, Natural)
    assert ATTACHMENT.create(api, {**PLUG, "delete_on_termination": True}, INTENT).id == "s-1|v-1"
    assert api.changes[0][1] == {"volumeAttachment": {"volumeId": "v-1", "delete_on_termination": True}}
    seen, = ATTACHMENT.observe(api, ["s-1|v-1", "s-1|v-2"])
    assert (seen.id, seen.status, seen.attributes) == ("s-1|v-1", "ready", {**PLUG, "device": "/dev/vdb"})
    assert api.requests[-1][0] == "GET block-storage /volumes/detail"


def test_a_volume_that_is_being_plugged_in_is_pending_before_cinder_notes_where() -> None:
    seen, = ATTACHMENT.observe(cloud(row(status="reserved")), ["s-1|v-1"])
    assert seen.status == "pending"
    seen, = ATTACHMENT.observe(cloud(plugged("detaching")), ["s-1|v-1"])
    assert seen.status == "deleting"
    assert list(ATTACHMENT.observe(cloud(row()), ["s-1|v-1"])) == []


def test_an_attachment_is_looked_for_where_it_is_known_first() -> None:
    api = cloud(row(status="reserved"))
    assert list(ATTACHMENT.find(api, PLUG, INTENT)) == [], "the volume is taken, but by whom only Nova knows"
    api.answers["GET compute /servers/s-1/os-volume_attachments/v-1"] = {"volumeAttachment": {"device": None, "volumeId": "v-1"}}
    seen, = ATTACHMENT.find(api, PLUG, INTENT)
    assert (seen.id, seen.status) == ("s-1|v-1", "pending")


def test_what_a_server_boots_from_came_with_it() -> None:
    boot = row(id="v-2", status="in-use", bootable="true", attachments=[{"server_id": "s-1", "device": "/dev/vda"}])
    found = {seen.id: seen.provided for seen in ATTACHMENT.discover(cloud(plugged(), boot))}
    assert found == {"s-1|v-1": False, "s-1|v-2": True}
    assert [seen.id for seen in ATTACHMENT.match(cloud(plugged(), boot), {"server_id": "s-1"})] == ["s-1|v-1"]


# -- snapshots and types


def test_a_snapshot_is_made_also_of_a_volume_in_use() -> None:
    api = StubSession({"POST block-storage /snapshots": {"snapshot": {"id": "n-1"}}})
    SNAPSHOT.create(api, {"volume_id": "v-1", "name": "copy", "force": True}, INTENT)
    assert api.changes[0][1] == {"snapshot": {"volume_id": "v-1", "name": "copy", "force": True, "metadata": MARKS}}
    api = StubSession({"GET block-storage /snapshots/n-1": {"snapshot": {
        "id": "n-1", "volume_id": "v-1", "name": "snapshot for golden", "size": 5, "status": "available", "metadata": {}}}})
    seen, = SNAPSHOT.observe(api, ["n-1"])
    assert seen.provided, "Nova made it for an image"


def test_types_are_told_with_whom_they_are_for() -> None:
    rows = [{"id": "t-1", "name": "fast", "is_public": True, "extra_specs": {"a": "b"}, "description": None},
            {"id": "t-2", "name": "own", "os-volume-type-access:is_public": False, "description": "x"}]
    api = StubSession({"GET block-storage /types": {"volume_types": rows}, "POST block-storage /types": {"volume_type": rows[1]}})
    fast, own = TYPE.discover(api)
    assert (fast.attributes["is_public"], own.attributes["is_public"]) == (True, False)
    TYPE.create(api, {"name": "own", "is_public": False}, INTENT)
    assert api.changes[0][1] == {"volume_type": {"name": "own", "os-volume-type-access:is_public": False}}
