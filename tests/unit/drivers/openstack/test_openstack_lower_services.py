"""What load_balancer, file_system, bucket, kubernetes_cluster, node_group and database become on OpenStack, and what is refused."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest
from tests.unit.drivers.openstack.conftest import Bench, natives

from mcflow.drivers.openstack import driver
from mcflow.drivers.sdk import Lowering, Unsuitable
from mcflow.model.values import Derived, Handle, Ref

TAGS = {"team": "shop"}
ANY = ["DELETE", "GET", "HEAD", "POST", "PUT"]
LITERAL = Handle("", "vm", "cloud", None, literal="i-1")


@pytest.fixture
def net(bench: Bench) -> Bench:
    """A vpc with a public and a private subnet, and a machine in each."""
    bench.lower("net", "vpc", cidr="10.0.0.0/16")
    for name, number, public in (("front", 1, True), ("back", 2, False)):
        bench.lower(name, "subnet", vpc=bench.handle("net"), cidr=f"10.0.{number}.0/24", zone="nova", public=public)
        bench.lower(f"in_{name}", "vm", subnet=bench.handle(name), image="i1", spec="m1.small")
    return bench


def keyed(out: Lowering, key: str) -> dict[str, dict[str, Any]]:
    """The natives under one key, by the rest of their address."""
    return {native.address.removeprefix(f"{out.address}/"): native.want for native in out.natives if native.key == key}


def balancer(bench: Bench, **more: Any) -> Lowering:
    wanted = {"vpc": bench.handle("net"), "subnets": [bench.handle("front")], "listeners": [{"protocol": "tcp", "port": 80}], **more}
    return bench.lower("lb", "load_balancer", TAGS, **wanted)


def test_a_load_balancer_and_all_behind_it(net: Bench) -> None:
    out = balancer(net, targets=[net.handle("in_front"), net.handle("in_back")],
                   listeners=[{"protocol": "http", "port": 80, "target_port": 8080}], health_check={"protocol": "http", "path": "/ok"})
    found = natives(out)
    lb, pool = Ref("lb/balancer"), Ref('lb/pool["80"]')
    assert found["balancer"] == {"type": "openstack.load_balancer", "name": "lb", "vip_subnet_id": Ref("front/subnet"), "tags": TAGS}
    assert found["pool"] == {"type": "openstack.pool", "name": "lb-80", "loadbalancer_id": lb, "protocol": "HTTP",
                             "lb_algorithm": "ROUND_ROBIN", "tags": TAGS}
    assert keyed(out, "monitor")['monitor["80"]'] == {
        "name": "lb-80", "pool_id": pool, "loadbalancer_id": lb, "type": "HTTP", "url_path": "/ok",
        "delay": 30, "timeout": 5, "max_retries": 3, "max_retries_down": 3, "tags": TAGS}
    members = keyed(out, "member")
    assert list(members) == ['member["80:in_front"]', 'member["80:in_back"]']
    assert members['member["80:in_back"]'] == {
        "name": "in_back", "pool_id": pool, "loadbalancer_id": lb, "address": Ref("in_back/port", ("ip_address",)), "protocol_port": 8080,
        "subnet_id": Ref("back/subnet"), "tags": TAGS}
    assert found["listener"]["default_pool_id"] == pool
    assert found["listener"]["insert_headers"]["X-Forwarded-For"] == "true"
    assert found["address"] == {"type": "openstack.floating_ip", "port_id": Ref("lb/balancer", ("vip_port_id",)), "tags": TAGS}
    assert out.exports["address"] == Ref("lb/address", ("floating_ip_address",))
    states = [[Ref(f'lb/member["80:{who}"]', ("operating_status",))] for who in ("in_front", "in_back")]
    assert out.exports["healthy"] == Derived("openstack.count_healthy", (states,))


def test_a_listener_comes_after_its_machines_and_goes_before_them(net: Bench) -> None:
    out = balancer(net, targets=[net.handle("in_front")])
    listener = next(native for native in out.natives if native.key == "listener")
    assert Ref('lb/member["80:in_front"]') in listener.after
    address = next(native for native in out.natives if native.key == "address")
    assert address.after == (Ref("front/interface"),), "an address needs the way to the internet"


def test_an_internal_load_balancer_has_its_own_address(net: Bench) -> None:
    out = balancer(net, scheme="internal", subnets=[net.handle("back")])
    assert "address" not in natives(out)
    assert out.exports["address"] == Ref("lb/balancer", ("vip_address",))
    assert out.exports["healthy"] == 0


def test_it_stands_in_the_first_subnet_that_leads_out_in_whatever_order_they_are_written(net: Bench) -> None:
    for order in (("front", "back"), ("back", "front")):
        out = balancer(net, subnets=[net.handle(name) for name in order])
        assert natives(out)["balancer"]["vip_subnet_id"] == Ref("front/subnet")


def test_tcp_and_udp_share_a_port(net: Bench) -> None:
    out = balancer(net, listeners=[{"protocol": "udp", "port": 53}, {"protocol": "tcp", "port": 53}])
    assert {address: want["protocol"] for address, want in keyed(out, "pool").items()} == {'pool["53"]': "TCP", 'pool["53/udp"]': "UDP"}


def test_a_certificate_ends_tls(net: Bench) -> None:
    reference = "https://barbican.example/v1/secrets/1"
    out = balancer(net, listeners=[{"protocol": "https", "port": 443, "certificate": reference}])
    found = natives(out)
    assert (found["listener"]["protocol"], found["listener"]["default_tls_container_ref"]) == ("TERMINATED_HTTPS", reference)
    assert found["pool"]["protocol"] == "HTTP"


@pytest.mark.parametrize(("property", "more"), [
    ("listeners", {"listeners": [{"protocol": "https", "port": 443}]}),
    ("listeners", {"listeners": [{"protocol": "tls", "port": 443, "certificate": "c"}]}),
    ("listeners", {"listeners": [{"protocol": "tcp", "port": 80, "certificate": "c"}]}),
    ("listeners", {"listeners": [{"protocol": "tcp", "port": 80}, {"protocol": "http", "port": 80}]}),
    ("health_check.path", {"health_check": {"path": "/x"}}),
    ("health_check.timeout_seconds", {"health_check": {"interval_seconds": 5, "timeout_seconds": 5}}),
    ("targets", {"targets": [LITERAL]}),
    ("scheme", {"subnets": ["back"]}),
])
def test_refusals_of_a_load_balancer(net: Bench, property: str, more: dict[str, Any]) -> None:
    if more.get("subnets"):
        more = {"subnets": [net.handle(name) for name in more["subnets"]]}
    refused(property, lambda: balancer(net, **more))


def refused(property: str, lower: Callable[[], Any]) -> None:
    with pytest.raises(Unsuitable) as caught:
        lower()
    assert caught.value.property == property
    assert caught.value.remedy


def test_who_is_healthy() -> None:
    count = driver.derivations["count_healthy"]
    assert count([["ONLINE", "ONLINE"], ["ONLINE", "ERROR"], ["NO_MONITOR"], []]) == 1


# -- file_system


def files(bench: Bench, **more: Any) -> Lowering:
    return bench.lower("files", "file_system", TAGS, **{
        "vpc": bench.handle("net"), "subnets": [bench.handle("front"), bench.handle("back")], "capacity_gib": 10, "encrypted": False,
        **more})


def test_a_share_is_mounted_from_the_named_subnets(net: Bench) -> None:
    out = files(net, performance="fast", nfs_version="4.1")
    assert natives(out)["share"] == {"type": "openstack.share", "name": "files", "share_proto": "NFS", "size": 10, "share_type": "fast",
                                     "tags": TAGS}
    rules = keyed(out, "access")
    assert {address: want["access_to"] for address, want in rules.items()} == {
        'access["front"]': Ref("front/subnet", ("cidr",)), 'access["back"]': Ref("back/subnet", ("cidr",))}
    assert out.exports["mount_command"] == Derived("openstack.mount_command", (Ref("files/share", ("export_locations",)), "4.1"))


def test_where_and_how_it_is_mounted() -> None:
    places = ["10.0.0.9:/exports/1", "10.0.0.10:/exports/1"]
    assert driver.derivations["mount_targets"](["s1", "s2"], places) == {"s1": "10.0.0.9", "s2": "10.0.0.9"}
    assert driver.derivations["mount_targets"](["s1"], ["[fd00::9]:/exports/1"]) == {"s1": "[fd00::9]"}
    assert driver.derivations["mount_command"](places, "4.1") == "sudo mount -t nfs -o nfsvers=4.1 10.0.0.9:/exports/1 /mnt"
    assert driver.derivations["mount_command"](places, None) == "sudo mount -t nfs 10.0.0.9:/exports/1 /mnt"


@pytest.mark.parametrize(("property", "more"), [
    ("capacity_gib", {"capacity_gib": None}), ("encrypted", {"encrypted": True}), ("encrypted", {"encrypted": None}),
    ("backup", {"backup": True}), ("performance", {"performance": "high"}), ("security_groups", {"security_groups": ["sg-1"]}),
    ("subnets", {"subnets": ["sub-1"]})])
def test_refusals_of_a_file_system(net: Bench, property: str, more: dict[str, Any]) -> None:
    refused(property, lambda: files(net, **more))


# -- bucket


def test_a_bucket(bench: Bench) -> None:
    rule = {"origins": ["https://a.example"], "methods": ANY, "max_age_seconds": 60}
    out = bench.lower("box", "bucket", TAGS, name="shop", versioning=True, public=True, cors=[rule], force_destroy=True)
    assert natives(out)["container"] == {
        "type": "openstack.container", "name": "shop", "versions_enabled": True, "read_acl": ".r:*", "force_destroy": True,
        "cors_allow_origin": ["https://a.example"], "cors_max_age": 60, "tags": TAGS}
    assert out.exports["url"] == Ref("box/container", ("url",))


@pytest.mark.parametrize(("property", "more"), [
    ("name", {"name": "a/b"}), ("lifecycle", {"lifecycle": [{"expire_days": 3}]}),
    ("cors", {"cors": [{"origins": ["*"], "methods": ["GET"]}]}), ("cors", {"cors": [{"origins": ["*"], "methods": ANY}] * 2}),
    ("cors", {"cors": [{"origins": ["*"], "methods": ANY, "headers": ["X-One"]}]})])
def test_refusals_of_a_bucket(bench: Bench, property: str, more: dict[str, Any]) -> None:
    refused(property, lambda: bench.lower("box", "bucket", **more))


def test_a_tag_that_is_no_header_is_refused(bench: Bench) -> None:
    refused("tags", lambda: bench.lower("box", "bucket", {"a b": "1"}))
    refused("tags", lambda: bench.lower("box", "bucket", {"a": "x" * 300}))


# -- kubernetes_cluster and node_group


def cluster(bench: Bench, **more: Any) -> Lowering:
    return bench.lower("kube", "kubernetes_cluster", **{
        "vpc": bench.handle("net"), "subnets": [bench.handle("front")], "version": {"image": "i1", "kube_tag": "v1.31.4"}, "spec": "m1",
        **more})


def test_a_cluster_is_made_from_a_template_of_its_own(net: Bench) -> None:
    found = natives(cluster(net))
    assert found["template"] == {
        "type": "openstack.cluster_template", "image_id": "i1", "flavor_id": "m1", "master_flavor_id": "m1",
        "fixed_network": Ref("net/network"), "fixed_subnet": Ref("front/subnet"), "floating_ip_enabled": True,
        "labels": {"kube_tag": "v1.31.4"}}
    assert found["cluster"] == {"type": "openstack.cluster", "cluster_template_id": Ref("kube/template"), "master_count": 1,
                                "node_count": 0}


def test_what_a_cluster_says_of_itself(net: Bench) -> None:
    exports = cluster(net).exports
    assert driver.derivations["kubernetes_version"]("v1.32.0") == "1.32.0"
    assert driver.derivations["cluster_status"]("UPDATE_COMPLETE") == "ready"
    assert driver.derivations["cluster_status"]("UPDATE_FAILED") == "UPDATE_FAILED"
    told = exports["kubeconfig"]
    assert isinstance(told, Derived)
    assert told.op == "openstack.magnum_kubeconfig"
    assert told.args[:2] == ("cloud", Ref("kube/cluster"))


def test_a_node_group(net: Bench) -> None:
    cluster(net)
    out = net.lower("web", "node_group", cluster=net.handle("kube"), spec="m2", size={"desired": 3, "min": 2, "max": 4},
                    root_disk={"size_gib": 50, "type": "fast"})
    assert natives(out)["nodes"] == {
        "type": "openstack.node_group", "cluster_id": Ref("kube/cluster"), "flavor_id": "m2", "node_count": 3, "min_node_count": 2,
        "max_node_count": 4, "labels": {"boot_volume_size": "50", "boot_volume_type": "fast"}, "merge_labels": True}


@pytest.mark.parametrize(("property", "more"), [
    ("key_pair", {"key_pair": "k"}), ("autoscale", {"autoscale": True}), ("labels", {"labels": {"a": "b"}}),
    ("taints", {"taints": [{"key": "a", "effect": "NoExecute"}]}), ("size.min", {"size": {"desired": 1, "min": 2}}),
    ("size.desired", {"size": {"desired": 5, "max": 4}})])
def test_refusals_of_a_node_group(net: Bench, property: str, more: dict[str, Any]) -> None:
    cluster(net)
    wanted = {"cluster": net.handle("kube"), "spec": "m2", "size": {"desired": 1}, **more}
    refused(property, lambda: net.lower("web", "node_group", **wanted))


def test_refusals_of_a_cluster(net: Bench) -> None:
    refused("security_groups", lambda: cluster(net, security_groups=["sg-1"]))
    refused("public_endpoint", lambda: cluster(net, subnets=[net.handle("back")]))
    assert natives(cluster(net, subnets=[net.handle("back")], public_endpoint=False))["template"]["floating_ip_enabled"] is False


# -- database


def database(bench: Bench, **more: Any) -> Lowering:
    return bench.lower("shop", "database", **{
        "engine": "postgresql", "version": "16.2", "spec": "2", "storage": {"size_gib": 20, "type": "fast"}, "vpc": bench.handle("net"),
        "subnets": [bench.handle("front")], "username": "ann", "password": "long enough", "databases": ["a", "b"], **more})


def test_a_database_is_an_instance_with_databases_and_a_user(net: Bench) -> None:
    out = database(net)
    found = natives(out)
    assert found["instance"] == {
        "type": "openstack.database_instance", "datastore_type": "postgresql", "datastore_version": "16.2", "flavor_id": "2",
        "volume_size": 20, "volume_type": "fast", "nics": [{"network_id": Ref("net/network"), "subnet_id": Ref("front/subnet")}]}
    assert [want["name"] for want in keyed(out, "database").values()] == ["a", "b"]
    assert found["user"] == {"type": "openstack.database_user", "instance_id": Ref("shop/instance"), "name": "ann",
                             "password": "long enough", "databases": ["a", "b"]}
    assert (out.exports["port"], out.exports["host"]) == (5432, Ref("shop/instance", ("hostname",)))


@pytest.mark.parametrize(("property", "more"), [
    ("security_groups", {"security_groups": ["sg-1"]}), ("high_availability", {"high_availability": True}),
    ("deletion_protection", {"deletion_protection": True}), ("storage.iops", {"storage": {"size_gib": 20, "iops": 500}}),
    ("backup", {"backup": {"retention_days": 7}})])
def test_refusals_of_a_database(net: Bench, property: str, more: dict[str, Any]) -> None:
    refused(property, lambda: database(net, **more))
