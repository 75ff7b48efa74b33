"""Machines and their disks on the lab: lives, what others change, copies, and what was made by hand."""

from __future__ import annotations

import base64
import json
import os
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from tests.conformance.fragments import IMAGE, KEY, block, ref
from tests.openstack.lab import Lab, Project

from mcflow.cli.entry import outcome

FAST = {"driver": "openstack", "poll_interval": 0.3, "requests_per_second": 0}
NETWORK = {"net": block("vpc", cidr="10.0.0.0/16"), "front": block("subnet", vpc=ref("net"), cidr="10.0.1.0/24")}
SMALL, LARGE = "m1.micro", "m1.small"


def write(folder: Path, **resources: Any) -> None:
    (folder / "mcflow.yaml").write_text(json.dumps({"mcflow": 1, "name": "machines", "resources": resources, "tags": {"team": "shop"},
                                                    "connections": {"cloud": FAST}}))


def same(capsys: pytest.CaptureFixture[str]) -> None:
    """There is nothing to do."""
    assert outcome(["plan", "--detailed-exitcode"]) == 0, capsys.readouterr().out
    capsys.readouterr()


def ask(project: Project, service: str, method: str, path: str, body: Any = None) -> Any:
    """One request by hand, past the proxy."""
    versions = {"compute": "2.79", "block_storage": "3.59"}
    answer = getattr(project.own, service).request(path, method, json=body, raise_exc=False, microversion=versions.get(service))
    assert answer.status_code < 400, answer.text
    return answer.json() if answer.content else None


def until(done: Callable[[], bool], what: str) -> None:
    end = time.monotonic() + 120
    while not done():
        assert time.monotonic() < end, what
        time.sleep(0.3)


def server(project: Project) -> dict[str, Any]:
    """The only one."""
    found, = ask(project, "compute", "GET", "/servers/detail")["servers"]
    return dict(found)


def volume(project: Project, name: str) -> dict[str, Any]:
    return next(dict(row) for row in ask(project, "block_storage", "GET", "/volumes/detail")["volumes"] if row["name"] == name)


@pytest.mark.timeout(900)
def test_a_machine_from_first_to_last(folder: Path, project: Project, capsys: pytest.CaptureFixture[str]) -> None:
    before = project.inventory()
    box = {"subnet": ref("front"), "image": IMAGE, "spec": SMALL, "key_pair": ref("admin"), "public_ip": True, "private_ip": "10.0.1.20",
           "user_data": "#!/bin/sh\n"}
    around = {**NETWORK, "admin": block("key_pair", public_key=KEY)}
    data = {"size_gib": 1, "type": "ssd", "zone": "{{ resources.front.zone }}"}
    write(folder, **around, box=block("vm", **box), data=block("disk", **data, attach_to=ref("box")))
    assert outcome(["apply", "-y"]) == 0, capsys.readouterr()
    same(capsys)
    made = server(project)
    assert (made["status"], made["flavor"]["original_name"], made["metadata"]["team"]) == ("ACTIVE", SMALL, "shop")
    assert (made["key_name"].startswith("mcflow-admin"), volume(project, "data")["volume_type"]) == (True, "fast")
    address, = ask(project, "network", "GET", "/floatingips")["floatingips"]
    assert address["fixed_ip_address"] == "10.0.1.20"

    write(folder, **around, box=block("vm", **{**box, "spec": LARGE, "power": "stopped"}),
          data=block("disk", **{**data, "size_gib": 2}, attach_to=ref("box")))
    assert outcome(["apply", "-y"]) == 0, capsys.readouterr()
    same(capsys)
    changed = server(project)
    assert (changed["id"], changed["status"], changed["flavor"]["original_name"]) == (made["id"], "SHUTOFF", LARGE)
    assert (volume(project, "data")["size"], volume(project, "data")["status"]) == (2, "in-use")

    ask(project, "compute", "PUT", f"/servers/{made['id']}", {"server": {"name": "theirs"}})
    ask(project, "compute", "POST", f"/servers/{made['id']}/action", {"os-start": None})
    until(lambda: server(project)["status"] == "ACTIVE", "it does not start")
    assert outcome(["plan", "--detailed-exitcode"]) == 2, "what others change shows"
    assert outcome(["apply", "-y"]) == 0
    assert (server(project)["name"], server(project)["status"]) == ("box", "SHUTOFF")

    write(folder, **around, box=block("vm", **{**box, "spec": LARGE}), data=block("disk", **{**data, "size_gib": 2}))
    assert outcome(["apply", "-y"]) == 0
    same(capsys)
    assert volume(project, "data")["status"] == "available", "detached, and still there"
    assert outcome(["destroy", "-y"]) == 0
    assert project.inventory() == before


@pytest.mark.timeout(900)
def test_a_machine_on_a_volume_and_copies_of_it(folder: Path, project: Project, capsys: pytest.CaptureFixture[str]) -> None:
    before = project.inventory()
    box = block("vm", subnet=ref("front"), image=IMAGE, spec={"memory_gib": 1}, root_disk={"size_gib": 3, "type": "ssd"}, power="running")
    data = block("disk", size_gib=1, attach_to=ref("box"))
    copies = {"copy": block("snapshot", disk=ref("data"), description="while it is in use"),
              "golden": {**block("image", vm=ref("box")), "depends_on": ["data"]},
              "again": block("disk", snapshot=ref("copy")),
              "bare": block("openstack.image", name="bare", volume_id="{{ resources.again.id }}", disk_format="raw", min_disk=2)}
    write(folder, **NETWORK, box=box, data=data, **copies)
    assert outcome(["apply", "-y"]) == 0, capsys.readouterr()
    same(capsys)
    root = volume(project, "box-root")
    assert (root["size"], root["bootable"], root["attachments"][0]["server_id"]) == (3, "true", server(project)["id"])
    assert volume(project, "again")["size"] == 1
    bare, = ask(project, "image", "GET", "/images?name=bare")["images"]
    assert (bare["min_disk"], bare["team"], bare["status"]) == (2, "shop", "active")
    assert len(ask(project, "block_storage", "GET", "/snapshots/detail")["snapshots"]) == 3, "ours, and what Nova made of both disks"

    grown = {**box, "properties": {**box["properties"], "root_disk": {"size_gib": 4, "type": "ssd"}}}
    write(folder, **NETWORK, box=grown, data=data, **copies)
    assert outcome(["apply", "-y"]) == 0, capsys.readouterr()
    same(capsys)
    assert (volume(project, "box-root")["size"], volume(project, "box-root")["id"]) == (4, root["id"]), "it grows in place"
    assert outcome(["destroy", "-y"]) == 0, capsys.readouterr()
    assert project.inventory() == before, "the snapshots that came with the image went with it"


@pytest.mark.timeout(900)
def test_a_machine_made_by_hand_is_taken_over(folder: Path, project: Project, capsys: pytest.CaptureFixture[str]) -> None:
    before = project.inventory()
    network = ask(project, "network", "POST", "/networks", {"network": {"name": "net"}})["network"]["id"]
    subnet = ask(project, "network", "POST", "/subnets", {"subnet": {"network_id": network, "cidr": "10.0.1.0/24", "ip_version": 4,
                                                                     "name": "front"}})["subnet"]["id"]
    place = [{"subnet_id": subnet, "ip_address": "10.0.1.30"}]
    port = ask(project, "network", "POST", "/ports", {"port": {"network_id": network, "name": "box", "fixed_ips": place}})["port"]["id"]
    image = next(row["id"] for row in ask(project, "image", "GET", "/images?name=ubuntu-24.04-20260115")["images"])
    ask(project, "compute", "POST", "/os-keypairs", {"keypair": {"name": "admin", "public_key": KEY}})
    body = {"name": "box", "imageRef": image, "flavorRef": "3", "networks": [{"port": port}], "key_name": "admin",
            "user_data": base64.b64encode(b"#!/bin/sh\n").decode()}
    machine = ask(project, "compute", "POST", "/servers", {"server": body})["server"]["id"]
    disk = ask(project, "block_storage", "POST", "/volumes", {"volume": {"name": "data", "size": 1, "volume_type": "fast"}})["volume"]["id"]
    until(lambda: server(project)["status"] == "ACTIVE" and volume(project, "data")["status"] == "available", "it does not come up")
    ask(project, "compute", "POST", f"/servers/{machine}/os-volume_attachments", {"volumeAttachment": {"volumeId": disk}})
    until(lambda: volume(project, "data")["status"] == "in-use", "the disk is not plugged in")

    box = {"subnet": subnet, "image": IMAGE, "spec": {"vcpus": 1}, "key_pair": "admin", "private_ip": "10.0.1.30"}
    (folder / "mcflow.yaml").write_text(json.dumps({"mcflow": 1, "name": "machines", "connections": {"cloud": FAST}, "resources": {
        "box": block("vm", **box), "data": block("disk", size_gib=1, type="ssd", attach_to=ref("box"))}}))
    assert outcome(["import", "-y", "box", machine]) == 0, capsys.readouterr()
    assert outcome(["import", "-y", "data", disk]) == 0, capsys.readouterr()
    same(capsys)
    assert server(project)["image"]["id"] == image, "an older image of that system is kept"
    assert outcome(["destroy", "-y"]) == 0, capsys.readouterr()
    left = {kind for id, kind in project.inventory().items() if id not in before}
    assert left == {"network", "subnet", "key_pair"}, "what was not taken over stays"


@pytest.mark.timeout(600)
def test_sizes_and_disk_types_are_an_administrators(tmp_path: Path, lab: Lab, monkeypatch: pytest.MonkeyPatch,
                                                    capsys: pytest.CaptureFixture[str]) -> None:
    with lab.project("admin", proxy=False) as project:
        for name in [name for name in os.environ if name.startswith(("MCFLOW_", "OS_", "XDG_"))]:
            monkeypatch.delenv(name)
        homes = {f"XDG_{kind}_HOME": str(tmp_path / kind) for kind in ("STATE", "CONFIG", "DATA", "CACHE")}
        for name, value in {**project.environ, **homes}.items():
            monkeypatch.setenv(name, value)
        monkeypatch.chdir(tmp_path)
        big, own = f"big-{project.name}", f"own-{project.name}"
        size = {"name": big, "ram": 1024, "vcpus": 1, "disk": 5}
        kind = {"name": own, "is_public": False}
        write(tmp_path, size=block("openstack.flavor", **size, extra_specs={"hw:cpu_policy": "shared", "hw:gone": "x"}),
              kind=block("openstack.volume_type", **kind, description="one", extra_specs={"volume_backend_name": "files"}))
        assert outcome(["apply", "-y"]) == 0, capsys.readouterr()
        same(capsys)
        write(tmp_path, size=block("openstack.flavor", **size, description="two", extra_specs={"hw:cpu_policy": "dedicated"}),
              kind=block("openstack.volume_type", **kind, extra_specs={"volume_backend_name": "other", "more": "y"}))
        assert outcome(["apply", "-y"]) == 0, capsys.readouterr()
        same(capsys)
        flavors = ask(project, "compute", "GET", "/flavors/detail?is_public=None")["flavors"]
        specs = next(row["extra_specs"] for row in flavors if row["name"] == big)
        assert specs == {"hw:cpu_policy": "dedicated"}
        assert outcome(["destroy", "-y"]) == 0, capsys.readouterr()
        assert big not in [row["name"] for row in ask(project, "compute", "GET", "/flavors/detail?is_public=None")["flavors"]]
        assert own not in [row["name"] for row in ask(project, "block_storage", "GET", "/types?is_public=None")["volume_types"]]
