"""openstack.server_group: servers that are placed together, or apart."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any

from mcflow.drivers.openstack.native.rest import Noun, RestType
from mcflow.drivers.openstack.session import OpenStackSession
from mcflow.drivers.sdk import Intent, Observed, UniqueName, integer, native_type, record, string


@native_type
class ServerGroup(RestType):
    """Nothing of it changes, and it carries no marks: it is known by its name.
    https://docs.openstack.org/api-ref/compute/#server-groups-os-server-groups"""

    name = "openstack.server_group"
    identity = UniqueName(attribute="name", marked=False, max_length=255, pattern="[A-Za-z0-9 ._-]")
    noun = Noun("compute", "/os-server-groups", "server_group", "server_groups", marks="")
    seconds = 1.0
    matched_by = ("name",)
    attributes = {
        "name": string("Its name."),
        "policy": string("How its servers are placed.", enum=["affinity", "anti-affinity", "soft-affinity", "soft-anti-affinity"]),
        "rules": record({"max_server_per_host": integer("At most so many on one host.", minimum=1)}, "For anti-affinity.", default={}),
    }
    required = ("name", "policy")

    def find(self, api: OpenStackSession, want: Mapping[str, Any], intent: Intent) -> Iterator[Observed]:
        return self.match(api, want)
