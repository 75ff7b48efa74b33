"""Magnum's types: a change waits until the cluster is at rest, and a number stays within its limits."""

from __future__ import annotations

from typing import Any

import pytest
from tests.unit.drivers.openstack.stub import INTENT, StubSession

from mcflow.drivers.openstack import driver
from mcflow.drivers.sdk import Again, Busy, InUse, InvalidRequest, ServiceFault, Submitted

MAGNUM = "container-infrastructure-management"
CLUSTER: dict[str, Any] = {"uuid": "c1", "name": "kube", "status": "CREATE_COMPLETE", "project_id": "project-1", "node_count": 7,
                           "master_count": 1, "labels": {"kube_tag": "v1.31.4", "own": True}, "api_address": "https://10.0.0.5:6443"}
OWN = {"nodegroups": [
    {"uuid": "m", "name": "default-master", "role": "master", "is_default": True, "node_count": 1},
    {"uuid": "w", "name": "default-worker", "role": "worker", "is_default": True, "node_count": 2},
    {"uuid": "g1", "name": "web", "role": "worker", "is_default": False, "node_count": 5}]}
GROUPS = f"GET {MAGNUM} /clusters/c1/nodegroups"
ONE = f"GET {MAGNUM} /clusters/c1"


def cluster(**answers: Any) -> StubSession:
    return StubSession({ONE: CLUSTER, GROUPS: OWN, f"GET {MAGNUM} /certificates/c1": {"pem": "-----CA-----"}, **answers})


def test_a_template_names_the_connections_external_network() -> None:
    networks = {"networks": [{"id": "ext", "name": "public", "router:external": True}]}
    api = StubSession({f"POST {MAGNUM} /clustertemplates": {"uuid": "t1"}, "GET network /networks": networks})
    made = driver.natives["openstack.cluster_template"].create(api, {"name": "t", "image_id": "i"}, INTENT)
    assert made.id == "t1"
    assert api.changes[0][1] == {"name": "t", "coe": "kubernetes", "image_id": "i", "external_network_id": "ext"}


def test_a_template_that_is_used_is_in_use() -> None:
    refused = InvalidRequest("ClusterTemplate t1 is referenced by one or multiple clusters.")
    with pytest.raises(InUse):
        driver.natives["openstack.cluster_template"].delete(StubSession({f"DELETE {MAGNUM} /clustertemplates/t1": refused}), "t1", {})


def test_a_cluster_counts_its_own_machines() -> None:
    seen, = driver.natives["openstack.cluster"].observe(cluster(), ["c1"])
    assert (seen.attributes["node_count"], seen.attributes["master_count"]) == (2, 1), "those of other node groups are not its own"
    assert seen.attributes["certificate_authority"] == "-----CA-----"
    assert driver.natives["openstack.cluster"].normalise("labels", seen.attributes["labels"]) == {"kube_tag": "v1.31.4", "own": "true"}


def test_a_cluster_without_tls_has_no_authority() -> None:
    seen, = driver.natives["openstack.cluster"].observe(cluster(**{f"GET {MAGNUM} /certificates/c1": InvalidRequest("no TLS")}), ["c1"])
    assert seen.attributes["certificate_authority"] == ""


@pytest.mark.parametrize(("status", "shown"), [
    ("CREATE_IN_PROGRESS", "pending"), ("UPDATE_IN_PROGRESS", "pending"), ("CREATE_FAILED", "failed"), ("UPDATE_FAILED", "failed"),
    ("DELETE_IN_PROGRESS", "deleting"), ("DELETE_FAILED", "failed"), ("UPDATE_COMPLETE", "ready")])
def test_what_a_cluster_is_at(status: str, shown: str) -> None:
    seen, = driver.natives["openstack.cluster"].observe(cluster(**{ONE: {**CLUSTER, "status": status, "status_reason": "no room"}}), ["c1"])
    assert (seen.status, seen.reason) == (shown, "no room" if shown == "failed" else "")


def test_a_look_while_it_goes_is_made_again() -> None:
    with pytest.raises(ServiceFault):
        list(driver.natives["openstack.cluster"].observe(cluster(**{ONE: InvalidRequest("Cluster c1 could not be found")}), ["c1"]))


@pytest.mark.parametrize(("group", "want", "path", "body"), [
    ("size", {"node_count": 4}, "resize", {"node_count": 4, "nodegroup": "w"}),
    ("masters", {"master_count": 3}, "resize", {"node_count": 3, "nodegroup": "m"}),
    ("upgrade", {"cluster_template_id": "t2"}, "upgrade", {"cluster_template": "t2", "max_batch_size": 1}),
])
def test_a_cluster_changes_by_actions(group: str, want: dict[str, Any], path: str, body: dict[str, Any]) -> None:
    asked = f"POST {MAGNUM} /clusters/c1/actions/{path}"
    api = cluster(**{asked: {"uuid": "c1"}})
    assert isinstance(driver.natives["openstack.cluster"].update(api, "c1", want, {}, group), Submitted)
    assert api.changes == [(asked, body)]


def test_nothing_is_asked_of_a_cluster_that_is_at_work() -> None:
    api = cluster(**{ONE: {**CLUSTER, "status": "UPDATE_IN_PROGRESS"}})
    with pytest.raises(Busy):
        driver.natives["openstack.cluster"].update(api, "c1", {"node_count": 4}, {}, "size")
    group = driver.natives["openstack.node_group"]
    with pytest.raises(Busy):
        group.create(api, {"cluster_id": "c1", "name": "web"}, INTENT)
    with pytest.raises(Busy):
        group.delete(api, "c1|g1", {})
    assert not api.changes, "Magnum would take the request and drop it"


class Group:
    """A node group that does what it is asked for."""

    def __init__(self, count: int, low: int, high: int | None) -> None:
        self.row: dict[str, Any] = {"uuid": "g1", "name": "web", "status": "UPDATE_COMPLETE", "node_count": count, "min_node_count": low,
                                    "max_node_count": high}

    def patch(self, body: Any, params: Any) -> Any:
        for change in body:
            self.row[change["path"].strip("/")] = change["value"]
        self.check()

    def resize(self, body: Any, params: Any) -> Any:
        assert body["nodegroup"] == "g1"
        self.row["node_count"] = body["node_count"]
        self.check()

    def check(self) -> None:
        low, count, high = (self.row[name] for name in ("min_node_count", "node_count", "max_node_count"))
        assert low <= count, "Magnum refuses that"
        assert high is None or count <= high, "Magnum refuses that"


@pytest.mark.parametrize("have", [(1, 1, 2), (5, 4, 6), (3, 0, None), (10, 1, 20)])
@pytest.mark.parametrize("want", [(1, 1, 2), (5, 4, 6), (3, 0, None), (10, 1, 20), (2, 2, 2)])
def test_the_number_of_machines_is_never_outside_its_limits(have: tuple[int, int, Any], want: tuple[int, int, Any]) -> None:
    group = Group(*have)
    api = cluster(**{f"GET {MAGNUM} /clusters/c1/nodegroups/g1": lambda body, params: group.row,
                     f"PATCH {MAGNUM} /clusters/c1/nodegroups/g1": group.patch, f"POST {MAGNUM} /clusters/c1/actions/resize": group.resize})
    wanted = {"node_count": want[0], "min_node_count": want[1], "max_node_count": want[2]}
    for _ in range(6):
        before = len(api.changes)
        done = driver.natives["openstack.node_group"].update(api, "c1|g1", wanted, {}, "size")
        assert len(api.changes) - before <= 1, "one change a time"
        if not isinstance(done, Again):
            break
    assert {name: group.row[name] for name in wanted} == wanted


def test_a_cluster_comes_with_two_node_groups() -> None:
    rows = {f"GET {MAGNUM} /clusters/c1/nodegroups/{row['uuid']}": {**row, "status": "CREATE_COMPLETE"} for row in OWN["nodegroups"]}
    api = cluster(**rows, **{f"GET {MAGNUM} /clusters/detail": {"clusters": [CLUSTER]}})
    native = driver.natives["openstack.node_group"]
    assert {seen.id: seen.provided for seen in native.discover(api)} == {"c1|m": True, "c1|w": True, "c1|g1": False}
    assert [seen.id for seen in native.find(api, {"cluster_id": "c1", "name": "web"}, INTENT)] == ["c1|g1"]
