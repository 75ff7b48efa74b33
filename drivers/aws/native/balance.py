"""Load balancers, and the groups of targets they pass on to. Listeners and their rules are in `listener`, targets in `targets`."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from typing import Any, ClassVar

from mcflow.drivers.aws.native.service import Calls, ServiceType, Tagging
from mcflow.drivers.aws.session import AwsSession
from mcflow.drivers.sdk import (
    NotFound,
    Observed,
    Submitted,
    UniqueName,
    array,
    boolean,
    integer,
    native_type,
    record,
    string,
    tags,
)
from mcflow.drivers.sdk.attributes import Schema

ARNS_AT_ONCE = 20
"""How many objects one call about tags, or a listing by ARN, takes."""
CROSS_ZONE = "load_balancing.cross_zone.enabled"
NAME = "^(?!-)[A-Za-z0-9-]{1,32}(?<!-)$"
PROTOCOLS = ["HTTP", "HTTPS", "TCP", "TLS", "UDP", "TCP_UDP", "GENEVE", "QUIC", "TCP_QUIC"]


def switches(usual: Mapping[str, str | None]) -> Schema:
    """An object's attributes as the API calls them: texts under dotted keys. ``usual``: what AWS sets by itself; None: that depends. It is
    no default of the schema, as many an object has not the key at all."""
    known = {key: string(default_from_cloud=True) if value is None else string(f"By itself {value or 'empty'}.")
             for key, value in usual.items()}
    return record(known, "Further settings, by the API's own keys.", group="attributes", set_after_create=True, default_from_cloud=True)


class BalanceType(ServiceType):
    """What the types of elbv2 have in common: the id is the ARN; tags are told for 20 objects a call; some have ``attributes``, told by a
    call for each object, as the API knows no other."""

    tagging = Tagging("add_tags", "remove_tags", parameter="resource_arns", told="tags", many=True)
    switched: ClassVar[str] = ""
    """The middle of the names of the calls about ``attributes``: ``load_balancer``."""
    usual: ClassVar[Mapping[str, str | None]] = {}
    """What AWS sets by itself of ``attributes``; see `switches`."""

    def rows_of(self, api: AwsSession, ids: Sequence[str]) -> Iterator[dict[str, Any]]:
        return self._tagged(api, list(super().rows_of(api, ids)))

    def all_rows(self, api: AwsSession) -> Iterator[dict[str, Any]]:
        return self._tagged(api, list(super().all_rows(api)))

    def _tagged(self, api: AwsSession, rows: list[dict[str, Any]]) -> Iterator[dict[str, Any]]:
        bare = [self.id_of(row) for row in rows if "tags" not in row]
        told: dict[str, Any] = {}
        for at in range(0, len(bare), ARNS_AT_ONCE):
            told |= _tags(api, bare[at:at + ARNS_AT_ONCE])
        # One that has vanished since it was listed has no tags to tell, and is not there.
        return ({**row, "tags": row.get("tags", told.get(self.id_of(row)))} for row in rows if "tags" in row or self.id_of(row) in told)

    def read(self, api: AwsSession, row: Mapping[str, Any]) -> dict[str, Any]:
        told = super().read(api, row)
        return {**told, "attributes": self._switches(api, self.id_of(row))} if self.switched else told

    def _switches(self, api: AwsSession, id: str) -> dict[str, str]:
        try:
            rows = api.tell("elbv2", f"describe_{self.switched}_attributes", **self.called(id))["attributes"]
        except NotFound:
            return {}
        return {row["key"]: str(row.get("value") or "") for row in rows if row["key"] in self.usual}

    def change(self, api: AwsSession, id: str, want: Mapping[str, Any], last: Mapping[str, Any], group: str) -> Submitted | Any:
        if group != "attributes":
            return super().change(api, id, want, last, group)
        wanted, present = want.get("attributes") or {}, last.get("attributes") or {}
        reset = {key: self.usual[key] for key, value in present.items() if wanted.get(key) is None and self._is_set(key, value)}
        sent = {**reset, **{key: value for key, value in wanted.items() if value is not None}}
        return api.tell("elbv2", f"modify_{self.switched}_attributes", **self.called(id),
                        attributes=[{"key": key, "value": value} for key, value in sent.items()])

    def _is_set(self, key: str, value: str) -> bool:
        """Whether a value is not what AWS sets by itself, as far as that is known."""
        return self.usual.get(key) is not None and value != self.usual[key]

    def normalise(self, attribute: str, value: Any) -> Any:
        if attribute == "attributes":
            return {key: each for key, each in value.items() if each != self.usual.get(key)}
        return super().normalise(attribute, value)

    def portray(self, attributes: Mapping[str, Any]) -> dict[str, Any]:
        portrayed = super().portray(attributes)
        set_here = {key: value for key, value in portrayed.pop("attributes", {}).items() if self._is_set(key, value)}
        return {**portrayed, **({"attributes": set_here} if set_here else {})}


def _tags(api: AwsSession, arns: Sequence[str]) -> dict[str, Any]:
    try:
        rows = api.tell("elbv2", "describe_tags", resource_arns=list(arns))["tag_descriptions"]
        return {row["resource_arn"]: row.get("tags") or [] for row in rows}
    except NotFound:
        # One that is missing spoils the answer for all.
        return {} if len(arns) == 1 else {key: value for arn in arns for key, value in _tags(api, [arn]).items()}


class Named(BalanceType):
    """What has a unique name."""

    identity = UniqueName(attribute="name", max_length=32, pattern="[A-Za-z0-9-]")

    def named(self, api: AwsSession, name: str) -> Iterator[Observed]:
        try:
            rows = list(api.rows("elbv2", self.calls.list, self.calls.rows, names=[name]))
        except NotFound:
            return iter(())
        return self.shown(api, self._tagged(api, rows))


@native_type
class LoadBalancer(Named):
    """One load balancer: application (HTTP), network (TCP, UDP, TLS) or gateway. The id is its ARN. A look at several takes a call for 20
    of them, another for their tags, and one for each one's attributes.
    https://docs.aws.amazon.com/elasticloadbalancing/latest/APIReference/API_CreateLoadBalancer.html"""

    name = "aws.lb"
    switched = "load_balancer"
    seconds = 120.0
    calls = Calls("elbv2", create="create_load_balancer", list="describe_load_balancers", delete="delete_load_balancer",
                  id="load_balancer_arn", key="load_balancer_arn", made="load_balancers[0]", rows="load_balancers",
                  many="load_balancer_arns", batch=ARNS_AT_ONCE, state="state.code", reason="state.reason",
                  updates={"subnets": "set_subnets", "security_groups": "set_security_groups", "ip_address_type": "set_ip_address_type"})
    states = {"provisioning": "pending", "active": "ready", "active_impaired": "ready", "failed": "failed"}
    paths = {"name": "load_balancer_name", "subnets": "availability_zones[].subnet_id",
             "zones": "availability_zones[].zone_name"}
    usual = {
        "deletion_protection.enabled": "false", CROSS_ZONE: None, "idle_timeout.timeout_seconds": "60",
        "client_keep_alive.seconds": "3600", "access_logs.s3.enabled": "false", "access_logs.s3.bucket": "",
        "access_logs.s3.prefix": "", "connection_logs.s3.enabled": "false", "connection_logs.s3.bucket": "",
        "connection_logs.s3.prefix": "", "health_check_logs.s3.enabled": "false", "health_check_logs.s3.bucket": "",
        "health_check_logs.s3.prefix": "", "ipv6.deny_all_igw_traffic": None, "routing.http.desync_mitigation_mode": "defensive",
        "routing.http.drop_invalid_header_fields.enabled": "false", "routing.http.preserve_host_header.enabled": "false",
        "routing.http.x_amzn_tls_version_and_cipher_suite.enabled": "false", "routing.http.xff_client_port.enabled": "false",
        "routing.http.xff_header_processing.mode": "append", "routing.http2.enabled": "true", "waf.fail_open.enabled": "false",
        "zonal_shift.config.enabled": "false", "dns_record.client_routing_policy": "any_availability_zone",
        "secondary_ips.auto_assigned.per_subnet": "0"
    }
    attributes = {
        "name": string("Its name, unique in the region: letters, digits and hyphens; must not start with internal-.",
                       pattern="^(?!internal-)" + NAME[1:]),
        "type": string("application, network or gateway.", enum=["application", "network", "gateway"], default="application"),
        "scheme": string("internet-facing, or internal.", enum=["internet-facing", "internal"], default_from_cloud=True),
        "subnets": array(string(reference=["aws.subnet"]), "The subnets it stands in, one for each zone.", set=True, group="subnets",
                         default_from_cloud=True, reference=["aws.subnet"]),
        "subnet_mappings": array(record({
            "subnet_id": string(reference=["aws.subnet"]), "allocation_id": string("An Elastic IP address.", reference=["aws.address"]),
            "private_ipv4_address": string(), "ipv6_address": string()}, required=["subnet_id"]),
            "Subnets with addresses of its own, in place of ``subnets``.", set=True, group="subnets", default_from_cloud=True),
        "security_groups": array(string(reference=["aws.security_group"]), "Its security groups. Absent: the VPC's default group, where it "
                                 "is of the application kind.", set=True, group="security_groups", default_from_cloud=True,
                                 reference=["aws.security_group"]),
        "ip_address_type": string("ipv4, dualstack or dualstack-without-public-ipv4.", group="ip_address_type", default_from_cloud=True,
                                  enum=["ipv4", "dualstack", "dualstack-without-public-ipv4"]),
        "customer_owned_ipv4_pool": string("The pool its addresses come from, on an Outpost."),
        "attributes": switches(usual),
        "vpc_id": string("The VPC it stands in.", read_only=True),
        "dns_name": string("The name it is reached by.", read_only=True),
        "canonical_hosted_zone_id": string("The Route 53 zone of that name, for alias records.", read_only=True),
        "zones": array(string(), "The zones it stands in.", read_only=True, set=True, changes_with=["subnets"]),
        "tags": tags(),
    }

    def read(self, api: AwsSession, row: Mapping[str, Any]) -> dict[str, Any]:
        told = super().read(api, row)
        given = [mapping for zone in row.get("availability_zones") or () for mapping in _mappings(zone)]
        return {**told, "subnet_mappings": given} if given else told

    def portray(self, attributes: Mapping[str, Any]) -> dict[str, Any]:
        portrayed = super().portray(attributes)
        if "subnet_mappings" in portrayed:
            del portrayed["subnets"]
        across = (attributes.get("attributes") or {}).get(CROSS_ZONE)
        if across == "true" and attributes.get("type") != "application":
            # Only an application load balancer spreads over all zones by itself.
            portrayed["attributes"] = {**portrayed.get("attributes", {}), CROSS_ZONE: across}
        return {name: value for name, value in portrayed.items() if (name, value) != ("ip_address_type", "ipv4")}


def _mappings(zone: Mapping[str, Any]) -> Iterator[dict[str, Any]]:
    """The addresses that were asked for in a zone. ``ip_address`` is that of the allocation."""
    for address in zone.get("load_balancer_addresses") or ():
        shown = {"allocation_id": address.get("allocation_id"), "private_ipv4_address": address.get("private_ipv4_address"),
                 "ipv6_address": address.get("ipv6_address")}
        told = {name: value for name, value in shown.items() if value}
        if told:
            yield {"subnet_id": zone["subnet_id"], **told}


@native_type
class TargetGroup(Named):
    """One group of targets with its health check. The id is its ARN. A look at several takes calls like a load balancer's.
    https://docs.aws.amazon.com/elasticloadbalancing/latest/APIReference/API_CreateTargetGroup.html"""

    name = "aws.lb_target_group"
    switched = "target_group"
    calls = Calls("elbv2", create="create_target_group", list="describe_target_groups", delete="delete_target_group",
                  id="target_group_arn", key="target_group_arn", made="target_groups[0]", rows="target_groups", many="target_group_arns",
                  batch=ARNS_AT_ONCE, updates={"health_check": "modify_target_group"})
    paths = {"name": "target_group_name"}
    usual = {
        "deregistration_delay.timeout_seconds": "300", "deregistration_delay.connection_termination.enabled": "false",
        "stickiness.enabled": "false", "stickiness.type": None, "stickiness.lb_cookie.duration_seconds": "86400",
        "stickiness.app_cookie.cookie_name": "", "stickiness.app_cookie.duration_seconds": "86400",
        CROSS_ZONE: "use_load_balancer_configuration", "load_balancing.algorithm.type": "round_robin",
        "load_balancing.algorithm.anomaly_mitigation": "off", "slow_start.duration_seconds": "0",
        "lambda.multi_value_headers.enabled": "false", "preserve_client_ip.enabled": None, "proxy_protocol_v2.enabled": "false",
        "target_failover.on_deregistration": "no_rebalance", "target_failover.on_unhealthy": "no_rebalance",
        "target_group_health.dns_failover.minimum_healthy_targets.count": "1",
        "target_group_health.dns_failover.minimum_healthy_targets.percentage": "off",
        "target_group_health.unhealthy_state_routing.minimum_healthy_targets.count": "1",
        "target_group_health.unhealthy_state_routing.minimum_healthy_targets.percentage": "off",
        "target_health_state.unhealthy.connection_termination.enabled": "true",
        "target_health_state.unhealthy.draining_interval_seconds": "0"
    }
    attributes = {
        "name": string("Its name, unique in the region: letters, digits and hyphens.", pattern=NAME),
        "target_type": string("instance, ip, lambda or alb.", enum=["instance", "ip", "lambda", "alb"], default="instance"),
        "protocol": string("What targets are spoken to; none for lambda.", enum=PROTOCOLS),
        "protocol_version": string("HTTP1, HTTP2 or GRPC.", enum=["HTTP1", "HTTP2", "GRPC"], default_from_cloud=True),
        "port": integer("The targets' port, where a target says no other.", minimum=1, maximum=65535),
        "vpc_id": string("The VPC of the targets.", reference=["aws.vpc"]),
        "ip_address_type": string("ipv4 or ipv6.", enum=["ipv4", "ipv6"], default_from_cloud=True),
        "target_control_port": integer("The port by which targets tell how much they can take.", minimum=1, maximum=65535),
        "health_check_enabled": boolean("Always true but for lambda.", group="health_check", default_from_cloud=True),
        "health_check_protocol": string("How health is found out.", enum=PROTOCOLS, group="health_check", default_from_cloud=True),
        "health_check_port": string("A port, or traffic-port.", group="health_check", default_from_cloud=True),
        "health_check_path": string("The path asked for (HTTP and HTTPS).", group="health_check", default_from_cloud=True),
        "health_check_interval_seconds": integer(minimum=5, maximum=300, group="health_check", default_from_cloud=True),
        "health_check_timeout_seconds": integer(minimum=2, maximum=120, group="health_check", default_from_cloud=True),
        "healthy_threshold_count": integer("Checks in a row that must succeed.", minimum=2, maximum=10, group="health_check",
                                           default_from_cloud=True),
        "unhealthy_threshold_count": integer("Checks in a row that must fail.", minimum=2, maximum=10, group="health_check",
                                             default_from_cloud=True),
        "matcher": record({"http_code": string(), "grpc_code": string()}, "Which answers mean healthy: 200-399.", group="health_check",
                          default_from_cloud=True),
        "attributes": switches(usual),
        "load_balancer_arns": array(string(), "The load balancers that use it.", read_only=True, set=True),
        "tags": tags(),
    }

    def portray(self, attributes: Mapping[str, Any]) -> dict[str, Any]:
        portrayed = super().portray(attributes)
        switched = portrayed.get("attributes", {})
        if "stickiness.enabled" in switched:
            switched["stickiness.type"] = attributes["attributes"].get("stickiness.type")
        usual = {"ip_address_type": "ipv4", "protocol_version": "HTTP1", "health_check_port": "traffic-port", "health_check_enabled": True}
        return {name: value for name, value in portrayed.items() if usual.get(name) != value}
