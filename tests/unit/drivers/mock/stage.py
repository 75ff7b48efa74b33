"""A rehearsal cloud with a clock that is moved by hand, and short ways to ask it things."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from mcflow.drivers.mock import driver
from mcflow.drivers.mock.cloud.memory import MemoryStore
from mcflow.drivers.mock.cloud.service import Cloud
from mcflow.drivers.mock.cloud.store import Store
from mcflow.drivers.mock.session import MockSession
from mcflow.drivers.sdk import Again, Intent, Observed, Submitted
from mcflow.model.connection import Connection

KEY = "ssh-ed25519 AAAAC3NzaC1lZDI1NTE5AAAAIBv0Zm9vYmFyYmF6cXV4Zm9vYmFyYmF6cXV4 me@laptop"
IMAGE = "img-ubuntu-2404-x64"
ZONE = "mock-east-a"


class Clock:
    """Seconds that pass only when told to. Sleeping moves it."""

    def __init__(self) -> None:
        self.at = 1000.0

    def __call__(self) -> float:
        return self.at

    def sleep(self, seconds: float) -> None:
        self.at += seconds


class Stage:
    """A cloud over a store of its own, and a session on it."""

    def __init__(self, store: Store | None = None, region: str | None = None, account: str = "rehearsal", **config: Any) -> None:
        self.clock = Clock()
        self.store = store or MemoryStore()
        settings = {"path": ":memory:", "account": account, **config}
        self.cloud = Cloud(self.store, account=account, region=region or "mock-east", config=settings, clock=self.clock,
                           sleep=self.clock.sleep)
        self.api = MockSession(Connection("m", "mock", region, settings), self.cloud)

    def make(self, kind: str, **attributes: Any) -> str:
        """Create an object with the cloud's own call; its id."""
        return self.cloud.create(kind, attributes).id

    def attributes(self, kind: str, id: str) -> dict[str, Any]:
        """What a read shows of an object."""
        (view,) = self.cloud.describe(kind, [id])
        return view.attributes

    def status(self, kind: str, id: str) -> str:
        """The status a read shows; gone where it shows nothing."""
        return next((view.status for view in self.cloud.describe(kind, [id])), "gone")

    def network(self, cidr: str = "10.0.0.0/16", internet: bool = True) -> dict[str, str]:
        """A vpc with a gateway, a public subnet and a private one in other zones; ids by role."""
        vpc = self.make("vpc", cidr_block=cidr)
        base = cidr.split(".")
        front = self.make("subnet", vpc_id=vpc, cidr_block=f"{base[0]}.{base[1]}.1.0/24", zone=ZONE)
        back = self.make("subnet", vpc_id=vpc, cidr_block=f"{base[0]}.{base[1]}.2.0/24", zone="mock-east-b")
        there = {"vpc": vpc, "front": front, "back": back}
        if internet:
            gateway = self.make("internet_gateway")
            attachment = self.make("internet_gateway_attachment", internet_gateway_id=gateway, vpc_id=vpc)
            table = self.make("route_table", vpc_id=vpc)
            association = self.make("route_table_association", route_table_id=table, subnet_id=front)
            route = self.make("route", route_table_id=table, destination_cidr_block="0.0.0.0/0", gateway_id=gateway)
            there |= {"gateway": gateway, "attachment": attachment, "table": table, "association": association, "route": route}
        return there

    def machine(self, subnet: str, **attributes: Any) -> str:
        """A running instance."""
        return self.make("instance", subnet_id=subnet, **{"image_id": IMAGE, "instance_type": "m1.small", **attributes})

    def created(self, op: str = "") -> list[str]:
        """Ids of what was really made, from the ledger, as the judge counts."""
        return [entry.object_id for entry in self.store.ledger()
                if entry.verb == "create" and entry.outcome in ("ok", "lost_reply:ok") and op in ("", entry.op)]


def intent(op: str = "op-1", address: str = "thing", **more: Any) -> Intent:
    """What the engine hands to a handler."""
    return Intent(op, f"token-{op}", {"mcflow-state": "s-1", "mcflow-op": op}, address, **more)


def create(stage: Stage, type: str, want: Mapping[str, Any], op: str = "op-1", address: str = "thing") -> Submitted:
    """A native's create handler."""
    return driver.natives[type].create(stage.api, want, intent(op, address))


def find(stage: Stage, type: str, want: Mapping[str, Any], op: str = "op-1", listed: tuple[str, ...] = ()) -> list[Observed]:
    """A native's find handler."""
    return list(driver.natives[type].find(stage.api, want, intent(op, listed=listed)))


def observe(stage: Stage, type: str, id: str) -> Observed:
    """The one observation of an id."""
    (found,) = driver.natives[type].observe(stage.api, [id])
    return found


def update(stage: Stage, type: str, id: str, group: str, last: Mapping[str, Any] | None = None, **want: Any) -> Submitted | Again:
    """A native's update handler."""
    return driver.natives[type].update(stage.api, id, want, last or {}, group)
