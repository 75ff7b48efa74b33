"""Manila's types: shares, who may mount them, snapshots and networks."""

from __future__ import annotations

from typing import Any

import pytest
from tests.unit.drivers.openstack.stub import INTENT, MARKS, StubSession

from mcflow.drivers.openstack import driver

MANILA = "shared-file-system"
ROW: dict[str, Any] = {"id": "s1", "name": "files", "size": 1, "share_proto": "NFS", "status": "available", "project_id": "project-1",
                       "share_type": "t-1", "share_type_name": "default", "metadata": {**MARKS, "team": "shop"}, "is_public": False}
PLACES = {"export_locations": [
    {"path": "10.0.0.20:/s1", "preferred": False, "is_admin_only": False}, {"path": "10.0.0.9:/s1", "preferred": True},
    {"path": "10.9.9.9:/s1", "is_admin_only": True}]}


def test_a_share_carries_marks_and_tags_as_metadata() -> None:
    api = StubSession({f"POST {MANILA} /shares": {"share": ROW}})
    driver.natives["openstack.share"].create(api, {"name": "files", "share_proto": "NFS", "size": 1, "tags": {"team": "shop"}}, INTENT)
    assert api.changes[0][1] == {"share": {"name": "files", "share_proto": "NFS", "size": 1, "metadata": {**MARKS, "team": "shop"}}}


def test_a_share_tells_its_type_by_name_and_where_it_is_mounted_from() -> None:
    api = StubSession({f"GET {MANILA} /shares/s1": {"share": ROW}, f"GET {MANILA} /shares/s1/export_locations": PLACES})
    seen, = driver.natives["openstack.share"].observe(api, ["s1"])
    assert seen.attributes["share_type"] == "default"
    assert seen.attributes["export_locations"] == ["10.0.0.9:/s1", "10.0.0.20:/s1"], "preferred first, none of administrators"
    assert seen.attributes["tags"] == {"team": "shop"}
    assert driver.natives["openstack.share"].portray(seen.attributes) == {
        "name": "files", "share_proto": "NFS", "size": 1, "tags": {"team": "shop"}}


@pytest.mark.parametrize(("status", "shown"), [
    ("creating", "pending"), ("extending", "pending"), ("error", "failed"), ("shrinking_possible_data_loss_error", "failed"),
    ("deleting", "deleting")])
def test_what_a_share_is_at(status: str, shown: str) -> None:
    api = StubSession({f"GET {MANILA} /shares/s1": {"share": {**ROW, "status": status}}})
    seen, = driver.natives["openstack.share"].observe(api, ["s1"])
    assert seen.status == shown


@pytest.mark.parametrize(("size", "action"), [(2, "extend"), (1, None), (0, "shrink")])
def test_a_share_grows_and_shrinks_by_actions(size: int, action: str | None) -> None:
    api = StubSession({f"GET {MANILA} /shares/s1": {"share": ROW}, f"POST {MANILA} /shares/s1/action": None})
    driver.natives["openstack.share"].update(api, "s1", {"size": size}, {"size": 1}, "size")
    assert api.changes == ([(f"POST {MANILA} /shares/s1/action", {action: {"new_size": size}})] if action else [])


def test_updates_have_names_of_their_own() -> None:
    api = StubSession({f"PUT {MANILA} /shares/s1": {"share": ROW}, f"PUT {MANILA} /snapshots/c1": {},
                       f"GET {MANILA} /snapshots/c1": {"snapshot": {"id": "c1", "description": f"[mcflow-op={MARKS['mcflow-op']}]"}}})
    driver.natives["openstack.share"].update(api, "s1", {"description": "two"}, {"name": "files"}, "settings")
    driver.natives["openstack.share_snapshot"].update(api, "c1", {"name": "n", "description": "two"}, {}, "settings")
    assert api.changes[0][1] == {"share": {"display_description": "two", "display_name": ""}}
    assert api.changes[1][1] == {"snapshot": {"display_name": "n", "display_description": "two [mcflow-op=op1]"}}


def test_a_rule_is_known_by_share_and_whom_it_lets_in() -> None:
    rules = [{"id": "r1", "access_type": "ip", "access_to": "10.0.0.0/24", "access_level": "rw", "state": "active"},
             {"id": "r2", "access_type": "ip", "access_to": "10.0.1.0/24", "access_level": "rw", "state": "active"}]
    api = StubSession({
        f"POST {MANILA} /shares/s1/action": {"access": {"id": "r1"}},
        f"GET {MANILA} /share-access-rules": lambda body, params: {"access_list": rules if params == {"share_id": "s1"} else []}})
    native = driver.natives["openstack.share_access_rule"]
    want = {"share_id": "s1", "access_type": "ip", "access_to": "10.0.0.0/24"}
    assert native.create(api, want, INTENT).id == "s1|r1"
    assert api.changes[0][1] == {"allow_access": {"access_type": "ip", "access_to": "10.0.0.0/24", "access_level": "rw"}}
    assert [seen.id for seen in native.find(api, want, INTENT)] == ["s1|r1"]
    assert {seen.id for seen in native.observe(api, ["s1|r1", "s1|r2"])} == {"s1|r1", "s1|r2"}
    native.delete(api, "s1|r1", {})
    assert api.changes[-1] == (f"POST {MANILA} /shares/s1/action", {"deny_access": {"access_id": "r1"}})


def test_a_share_network_tells_of_its_subnet() -> None:
    shown = {"id": "n1", "name": "servers", "project_id": "project-1", "description": "", "share_network_subnets": [
        {"neutron_net_id": "net2", "neutron_subnet_id": "sub2", "availability_zone": "b"},
        {"neutron_net_id": "net1", "neutron_subnet_id": "sub1", "availability_zone": None}]}
    api = StubSession({f"GET {MANILA} /share-networks/n1": {"share_network": shown}})
    seen, = driver.natives["openstack.share_network"].observe(api, ["n1"])
    assert (seen.attributes["neutron_net_id"], seen.attributes["neutron_subnet_id"]) == ("net1", "sub1")
