"""openstack.subnet_pool, openstack.address_scope and openstack.rbac_policy: where ranges come from, and what is shared with whom."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any

from mcflow.drivers.openstack.native.network import LATER_TAGS, description
from mcflow.drivers.openstack.native.rest import Noun, RestType
from mcflow.drivers.openstack.native.subnet import range_of
from mcflow.drivers.openstack.session import OpenStackSession
from mcflow.drivers.sdk import Natural, Observed, Tagged, UniqueName, array, boolean, integer, native_type, string


@native_type
class SubnetPool(RestType):
    """Ranges that subnets get theirs from.  https://docs.openstack.org/api-ref/network/v2/#subnet-pools-extension-subnetpools"""

    name = "openstack.subnet_pool"
    identity = Tagged(visibility_lag=5.0)
    noun = Noun("network", "/subnetpools", "subnetpool", "subnetpools", ids="id", marked_by="description")
    matched_by = ("name",)
    unset = {"address_scope_id": None}
    attributes = {
        "name": string("The pool's name.", group="settings", maxLength=255),
        "description": description(),
        "prefixes": array(string(), "The ranges it gives parts of; it can grow.", set=True, group="prefixes"),
        "default_prefixlen": integer("How long a subnet's prefix is if nobody says.", group="lengths", default_from_cloud=True),
        "min_prefixlen": integer("The shortest prefix it gives.", group="lengths", default_from_cloud=True),
        "max_prefixlen": integer("The longest prefix it gives.", group="lengths", default_from_cloud=True, incidental=True),
        "default_quota": integer("How much each project may have of it: /64s of IPv6, addresses of IPv4.", group="quota",
                                 default_from_cloud=True),
        "address_scope_id": string("The scope its addresses are unique in.", group="scope", reference=["openstack.address_scope"]),
        "is_default": boolean("Whether it is taken where none is named; for administrators.", group="default", default=False),
        "shared": boolean("Whether all projects may use it; for administrators.", default=False),
        "ip_version": integer("4 or 6, as its ranges are.", read_only=True),
        "tags": LATER_TAGS,
    }
    required = ("name", "prefixes")

    def read(self, api: OpenStackSession, row: Mapping[str, Any]) -> dict[str, Any]:
        """Neutron takes lengths as numbers and tells them as texts."""
        return {name: int(value) if name.endswith("_prefixlen") else value for name, value in super().read(api, row).items()}

    def normalise(self, attribute: str, value: Any) -> Any:
        """Neutron joins ranges that lie side by side."""
        if attribute == "prefixes" and isinstance(value, list | tuple) and all(isinstance(each, str) for each in value):
            return merged(value)
        return value


def merged(prefixes: Any) -> list[str]:
    """The fewest ranges that hold the same addresses; what is no range stays as it is."""
    import ipaddress

    try:
        networks = [ipaddress.ip_network(range_of(each)) for each in prefixes]
    except ValueError:
        return sorted(prefixes)
    kinds = [[each for each in networks if each.version == version] for version in (4, 6)]
    return [str(each) for kind in kinds for each in ipaddress.collapse_addresses(kind)]  # type: ignore[type-var]


@native_type
class AddressScope(RestType):
    """Within one of these addresses are unique, so that routers need not translate. Nothing of it carries a mark, so that its name does.
    https://docs.openstack.org/api-ref/network/v2/#address-scopes"""

    name = "openstack.address_scope"
    identity = UniqueName(attribute="name", max_length=255, pattern="[A-Za-z0-9._-]", marked=False)
    noun = Noun("network", "/address-scopes", "address_scope", "address_scopes", marks="", ids="id")
    attributes = {
        "name": string("The scope's name.", maxLength=255),
        "ip_version": integer("Which addresses.", enum=[4, 6]),
        "shared": boolean("Whether all projects may use it; for administrators.", group="sharing", default=False),
    }
    required = ("name", "ip_version")


@native_type
class RbacPolicy(RestType):
    """That another project may use something of this one.  https://docs.openstack.org/api-ref/network/v2/#rbac-policies"""

    name = "openstack.rbac_policy"
    identity = Natural()
    noun = Noun("network", "/rbac-policies", "rbac_policy", "rbac_policies", marks="", ids="id")
    exclusive = True
    attributes = {
        "object_type": string("What it is: `network`, `security_group`, `qos_policy`, `address_group`, `subnetpool`, `address_scope`."),
        "object_id": string("Its id.", reference=["openstack.network", "openstack.security_group", "openstack.qos_policy",
                                                  "openstack.address_group", "openstack.subnet_pool", "openstack.address_scope"]),
        "action": string("What they may do.", enum=["access_as_shared", "access_as_external"]),
        "target_tenant": string("The project's id; `*`: all, for administrators."),
    }
    required = ("object_type", "object_id", "action", "target_tenant")

    def natural(self, api: OpenStackSession, want: Mapping[str, Any]) -> Iterator[Observed]:
        found = self._look(api, {"object_id": want["object_id"]}, want)
        return (seen for seen in found if all(seen.attributes.get(name) == want[name] for name in self.required))
