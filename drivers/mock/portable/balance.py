"""load_balancer."""

from __future__ import annotations

from mcflow.drivers.mock.portable.wants import handles, ids, internet_of, need_internet, tags_of
from mcflow.drivers.sdk import Lowering, Unsuitable, Want, derives, lowers
from mcflow.model.values import Derived, Value


@derives("count_healthy")
def count_healthy(health: list[str]) -> int:
    """How many members answer their health check."""
    return sum(state == "healthy" for state in health)


@lowers("load_balancer")
def lower_load_balancer(want: Want, out: Lowering) -> None:
    """load_balancer → mock.load_balancer, a mock.listener for each port and a mock.member for each target."""
    subnets = handles(want.subnets)
    if not subnets:
        raise Unsuitable("subnets", "a load balancer of the rehearsal cloud stands in at least one subnet", "name one for each zone")
    public = (want.scheme or "public") == "public"
    ways = [need_internet(subnet, "scheme", "a public load balancer") if public else internet_of(subnet) for subnet in subnets]
    balancer = out.native("balancer", "mock.load_balancer", after=[ref for way in ways for ref in way], name=want.name,
                          subnet_ids=ids(want.subnets), scheme=want.scheme, health_check=_health_check(want), tags=tags_of(want))
    for listener in want.listeners or []:
        _listener(out, balancer.id, listener)
    members = [
        out.native("member", "mock.member", item=target.address or str(target.export("id")), load_balancer_id=balancer.id,
                   instance_id=target.id)
        for target in handles(want.targets)
    ]
    healthy = Derived("mock.count_healthy", ([member.health for member in members],)) if members else 0
    out.export(id=balancer.id, name=balancer.name, address=balancer.public_ip if public else balancer.private_ip,
               dns_name=balancer.dns_name, healthy=healthy)


def _listener(out: Lowering, balancer: Value, listener: dict[str, Value]) -> None:
    if listener["protocol"] in ("https", "tls") and listener.get("certificate") is None:
        raise Unsuitable("listeners", f"{listener['protocol']} on port {listener['port']} needs a `certificate`")
    out.native("listener", "mock.listener", item=str(listener["port"]), load_balancer_id=balancer, port=listener["port"],
               protocol=listener["protocol"], target_port=listener.get("target_port"), certificate=listener.get("certificate"))


def _health_check(want: Want) -> Value:
    if want.health_check is None:
        return None
    return {name: value for name, value in want.health_check.items() if value is not None}
