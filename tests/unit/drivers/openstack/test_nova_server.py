"""What is sent to Nova for a server, what its answers mean, and what is done in rounds."""

from __future__ import annotations

import base64
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from tests.unit.drivers.openstack.stub import INTENT, MARKS, StubSession

from mcflow.drivers.openstack import driver
from mcflow.drivers.sdk import Again, InvalidRequest, QuotaExceeded, Submitted

SERVER = driver.natives["openstack.server"]
FLAVORS = {"flavors": [{"id": "1", "name": "small"}, {"id": "2", "name": "large"}]}
WANT = {"name": "box", "flavor": "small", "image_id": "image-1", "networks": [{"port": "port-1"}]}


def row(**changes: Any) -> dict[str, Any]:
    """A server as Nova lists it."""
    return {"id": "s-1", "name": "box", "description": None, "status": "ACTIVE", "OS-EXT-STS:task_state": None, "OS-EXT-STS:power_state": 1,
            "flavor": {"original_name": "small"}, "image": {"id": "image-1"}, "metadata": dict(MARKS), "key_name": None, "locked": False,
            "OS-EXT-AZ:availability_zone": "nova", "config_drive": "", "tenant_id": "project-1", "created": "2026-11-01T00:00:00Z",
            "os-extended-volumes:volumes_attached": [], **changes}


def cloud(**changes: Any) -> StubSession:
    return StubSession({
        "GET compute /flavors/detail": FLAVORS, "GET compute /servers/s-1": {"server": row(**changes)}, "GET network /ports": {"ports": []},
        "POST compute /servers": {"server": {"id": "s-1"}}, "POST compute /servers/s-1/action": None,
        "GET compute /servers/s-1/os-instance-actions": {"instanceActions": []},
        "PUT compute /servers/s-1": {"server": {}}, "DELETE compute /servers/s-1": None, "PUT compute /servers/s-1/metadata": {},
    })


def made(**want: Any) -> dict[str, Any]:
    """The body of a create call."""
    api = cloud()
    assert SERVER.create(api, {**WANT, **want}, INTENT) == Submitted("s-1", request_id="req-1")
    (asked, body), = api.changes
    assert asked == "POST compute /servers"
    return dict(body)


def seen(**changes: Any) -> Any:
    return next(iter(SERVER.observe(cloud(**changes), ["s-1"])))


def test_a_server_is_made_on_its_port_with_marks_among_its_metadata() -> None:
    body = made(tags={"team": "shop"}, key_name="admin", availability_zone="nova")
    assert body == {"server": {
        "name": "box", "flavorRef": "1", "imageRef": "image-1", "networks": [{"port": "port-1"}], "key_name": "admin",
        "availability_zone": "nova", "metadata": {"team": "shop", **MARKS}}}


def test_without_networks_nova_chooses() -> None:
    assert made(networks=None)["server"]["networks"] == "auto"


def test_user_data_is_encoded_and_a_password_given() -> None:
    body = made(user_data="#!/bin/sh\necho ä\n", admin_pass="secret-word")["server"]
    assert base64.b64decode(body["user_data"]).decode() == "#!/bin/sh\necho ä\n"
    assert body["adminPass"] == "secret-word"


def test_hints_stand_beside_the_server() -> None:
    body = made(server_group_id="g-1", scheduler_hints={"different_host": ["x"]})
    assert body["OS-SCH-HNT:scheduler_hints"] == {"group": "g-1", "different_host": ["x"]}


def test_a_server_boots_from_a_volume_that_stays() -> None:
    body = made(image_id=None, boot_volume_id="v-1")["server"]
    assert body["block_device_mapping_v2"] == [
        {"uuid": "v-1", "source_type": "volume", "destination_type": "volume", "boot_index": 0, "delete_on_termination": False}]
    assert "imageRef" not in body


def test_with_more_disks_the_image_has_its_place_in_the_list() -> None:
    more = {"source_type": "blank", "destination_type": "local", "volume_size": 1}
    disks = made(block_device_mapping_v2=[more])["server"]["block_device_mapping_v2"]
    assert disks == [{"uuid": "image-1", "source_type": "image", "destination_type": "local", "boot_index": 0,
                      "delete_on_termination": True}, more]


def test_a_flavor_that_is_not_there_is_refused_with_those_that_are() -> None:
    with pytest.raises(InvalidRequest, match="no flavor named huge; there are: large, small"):
        SERVER.create(cloud(), {**WANT, "flavor": "huge"}, INTENT)


def test_a_flavor_made_meanwhile_is_found() -> None:
    api = cloud()
    SERVER.create(api, WANT, INTENT)
    api.answers["GET compute /flavors/detail"] = {"flavors": [*FLAVORS["flavors"], {"id": "3", "name": "new"}]}
    SERVER.create(api, {**WANT, "flavor": "new"}, INTENT)
    assert api.changes[-1][1]["server"]["flavorRef"] == "3"


@pytest.mark.parametrize(("status", "task", "meaning"), [
    ("ACTIVE", None, "ready"), ("SHUTOFF", None, "ready"), ("BUILD", "spawning", "pending"), ("ACTIVE", "rebooting_hard", "pending"),
    ("VERIFY_RESIZE", None, "ready"), ("RESIZE", "resize_migrating", "pending"), ("PAUSED", None, "ready"), ("NEW_WORD", None, "pending"),
    ("ACTIVE", "deleting", "deleting"), ("ERROR", "deleting", "deleting"), ("SHELVED_OFFLOADED", None, "ready"),
])
def test_a_server_with_a_task_is_pending_whatever_its_status(status: str, task: str | None, meaning: str) -> None:
    assert seen(**{"status": status, "OS-EXT-STS:task_state": task}).status == meaning


def test_a_failed_server_says_why() -> None:
    failed = seen(status="ERROR", fault={"message": "No valid host was found.", "code": 500})
    assert (failed.status, failed.reason) == ("failed", "No valid host was found.")


def test_soft_deleted_servers_are_gone() -> None:
    assert list(SERVER.observe(cloud(status="SOFT_DELETED"), ["s-1"])) == []


def test_what_a_server_is_plugged_into_is_asked_of_neutron_once_for_all() -> None:
    ports = [{"id": "late", "device_id": "s-1", "network_id": "n", "fixed_ips": [], "created_at": "2026-11-02T00:00:00Z"},
             {"id": "first", "device_id": "s-1", "network_id": "n", "fixed_ips": [{"ip_address": "10.0.0.9"}],
              "created_at": "2026-11-01T00:00:00Z"}]
    api = StubSession({"GET compute /servers/detail": {"servers": [row(), row(id="s-2"), row(id="theirs")]},
                       "GET network /ports": {"ports": ports}})
    one, two = SERVER.observe(api, ["s-1", "s-2"])
    assert one.attributes["networks"] == [{"port": "first", "uuid": "n", "fixed_ip": "10.0.0.9"}, {"port": "late", "uuid": "n"}]
    assert "networks" not in two.attributes
    assert [asked for asked, _ in api.requests] == ["GET compute /servers/detail", "GET network /ports"]
    assert api.requests[1][1] == {"device_id": ["s-1", "s-2"]}


def test_a_server_in_the_making_is_looked_at_with_one_request() -> None:
    api = cloud(status="BUILD")
    assert next(iter(SERVER.observe(api, ["s-1"]))).status == "pending"
    assert [asked for asked, _ in api.requests] == ["GET compute /servers/s-1"]


def test_the_volume_it_boots_from_is_told_apart_from_those_plugged_in_later() -> None:
    api = cloud(image="", **{"os-extended-volumes:volumes_attached": [{"id": "data"}, {"id": "root"}]})
    api.answers["GET block-storage /volumes/detail"] = {"volumes": [
        {"id": "data", "attachments": [{"server_id": "s-1", "device": "/dev/vdb"}]},
        {"id": "root", "attachments": [{"server_id": "s-1", "device": "/dev/vda"}]}]}
    shown, = SERVER.observe(api, ["s-1"])
    assert shown.attributes["boot_volume_id"] == "root"
    assert "boot_volume_id" not in seen(**{"os-extended-volumes:volumes_attached": [{"id": "data"}]}).attributes


def test_only_what_was_wished_for_is_written_into_a_blueprint() -> None:
    told = seen(config_drive="", **{"OS-EXT-STS:power_state": 1}).attributes
    assert SERVER.portray(told) == {"name": "box", "flavor": "small", "image_id": "image-1"}
    assert SERVER.portray(seen(status="SHUTOFF").attributes)["power"] == "stopped"


def change(group: str, want: dict[str, Any], **present: Any) -> tuple[Any, list[tuple[str, Any]]]:
    api = cloud(**present)
    return SERVER.update(api, "s-1", {**WANT, **want}, {}, group), api.changes


ACTION = "POST compute /servers/s-1/action"


def test_a_resize_goes_in_rounds() -> None:
    answer, calls = change("flavor", {"flavor": "large"})
    assert isinstance(answer, Again)
    assert calls == [(ACTION, {"resize": {"flavorRef": "2"}})]
    waiting = {"status": "VERIFY_RESIZE", "flavor": {"original_name": "large"}}
    assert seen(**waiting).attributes["flavor"] != "large", "it is not settled before it is confirmed"
    answer, calls = change("flavor", {"flavor": "large"}, **waiting)
    assert answer == Submitted("s-1", request_id="req-1")
    assert calls == [(ACTION, {"confirmResize": None})]
    assert change("flavor", {"flavor": "large"}, flavor={"original_name": "large"}) == (Submitted("s-1"), [])


@pytest.mark.parametrize(("age", "refused"), [(10, True), (600, False)])
def test_a_resize_that_nova_gave_up_is_not_asked_for_again(age: float, refused: bool) -> None:
    api = cloud()
    began = (datetime.now(UTC) - timedelta(seconds=age)).strftime("%Y-%m-%dT%H:%M:%S.000000")
    api.answers["GET compute /servers/s-1/os-instance-actions"] = {"instanceActions": [
        {"action": "resize", "message": "Error", "start_time": began, "request_id": "req-9"}]}
    if refused:
        with pytest.raises(QuotaExceeded, match="no place for the server with flavor large"):
            SERVER.update(api, "s-1", {**WANT, "flavor": "large"}, {}, "flavor")
    else:
        assert isinstance(SERVER.update(api, "s-1", {**WANT, "flavor": "large"}, {}, "flavor"), Again)
    assert bool(api.changes) != refused


def test_a_resize_that_somebody_left_unconfirmed_is_confirmed_first() -> None:
    answer, calls = change("flavor", {"flavor": "large"}, status="VERIFY_RESIZE")
    assert isinstance(answer, Again)
    assert calls == [(ACTION, {"confirmResize": None})]


@pytest.mark.parametrize(("power", "status", "action"), [
    ("stopped", "ACTIVE", "os-stop"), ("running", "SHUTOFF", "os-start"), ("running", "PAUSED", "unpause"),
    ("running", "SUSPENDED", "resume"), ("running", "SHELVED_OFFLOADED", "unshelve"),
])
def test_power(power: str, status: str, action: str) -> None:
    _, calls = change("power", {"power": power}, status=status)
    assert calls == [(ACTION, {action: None})]
    reached = {"running": "ACTIVE", "stopped": "SHUTOFF"}[power]
    assert change("power", {"power": power}, status=reached) == (Submitted("s-1"), []), "Nova refuses to do it twice"


def test_a_description_that_is_no_more_is_emptied() -> None:
    api = cloud(description="old")
    SERVER.update(api, "s-1", WANT, {"description": "old"}, "settings")
    assert api.changes == [("PUT compute /servers/s-1", {"server": {"name": "box", "description": ""}})]


def test_tags_are_metadata_and_those_of_others_stay() -> None:
    api = cloud(metadata={**MARKS, "theirs": "1", "ours": "old"})
    SERVER.update(api, "s-1", {**WANT, "tags": {"new": "2"}}, {"tags": {"ours": "old"}}, "tags")
    assert api.changes == [("PUT compute /servers/s-1/metadata", {"metadata": {**MARKS, "theirs": "1", "new": "2"}})]


def test_a_lost_answer_is_found_by_the_mark() -> None:
    others = {**MARKS, "mcflow-op": "other"}
    rows = [row(id="x", metadata=others), row()]
    api = StubSession({"GET compute /servers/detail": {"servers": rows}, "GET network /ports": {"ports": []}})
    assert [shown.id for shown in SERVER.find(api, WANT, INTENT)] == ["s-1"]
