"""Pools of a load balancer, their members, and how these are found to be well."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any

from mcflow.drivers.openstack.native.balance import (
    DESCRIPTION,
    NAME,
    STATUSES,
    SWITCH,
    TAGS,
    THE_BALANCER,
    Within,
    balancer_of,
    first,
    noun,
)
from mcflow.drivers.openstack.session import OpenStackSession
from mcflow.drivers.sdk import Observed, array, boolean, integer, native_type, record, string

PROTOCOLS = ["HTTP", "HTTPS", "PROXY", "PROXYV2", "SCTP", "TCP", "UDP"]
METHODS = ["CONNECT", "DELETE", "GET", "HEAD", "OPTIONS", "PATCH", "POST", "PUT", "TRACE"]
CHECKS = ["HTTP", "HTTPS", "PING", "SCTP", "TCP", "TLS-HELLO", "UDP-CONNECT"]


@native_type
class Pool(Within):
    """Who answers for a listener.  https://docs.openstack.org/api-ref/load-balancer/v2/#pools"""

    name = "openstack.pool"
    noun = noun("pools", "pool", "pools")
    unset = {"name": "", "description": "", "session_persistence": None, "tls_container_ref": None, "ca_tls_container_ref": None,
             "crl_container_ref": None, "tls_ciphers": None, "tls_versions": None, "alpn_protocols": None}
    attributes = {
        "loadbalancer_id": string("The load balancer it belongs to; or say `listener_id`.", reference=["openstack.load_balancer"],
                                  default_from_cloud=True),
        "listener_id": string("The listener whose default pool it becomes.", reference=["openstack.listener"], at_create=True),
        "protocol": string("What its members are spoken to.", enum=PROTOCOLS),
        "lb_algorithm": string("How members are chosen.", enum=["LEAST_CONNECTIONS", "ROUND_ROBIN", "SOURCE_IP", "SOURCE_IP_PORT"],
                               group="settings"),
        "session_persistence": record({
            "type": string("How a client is told.", enum=["APP_COOKIE", "HTTP_COOKIE", "SOURCE_IP"]),
            "cookie_name": string("The cookie, for APP_COOKIE."),
            "persistence_timeout": integer("For UDP, seconds.", minimum=0),
            "persistence_granularity": string("For UDP, a netmask.")}, "Whether a client stays with its member.", required=["type"],
            group="settings"),
        "tls_enabled": boolean("Whether members are spoken to with TLS.", group="settings", default=False),
        "tls_container_ref": string("Barbican's reference of the certificate shown to members.", group="settings"),
        "ca_tls_container_ref": string("Barbican's reference of the authority that members are trusted by.", group="settings"),
        "crl_container_ref": string("Barbican's reference of a list of revoked certificates.", group="settings"),
        "tls_ciphers": string("Ciphers, as OpenSSL writes them.", group="settings", default_from_cloud=True, incidental=True),
        "tls_versions": array(string(), "Versions of TLS.", set=True, group="settings", default_from_cloud=True, incidental=True),
        "alpn_protocols": array(string(), "Protocols offered to members.", group="settings", default_from_cloud=True, incidental=True),
        "name": NAME, "description": DESCRIPTION, "admin_state_up": SWITCH, "tags": TAGS,
        "healthmonitor_id": string("Its health monitor.", read_only=True),
        **STATUSES,
    }
    required = ("protocol", "lb_algorithm")
    matched_by = ("loadbalancer_id", "protocol")

    def match(self, api: OpenStackSession, want: Mapping[str, Any]) -> Iterator[Observed]:
        """By load balancer and protocol; of several that which is called so, if one is."""
        found = list(super().match(api, want))
        called = [seen for seen in found if want.get("name") and seen.attributes.get("name") == want["name"]]
        return iter(called or found)

    def read(self, api: OpenStackSession, row: Mapping[str, Any]) -> dict[str, Any]:
        told = super().read(api, row)
        told.pop("listener_id", None)
        held = told.get("session_persistence")
        if held is not None:
            told["session_persistence"] = {name: value for name, value in held.items() if value is not None}
        return {**told, **_some(loadbalancer_id=first(row, "loadbalancers"))}


@native_type
class Member(Within):
    """One address and port in a pool; the id is ``pool|member``.  https://docs.openstack.org/api-ref/load-balancer/v2/#members"""

    name = "openstack.member"
    noun = noun("pools/{pool_id}/members", "member", "members")
    exclusive = True
    """A pool has an address and port once."""
    unsent = ("loadbalancer_id",)
    unset = {"name": "", "monitor_port": None, "monitor_address": None}
    attributes = {
        "pool_id": string("The pool.", reference=["openstack.pool"]),
        "loadbalancer_id": THE_BALANCER,
        "address": string("Where it answers."),
        "protocol_port": integer("At which port.", minimum=1, maximum=65535),
        "subnet_id": string("The subnet it is reached through. Absent: the load balancer's.", reference=["openstack.subnet"]),
        "weight": integer("Its share of the traffic, beside the others'.", minimum=0, maximum=256, group="settings", default=1),
        "backup": boolean("Whether it is asked only when no other answers.", group="settings", default=False),
        "monitor_address": string("Where its health is asked for. Absent: its own address.", group="settings"),
        "monitor_port": integer("At which port. Absent: its own.", minimum=1, maximum=65535, group="settings"),
        "name": NAME, "admin_state_up": SWITCH, "tags": TAGS,
        **STATUSES,
    }
    required = ("pool_id", "address", "protocol_port")
    matched_by = ("pool_id", "address", "protocol_port")

    def shown(self, api: OpenStackSession, rows: Any, parents: Mapping[str, Any]) -> Iterator[Observed]:
        rows = list(rows)
        balancer = balancer_of(api, "pool", "pools", str(parents["pool_id"])) if rows else None
        return super().shown(api, rows, {**parents, **_some(loadbalancer_id=balancer)})

    def discover(self, api: OpenStackSession) -> Iterator[Observed]:
        for pool in list(api.rows("load-balancer", "/lbaas/pools", "pools")):
            if pool.get("members") and self.ours(api, pool):
                parents = {"pool_id": pool["id"]}
                yield from self.shown(api, self.listed(api, {}, parents), parents)


@native_type
class HealthMonitor(Within):
    """How a pool finds out which members work; a pool has one.  https://docs.openstack.org/api-ref/load-balancer/v2/#health-monitors"""

    name = "openstack.health_monitor"
    noun = noun("healthmonitors", "healthmonitor", "healthmonitors")
    exclusive = True
    unsent = ("loadbalancer_id",)
    unset = {"name": "", "http_method": None, "url_path": None, "expected_codes": None, "http_version": None, "domain_name": None}
    attributes = {
        "pool_id": string("The pool.", reference=["openstack.pool"]),
        "loadbalancer_id": THE_BALANCER,
        "type": string("What is asked.", enum=CHECKS),
        "delay": integer("Time between two questions, seconds.", minimum=0, group="settings"),
        "timeout": integer("How long an answer may take, seconds; less than `delay`.", minimum=0, group="settings"),
        "max_retries": integer("How many answers make a member well again.", minimum=1, maximum=10, group="settings"),
        "max_retries_down": integer("How many missing ones make it ill.", minimum=1, maximum=10, group="settings", default=3),
        "http_method": string("The method.", enum=METHODS, group="settings", default_from_cloud=True, incidental=True),
        "url_path": string("The path.", group="settings", default_from_cloud=True),
        "expected_codes": string("Statuses that are well: `200`, `200,202`, `200-204`.", group="settings", default_from_cloud=True,
                                 incidental=True),
        "http_version": {"type": "number", "description": "1.0 or 1.1.", "enum": [1.0, 1.1], "group": "settings"},
        "domain_name": string("The host asked for; needs `http_version` 1.1.", group="settings"),
        "name": NAME, "admin_state_up": SWITCH, "tags": TAGS,
        **STATUSES,
    }
    required = ("pool_id", "type", "delay", "timeout", "max_retries")
    matched_by = ("pool_id",)

    def read(self, api: OpenStackSession, row: Mapping[str, Any]) -> dict[str, Any]:
        told, pool = super().read(api, row), first(row, "pools")
        balancer = balancer_of(api, "pool", "pools", pool) if pool else None
        return {**told, **_some(pool_id=pool, loadbalancer_id=balancer)}


def _some(**values: Any) -> dict[str, Any]:
    return {name: value for name, value in values.items() if value is not None}
