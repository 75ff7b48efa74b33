"""``mcflow catalog`` on the lab: what real services say of themselves, through the driver's own session and the command line."""

from __future__ import annotations

import json
import os
from pathlib import Path
from typing import Any

import pytest
from tests.openstack.lab import REGION, Lab, Project

from mcflow.cli.entry import outcome
from mcflow.drivers.openstack.catalog import CATALOG
from mcflow.drivers.openstack.catalog.sizes import specs
from mcflow.drivers.openstack.session import connect
from mcflow.drivers.sdk import Query, Reader, Region, Unsupported, Zone, selecting
from mcflow.model.connection import Connection


@pytest.fixture
def member(lab: Lab, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A folder from which the lab's ordinary user asks; nothing is made."""
    for name in [name for name in os.environ if name.startswith(("MCFLOW_", "OS_"))]:
        monkeypatch.delenv(name)
    monkeypatch.setenv("XDG_CACHE_HOME", str(tmp_path / "cache"))
    monkeypatch.setenv("OS_CLIENT_CONFIG_FILE", str(lab.clouds))
    monkeypatch.setenv("OS_CLOUD", "oslab")
    monkeypatch.chdir(tmp_path)
    return tmp_path


def told(capsys: pytest.CaptureFixture[str], *arguments: str) -> Any:
    """The JSON of one command."""
    code = outcome(["catalog", *arguments, "--driver", "openstack", "-o", "json"])
    printed = capsys.readouterr()
    assert code == 0, printed.err
    return json.loads(printed.out)


def rows(capsys: pytest.CaptureFixture[str], *arguments: str) -> list[dict[str, Any]]:
    found: list[dict[str, Any]] = told(capsys, *arguments)["rows"]
    return found


def test_regions_and_zones(member: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert rows(capsys, "regions") == [{"name": REGION, "title": "", "enabled": True}]
    zones = rows(capsys, "zones")
    assert [(each["name"], each["available"], each["kind"]) for each in zones] == [("nova", True, "zone")]


def test_images_are_found_by_their_system(member: Path, capsys: pytest.CaptureFixture[str]) -> None:
    found = rows(capsys, "images", "--os", "ubuntu", "--version", "24.04", "--arch", "x86_64")
    assert {each["name"] for each in found} == {"ubuntu-24.04-20260801", "ubuntu-24.04-20260115"}
    assert {each["architecture"] for each in rows(capsys, "images", "--os", "ubuntu", "--arch", "arm64")} == {"arm64"}
    assert told(capsys, "images", "--os", "ubuntu")["source"] == "cached"


def test_sizes_in_all_pages_and_without_prices(member: Path, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch) -> None:
    answer = told(capsys, "specs", "--vcpus", "2..4", "--memory", "..8")
    assert {"m1.medium", "c1.large"} <= {each["name"] for each in answer["rows"]}
    assert answer["prices"]["unknown_because"] == "driver openstack knows no prices"
    session = connect(Connection("cloud", "openstack"))
    whole = [each.name for each in specs(session)]
    monkeypatch.setattr("mcflow.drivers.openstack.catalog.sizes.PAGE", "3")
    assert sorted(each.name for each in specs(session)) == sorted(whole)
    session.close()


def test_a_copy_of_a_server_is_no_image_of_its_system(folder: Path, project: Project) -> None:
    own = project.own.image
    own.create_image(name="copy", data=b"not a disk", disk_format="raw", container_format="bare", allow_duplicates=True,
                     properties={"os_distro": "ubuntu", "os_version": "24.04", "image_type": "snapshot"})
    session = connect(Connection("cloud", "openstack"))
    found = {each.name: each for each in CATALOG.images(session, Query())}
    assert found["copy"].os == ""
    newest, _, _ = selecting.choose_image(Reader(CATALOG, session), {"os": "ubuntu", "version": "24.04"}, "x86_64")
    assert newest is not None
    assert newest.name == "ubuntu-24.04-20260801"
    session.close()


def test_quotas_count_what_is_there(folder: Path, project: Project, capsys: pytest.CaptureFixture[str]) -> None:
    project.own.network.create_network(name="t-quota")
    found = {(each["service"], each["name"]): each for each in rows(capsys, "quotas")}
    assert found["network", "network"]["used"] == 1
    assert found["compute", "instances"]["used"] == 0
    assert found["block-storage", "gigabytes"]["unit"] == "GiB"
    assert {"container-infrastructure-management", "shared-file-system"} <= {service for service, _ in found}
    assert {each["service"] for each in rows(capsys, "quotas", "--service", "network")} == {"network"}


def test_services_say_what_the_cloud_lacks(member: Path, capsys: pytest.CaptureFixture[str]) -> None:
    found = {(each["kind"], each["type"]): each for each in rows(capsys, "services")}
    assert found["portable", "database"]["available"] is False
    assert "fast" in found["portable", "disk"]["limits"]["type"]
    assert found["portable", "load_balancer"]["available"] is True
    assert found["native", "openstack.network"]["available"] is True


def test_a_cloud_without_a_service_says_so(member: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    session = connect(Connection("cloud", "openstack"))
    whole = session.catalog()
    monkeypatch.setattr(type(session), "catalog", lambda _self: {kind: url for kind, url in whole.items() if kind != "load-balancer"})
    reasons = {offer.type: offer.reason for offer in CATALOG.services(session, Query()) if not offer.available}
    assert reasons["load_balancer"] == "this cloud's catalog has no load-balancer service (Octavia)"
    assert reasons["openstack.listener"] == reasons["load_balancer"]
    assert "openstack.network" not in reasons
    session.close()


def test_there_are_no_prices_and_that_is_said(member: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert outcome(["catalog", "prices", "--driver", "openstack"]) != 0
    assert "MC1001" in capsys.readouterr().err
    session = connect(Connection("cloud", "openstack"))
    with pytest.raises(Unsupported):
        Reader(CATALOG, session).read("prices")
    assert list(CATALOG.regions(session, Query())) == [Region(REGION)]
    assert Zone("nova", REGION) in list(CATALOG.zones(session, Query()))
    session.close()
