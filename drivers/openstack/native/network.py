"""openstack.network: a Neutron network of the project."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from mcflow.drivers.openstack.marks import DESCRIPTION
from mcflow.drivers.openstack.native.rest import Noun, RestType
from mcflow.drivers.sdk import Tagged, array, boolean, integer, native_type, string, tags


def description(**notes: Any) -> dict[str, Any]:
    """The description of a type of Neutron, before the marks."""
    return string("Text for people; mcflow's marks stand behind it.", group="settings", default="", maxLength=DESCRIPTION, **notes)


LATER_TAGS = {**tags("Tags, kept by Neutron as texts `key=value`; only the keys named here are managed."), "set_after_create": True}
"""Tags that no create call of Neutron takes."""


@native_type
class Network(RestType):
    """A network of the project.  https://docs.openstack.org/api-ref/network/v2/#networks"""

    name = "openstack.network"
    identity = Tagged(visibility_lag=5.0)
    noun = Noun("network", "/networks", "network", "networks", ids="id", marked_by="description")
    sent = {"router_external": "router:external", "provider_network_type": "provider:network_type",
            "provider_physical_network": "provider:physical_network", "provider_segmentation_id": "provider:segmentation_id"}
    states = {"ACTIVE": "ready", "DOWN": "ready", "BUILD": "pending", "ERROR": "failed"}
    unset = {"qos_policy_id": None, "dns_domain": ""}
    matched_by = ("name",)
    attributes = {
        "name": string("The network's name.", group="settings", default_from_cloud=True, maxLength=255),
        "description": description(),
        "admin_state_up": boolean("Whether packets flow.", group="settings", default=True),
        "mtu": integer("Largest packet, bytes.", minimum=68, group="mtu", default_from_cloud=True, incidental=True),
        "port_security_enabled": boolean("Whether new ports are guarded by security groups.", group="port_security",
                                         default_from_cloud=True),
        "dns_domain": string("The domain of its ports' names.", group="settings", default_from_cloud=True),
        "qos_policy_id": string("The QoS policy of its ports.", group="qos", reference=["openstack.qos_policy"]),
        "shared": boolean("Whether all projects may use it; for administrators.", group="sharing", default=False),
        "router_external": boolean("Whether it leads to the world; for administrators.", group="sharing", default=False),
        "availability_zone_hints": array(string(), "Where its services should run.", set=True, default_from_cloud=True, incidental=True),
        "provider_network_type": string("How it is made (`vlan`, `flat` …); for administrators.", default_from_cloud=True, incidental=True),
        "provider_physical_network": string("On which physical network; for administrators.", default_from_cloud=True, incidental=True),
        "provider_segmentation_id": integer("Its VLAN or VNI; for administrators.", default_from_cloud=True, incidental=True),
        "tags": LATER_TAGS,
        "status": string("What Neutron says of it.", read_only=True),
    }

    def provided(self, row: Mapping[str, Any]) -> bool:
        """The default network that `auto-allocated-topology` makes."""
        return bool(row.get("is_default"))

    def portray(self, attributes: Mapping[str, Any]) -> dict[str, Any]:
        return guarded(super().portray(attributes))


def guarded(told: dict[str, Any]) -> dict[str, Any]:
    """A portrait without what goes without saying: that ports are guarded."""
    return {name: value for name, value in told.items() if name != "port_security_enabled" or value is not True}
