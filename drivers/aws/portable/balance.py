"""load_balancer."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from mcflow.drivers.aws.portable.wants import each, identify, known, label, tagged, two_zones
from mcflow.drivers.aws.portable.zones import one_each_zone
from mcflow.drivers.sdk import Lowering, Native, Unsuitable, Want, derives, lowers
from mcflow.model.values import Derived, Handle, Value

NETWORK, APPLICATION = "network", "application"
NAME = re.compile(r"(?!-)(?!internal-)[A-Za-z0-9-]{1,32}(?<!-)")
SECURE = ("tls", "https")


@dataclass(frozen=True, slots=True)
class Speech:
    """What AWS makes of a protocol: the kind of load balancer, what it listens to, and what the machines are spoken to."""

    kind: str
    outside: str
    inside: str


SPEECH = {"tcp": Speech(NETWORK, "TCP", "TCP"), "udp": Speech(NETWORK, "UDP", "UDP"), "tls": Speech(NETWORK, "TLS", "TCP"),
          "http": Speech(APPLICATION, "HTTP", "HTTP"), "https": Speech(APPLICATION, "HTTPS", "HTTP")}
BOTH = Speech(NETWORK, "TCP_UDP", "TCP_UDP")
LIMITS = {"interval_seconds": (5, 300), "timeout_seconds": (2, 120), "threshold": (2, 10)}
USUAL = {"protocol": "tcp", "path": "/", "interval_seconds": 30, "timeout_seconds": 5, "threshold": 3}
"""The portable defaults of a health check."""


@dataclass(frozen=True, slots=True)
class Port:
    """One port that it listens to."""

    number: int
    speech: Speech
    target: int
    certificate: Value


@derives("count_healthy")
def count_healthy(machines: list[list[str | None]]) -> int:
    """How many machines answer the health checks of all groups they are in."""
    return sum(bool(states) and all(state == "healthy" for state in states) for states in machines)


@lowers("load_balancer")
def lower_load_balancer(want: Want, out: Lowering) -> None:
    """load_balancer → aws.lb (network for tcp, udp and tls; application for http and https, with a security group of its own), and for each
    listener an aws.lb_target_group, the registrations of all targets in it, and an aws.lb_listener."""
    if isinstance(want.name, str) and not NAME.fullmatch(want.name):
        raise Unsuitable("name", "AWS takes letters, digits and hyphens, at most 32, not starting with internal-", "choose such a name")
    kind = _kind(want.listeners)
    ports = list(_ports(want.listeners))
    check = _health_check(want.health_check, kind)
    one_each_zone("subnets", want.subnets, "a load balancer")
    if kind == APPLICATION:
        two_zones("subnets", want.subnets, "a load balancer for http and https")
    public = want.scheme != "internal"
    ways = [_way_out(subnet) for subnet in each(want.subnets)] if public else []
    groups = [_security_group(want, out, ports).id] if kind == APPLICATION else None
    balancer = out.native(
        "balancer", "aws.lb", name=want.name, stem=_stem(want), type=kind, scheme="internet-facing" if public else "internal",
        subnets=[identify(subnet) for subnet in each(want.subnets)], security_groups=groups, tags=tagged(want), after=ways)
    health: dict[str, list[Value]] = {}
    for port in ports:
        group = out.native("target_group", "aws.lb_target_group", item=str(port.number), stem=f"{_stem(want)}-{port.number}",
                           vpc_id=identify(want.vpc), protocol=port.speech.inside, port=port.target, tags=tagged(want), **check)
        behind = {who: _register(out, group, port, who, machine) for who, machine in _targets(want.targets)}
        # Listened to once machines are there to answer, and no longer before they go.
        out.native("listener", "aws.lb_listener", item=str(port.number), load_balancer_arn=balancer.id, port=port.number,
                   protocol=port.speech.outside, default_actions=[{"type": "forward", "target_group_arn": group.id}],
                   certificates=[{"certificate_arn": port.certificate}] if port.certificate is not None else None,
                   tags=tagged(want), after=list(behind.values()))
        for who, registration in behind.items():
            health.setdefault(who, []).append(registration.health)
    out.export(id=balancer.id, name=balancer.name, address=None, dns_name=balancer.dns_name,
               healthy=Derived("aws.count_healthy", (list(health.values()),)) if health else 0)


def _stem(want: Want) -> str:
    """What derived names begin with: not what AWS keeps for itself."""
    return re.sub(r"^internal-", "", label(want))


def _kind(listeners: Sequence[Mapping[str, Any]]) -> str:
    kinds = {SPEECH[listener["protocol"]].kind for listener in listeners}
    if len(kinds) > 1:
        raise Unsuitable("listeners", "on AWS one load balancer speaks either http and https, or tcp, udp and tls",
                         "make one load_balancer for each of the two")
    return kinds.pop()


def _ports(listeners: Sequence[Mapping[str, Any]]) -> Iterator[Port]:
    """The ports, in order. TCP and UDP on one port are one listener of AWS."""
    by_port: dict[int, list[Mapping[str, Any]]] = {}
    for listener in listeners:
        _check_certificate(listener)
        by_port.setdefault(listener["port"], []).append(listener)
    for number, alike in sorted(by_port.items()):
        first = alike[0]
        target = first["port"] if first.get("target_port") is None else first["target_port"]
        if len(alike) == 1:
            yield Port(number, SPEECH[first["protocol"]], target, first.get("certificate"))
            continue
        if {each["protocol"] for each in alike} != {"tcp", "udp"} or len({each.get("target_port") or number for each in alike}) > 1:
            raise Unsuitable("listeners", f"port {number} is listened to twice; on AWS only tcp and udp share a port, and a target_port",
                             "choose other ports")
        yield Port(number, BOTH, target, None)


def _check_certificate(listener: Mapping[str, Any]) -> None:
    protocol, port = listener["protocol"], listener["port"]
    if protocol in SECURE and listener.get("certificate") is None:
        raise Unsuitable("listeners", f"{protocol} on port {port} needs a certificate", "say `certificate`: the ARN of one in ACM or IAM")
    if protocol not in SECURE and listener.get("certificate") is not None:
        raise Unsuitable("listeners", f"{protocol} on port {port} shows no certificate", "say https or tls, or leave `certificate` out")


def _health_check(given: Mapping[str, Any] | None, kind: str) -> dict[str, Value]:
    """A target group's attributes for the health check asked for. Raises Unsuitable where AWS would do something else."""
    check = {**USUAL, **{name: value for name, value in (given or {}).items() if value is not None}}
    if kind == APPLICATION and check["protocol"] == "tcp":
        raise Unsuitable("health_check", "a load balancer for http and https finds out by http or https whether a machine works, not by a "
                         "TCP connection", "say health_check: {protocol: http, path: /}")
    if check["protocol"] == "tcp" and check["path"] != "/":
        raise Unsuitable("health_check.path", "a TCP connection asks for no path", "say protocol: http there, or leave path out")
    for name, (least, most) in LIMITS.items():
        if isinstance(check[name], int) and not least <= check[name] <= most:
            raise Unsuitable(f"health_check.{name}", f"AWS takes {least} to {most}, not {check[name]}", f"say {least} to {most}")
    interval, timeout = check["interval_seconds"], check["timeout_seconds"]
    if isinstance(interval, int) and isinstance(timeout, int) and timeout >= interval:
        raise Unsuitable("health_check.timeout_seconds", f"on AWS an answer has less time than the {interval} s between two checks",
                         "say a longer interval_seconds, or a shorter timeout_seconds")
    return {
        "health_check_protocol": str(check["protocol"]).upper(), "health_check_path": None if check["protocol"] == "tcp" else check["path"],
        "health_check_port": "traffic-port" if check.get("port") is None else str(check["port"]),
        "health_check_interval_seconds": interval, "health_check_timeout_seconds": timeout,
        "healthy_threshold_count": check["threshold"], "unhealthy_threshold_count": check["threshold"],
    }


def _way_out(subnet: Value) -> Value:
    """A public load balancer's subnet and the internet: what must be there before it, and go after it."""
    way = subnet.private("internet") if isinstance(subnet, Handle) and known(subnet) else None
    if way is None and known(subnet):
        raise Unsuitable("scheme", "one of its subnets has no way to the internet", "name public subnets, or say scheme: internal")
    return way


def _security_group(want: Want, out: Lowering, ports: Sequence[Port]) -> Native:
    """What an application load balancer lets in: its ports, from everywhere it can be reached from."""
    anywhere: tuple[dict[str, Value], ...] = ({"cidr_ip": "0.0.0.0/0"}, {"cidr_ipv6": "::/0"})
    inbound: list[Value] = [{"ip_protocol": "tcp", "from_port": port.number, "to_port": port.number, **side}
                            for port in ports for side in anywhere]
    outbound: list[Value] = [{"ip_protocol": "-1", **side} for side in anywhere]
    return out.native("security_group", "aws.security_group", vpc_id=identify(want.vpc), stem=f"mcflow-{label(want)}",
                      description="what reaches a load balancer", inbound=inbound, outbound=outbound, tags=tagged(want))


def _targets(targets: Value) -> Iterator[tuple[str, Value]]:
    """Machines by their address; those that are ids, by the id."""
    for machine in each(targets):
        yield machine.address if known(machine) else str(identify(machine)), machine


def _register(out: Lowering, group: Native, port: Port, who: str, machine: Value) -> Native:
    return out.native("target", "aws.lb_target_registration", item=f"{port.number}:{who}", target_group_arn=group.id,
                      target_id=identify(machine), port=port.target)
