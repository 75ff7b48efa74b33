"""What is chosen for clusters and databases, from what the cloud has."""

from __future__ import annotations

from typing import Any

import pytest
from tests.unit.drivers.openstack.stub import StubSession

from mcflow.drivers.openstack import driver
from mcflow.drivers.sdk import Unsuitable, Want
from mcflow.model.values import Secret

COREOS = [{"id": "c1", "name": "fedora-coreos-41", "os_distro": "fedora-coreos", "created_at": "2025-01-01"},
          {"id": "c2", "name": "fedora-coreos-42", "os_distro": "fedora-coreos", "created_at": "2026-01-01"},
          {"id": "u1", "name": "ubuntu", "os_distro": "ubuntu", "created_at": "2026-02-01"}]
MADE = [{"id": f"k{minor}", "name": f"kube-1.{minor}", "os_distro": "ubuntu", "kube_version": f"v1.{minor}.2", "created_at": "2026-01-01"}
        for minor in (9, 31, 32)]
VERSION = driver.choosers["kubernetes_cluster", "version"]


def images(*rows: dict[str, Any]) -> StubSession:
    return StubSession({"GET image /images": {"images": list(rows)}})


@pytest.mark.parametrize(("rows", "asked", "chosen"), [
    (COREOS, None, {"image": "c2"}), (COREOS, "1.31.4", {"image": "c2", "kube_tag": "v1.31.4"}),
    ([*COREOS, *MADE], None, {"image": "k32"}), ([*COREOS, *MADE], "1.31", {"image": "k31"}), (MADE, "1.9.2", {"image": "k9"})])
def test_the_image_for_a_version(rows: list[dict[str, Any]], asked: str | None, chosen: dict[str, str]) -> None:
    found = VERSION(images(*rows), asked, Want({}))
    assert found is not None
    assert found.value == chosen


@pytest.mark.parametrize(("rows", "asked", "remedy"), [
    (COREOS, "1.31", "1.31.4"), (MADE, "1.30", "1.31.2"), (COREOS[2:], None, "os_distro=fedora-coreos")])
def test_a_version_that_nothing_is_there_for(rows: list[dict[str, Any]], asked: str | None, remedy: str) -> None:
    with pytest.raises(Unsuitable) as caught:
        VERSION(images(*rows), asked, Want({}))
    assert caught.value.property == "version"
    assert remedy in caught.value.remedy


DATASTORES = {"datastores": [
    {"name": "mysql", "versions": [{"name": "8.0.29", "active": 1}, {"name": "8.0.4", "active": 1}, {"name": "8.4.0", "active": 0}]},
    {"name": "PostgreSQL", "versions": [{"name": "16.2"}]}]}


@pytest.mark.parametrize(("engine", "asked", "chosen"), [
    ("mysql", None, "8.0.29"), ("mysql", "8.0", "8.0.29"), ("postgresql", "16", "16.2")])
def test_the_newest_version_of_the_one_asked_for(engine: str, asked: str | None, chosen: str) -> None:
    api = StubSession({"GET database /datastores": DATASTORES})
    found = driver.choosers["database", "version"](api, asked, Want({"engine": engine}))
    assert found is not None
    assert found.value == chosen
    assert driver.choosers["database", "version"](api, chosen, Want({"engine": engine})) is None, "it is one of Trove's own"


@pytest.mark.parametrize(("engine", "asked", "property"), [("mysql", "8.4", "version"), ("mariadb", None, "engine")])
def test_what_trove_has_not(engine: str, asked: str | None, property: str) -> None:
    with pytest.raises(Unsuitable) as caught:
        driver.choosers["database", "version"](StubSession({"GET database /datastores": DATASTORES}), asked, Want({"engine": engine}))
    assert caught.value.property == property


def test_a_flavor_is_told_by_its_id() -> None:
    api = StubSession({"GET compute /flavors/detail": {"flavors": [{"id": "2", "name": "m1.small"}]}})
    choose = driver.choosers["database", "spec"]
    found = choose(api, "m1.small", Want({}))
    assert found is not None
    assert found.value == "2"
    assert choose(api, "2", Want({})) is None
    with pytest.raises(Unsuitable, match="no flavor"):
        choose(api, "huge", Want({}))


def test_a_password_is_made_here() -> None:
    found = driver.choosers["database", "password"](StubSession(), None, Want({}))
    assert found is not None
    assert isinstance(found.value, Secret)
    assert len(found.value.reveal()) == 32
