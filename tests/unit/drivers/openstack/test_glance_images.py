"""Images: of servers, of volumes, from an address."""

from __future__ import annotations

import json
from typing import Any

import pytest
from tests.unit.drivers.openstack.stub import INTENT, MARKS, PROJECT, StubSession

from mcflow.drivers.openstack import driver
from mcflow.drivers.sdk import Again, NotFound, Submitted

IMAGE = driver.natives["openstack.image"]


def row(**changes: Any) -> dict[str, Any]:
    """An image as Glance lists it: its own fields and everybody's properties side by side."""
    return {"id": "i-1", "name": "golden", "status": "active", "visibility": "private", "protected": False, "owner": PROJECT, "min_disk": 1,
            "min_ram": 0, "disk_format": "raw", "container_format": "bare", "size": 10, "tags": [], "os_hash_algo": "sha512", "self": "/x",
            "created_at": "2026-11-01T00:00:00Z", **MARKS, **changes}


def cloud(**changes: Any) -> StubSession:
    return StubSession({"GET image /images/i-1": row(**changes), "GET image /images": {"images": [row(**changes)]},
                        "PATCH image /images/i-1": {}, "DELETE image /images/i-1": None, "POST image /images/i-1/import": None})


def seen(**changes: Any) -> Any:
    return next(iter(IMAGE.observe(cloud(**changes), ["i-1"])))


def test_a_copy_of_a_server_carries_the_marks_as_properties() -> None:
    api = StubSession({"POST compute /servers/s-1/action": {"image_id": "i-1"}})
    assert IMAGE.create(api, {"name": "golden", "server_id": "s-1", "description": "later"}, INTENT).id == "i-1"
    assert api.changes[0][1] == {"createImage": {"name": "golden", "metadata": MARKS}}


def test_a_copy_of_a_volume_is_known_by_its_name() -> None:
    answer = {"os-volume_upload_image": {"image_id": "i-1"}}
    api = StubSession({"POST block-storage /volumes/v-1/action": answer, "GET image /images": {"images": [row(), row(name="gold")]}})
    assert IMAGE.create(api, {"name": "golden", "volume_id": "v-1", "disk_format": "qcow2"}, INTENT).id == "i-1"
    assert api.changes[0][1] == {"os-volume_upload_image": {"image_name": "golden", "disk_format": "qcow2"}}
    assert [each.id for each in IMAGE.find(api, {"name": "golden"}, INTENT)] == ["i-1"]
    assert api.requests[-1][1] == {"owner": PROJECT, "limit": 500, "name": "golden"}


def test_an_image_from_an_address_is_made_first_and_filled_then() -> None:
    api = StubSession({"POST image /images": row(status="queued")})
    IMAGE.create(api, {"name": "golden"}, INTENT)
    assert api.changes[0][1] == {"name": "golden", "disk_format": "qcow2", "container_format": "bare", **MARKS}
    assert seen(status="queued").status == "ready", "it waits for its content, which is another call's"
    api = cloud(status="queued")
    IMAGE.update(api, "i-1", {"url": "https://example.org/x.qcow2"}, {}, "url")
    assert api.changes == [("POST image /images/i-1/import",
                            {"method": {"name": "web-download", "uri": "https://example.org/x.qcow2"}})]
    for present in ({"status": "queued", "os_glance_import_task": "t"}, {"status": "importing"}, {"status": "active"}):
        api = cloud(**present)
        assert IMAGE.update(api, "i-1", {"url": "https://example.org/x.qcow2"}, {}, "url") == Submitted("i-1")
        assert api.changes == [], "it is filled once"


@pytest.mark.parametrize(("changes", "meaning"), [
    ({"status": "queued", "instance_uuid": "s-1"}, "pending"), ({"status": "queued", "os_glance_import_task": "t"}, "pending"),
    ({"status": "importing"}, "pending"), ({"status": "saving"}, "pending"), ({}, "ready"), ({"status": "deactivated"}, "ready"),
    ({"status": "killed"}, "failed"), ({"status": "queued", "os_glance_failed_import": "files"}, "failed"),
    ({"status": "queued", "mcflow-state": None, "mcflow-op": None}, "pending"), ({"status": "pending_delete"}, "deleting"),
])
def test_the_states_of_an_image(changes: dict[str, Any], meaning: str) -> None:
    assert seen(**changes).status == meaning


def test_properties_are_tags_and_what_services_note_is_not() -> None:
    noted = {"instance_uuid": "s-1", "base_image_ref": "i-0", "owner_user_name": "me", "image_type": "snapshot"}
    shown = seen(os_distro="ubuntu", description="d", **noted)
    assert shown.attributes["tags"] == {"os_distro": "ubuntu"}
    assert shown.tags == {"os_distro": "ubuntu", **MARKS}
    assert (shown.attributes["server_id"], shown.attributes["description"]) == ("s-1", "d")
    assert IMAGE.portray(shown.attributes) == {"name": "golden", "server_id": "s-1", "disk_format": "raw", "container_format": "bare",
                                               "description": "d", "tags": {"os_distro": "ubuntu"}}


def test_settings_are_patched_one_by_one() -> None:
    api = cloud(description="old")
    want = {"name": "golden", "protected": True, "min_disk": 1, "visibility": "community"}
    IMAGE.update(api, "i-1", want, {"description": "old"}, "settings")
    assert api.changes[0][1] == [{"op": "replace", "path": "/visibility", "value": "community"},
                                 {"op": "replace", "path": "/protected", "value": True}, {"op": "remove", "path": "/description"}]


def test_tags_are_patched_and_those_of_others_stay() -> None:
    api = cloud(theirs="1", ours="old", gone="x")
    IMAGE.update(api, "i-1", {"tags": {"ours": "new", "a/b": "c"}}, {"tags": {"ours": "old", "gone": "x"}}, "tags")
    steps = sorted((step["op"], step["path"], step.get("value")) for step in api.changes[0][1])
    assert steps == [("add", "/a~1b", "c"), ("remove", "/gone", None), ("replace", "/ours", "new")]


def test_hidden_images_are_looked_at_one_by_one() -> None:
    api = cloud()
    api.answers["GET image /images/i-2"] = row(id="i-2", os_hidden=True)
    assert [each.id for each in IMAGE.observe(api, ["i-1", "i-2"])] == ["i-1", "i-2"]


def test_the_snapshots_of_a_copy_go_before_it() -> None:
    disks = json.dumps([{"snapshot_id": "n-1", "source_type": "snapshot"}, {"source_type": "blank"}])
    api = cloud(block_device_mapping=disks)
    api.answers |= {"GET block-storage /snapshots/n-1": {"snapshot": {"status": "available"}}, "DELETE block-storage /snapshots/n-1": None}
    assert isinstance(IMAGE.delete(api, "i-1", {}), Again)
    assert api.changes == [("DELETE block-storage /snapshots/n-1", None)]
    api.answers["GET block-storage /snapshots/n-1"] = {"snapshot": {"status": "deleting"}}
    assert isinstance(IMAGE.delete(api, "i-1", {}), Again)
    assert len(api.changes) == 1
    api.answers["GET block-storage /snapshots/n-1"] = NotFound()
    assert IMAGE.delete(api, "i-1", {}) == Submitted("i-1", request_id="req-1")
    assert IMAGE.delete(cloud(block_device_mapping=disks), "i-1", {"delete_snapshots": False}) == Submitted("i-1", request_id="req-1")


def test_an_image_is_shared_with_another_project() -> None:
    member = driver.natives["openstack.image_member"]
    row_of = {"image_id": "i-1", "member_id": "p-2", "status": "pending"}
    api = StubSession({"POST image /images/i-1/members": row_of, "GET image /images/i-1/members": {"members": [row_of]},
                       "GET image /images": {"images": [row(visibility="shared"), row(id="i-2")]},
                       "DELETE image /images/i-1/members/p-2": None})
    want = {"image_id": "i-1", "member_id": "p-2"}
    assert member.create(api, want, INTENT).id == "i-1|p-2"
    assert api.changes == [("POST image /images/i-1/members", {"member": "p-2"})]
    for found in (member.find(api, want, INTENT), member.observe(api, ["i-1|p-2"]), member.discover(api)):
        assert [(each.id, each.attributes["status"]) for each in found] == [("i-1|p-2", "pending")]
    assert list(member.find(api, {**want, "member_id": "p-3"}, INTENT)) == []
    member.delete(api, "i-1|p-2", {})
    assert api.changes[-1][0] == "DELETE image /images/i-1/members/p-2"
