"""Load balancers, shares and buckets on the lab: lives, drift, and what was made by hand."""

from __future__ import annotations

import json
import time
from pathlib import Path
from typing import Any

import pytest
from tests.conformance.fragments import block, ref
from tests.openstack.lab import Project

from mcflow.cli.entry import outcome

TCP = {"protocol": "tcp", "port": 80, "target_port": 8080}
FAST = {"driver": "openstack", "poll_interval": 0.3, "requests_per_second": 0}


def write(folder: Path, **resources: Any) -> None:
    (folder / "mcflow.yaml").write_text(json.dumps({"mcflow": 1, "name": "services", "resources": resources, "tags": {"team": "shop"},
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
