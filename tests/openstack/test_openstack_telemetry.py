"""What services measure and remember, on the lab: diagnostics for an administrator, counters, failed actions, messages."""

from __future__ import annotations

import time
from collections.abc import Iterator
from pathlib import Path

import pytest
from tests.openstack.lab import Lab, Project

from mcflow.drivers.openstack.session import OpenStackSession, connect
from mcflow.drivers.openstack.telemetry import TELEMETRY
from mcflow.drivers.sdk import AccessDenied, Happening, Subject, Window
from mcflow.model.connection import Connection


@pytest.fixture
def session(folder: Path) -> Iterator[OpenStackSession]:
    opened = connect(Connection("cloud", "openstack"))
    yield opened
    opened.close()


def window() -> Window:
    now = time.time()
    return Window(now - 3600, now, 60)


def events(session: OpenStackSession, source: str, *subjects: Subject) -> list[Happening]:
    """What a source tells of the last hour."""
    return list(TELEMETRY.events(session, source, subjects or None, time.time() - 3600, time.time() + 60))


@pytest.mark.timeout(300)
def test_a_server_is_diagnosed_for_administrators_and_its_actions_are_told(lab: Lab, project: Project, session: OpenStackSession) -> None:
    compute = project.own.compute
    flavor = compute.find_flavor("m1.tiny")
    image = next(each for each in project.own.image.images() if each.name == "cirros")
    server = compute.create_server(name="t-measured", image_id=image.id, flavor_id=flavor.id, networks="none")
    compute.wait_for_server(server, interval=0.3, wait=120)
    subject = Subject("web", "openstack.server", server.id)
    with pytest.raises(AccessDenied) as refused:
        list(TELEMETRY.metrics(session, [subject], (), window()))
    assert refused.value.permission == "os_compute_api:os-server-diagnostics"
    admin = OpenStackSession(Connection("admin", "openstack"), lab.admin)
    told = {each.metric: each for each in TELEMETRY.metrics(admin, [subject], (), window())}
    assert told.keys() == set(TELEMETRY.measures("openstack.server"))
    assert told["memory"].unit == "B"
    assert told["network_in"].points[0][1] >= 0
    created, = events(session, "Nova actions", subject)
    assert (created.what, created.who, created.object) == ("create", project.name, server.id)
    compute.delete_server(server.id)
    compute.wait_for_delete(server, interval=0.3, wait=120)
    assert sorted(each.what for each in events(session, "Nova actions")) == ["create", "delete"], "deleted servers are asked about too"


@pytest.mark.timeout(300)
def test_what_cinder_says_of_a_volume_that_fits_nowhere(project: Project, session: OpenStackSession) -> None:
    storage = project.own.block_storage
    volume = storage.create_volume(name="t-huge", size=90000)
    for _ in range(200):
        if storage.get_volume(volume.id).status == "error":
            break
        time.sleep(0.3)
    told = events(session, "Cinder messages", Subject("disk", "openstack.volume", volume.id))
    assert {(each.severity, each.object) for each in told} == {("error", volume.id)}
    assert all("backend" in each.what for each in told)
    assert events(session, "Cinder messages", Subject("disk", "openstack.volume", "another")) == []
    assert {each.key for each in events(session, "Cinder messages")} == {each.key for each in told}


def test_what_a_container_holds(project: Project, session: OpenStackSession) -> None:
    swift = project.own.object_store
    swift.put("/t-box")
    swift.put("/t-box/one", data=b"12345").raise_for_status()
    told: dict[str, float] = {}
    for _ in range(100):
        found = TELEMETRY.metrics(session, [Subject("box", "openstack.container", "t-box")], (), window())
        told = {each.metric: each.points[0][1] for each in found}
        if told["objects"]:
            break
        time.sleep(0.2)
    assert told == {"stored": 5, "objects": 1}
    swift.delete("/t-box/one")


@pytest.mark.timeout(300)
def test_what_a_load_balancer_counts(project: Project, session: OpenStackSession) -> None:
    network = project.own.network.create_network(name="t-net")
    subnet = project.own.network.create_subnet(network_id=network.id, cidr="10.3.0.0/24", ip_version=4)
    balancers = project.own.load_balancer
    made = balancers.create_load_balancer(name="t-lb", vip_subnet_id=subnet.id)
    balancers.wait_for_load_balancer(made.id, interval=0.3, wait=120)
    found = list(TELEMETRY.metrics(session, [Subject("lb", "openstack.load_balancer", made.id)], ["connections", "sent"], window()))
    assert [(each.metric, each.unit, each.points[0][1]) for each in found] == [("connections", "", 0), ("sent", "B", 0)]
