"""OpenStack's cases of the conformance suite: load balancers, shares, clusters, buckets."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from tests.conformance.fragments import Resources, block, machine, network, ref
from tests.conformance.openstack_cloud import ALTERATIONS, REMOVALS, TAGS, OpenStackCloud

from mcflow.conformance import Case, Change, Drifted

MAGNUM = "container-infrastructure-management"
CHECK = {"protocol": "tcp", "interval_seconds": 10, "timeout_seconds": 5, "threshold": 2}
TCP = {"protocol": "tcp", "port": 80, "target_port": 8080}
ANY = ["GET", "PUT", "POST", "DELETE", "HEAD"]
RENAMED = Change("name", {"name": "renamed"})
THEIRS = Drifted("", "name", "theirs")
TAGGED = Change("tags", {"tags": {"team": "ops"}})


def natives() -> Resources:
    """A load balancer and all that belongs to one."""
    return {
        "wire": block("openstack.network"), "lan": block("openstack.subnet", network_id=ref("wire"), cidr="10.1.1.0/24"),
        "lb": block("openstack.load_balancer", name="lb", vip_subnet_id=ref("lan")),
        "pool": block("openstack.pool", name="pool", loadbalancer_id=ref("lb"), protocol="HTTP", lb_algorithm="ROUND_ROBIN"),
        "one": block("openstack.member", pool_id=ref("pool"), loadbalancer_id=ref("lb"), address="10.1.1.20", protocol_port=80),
        "check": block("openstack.health_monitor", pool_id=ref("pool"), loadbalancer_id=ref("lb"), type="HTTP", delay=10, timeout=5,
                       max_retries=3),
        "http": block("openstack.listener", loadbalancer_id=ref("lb"), protocol="HTTP", protocol_port=80, default_pool_id=ref("pool")),
        "moved": block("openstack.l7_policy", listener_id=ref("http"), loadbalancer_id=ref("lb"), action="REDIRECT_TO_URL",
                       redirect_url="https://shop.example/"),
        "path": block("openstack.l7_rule", l7policy_id=ref("moved"), loadbalancer_id=ref("lb"), type="PATH", compare_type="STARTS_WITH",
                      value="/old"),
    }


def files() -> Resources:
    """A share with a rule, a snapshot of it, and a network for share servers."""
    return {
        "wire": block("openstack.network"), "lan": block("openstack.subnet", network_id=ref("wire"), cidr="10.1.1.0/24"),
        "files": block("openstack.share", name="files", share_proto="NFS", size=1),
        "rule": block("openstack.share_access_rule", share_id=ref("files"), access_type="ip", access_to="10.1.1.0/24"),
        "copy": block("openstack.share_snapshot", share_id=ref("files"), name="copy"),
        "servers": block("openstack.share_network", name="servers", neutron_net_id=ref("wire"), neutron_subnet_id=ref("lan")),
    }


def clusters() -> Resources:
    """A cluster of two templates' first, with a node group."""
    like = {"image_id": "fedora-coreos", "flavor_id": "m1.small", "master_flavor_id": "m1.small"}
    return {
        "plan": block("openstack.cluster_template", **like), "better": block("openstack.cluster_template", **like, labels={"a": "b"}),
        "kube": block("openstack.cluster", cluster_template_id=ref("plan"), node_count=0),
        "web": block("openstack.node_group", cluster_id=ref("kube"), name="web", node_count=1),
    }


def needed(resources: Resources, *names: str) -> Resources:
    """Some of them."""
    return {name: resources[name] for name in names}


BEHIND = ("wire", "lan", "lb")
SHARED = {"vpc": ref("net"), "subnets": [ref("front")], "capacity_gib": 1, "encrypted": False}
KUBE = {**network(), "kube": block("kubernetes_cluster", vpc=ref("net"), subnets=[ref("front")])}

PORTABLE = [
    Case("load_balancer", "lb", {**machine(spec={"vcpus": 1}), "other": block(
            "vm", subnet=ref("front"), image={"os": "ubuntu", "version": "24.04"}, spec={"vcpus": 1}), "lb": block(
            "load_balancer", vpc=ref("net"), subnets=[ref("front")], targets=[ref("box")], health_check=CHECK, listeners=[TCP])},
         updates=[Change("targets", {"targets": [ref("other")]}), RENAMED,
                  Change("health_check", {"health_check": {**CHECK, "interval_seconds": 20}}), Change("scheme", {"scheme": "internal"}),
                  Change("listeners", {"listeners": [TCP, {"protocol": "udp", "port": 53}]})],
         replace=Change("health_check", {"health_check": {**CHECK, "protocol": "http"}}, 'monitor["80"]'), removable='member["80:box"]',
         drift=Drifted('monitor["80"]', "delay", 60)),
    Case("file_system", "files", {**network(), "side": block("subnet", vpc=ref("net"), cidr="10.0.2.0/24"),
                                  "files": block("file_system", **SHARED)},
         updates=[Change("capacity_gib", {"capacity_gib": 2}), Change("subnets", {"subnets": [ref("front"), ref("side")]}), RENAMED],
         removable='access["front"]', drift=Drifted("share", "name", "theirs")),
    Case("bucket", "box", {"box": block("bucket", public=True)},
         updates=[Change("public", {"public": False}), Change("versioning", {"versioning": True}),
                  Change("cors", {"cors": [{"origins": ["https://shop.example"], "methods": ANY}]})],
         replace=Change("name", {"name": "another-box"}, "container"), removable="container",
         drift=Drifted("container", "read_acl", ".rlistings")),
    Case("kubernetes_cluster", "kube", KUBE, updates=[Change("version", {"version": "1.31.4"})], removable="cluster",
         drift=Drifted("cluster", "node_count", 1)),
    Case("node_group", "web", {**KUBE, "web": block("node_group", cluster=ref("kube"), spec={"vcpus": 1}, size={"desired": 1})},
         updates=[Change("size", {"size": {"desired": 3, "min": 2, "max": 4}})],
         replace=Change("root_disk", {"root_disk": {"size_gib": 30}}, "nodes"), removable="nodes",
         drift=Drifted("nodes", "node_count", 2)),
]

NATIVE = [
    Case("openstack.load_balancer", "lb", needed(natives(), *BEHIND),
         updates=[Change("settings", {"description": "two", "admin_state_up": False}), TAGGED],
         replace=Change("vip_address", {"vip_address": "10.1.1.50"}), removable="", drift=THEIRS),
    Case("openstack.pool", "pool", needed(natives(), *BEHIND, "pool"),
         updates=[Change("settings", {"lb_algorithm": "LEAST_CONNECTIONS", "session_persistence": {"type": "HTTP_COOKIE"}}), TAGGED],
         replace=Change("protocol", {"protocol": "TCP"}), removable="", drift=THEIRS),
    Case("openstack.member", "one", needed(natives(), *BEHIND, "pool", "one"), updates=[Change("settings", {"weight": 5}), TAGGED],
         replace=Change("protocol_port", {"protocol_port": 81}), removable="", drift=Drifted("", "weight", 7)),
    Case("openstack.health_monitor", "check", needed(natives(), *BEHIND, "pool", "check"),
         updates=[Change("settings", {"delay": 20, "url_path": "/health"}), TAGGED], replace=Change("type", {"type": "TCP"}), removable="",
         drift=Drifted("", "delay", 60)),
    Case("openstack.listener", "http", needed(natives(), *BEHIND, "pool", "http"),
         updates=[Change("settings", {"connection_limit": 100, "allowed_cidrs": ["10.0.0.0/8"], "default_pool_id": None}), TAGGED],
         replace=Change("protocol_port", {"protocol_port": 81}), removable="", drift=THEIRS),
    Case("openstack.l7_policy", "moved", needed(natives(), *BEHIND, "pool", "http", "moved"),
         updates=[Change("settings", {"action": "REJECT", "redirect_url": None}), TAGGED], removable="", drift=THEIRS),
    Case("openstack.l7_rule", "path", needed(natives(), *BEHIND, "pool", "http", "moved", "path"),
         updates=[Change("settings", {"value": "/older", "invert": True}), TAGGED], removable="", drift=Drifted("", "value", "/theirs")),
    Case("openstack.share", "files", needed(files(), "files"),
         updates=[Change("settings", {"description": "two"}), Change("size", {"size": 2}), TAGGED],
         replace=Change("share_proto", {"share_proto": "CIFS"}), removable="", drift=THEIRS),
    Case("openstack.share_access_rule", "rule", needed(files(), "files", "rule"), replace=Change("access_level", {"access_level": "ro"}),
         removable=""),
    Case("openstack.share_snapshot", "copy", {**needed(files(), "files", "copy"),
                                              "other": block("openstack.share", share_proto="NFS", size=1)},
         updates=[Change("settings", {"description": "two"})], replace=Change("share_id", {"share_id": ref("other")}), removable="",
         drift=THEIRS),
    Case("openstack.share_network", "servers", {**needed(files(), "wire", "lan", "servers"),
                                                "more": block("openstack.subnet", network_id=ref("wire"), cidr="10.1.2.0/24")},
         updates=[Change("settings", {"description": "two"})], replace=Change("subnet", {"neutron_subnet_id": ref("more")}), removable="",
         drift=THEIRS),
    Case("openstack.container", "box", {"box": block("openstack.container", read_acl=".r:*")},
         updates=[Change("settings", {"quota_count": 10, "cors_allow_origin": ["https://shop.example"]}), TAGGED],
         replace=Change("name", {"name": "another-box"}), removable="", drift=Drifted("", "read_acl", ".rlistings")),
    Case("openstack.cluster_template", "plan", needed(clusters(), "plan"),
         replace=Change("labels", {"labels": {"a": "b"}}), removable=""),
    Case("openstack.cluster", "kube", needed(clusters(), "plan", "better", "kube"),
         updates=[Change("size", {"node_count": 1}), Change("upgrade", {"cluster_template_id": ref("better")})],
         replace=Change("flavor_id", {"flavor_id": "m1.medium"}), removable="", drift=Drifted("", "node_count", 2)),
    Case("openstack.node_group", "web", needed(clusters(), "plan", "kube", "web"),
         updates=[Change("size", {"node_count": 3, "min_node_count": 2, "max_node_count": 4})],
         replace=Change("flavor_id", {"flavor_id": "m1.medium"}), removable="", drift=Drifted("", "node_count", 2)),
]

SKIPS: dict[str, str] = {
    **{f"{check}[openstack.share_access_rule]": "a rule is there or not; nothing about it changes in place"
       for check in ("update", "drift")},
    **{f"{check}[openstack.cluster_template]": "only an administrator changes a template, and none that is used"
       for check in ("update", "drift")},
    "replace[file_system]": "the lab has one zone and one share type, and all else of a share changes in place",
    "replace[kubernetes_cluster]": "what a portable cluster says changes in place, or is where it stands",
    "replace[openstack.l7_policy]": "all of a policy but its listener changes in place",
    "replace[openstack.l7_rule]": "all of a rule but its policy changes in place",
}
"""Check → why it cannot be tried."""


def _within(cloud: OpenStackCloud, id: str) -> tuple[str, str, str]:
    """Path of a member or rule, what a body wraps it in, and its own id."""
    outer, own = id.split("|")
    row = cloud.row(id)
    assert row is not None, f"there is no {id}"
    return (f"/lbaas/pools/{outer}/members/{own}", "member", own) if row.kind == "member" else (
        f"/lbaas/l7policies/{outer}/rules/{own}", "rule", own)


def _alter_within(attribute: str) -> Any:
    def alter(cloud: OpenStackCloud, id: str, value: Any) -> None:
        path, wrap, _ = _within(cloud, id)
        cloud.ask("load-balancer", "PUT", path, {wrap: {attribute: value}})

    return alter


def _tags_within(cloud: OpenStackCloud, id: str) -> Mapping[str, str]:
    path, wrap, _ = _within(cloud, id)
    tags = cloud.ask("load-balancer", "GET", path)[wrap]["tags"]
    return {key: value for key, _, value in (tag.partition("=") for tag in tags)}


def _display(cloud: OpenStackCloud, path: str, wrap: str, value: Any) -> None:
    cloud.ask("shared-file-system", "PUT", path, {wrap: {"display_name": value}})


def _read_acl(cloud: OpenStackCloud, id: str, value: Any) -> None:
    answer = cloud.project.own.object_store.post(f"/{id}", headers={"X-Container-Read": value})
    assert answer.status_code < 300, answer.text


def _container_tags(cloud: OpenStackCloud, id: str) -> Mapping[str, str]:
    prefix = "x-container-meta-"
    headers = cloud.project.own.object_store.head(f"/{id}").headers
    return {name.lower().removeprefix(prefix): value for name, value in headers.items() if name.lower().startswith(prefix)}


def _resize(cloud: OpenStackCloud, id: str, value: Any) -> None:
    cluster, _, group = id.partition("|")
    body = {"node_count": value, **({"nodegroup": group} if group else {})}
    cloud.ask(MAGNUM, "POST", f"/clusters/{cluster}/actions/resize", body, own=True)
    groups = f"/clusters/{cluster}/nodegroups"
    own = next(row["uuid"] for row in cloud.ask(MAGNUM, "GET", groups, own=True)["nodegroups"]
               if row["uuid"] == group or (not group and row["is_default"] and row["role"] != "master"))
    cloud.wait(lambda: _is_so(cloud, cluster, f"{groups}/{own}", value), f"{id} does not get {value} machines")


def _is_so(cloud: OpenStackCloud, cluster: str, path: str, count: int) -> bool:
    state = cloud.ask(MAGNUM, "GET", f"/clusters/{cluster}", own=True)["status"]
    return str(state).endswith("_COMPLETE") and cloud.ask(MAGNUM, "GET", path, own=True)["node_count"] == count


ALTERATIONS["openstack.member", "weight"] = _alter_within("weight")
ALTERATIONS["openstack.l7_rule", "value"] = _alter_within("value")
ALTERATIONS["openstack.share", "name"] = lambda cloud, id, value: _display(cloud, f"/shares/{id}", "share", value)
ALTERATIONS["openstack.share_snapshot", "name"] = lambda cloud, id, value: _display(cloud, f"/snapshots/{id}", "snapshot", value)
ALTERATIONS["openstack.container", "read_acl"] = _read_acl
ALTERATIONS["openstack.cluster", "node_count"] = ALTERATIONS["openstack.node_group", "node_count"] = _resize
REMOVALS["openstack.cluster"] = lambda cloud, id: cloud.ask(MAGNUM, "DELETE", f"/clusters/{id}", own=True)
REMOVALS["openstack.cluster_template"] = lambda cloud, id: cloud.ask(MAGNUM, "DELETE", f"/clustertemplates/{id}", own=True)
TAGS.update({"member": _tags_within, "l7_rule": _tags_within, "container": _container_tags})
