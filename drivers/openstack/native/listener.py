"""What a load balancer listens to, and rules for what it hears."""

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
from mcflow.drivers.sdk import Observed, array, boolean, integer, mapping, native_type, string

PROTOCOLS = ["HTTP", "HTTPS", "PROMETHEUS", "SCTP", "TCP", "TERMINATED_HTTPS", "UDP"]
LONGEST = 24 * 24 * 3600 * 1000


def _wait(doc: str) -> dict[str, Any]:
    return integer(f"{doc}, milliseconds.", minimum=0, maximum=LONGEST, group="settings", default_from_cloud=True, incidental=True)


@native_type
class Listener(Within):
    """A port that a load balancer listens to.  https://docs.openstack.org/api-ref/load-balancer/v2/#listeners"""

    name = "openstack.listener"
    noun = noun("listeners", "listener", "listeners")
    exclusive = True
    """A load balancer listens to a port once."""
    unset = {"name": "", "description": "", "default_pool_id": None, "insert_headers": {}, "default_tls_container_ref": None,
             "sni_container_refs": [], "client_ca_tls_container_ref": None, "client_crl_container_ref": None, "allowed_cidrs": None,
             "hsts_max_age": None}
    attributes = {
        "loadbalancer_id": string("The load balancer.", reference=["openstack.load_balancer"]),
        "protocol": string("What it speaks; TERMINATED_HTTPS ends TLS here, HTTPS passes it on.", enum=PROTOCOLS),
        "protocol_port": integer("Its port.", minimum=1, maximum=65535),
        "default_pool_id": string("Who answers what no policy answers.", group="settings", reference=["openstack.pool"]),
        "connection_limit": integer("Most connections at a time; -1: no limit.", minimum=-1, group="settings", default=-1),
        "insert_headers": mapping(string(), "Headers put before members (`X-Forwarded-For: \"true\"`).", group="settings"),
        "allowed_cidrs": array(string(), "Whom it answers. Absent: everybody.", set=True, group="settings"),
        "default_tls_container_ref": string("Barbican's reference of the certificate.", group="settings"),
        "sni_container_refs": array(string(), "Further certificates, by the name asked for.", set=True, group="settings"),
        "client_authentication": string("Whether clients show certificates.", enum=["MANDATORY", "NONE", "OPTIONAL"], group="settings",
                                        default="NONE"),
        "client_ca_tls_container_ref": string("Barbican's reference of the authority that clients are trusted by.", group="settings"),
        "client_crl_container_ref": string("Barbican's reference of a list of revoked certificates.", group="settings"),
        "tls_ciphers": string("Ciphers, as OpenSSL writes them.", group="settings", default_from_cloud=True, incidental=True),
        "tls_versions": array(string(), "Versions of TLS.", set=True, group="settings", default_from_cloud=True, incidental=True),
        "alpn_protocols": array(string(), "Protocols offered.", group="settings", default_from_cloud=True, incidental=True),
        "hsts_max_age": integer("How long browsers are to insist on TLS, seconds.", minimum=0, group="settings"),
        "hsts_include_subdomains": boolean("That for subdomains too.", group="settings", default=False),
        "hsts_preload": boolean("That before the first visit.", group="settings", default=False),
        "timeout_client_data": _wait("How long a silent client is kept"),
        "timeout_member_connect": _wait("How long a member may take to connect"),
        "timeout_member_data": _wait("How long a silent member is kept"),
        "timeout_tcp_inspect": _wait("How long packets are waited for that are to be looked into"),
        "name": NAME, "description": DESCRIPTION, "admin_state_up": SWITCH, "tags": TAGS,
        **STATUSES,
    }
    required = ("loadbalancer_id", "protocol", "protocol_port")
    matched_by = ("loadbalancer_id", "protocol", "protocol_port")

    def read(self, api: OpenStackSession, row: Mapping[str, Any]) -> dict[str, Any]:
        return {**super().read(api, row), "loadbalancer_id": first(row, "loadbalancers")}


@native_type
class L7Policy(Within):
    """What happens to requests that fit its rules.  https://docs.openstack.org/api-ref/load-balancer/v2/#l7-policies"""

    name = "openstack.l7_policy"
    noun = noun("l7policies", "l7policy", "l7policies")
    unsent = ("loadbalancer_id",)
    unset = {"name": "", "description": "", "redirect_pool_id": None, "redirect_url": None, "redirect_prefix": None,
             "redirect_http_code": None}
    attributes = {
        "listener_id": string("The listener.", reference=["openstack.listener"]),
        "loadbalancer_id": THE_BALANCER,
        "action": string("What happens.", enum=["REDIRECT_PREFIX", "REDIRECT_TO_POOL", "REDIRECT_TO_URL", "REJECT"], group="settings"),
        "position": integer("Its place among the listener's policies. Absent: the last.", minimum=1, maximum=2147483647, group="settings",
                            default_from_cloud=True, incidental=True),
        "redirect_pool_id": string("Who answers instead.", group="settings", reference=["openstack.pool"]),
        "redirect_url": string("Where clients are sent.", group="settings"),
        "redirect_prefix": string("Where clients are sent, the path kept.", group="settings"),
        "redirect_http_code": {"type": "integer", "description": "The status they are sent with.", "enum": [301, 302, 303, 307, 308],
                               "group": "settings", "default_from_cloud": True, "incidental": True},
        "name": NAME, "description": DESCRIPTION, "admin_state_up": SWITCH, "tags": TAGS,
        **STATUSES,
    }
    required = ("listener_id", "action")

    def read(self, api: OpenStackSession, row: Mapping[str, Any]) -> dict[str, Any]:
        told = super().read(api, row)
        balancer = balancer_of(api, "listener", "listeners", str(row["listener_id"]))
        return {**told, "loadbalancer_id": balancer} if balancer else told


@native_type
class L7Rule(Within):
    """One condition of a policy; all of them must hold. The id is ``policy|rule``.
    https://docs.openstack.org/api-ref/load-balancer/v2/#l7-rules"""

    name = "openstack.l7_rule"
    noun = noun("l7policies/{l7policy_id}/rules", "rule", "rules")
    unsent = ("loadbalancer_id",)
    unset = {"key": None}
    attributes = {
        "l7policy_id": string("The policy.", reference=["openstack.l7_policy"]),
        "loadbalancer_id": THE_BALANCER,
        "type": string("What is looked at.", group="settings", enum=[
            "COOKIE", "FILE_TYPE", "HEADER", "HOST_NAME", "PATH", "SSL_CONN_HAS_CERT", "SSL_DN_FIELD", "SSL_VERIFY_RESULT"]),
        "compare_type": string("How it is compared.", enum=["CONTAINS", "ENDS_WITH", "EQUAL_TO", "REGEX", "STARTS_WITH"], group="settings"),
        "key": string("Which header, cookie or field.", group="settings"),
        "value": string("What it is compared with.", group="settings"),
        "invert": boolean("Whether the opposite is meant.", group="settings", default=False),
        "admin_state_up": SWITCH, "tags": TAGS,
        **STATUSES,
    }
    required = ("l7policy_id", "type", "compare_type", "value")

    def shown(self, api: OpenStackSession, rows: Any, parents: Mapping[str, Any]) -> Iterator[Observed]:
        rows = list(rows)
        balancer = self._balancer(api, str(parents["l7policy_id"])) if rows else None
        return super().shown(api, rows, {**parents, **({"loadbalancer_id": balancer} if balancer else {})})

    def discover(self, api: OpenStackSession) -> Iterator[Observed]:
        for policy in list(api.rows("load-balancer", "/lbaas/l7policies", "l7policies")):
            if policy.get("rules") and self.ours(api, policy):
                parents = {"l7policy_id": policy["id"]}
                yield from self.shown(api, self.listed(api, {}, parents), parents)

    def _balancer(self, api: OpenStackSession, policy: str) -> str | None:
        listener, _ = api.remember(("l7policy", policy), lambda: api.get("load-balancer", f"/lbaas/l7policies/{policy}")["l7policy"])
        return balancer_of(api, "listener", "listeners", str(listener["listener_id"]))
