"""Load balancers, their listeners, and their members, which live inside the balancer's body."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from typing import Any, ClassVar

from mcflow.drivers.mock.cloud.service import View
from mcflow.drivers.mock.cloud.work import Caller
from mcflow.drivers.mock.native.kind import MockType, status_of
from mcflow.drivers.mock.session import MockSession
from mcflow.drivers.sdk import (
    Again,
    Intent,
    Natural,
    NotFound,
    Observed,
    Submitted,
    UniqueName,
    array,
    integer,
    native_type,
    record,
    string,
    tags,
)

PROTOCOLS = ["tcp", "udp", "http", "https", "tls"]
HEALTH_CHECK = record({
    "protocol": string(enum=PROTOCOLS),
    "port": integer(minimum=1, maximum=65535),
    "path": string(),
    "interval_seconds": integer(minimum=1),
    "timeout_seconds": integer(minimum=1),
    "threshold": integer(minimum=1),
})


def by_balancer(want: Mapping[str, Any]) -> str | None:
    """One change of a load balancer at a time."""
    found = want.get("load_balancer_id")
    return f"load_balancer/{found}" if isinstance(found, str) else None


@native_type
class LoadBalancer(MockType):
    """Spreads traffic over its members. Its health check is part of it."""

    name = "mock.load_balancer"
    identity = UniqueName(attribute="name", max_length=32, pattern="[A-Za-z0-9-]")
    seconds = 30.0
    attributes = {
        "name": string(),
        "subnet_ids": array(string(), "One for each zone.", set=True),
        "scheme": string(enum=["public", "internal"], default_from_cloud=True),
        "security_group_ids": array(string(), set=True, group="security_groups", default_from_cloud=True),
        "health_check": {**HEALTH_CHECK, "group": "health_check", "default_from_cloud": True},
        "public_ip": string(read_only=True),
        "private_ip": string(read_only=True),
        "dns_name": string(read_only=True),
        "tags": tags(),
    }
    required = ("subnet_ids",)


@native_type
class Listener(MockType):
    """A port of a load balancer."""

    name = "mock.listener"
    identity = Natural()
    exclusive = True
    natural = ("load_balancer_id", "port")
    serial: ClassVar[Callable[[Mapping[str, Any]], str | None] | None] = staticmethod(by_balancer)
    attributes = {
        "load_balancer_id": string(),
        "port": integer(minimum=1, maximum=65535),
        "protocol": string(enum=PROTOCOLS),
        "target_port": integer(minimum=1, maximum=65535, group="target", default_from_cloud=True),
        "certificate": string(group="target", default_from_cloud=True),
    }
    required = ("load_balancer_id", "port", "protocol")


@native_type
class Member(MockType):
    """A machine behind a load balancer: an entry in the balancer's own body, written under its etag."""

    name = "mock.member"
    identity = Natural(marked=False)
    exclusive = True
    part_of = "load_balancer_id"
    natural = ("load_balancer_id", "instance_id")
    serial: ClassVar[Callable[[Mapping[str, Any]], str | None] | None] = staticmethod(by_balancer)
    attributes = {
        "load_balancer_id": string(),
        "instance_id": string(),
        "weight": integer("Share of the traffic.", minimum=0, maximum=256, group="weight", default_from_cloud=True),
        "health": string("healthy or unhealthy.", read_only=True),
    }
    required = ("load_balancer_id", "instance_id")

    def create(self, api: MockSession, want: Mapping[str, Any], intent: Intent) -> Submitted:
        balancer, instance = want["load_balancer_id"], want["instance_id"]
        self._write(api, balancer, instance, {"instance_id": instance, "weight": want.get("weight", 1)}, "create",
                    Caller(intent.address, intent.op))
        return Submitted(f"{balancer}|{instance}")

    def observe(self, api: MockSession, ids: Sequence[str]) -> Iterator[Observed]:
        wanted = dict.fromkeys(ids)
        balancers = dict.fromkeys(id.partition("|")[0] for id in ids)
        for found in self._members(api, api.cloud.describe("load_balancer", balancers)):
            if found.id in wanted:
                yield found

    def find(self, api: MockSession, want: Mapping[str, Any], intent: Intent) -> Iterator[Observed]:
        yield from self.observe(api, [f"{want['load_balancer_id']}|{want['instance_id']}"])

    def update(self, api: MockSession, id: str, want: Mapping[str, Any], last: Mapping[str, Any], group: str) -> Submitted | Again:
        balancer, _, instance = id.partition("|")
        self._write(api, balancer, instance, {"instance_id": instance, "weight": want.get("weight", 1)}, "modify", Caller())
        return Submitted(id)

    def delete(self, api: MockSession, id: str, last: Mapping[str, Any]) -> Submitted | Again:
        balancer, _, instance = id.partition("|")
        self._write(api, balancer, instance, None, "delete", Caller())
        return Submitted(id)

    def match(self, api: MockSession, want: Mapping[str, Any]) -> Iterator[Observed]:
        yield from self.observe(api, [f"{want.get('load_balancer_id')}|{want.get('instance_id')}"])

    def discover(self, api: MockSession) -> Iterator[Observed]:
        yield from self._members(api, api.cloud.search("load_balancer"))

    def _members(self, api: MockSession, balancers: list[View]) -> Iterator[Observed]:
        machines = [instance for view in balancers for instance in view.attributes["members"]]
        running = {each.id for each in api.cloud.describe("instance", machines) if each.attributes["power"] == "running"}
        for view in balancers:
            for instance, member in view.attributes["members"].items():
                health = "healthy" if instance in running else "unhealthy"
                yield Observed(f"{view.id}|{instance}", status_of(view), {
                    "load_balancer_id": view.id, "instance_id": instance, "weight": member["weight"], "health": health})

    def _write(self, api: MockSession, balancer: str, instance: str, body: dict[str, Any] | None, verb: str, caller: Caller) -> None:
        parents = api.cloud.describe("load_balancer", [balancer])
        if not parents:
            raise NotFound(f"there is no load_balancer {balancer}", code="NotFound")
        api.cloud.put_part("load_balancer", balancer, "members", instance, body, etag=parents[0].etag, part="member", caller=caller,
                           verb=verb)
