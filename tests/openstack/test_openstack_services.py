"""Load balancers, shares and buckets on the lab: lives, drift, and what was made by hand."""

from __future__ import annotations

import json
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
import yaml
from tests.conformance.fragments import block, ref
from tests.openstack.lab import Project

from mcflow.cli.entry import outcome

TCP = {"protocol": "tcp", "port": 80, "target_port": 8080}
FAST = {"driver": "openstack", "poll_interval": 0.3, "requests_per_second": 0}


def write(folder: Path, **resources: Any) -> None:
    tags = {"team": "shop"} if resources else {}
    (folder / "mcflow.yaml").write_text(json.dumps({"mcflow": 1, "name": "services", "resources": resources, "tags": tags,
                                                    "connections": {"cloud": FAST}}))


def network() -> dict[str, Any]:
    return {"net": block("vpc", cidr="10.0.0.0/16"), "front": block("subnet", vpc=ref("net"), cidr="10.0.1.0/24")}


def balanced(**changes: Any) -> dict[str, Any]:
    wanted = {"vpc": ref("net"), "subnets": [ref("front")], "listeners": [TCP], "targets": [ref("box")], **changes}
    return {**network(), "box": block("vm", subnet=ref("front"), image={"os": "ubuntu", "version": "24.04"}, spec={"vcpus": 1}),
            "lb": block("load_balancer", **wanted)}


def call(project: Project, service: str, method: str, path: str, **options: Any) -> Any:
    """One request by hand, past the proxy."""
    answer = getattr(project.own, service).request(path, method, raise_exc=False, **options)
    assert answer.status_code < 400, answer.text
    return answer.json() if answer.content and "json" in answer.headers.get("content-type", "") else answer


@pytest.mark.timeout(900)
def test_a_load_balancer_from_first_to_last(folder: Path, project: Project, capsys: pytest.CaptureFixture[str]) -> None:
    before = project.inventory()
    write(folder, **balanced())
    assert outcome(["apply", "-y"]) == 0
    assert outcome(["plan", "--detailed-exitcode"]) == 0, capsys.readouterr().out
    balancer, = call(project, "load_balancer", "GET", "/lbaas/loadbalancers")["loadbalancers"]
    addresses = call(project, "network", "GET", "/floatingips")["floatingips"]
    assert [row["port_id"] for row in addresses] == [balancer["vip_port_id"]], "it is reached from the internet"
    pool, = call(project, "load_balancer", "GET", "/lbaas/pools")["pools"]
    member, = call(project, "load_balancer", "GET", f"/lbaas/pools/{pool['id']}/members")["members"]
    assert (member["protocol_port"], member["address"][:7]) == (8080, "10.0.1.")

    check = {"protocol": "http", "path": "/health", "interval_seconds": 10, "timeout_seconds": 5, "threshold": 2}
    write(folder, **balanced(listeners=[TCP, {"protocol": "udp", "port": 53}], health_check={**check, "protocol": "tcp", "path": "/"}))
    assert outcome(["apply", "-y"]) == 0
    assert outcome(["plan", "--detailed-exitcode"]) == 0
    assert len(call(project, "load_balancer", "GET", "/lbaas/listeners")["listeners"]) == 2
    capsys.readouterr()

    monitor = call(project, "load_balancer", "GET", "/lbaas/healthmonitors")["healthmonitors"][0]
    call(project, "load_balancer", "PUT", f"/lbaas/healthmonitors/{monitor['id']}", json={"healthmonitor": {"delay": 60}})
    settle(project)
    assert outcome(["plan", "--detailed-exitcode"]) == 2, "a check that was changed by hand shows"
    assert outcome(["apply", "-y"]) == 0
    assert call(project, "load_balancer", "GET", f"/lbaas/healthmonitors/{monitor['id']}")["healthmonitor"]["delay"] == 10

    assert outcome(["destroy", "-y"]) == 0
    assert project.inventory() == before


def settle(project: Project) -> None:
    """Until no load balancer is being changed any more."""
    for _ in range(100):
        rows = call(project, "load_balancer", "GET", "/lbaas/loadbalancers")["loadbalancers"]
        if all(row["provisioning_status"] == "ACTIVE" for row in rows):
            return
        time.sleep(0.2)
    pytest.fail("a load balancer never becomes ACTIVE")


@pytest.mark.timeout(600)
def test_a_share_and_a_bucket_from_first_to_last(folder: Path, project: Project, capsys: pytest.CaptureFixture[str]) -> None:
    before = project.inventory()
    files = {"vpc": ref("net"), "subnets": [ref("front")], "capacity_gib": 1, "encrypted": False}
    write(folder, **network(), files=block("file_system", **files), box=block("bucket", name="shop-box", versioning=True))
    assert outcome(["apply", "-y"]) == 0
    assert outcome(["plan", "--detailed-exitcode"]) == 0, capsys.readouterr().out
    share, = call(project, "shared_file_system", "GET", "/shares/detail", microversion="2.60")["shares"]
    assert share["metadata"]["team"] == "shop"

    cors = [{"origins": ["https://shop.example"], "methods": ["GET", "PUT", "POST", "DELETE", "HEAD"], "max_age_seconds": 60}]
    write(folder, **network(), files=block("file_system", **{**files, "capacity_gib": 2}),
          box=block("bucket", name="shop-box", versioning=True, public=True, cors=cors, force_destroy=True))
    assert outcome(["apply", "-y"]) == 0
    assert outcome(["plan", "--detailed-exitcode"]) == 0
    headers = call(project, "object_store", "HEAD", "/shop-box").headers
    assert (headers["X-Container-Read"], headers["X-Container-Meta-Access-Control-Allow-Origin"]) == (".r:*", "https://shop.example")
    assert call(project, "shared_file_system", "GET", f"/shares/{share['id']}", microversion="2.60")["share"]["size"] == 2

    call(project, "object_store", "POST", "/shop-box", headers={"X-Container-Read": ""})
    call(project, "shared_file_system", "PUT", f"/shares/{share['id']}", microversion="2.60", json={"share": {"display_name": "other"}})
    assert outcome(["plan", "--detailed-exitcode"]) == 2
    assert outcome(["apply", "-y"]) == 0
    assert call(project, "object_store", "HEAD", "/shop-box").headers["X-Container-Read"] == ".r:*"

    for content in (b"one", b"two"):
        call(project, "object_store", "PUT", "/shop-box/kept.txt", data=content)
    assert outcome(["destroy", "-y"]) == 0, "force_destroy empties it, earlier versions too"
    assert project.inventory() == before


def by_hand(project: Project) -> None:
    """A load balancer with all that belongs to one, a share, a bucket, as people make them."""
    wire = call(project, "network", "POST", "/networks", json={"network": {"name": "hand-wire"}})["network"]["id"]
    body = {"network_id": wire, "ip_version": 4, "cidr": "10.40.0.0/24", "name": "hand-lan"}
    lan = call(project, "network", "POST", "/subnets", json={"subnet": body})["subnet"]["id"]
    balancer = octavia(project, "loadbalancers", {"name": "hand-lb", "vip_subnet_id": lan, "tags": ["env=prod", "web"]})
    pool = octavia(project, "pools", {"loadbalancer_id": balancer, "protocol": "HTTP", "lb_algorithm": "LEAST_CONNECTIONS",
                                      "session_persistence": {"type": "APP_COOKIE", "cookie_name": "who"}})
    octavia(project, f"pools/{pool}/members", {"address": "10.40.0.9", "protocol_port": 8080, "weight": 3, "name": "nine"})
    octavia(project, "healthmonitors", {"pool_id": pool, "type": "HTTP", "delay": 7, "timeout": 3, "max_retries": 2, "url_path": "/up"})
    listener = octavia(project, "listeners", {"loadbalancer_id": balancer, "protocol": "HTTP", "protocol_port": 80, "default_pool_id": pool,
                                              "insert_headers": {"X-Forwarded-For": "true"}, "timeout_client_data": 9000})
    policy = octavia(project, "l7policies", {"listener_id": listener, "action": "REDIRECT_TO_URL", "redirect_url": "https://x.example/"})
    octavia(project, f"l7policies/{policy}/rules", {"type": "PATH", "compare_type": "STARTS_WITH", "value": "/old"})
    body = {"share_proto": "NFS", "size": 1, "name": "hand-files", "metadata": {"env": "prod"}}
    share = call(project, "shared_file_system", "POST", "/shares", microversion="2.60", json={"share": body})["share"]["id"]
    until(lambda: manila(project, f"/shares/{share}")["share"]["status"] == "available")
    rule = {"access_type": "ip", "access_to": "10.40.0.0/24", "access_level": "ro"}
    call(project, "shared_file_system", "POST", f"/shares/{share}/action", microversion="2.60", json={"allow_access": rule})
    until(lambda: all(each["state"] == "active" for each in manila(project, f"/share-access-rules?share_id={share}")["access_list"]))
    call(project, "object_store", "PUT", "/hand-box", headers={"X-Container-Read": ".r:*,.rlistings", "X-Container-Meta-Env": "prod",
                                                               "X-Container-Meta-Quota-Count": "10"})


def manila(project: Project, path: str) -> Any:
    return call(project, "shared_file_system", "GET", path, microversion="2.60")


def octavia(project: Project, path: str, body: dict[str, Any]) -> str:
    """The id of what is made, when it is."""
    wrap = {"loadbalancers": "loadbalancer", "healthmonitors": "healthmonitor", "l7policies": "l7policy"}.get(path)
    wrap = wrap or path.rpartition("/")[2].removesuffix("s")
    made = call(project, "load_balancer", "POST", f"/lbaas/{path}", json={wrap: body})[wrap]["id"]
    settle(project)
    return str(made)


def until(done: Callable[[], bool]) -> None:
    for _ in range(100):
        if done():
            return
        time.sleep(0.3)
    pytest.fail("it does not come to rest")


@pytest.mark.timeout(900)
def test_what_was_made_by_hand_is_imported_and_its_plan_is_empty(folder: Path, project: Project,
                                                                 capsys: pytest.CaptureFixture[str]) -> None:
    empty = project.inventory()
    write(folder)
    by_hand(project)
    types = ["network", "subnet", "load_balancer", "pool", "member", "health_monitor", "listener", "l7_*", "share*", "container"]
    asked = [word for type in types for word in ("--type", f"openstack.{type}")]
    assert outcome(["discover", "cloud", *asked, "--import", "-y"]) == 0, capsys.readouterr().err
    resources = yaml.safe_load((folder / "found.yaml").read_text())["resources"]
    by_type = {each["type"].removeprefix("openstack."): each["properties"] for each in resources.values()}
    assert len(resources) == len(by_type) == 12
    balancer = by_type["load_balancer"]
    assert "{{" in balancer.pop("vip_subnet_id"), "a reference, and no id"
    assert balancer == {"name": "hand-lb", "tags": {"env": "prod", "web": ""}}
    assert by_type["health_monitor"].keys() == {"pool_id", "type", "delay", "timeout", "max_retries", "url_path"}
    capsys.readouterr()
    assert outcome(["plan", "-f", "found.yaml", "--detailed-exitcode"]) == 0, capsys.readouterr().out
    assert outcome(["destroy", "-f", "found.yaml", "-y"]) == 0
    assert project.inventory() == empty


@pytest.mark.timeout(300)
def test_a_service_that_the_cloud_lacks_is_named_before_anything_is_made(folder: Path, project: Project,
                                                                         capsys: pytest.CaptureFixture[str]) -> None:
    before = project.inventory()
    write(folder, **network(), shop=block("database", engine="mysql", storage={"size_gib": 5}, vpc=ref("net"), subnets=[ref("front")]))
    assert outcome(["apply", "-y"]) == 1
    assert "no database service (Trove)" in " ".join(capsys.readouterr().err.split())
    assert project.inventory() == before
