"""load_balancer."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from mcflow.drivers.openstack.portable.wants import each, identify, known, label, tagged
from mcflow.drivers.sdk import Lowering, Native, Unsuitable, Want, derives, lowers
from mcflow.model.values import Derived, Handle, Value


@dataclass(frozen=True, slots=True)
class Speech:
    """What Octavia makes of a protocol: what it listens to, and what the machines are spoken to."""

    outside: str
    inside: str


SPEECH = {"tcp": Speech("TCP", "TCP"), "udp": Speech("UDP", "UDP"), "http": Speech("HTTP", "HTTP"),
          "https": Speech("TERMINATED_HTTPS", "HTTP")}
FORWARDED = {"X-Forwarded-For": "true", "X-Forwarded-Port": "true", "X-Forwarded-Proto": "true"}
"""What machines that are spoken to in HTTP are told of the client."""
CHECKS = {"tcp": "TCP", "http": "HTTP", "https": "HTTPS"}
USUAL = {"protocol": "tcp", "path": "/", "interval_seconds": 30, "timeout_seconds": 5, "threshold": 3}
"""The portable defaults of a health check."""


@dataclass(frozen=True, slots=True)
class Port:
    """One port that it listens to."""

    key: str
    number: int
    speech: Speech
    target: int
    certificate: Value


@derives("count_healthy")
def count_healthy(machines: list[list[str | None]]) -> int:
    """How many machines answer the health checks of all pools they are in."""
    return sum(bool(states) and all(state == "ONLINE" for state in states) for states in machines)


@lowers("load_balancer")
def lower_load_balancer(want: Want, out: Lowering) -> None:
    """load_balancer → openstack.load_balancer with its address in one of the subnets, and for each listener an openstack.pool, its
    openstack.health_monitor, an openstack.member for each target and an openstack.listener (+ an openstack.floating_ip, if public)."""
    ports = list(_ports(want.listeners))
    check = _health_check(want.health_check)
    public = want.scheme != "internal"
    subnet, way = stand(want.subnets, public=public, property="scheme", remedy="name a public subnet, or say scheme: internal")
    balancer = out.native("balancer", "openstack.load_balancer", name=label(want), vip_subnet_id=identify(subnet), tags=tagged(want))
    health: dict[str, list[Value]] = {}
    for port in ports:
        for who, member in _pool(want, out, balancer, port, check).items():
            health.setdefault(who, []).append(member.operating_status)
    address: Value = balancer.vip_address
    if public:
        address = out.native("address", "openstack.floating_ip", port_id=balancer.vip_port_id, tags=tagged(want),
                             after=[way]).floating_ip_address
    out.export(id=balancer.id, name=balancer.name, address=address, dns_name=None,
               healthy=Derived("openstack.count_healthy", (list(health.values()),)) if health else 0)


def stand(subnets: Value, *, public: bool, property: str, remedy: str) -> tuple[Value, Value]:
    """The subnet that something with one address is in, and the way from there to the internet. It reaches the other subnets through their
    network's router: the first by name, so that the order they are written in means nothing. Raises Unsuitable."""
    found = sorted(each(subnets), key=lambda subnet: subnet.address if known(subnet) else str(identify(subnet)))
    if not public:
        return found[0], None
    for subnet in found:
        way = subnet.private("internet") if known(subnet) else None
        if way is not None or not known(subnet):
            return subnet, way
    raise Unsuitable(property, "none of its subnets has a way to the internet", remedy)


def _ports(listeners: Sequence[Mapping[str, Any]]) -> Iterator[Port]:
    """The ports, in order. TCP and UDP may share one."""
    seen: set[str] = set()
    for listener in sorted(listeners, key=lambda listener: (listener["port"], listener["protocol"])):
        protocol, number = listener["protocol"], listener["port"]
        _check_certificate(protocol, number, listener.get("certificate"))
        key = f"{number}/udp" if protocol == "udp" else str(number)
        if key in seen:
            raise Unsuitable("listeners", f"port {number} is listened to twice; only tcp and udp share a port", "choose other ports")
        seen.add(key)
        target = number if listener.get("target_port") is None else listener["target_port"]
        yield Port(key, number, SPEECH[protocol], target, listener.get("certificate"))


def _check_certificate(protocol: str, port: int, certificate: Value) -> None:
    if protocol == "tls":
        raise Unsuitable("listeners", f"Octavia ends TLS for HTTP only, not for whatever is spoken on port {port}",
                         "say https, or tcp to pass TLS on to the machines")
    if protocol == "https" and certificate is None:
        raise Unsuitable("listeners", f"https on port {port} needs a certificate",
                         "say `certificate`: the reference of a container or secret in Barbican")
    if protocol != "https" and certificate is not None:
        raise Unsuitable("listeners", f"{protocol} on port {port} shows no certificate", "say https, or leave `certificate` out")


def _health_check(given: Mapping[str, Any] | None) -> dict[str, Any]:
    """The health check asked for, whole. Raises Unsuitable where Octavia would do something else."""
    check = {**USUAL, **{name: value for name, value in (given or {}).items() if value is not None}}
    if check["protocol"] == "tcp" and check["path"] != "/":
        raise Unsuitable("health_check.path", "a TCP connection asks for no path", "say protocol: http there, or leave path out")
    interval, timeout = check["interval_seconds"], check["timeout_seconds"]
    if isinstance(interval, int) and isinstance(timeout, int) and timeout >= interval:
        raise Unsuitable("health_check.timeout_seconds", f"in Octavia an answer has less time than the {interval} s between two checks",
                         "say a longer interval_seconds, or a shorter timeout_seconds")
    return check


def _pool(want: Want, out: Lowering, balancer: Native, port: Port, check: Mapping[str, Any]) -> dict[str, Native]:
    """A listener and all behind it; the members by machine."""
    name = f"{label(want)}-{port.key}"
    pool = out.native("pool", "openstack.pool", item=port.key, name=name, loadbalancer_id=balancer.id, protocol=port.speech.inside,
                      lb_algorithm="ROUND_ROBIN", tags=tagged(want))
    monitor = out.native(
        "monitor", "openstack.health_monitor", item=port.key, name=name, pool_id=pool.id, loadbalancer_id=balancer.id,
        type=CHECKS[check["protocol"]], url_path=None if check["protocol"] == "tcp" else check["path"], delay=check["interval_seconds"],
        timeout=check["timeout_seconds"], max_retries=check["threshold"], max_retries_down=check["threshold"], tags=tagged(want))
    members = {
        who: out.native("member", "openstack.member", item=f"{port.key}:{who}", name=who, pool_id=pool.id, loadbalancer_id=balancer.id,
                        address=machine.export("private_ip"), protocol_port=port.target, subnet_id=_subnet(machine),
                        monitor_port=check.get("port"), tags=tagged(want))
        for who, machine in _targets(want.targets)
    }
    # Listened to once machines are there to answer, and no longer before they go.
    out.native("listener", "openstack.listener", item=port.key, name=name, loadbalancer_id=balancer.id, protocol=port.speech.outside,
               protocol_port=port.number, default_pool_id=pool.id, default_tls_container_ref=port.certificate,
               insert_headers=FORWARDED if port.speech.inside == "HTTP" else None, tags=tagged(want), after=[monitor, *members.values()])
    return members


def _targets(targets: Value) -> Iterator[tuple[str, Handle]]:
    """Machines by their address. Octavia knows addresses, not machines: a literal id says none."""
    for machine in each(targets):
        if not known(machine):
            raise Unsuitable("targets", f"the id {identify(machine)} does not tell the machine's address",
                             "write the machine as a resource")
        yield machine.address, machine


def _subnet(machine: Handle) -> Value:
    """The subnet that a machine is reached through."""
    return identify(machine.properties.get("subnet"))
