"""Load balancers, and what all types of Octavia share: tags that the create call takes, states, one change of a load balancer at a time."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping
from typing import Any, ClassVar

from mcflow.drivers.openstack.native.rest import Noun, RestType
from mcflow.drivers.openstack.session import OpenStackSession
from mcflow.drivers.sdk import (
    Again,
    Intent,
    InUse,
    InvalidRequest,
    NotFound,
    Observed,
    Submitted,
    Tagged,
    array,
    boolean,
    native_type,
    record,
    string,
    tags,
)
from mcflow.drivers.sdk.attributes import Schema
from mcflow.drivers.sdk.native import MARK_OP, MARK_STATE

STATES = {"ACTIVE": "ready", "ERROR": "failed", "PENDING_DELETE": "deleting", "DELETED": "gone"}
"""Octavia's provisioning statuses; PENDING_CREATE and PENDING_UPDATE are pending."""


def by_balancer(want: Mapping[str, Any]) -> str | None:
    """Octavia refuses every change in a load balancer while another is going on there."""
    balancer = want.get("loadbalancer_id")
    return f"loadbalancer/{balancer}" if isinstance(balancer, str) else None


def noun(path: str, row: str, rows: str) -> Noun:
    """A noun of Octavia."""
    return Noun("load-balancer", f"/lbaas/{path}", row, rows, marks="tags")


NAME = string("Name for people.", group="settings", default="", maxLength=255)
DESCRIPTION = string("Text for people.", group="settings", default="", maxLength=255)
SWITCH = boolean("Whether it works; what is switched off stays as it is.", group="settings", default=True)
TAGS = tags("Tags, kept by Octavia as texts `key=value`; only the keys named here are managed.")
STATUSES: dict[str, Schema] = {
    "provisioning_status": string("How its last change stands.", read_only=True),
    "operating_status": string("Whether it works: ONLINE, OFFLINE, DEGRADED, ERROR, NO_MONITOR.", read_only=True),
}
THE_BALANCER = string("The load balancer that it belongs to: known from what it lies in. Said here, mcflow makes one change of a load "
                      "balancer at a time.", reference=["openstack.load_balancer"], default_from_cloud=True, incidental=True)
"""Never sent, only read: where a request does not name the load balancer."""


class OctaviaType(RestType):
    """A type of Octavia. Marks and tags are looked up by the service itself."""

    identity = Tagged(visibility_lag=5.0)
    states = STATES
    state = "provisioning_status"
    unset = {"name": "", "description": ""}
    unsent: ClassVar[tuple[str, ...]] = ()
    """Attributes that are only read."""

    def body(self, values: Mapping[str, Any], names: Iterable[str]) -> dict[str, Any]:
        return super().body(values, [name for name in names if name not in self.unsent])

    def find(self, api: OpenStackSession, want: Mapping[str, Any], intent: Intent) -> Iterator[Observed]:
        found = self._look(api, {"tags": f"{MARK_OP}={intent.op}"}, want)
        return (seen for seen in found if seen.tags.get(MARK_OP) == intent.op)

    def marked(self, api: OpenStackSession, state: str) -> Iterator[Observed]:
        if self._outer():
            return super().marked(api, state)
        found = self.shown(api, self.listed(api, {"tags": f"{MARK_STATE}={state}"}), {})
        return (seen for seen in found if seen.tags.get(MARK_STATE) == state)


@native_type
class LoadBalancer(OctaviaType):
    """One address in front of several machines.  https://docs.openstack.org/api-ref/load-balancer/v2/#load-balancers"""

    name = "openstack.load_balancer"
    noun = noun("loadbalancers", "loadbalancer", "loadbalancers")
    seconds = 90.0
    unset = {"name": "", "description": "", "vip_qos_policy_id": None, "vip_sg_ids": []}
    attributes = {
        "name": NAME,
        "description": DESCRIPTION,
        "admin_state_up": SWITCH,
        "vip_subnet_id": string("The subnet its address is from.", reference=["openstack.subnet"], default_from_cloud=True),
        "vip_network_id": string("The network its address is from, where no subnet is said.", reference=["openstack.network"],
                                 default_from_cloud=True, incidental=True),
        "vip_port_id": string("The port that has its address. Absent: Octavia makes one, and deletes it.", reference=["openstack.port"],
                              default_from_cloud=True, incidental=True),
        "vip_address": string("Its address.", default_from_cloud=True, incidental=True),
        "additional_vips": array(record({"subnet_id": string(reference=["openstack.subnet"]),
                                         "ip_address": string(default_from_cloud=True),
                                         "port_id": string(default_from_cloud=True), "network_id": string(default_from_cloud=True)}),
                                 "Further addresses of the same network.", set=True),
        "vip_qos_policy_id": string("The QoS policy of its port.", group="settings", reference=["openstack.qos_policy"]),
        "vip_sg_ids": array(string(reference=["openstack.security_group"]), "Security groups of its port, in place of Octavia's own rules.",
                            set=True, group="settings"),
        "provider": string("Who makes it (`amphora`, `ovn`).", default_from_cloud=True, incidental=True),
        "flavor_id": string("Octavia's flavor, by id.", default_from_cloud=True, incidental=True),
        "availability_zone": string("Octavia's availability zone.", default_from_cloud=True, incidental=True),
        "tags": TAGS,
        **STATUSES,
    }

    def delete(self, api: OpenStackSession, id: str, last: Mapping[str, Any]) -> Submitted | Again:
        try:
            return super().delete(api, id, last)
        except InvalidRequest as refused:
            if "has children" not in refused.message:
                raise
            raise InUse(refused.message, code=refused.code, request_id=refused.request_id) from refused


class Within(OctaviaType):
    """What belongs to a load balancer."""

    serial: ClassVar[Callable[[Mapping[str, Any]], str | None] | None] = staticmethod(by_balancer)


def first(row: Mapping[str, Any], name: str) -> str | None:
    """The id of the first of what a row names (``loadbalancers: [{id}]``)."""
    named = row.get(name) or ()
    return str(named[0]["id"]) if named else None


def balancer_of(api: OpenStackSession, kind: str, rows: str, id: str) -> str | None:
    """The load balancer of a pool or listener, None if that is not there any more. It never changes, so it is asked for once, and of all
    together where many are looked at."""
    if api.gathers:
        listed = api.rows("load-balancer", f"/lbaas/{rows}", rows)
        return next((first(row, "loadbalancers") for row in listed if row["id"] == id), None)
    try:
        return api.remember((kind, id), lambda: first(api.get("load-balancer", f"/lbaas/{rows}/{id}")[kind], "loadbalancers"))[0]
    except NotFound:
        return None
