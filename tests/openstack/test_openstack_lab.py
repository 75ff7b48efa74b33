"""The lab has what blueprints and tests ask of it; projects are apart, seen whole, and emptied."""

from __future__ import annotations

from typing import Any

import pytest
from tests.conformance.fragments import IMAGE
from tests.openstack.lab import Lab, Project

IMAGES = [(IMAGE["os"], IMAGE["version"]), ("ubuntu", "22.04"), ("debian", "12"), ("cirros", "0.6"), ("fedora-coreos", "42")]


@pytest.mark.parametrize(("cloud", "project"), [("oslab", "demo"), ("oslab-app", "demo"), ("oslab-2", "demo2"), ("oslab-admin", "admin")])
def test_every_cloud_of_the_file_can_be_entered(lab: Lab, cloud: str, project: str) -> None:
    wanted = lab.admin.identity.find_project(project).id
    assert lab.connect(cloud).session.get_project_id() == wanted


@pytest.mark.parametrize(("distro", "version"), IMAGES, ids=str)
def test_images_say_what_they_are(lab: Lab, distro: str, version: str) -> None:
    rows = lab.connect().image.get(f"/images?os_distro={distro}&os_version={version}").json()["images"]
    assert {row["hw_architecture"] for row in rows} >= {"x86_64"}
    assert {(row["status"], row["visibility"]) for row in rows} == {("active", "public")}


def test_there_are_sizes_to_choose_from(lab: Lab) -> None:
    flavors = list(lab.connect().compute.flavors())
    assert {1, 2, 4, 8} <= {flavor.vcpus for flavor in flavors}
    assert {1024, 2048, 4096, 8192, 16384} <= {flavor.ram for flavor in flavors}
    assert any(flavor.disk == 0 for flavor in flavors), "one that needs a volume to boot from"


def test_quotas_let_two_hundred_objects_be_made(project: Project) -> None:
    network = project.own.network.get_quota(project.id)
    assert min(network.ports, network.networks, network.security_groups, network.security_group_rules) >= 300
    assert project.own.block_storage.get(f"/os-quota-sets/{project.id}").json()["quota_set"]["volumes"] >= 300
    assert {kind.name for kind in project.own.block_storage.types()} >= {"__DEFAULT__", "fast"}


def test_an_inventory_shows_everything_but_parts_of_living_things(project: Project) -> None:
    made = _small_environment(project.own)
    kinds = {kind: [id for id, found in project.inventory().items() if found == kind] for kind in project.inventory().values()}
    assert kinds == {
        "network": [made["network"]], "subnet": [made["subnet"]], "router": [made["router"]],
        "router_interface": [f"{made['router']}|{made['subnet']}"], "port": [made["port"]], "security_group": [made["group"]],
        "security_group_rule": [made["rule"]], "load_balancer": [made["balancer"]], "key_pair": ["mine"], "volume": [made["volume"]],
        "container": ["box"],
    }
    parts = {row.kind: row.part_of for row in project.everything() if row.part_of}
    assert parts == {"port": made["balancer"], "security_group_rule": made["group"]}


def test_projects_see_nothing_of_each_other_and_leave_nothing(lab: Lab) -> None:
    with lab.project() as first, lab.project() as second:
        made = _small_environment(first.own)
        assert second.inventory() == {}
        assert made["network"] in first.inventory()
        gone = first
    assert lab.admin.identity.find_project(gone.name) is None
    for listing in (lab.admin.network.networks, lab.admin.network.ports, lab.admin.network.routers):
        assert not list(listing(project_id=gone.id))


def test_logged_in_through_the_proxy_every_service_is_reached_by_it(project: Project, monkeypatch: pytest.MonkeyPatch) -> None:
    import openstack

    for name, value in project.environ.items():
        monkeypatch.setenv(name, value)
    assert project.proxy is not None
    with openstack.connect() as cloud, project.proxy.counting() as calls:
        network = cloud.network.create_network(name="one", description="[mcflow-state=s; mcflow-op=op-1]")
        list(cloud.block_storage.volumes())
        list(cloud.network.networks(limit=1))
    assert {call.service for call in calls} == {"network", "block-storage"}
    assert project.proxy.creations() == {"op-1": [network.id]}
    assert any("marker=" in call.path for call in calls), "the link to the next page was followed"


def _small_environment(cloud: Any) -> dict[str, str]:
    """One of most things that are made at once, and a balancer. The ids."""
    network = cloud.network.create_network(name="net")
    subnet = cloud.network.create_subnet(network_id=network.id, ip_version=4, cidr="10.20.0.0/24")
    router = cloud.network.create_router(name="way")
    cloud.network.add_interface_to_router(router, subnet=subnet.id)
    group = cloud.network.create_security_group(name="web")
    rule = cloud.network.create_security_group_rule(
        security_group_id=group.id, direction="ingress", ethertype="IPv4", protocol="tcp", port_range_min=80, port_range_max=80)
    # Of the two rules that a new group has one goes, so that what is left is told from what was made.
    egress = [each for each in cloud.network.security_group_rules(security_group_id=group.id) if each.direction == "egress"]
    cloud.network.delete_security_group_rule(egress[0])
    port = cloud.network.create_port(network_id=network.id, name="card")
    balancer = cloud.load_balancer.create_load_balancer(name="front", vip_subnet_id=subnet.id)
    cloud.compute.create_keypair(name="mine")
    volume = cloud.block_storage.create_volume(name="data", size=1, volume_type="fast")
    cloud.object_store.create_container("box")
    cloud.object_store.upload_object("box", "a/b.txt", data=b"hello")
    return {"network": network.id, "subnet": subnet.id, "router": router.id, "group": group.id, "rule": rule.id, "port": port.id,
            "balancer": balancer.id, "volume": volume.id}
