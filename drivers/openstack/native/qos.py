"""openstack.qos_policy and the rules that lie in it."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any, ClassVar

from mcflow.drivers.openstack.native.network import LATER_TAGS, description
from mcflow.drivers.openstack.native.rest import Noun, RestType
from mcflow.drivers.openstack.session import OpenStackSession
from mcflow.drivers.sdk import Natural, NotFound, Observed, Tagged, boolean, integer, native_type, string

POLICY = string("The policy it is in.", reference=["openstack.qos_policy"])
DIRECTION = string("Which way, seen from the machine.", enum=["egress", "ingress"], default="egress")


@native_type
class QosPolicy(RestType):
    """What traffic a port or network is given, by the rules in it.  https://docs.openstack.org/api-ref/network/v2/#qos-policies-qos"""

    name = "openstack.qos_policy"
    identity = Tagged(visibility_lag=5.0)
    noun = Noun("network", "/qos/policies", "policy", "policies", ids="id", marked_by="description")
    matched_by = ("name",)
    attributes = {
        "name": string("The policy's name.", group="settings", maxLength=255),
        "description": description(),
        "shared": boolean("Whether all projects may use it; for administrators.", group="sharing", default=False),
        "is_default": boolean("Whether the project's new networks get it.", group="default", default=False),
        "tags": {**LATER_TAGS},
    }
    required = ("name",)


class _InPolicy(RestType):
    """A rule of a policy. Neutron takes one of each kind, for each direction where it has one."""

    identity = Natural()
    exclusive = True
    told_apart: ClassVar[tuple[str, ...]] = ()

    def natural(self, api: OpenStackSession, want: Mapping[str, Any]) -> Iterator[Observed]:
        for seen in self._look(api, {}, want):
            if all(seen.attributes.get(name, "egress") == want.get(name, "egress") for name in self.told_apart):
                yield seen

    def discover(self, api: OpenStackSession) -> Iterator[Observed]:
        for policy in api.rows("network", "/qos/policies", "policies"):
            if not self.ours(api, policy):
                continue
            parents = {"policy_id": policy["id"]}
            try:
                yield from self.shown(api, list(self.listed(api, {}, parents)), parents)
            except NotFound:
                continue


@native_type
class BandwidthLimitRule(_InPolicy):
    """The most that may pass.  https://docs.openstack.org/api-ref/network/v2/#qos-bandwidth-limit-rules"""

    name = "openstack.qos_bandwidth_limit_rule"
    noun = Noun("network", "/qos/policies/{policy_id}/bandwidth_limit_rules", "bandwidth_limit_rule", "bandwidth_limit_rules", marks="")
    told_apart = ("direction",)
    attributes = {
        "policy_id": POLICY,
        "direction": DIRECTION,
        "max_kbps": integer("The most, kilobits a second.", minimum=0, group="limit"),
        "max_burst_kbps": integer("How much more for a moment, kilobits.", minimum=0, group="limit", default_from_cloud=True),
    }
    required = ("policy_id", "max_kbps")


@native_type
class DscpMarkingRule(_InPolicy):
    """A mark on packets, by which networks prefer some.  https://docs.openstack.org/api-ref/network/v2/#qos-dscp-marking-rules"""

    name = "openstack.qos_dscp_marking_rule"
    noun = Noun("network", "/qos/policies/{policy_id}/dscp_marking_rules", "dscp_marking_rule", "dscp_marking_rules", marks="")
    attributes = {"policy_id": POLICY, "dscp_mark": integer("The mark on its packets.", minimum=0, maximum=56, group="mark")}
    required = ("policy_id", "dscp_mark")


@native_type
class MinimumBandwidthRule(_InPolicy):
    """The least that is kept free.  https://docs.openstack.org/api-ref/network/v2/#qos-minimum-bandwidth-rules"""

    name = "openstack.qos_minimum_bandwidth_rule"
    noun = Noun("network", "/qos/policies/{policy_id}/minimum_bandwidth_rules", "minimum_bandwidth_rule", "minimum_bandwidth_rules",
                marks="")
    told_apart = ("direction",)
    attributes = {
        "policy_id": POLICY,
        "direction": DIRECTION,
        "min_kbps": integer("The least, kilobits a second.", minimum=0, group="limit"),
    }
    required = ("policy_id", "min_kbps")
