"""What load balancers and file systems become on AWS, and what is refused."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

import pytest
from tests.unit.drivers.aws.conftest import Bench

from mcflow.drivers.aws import driver
from mcflow.drivers.sdk import Lowering, Native, Unsuitable
from mcflow.model.values import Derived, Handle, Ref

HERE, THERE = "ap-northeast-2a", "ap-northeast-2b"
CERTIFICATE = "arn:aws:acm:ap-northeast-2:123456789012:certificate/1"
TCP, HTTP = {"protocol": "tcp", "port": 80}, {"protocol": "http", "port": 80}
WEB_CHECK = {"protocol": "http", "path": "/health"}


@pytest.fixture
def tier(bench: Bench) -> Bench:
    bench.lower("net", "vpc", cidr="10.0.0.0/16")
    for address, number, zone, public in (("front", 1, HERE, True), ("side", 2, THERE, True), ("twin", 3, HERE, True),
                                          ("back", 4, THERE, False)):
        bench.lower(address, "subnet", vpc=bench.handle("net"), cidr=f"10.0.{number}.0/24", zone=zone, public=public)
    for address in ('web["a"]', 'web["b"]'):
        bench.lower(address, "vm", subnet=bench.handle("front"), image="ami-1", spec="t3.micro")
    return bench


def balance(tier: Bench, *subnets: str, **properties: Any) -> Lowering:
    """A load balancer in these subnets; on TCP port 80 if nothing else is said."""
    return tier.lower("lb", "load_balancer", vpc=tier.handle("net"), subnets=[tier.handle(subnet) for subnet in subnets or ("front",)],
                      **{"listeners": [TCP], **properties})


def mount(tier: Bench, *subnets: str, **properties: Any) -> Lowering:
    return tier.lower("files", "file_system", vpc=tier.handle("net"), subnets=[tier.handle(subnet) for subnet in subnets or ("front",)],
                      **properties)


def of(out: Lowering, type: str) -> list[Native]:
    return [native for native in out.natives if native.type == type]


@contextmanager
def refused(property: str, message: str) -> Iterator[None]:
    with pytest.raises(Unsuitable, match=message) as refusal:
        yield
    assert refusal.value.property == property
    assert refusal.value.remedy


def test_tcp_is_balanced_by_a_network_load_balancer(tier: Bench) -> None:
    machines = {"a": tier.handle('web["a"]'), "b": tier.handle('web["b"]')}
    out = balance(tier, "front", "side", targets=machines, listeners=[{**TCP, "target_port": 8080}])
    balancer, group, first, second, listener = out.natives
    assert [native.type for native in out.natives] == [
        "aws.lb", "aws.lb_target_group", "aws.lb_target_registration", "aws.lb_target_registration", "aws.lb_listener"]
    assert (balancer.want["type"], balancer.want["scheme"]) == ("network", "internet-facing")
    assert balancer.want["subnets"] == [Ref("front/subnet", ("id",)), Ref("side/subnet", ("id",))]
    assert balancer.after == (Ref("front/route"), Ref("side/route")), "it needs the way to the internet"
    assert (group.want["protocol"], group.want["port"], group.want["health_check_protocol"]) == ("TCP", 8080, "TCP")
    assert "health_check_path" not in group.want
    assert [native.address for native in (first, second)] == ['lb/target["80:web[\\"a\\"]"]', 'lb/target["80:web[\\"b\\"]"]']
    assert first.want == {"target_group_arn": Ref(group.address, ("id",)), "target_id": Ref('web["a"]/instance', ("id",)), "port": 8080}
    assert listener.want["default_actions"] == [{"type": "forward", "target_group_arn": Ref(group.address, ("id",))}]
    assert listener.after == (Ref(first.address), Ref(second.address))
    assert (out.exports["address"], out.exports["dns_name"]) == (None, Ref(balancer.address, ("dns_name",)))
    health = [[Ref(native.address, ("health",))] for native in (first, second)]
    assert out.exports["healthy"] == Derived("aws.count_healthy", (health,))


def test_http_is_balanced_by_an_application_load_balancer_with_a_group_of_its_own(tier: Bench) -> None:
    secure = {"protocol": "https", "port": 443, "target_port": 80, "certificate": CERTIFICATE}
    out = balance(tier, "front", "back", scheme="internal", listeners=[HTTP, secure], health_check=WEB_CHECK)
    (balancer,), (door,) = of(out, "aws.lb"), of(out, "aws.security_group")
    assert (balancer.want["type"], balancer.want["scheme"]) == ("application", "internal")
    assert balancer.want["security_groups"] == [Ref(door.address, ("id",))]
    assert balancer.after == (), "an internal one needs no internet"
    assert {rule["from_port"] for rule in door.want["inbound"]} == {80, 443}
    assert [listener.want["protocol"] for listener in of(out, "aws.lb_listener")] == ["HTTP", "HTTPS"]
    assert of(out, "aws.lb_listener")[1].want["certificates"] == [{"certificate_arn": CERTIFICATE}]
    assert {group.want["protocol"] for group in of(out, "aws.lb_target_group")} == {"HTTP"}
    assert {group.want["health_check_path"] for group in of(out, "aws.lb_target_group")} == {"/health"}
    assert out.exports["healthy"] == 0


def test_tcp_and_udp_share_a_port(tier: Bench) -> None:
    out = balance(tier, listeners=[{"protocol": "tcp", "port": 53}, {"protocol": "udp", "port": 53}])
    assert [listener.want["protocol"] for listener in of(out, "aws.lb_listener")] == ["TCP_UDP"]
    with refused("listeners", "port 53 is listened to twice"):
        balance(tier, listeners=[{"protocol": "tcp", "port": 53}, {"protocol": "udp", "port": 53, "target_port": 5353}])


def test_the_protocols_of_a_health_check_are_never_changed(tier: Bench) -> None:
    for check in (None, {"interval_seconds": 10}, {"protocol": "tcp"}):
        with refused("health_check", "not by a TCP connection"):
            balance(tier, "front", "side", listeners=[HTTP], health_check=check)
    group = of(balance(tier, health_check={**WEB_CHECK, "port": 9000}), "aws.lb_target_group")[0]
    assert (group.want["health_check_protocol"], group.want["health_check_port"]) == ("HTTP", "9000")
    with refused("health_check.path", "asks for no path"):
        balance(tier, health_check={"path": "/health"})


@pytest.mark.parametrize(("name", "value"), [("interval_seconds", 4), ("timeout_seconds", 1), ("threshold", 1)])
def test_limits_of_health_checks(tier: Bench, name: str, value: int) -> None:
    with refused(f"health_check.{name}", "AWS takes"):
        balance(tier, health_check={name: value})


def test_an_answer_has_less_time_than_lies_between_two_checks(tier: Bench) -> None:
    with refused("health_check.timeout_seconds", "less time than the 10 s"):
        balance(tier, health_check={"interval_seconds": 10, "timeout_seconds": 10})


def test_load_balancers_refused(tier: Bench) -> None:
    with refused("listeners", "either http and https, or tcp"):
        balance(tier, "front", "side", listeners=[TCP, {"protocol": "http", "port": 81}], health_check=WEB_CHECK)
    with refused("subnets", "two zones at least"):
        balance(tier, "front", listeners=[HTTP], health_check=WEB_CHECK)
    with refused("subnets", "two of these are in ap-northeast-2a"):
        balance(tier, "front", "twin")
    with refused("scheme", "no way to the internet"):
        balance(tier, "back")
    with refused("name", "at most 32"):
        balance(tier, name="internal-web")
    with refused("listeners", "needs a certificate"):
        balance(tier, listeners=[{"protocol": "tls", "port": 443}])
    with refused("listeners", "shows no certificate"):
        balance(tier, listeners=[{**TCP, "certificate": CERTIFICATE}])


def test_a_literal_subnet_and_a_literal_machine(tier: Bench) -> None:
    subnet = Handle("", "subnet", "aws", None, literal="subnet-1")
    out = tier.lower("lb", "load_balancer", vpc=tier.handle("net"), subnets=[subnet], listeners=[TCP],
                     targets=[Handle("", "vm", "aws", None, literal="i-1")])
    assert of(out, "aws.lb")[0].want["subnets"] == ["subnet-1"]
    assert of(out, "aws.lb_target_registration")[0].address == 'lb/target["80:i-1"]'


def test_healthy_machines_are_healthy_everywhere() -> None:
    count = driver.derivations["count_healthy"]
    assert count([["healthy", "healthy"], ["healthy", "draining"], ["initial"], []]) == 1


def test_a_file_system_has_a_mount_target_in_each_subnet(tier: Bench) -> None:
    tier.lower("door", "security_group", vpc=tier.handle("net"))
    out = mount(tier, "front", "back", security_groups=[tier.handle("door")], backup=True, performance="high", nfs_version="4.0")
    files, left, right = out.natives
    assert (files.want["encrypted"], files.want["backup"], files.want["throughput_mode"]) == (True, True, "elastic")
    assert [target.address for target in (left, right)] == ['files/target["front"]', 'files/target["back"]']
    assert left.want["security_groups"] == [Ref("door/group", ("id",))]
    places, addresses = out.exports["mount_targets"].args
    assert driver.derivations["mount_targets"](["subnet-1", "subnet-2"], ["10.0.1.4", "10.0.4.4"]) == {
        "subnet-1": "10.0.1.4", "subnet-2": "10.0.4.4"}
    assert (len(places), len(addresses)) == (2, 2)
    assert out.exports["mount_command"].args[2] == "4.0"
    assert "security_groups" not in of(mount(tier), "aws.efs_mount_target")[0].want, "absent: the VPC's default group"


@pytest.mark.parametrize(("partition", "domain"), [("aws", "amazonaws.com"), ("aws-cn", "amazonaws.com.cn")])
def test_the_command_that_mounts(partition: str, domain: str) -> None:
    command = driver.derivations["mount_command"]("fs-1", f"arn:{partition}:elasticfilesystem:eu-west-1:1:file-system/fs-1", "4.1")
    assert command.startswith("sudo mount -t nfs4 -o nfsvers=4.1,")
    assert command.endswith(f" fs-1.efs.eu-west-1.{domain}:/ /mnt")


def test_file_systems_refused(tier: Bench) -> None:
    with refused("capacity_gib", "grows with what is in it"):
        mount(tier, capacity_gib=100)
    with refused("nfs_version", "4.0 and 4.1"):
        mount(tier, nfs_version="3")
    with refused("performance", "no service level 'ultra'"):
        mount(tier, performance="ultra")
    with refused("performance", "in one zone has no maxIO"):
        mount(tier, performance="maxIO", zone=HERE)
    with refused("subnets", "two of these are in"):
        mount(tier, "front", "twin")
    with refused("subnets", "lives in ap-northeast-2b alone"):
        mount(tier, "front", zone=THERE)
    with refused("subnets", "one subnet at least"):
        tier.lower("files", "file_system", vpc=tier.handle("net"), subnets=[])
