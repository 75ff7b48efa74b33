"""openstack.flavor: a size that Nova offers, made by administrators."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any

from mcflow.drivers.openstack.native.rest import Noun, RestType
from mcflow.drivers.openstack.session import OpenStackSession, Reply
from mcflow.drivers.sdk import (
    Again,
    Intent,
    InvalidRequest,
    Observed,
    Submitted,
    UniqueName,
    boolean,
    integer,
    mapping,
    native_type,
    number,
    string,
)

EVERY = {"is_public": "None"}
"""Administrators see flavors of single projects too; others are shown what they may use, whatever they ask for."""


@native_type
class Flavor(RestType):
    """What it holds cannot be changed, except for its description and its extra specs.
    https://docs.openstack.org/api-ref/compute/#flavors"""

    name = "openstack.flavor"
    identity = UniqueName(attribute="name", marked=False, max_length=255, pattern="[A-Za-z0-9 ._-]")
    noun = Noun("compute", "/flavors", "flavor", "flavors", marks="", detail="/flavors/detail", listing=(("is_public", "None"),))
    sent = {"flavorid": "id", "is_public": "os-flavor-access:is_public", "ephemeral": "OS-FLV-EXT-DATA:ephemeral"}
    seconds = 1.0
    matched_by = ("name",)
    unset = {"description": None}
    attributes = {
        "name": string("Its name, unique in the cloud."),
        "flavorid": string("Nova's id of it; absent: Nova makes one.", default_from_cloud=True, incidental=True),
        "description": string("Text for people.", group="description", maxLength=65535),
        "ram": integer("MiB.", minimum=1),
        "vcpus": integer("Virtual processors.", minimum=1),
        "disk": integer("GiB of the root disk; 0: as the image says, or a volume.", minimum=0),
        "ephemeral": integer("GiB of a second disk.", minimum=0, default=0),
        "swap": integer("MiB of swap.", minimum=0, default=0),
        "rxtx_factor": number("Share of the network.", default=1.0),
        "is_public": boolean("Whether all projects may use it.", default=True),
        "extra_specs": mapping(string(), "What else the scheduler and the hypervisor are told; only the keys named here are managed.",
                               group="extra_specs", owned_keys=True, set_after_create=True),
    }
    required = ("name", "ram", "vcpus", "disk")

    def read(self, api: OpenStackSession, row: Mapping[str, Any]) -> dict[str, Any]:
        told = super().read(api, row)
        return {**told, "swap": told.get("swap") or 0, "rxtx_factor": told.get("rxtx_factor", 1.0)}

    def provided(self, row: Mapping[str, Any]) -> bool:
        """Sizes are mostly the operator's."""
        return True

    def find(self, api: OpenStackSession, want: Mapping[str, Any], intent: Intent) -> Iterator[Observed]:
        return self.match(api, want)

    def change(self, api: OpenStackSession, id: str, want: Mapping[str, Any], last: Mapping[str, Any],
               group: str) -> Submitted | Again | Reply:
        if group != "extra_specs":
            return super().change(api, id, want, last, group)
        return settle_specs(self, api, id, f"{self.place(id)}/os-extra_specs", want.get("extra_specs", {}), last.get("extra_specs", {}))


def settle_specs(type: RestType, api: OpenStackSession, id: str, path: str, wanted: Mapping[str, str],
                 owned: Mapping[str, str]) -> Submitted | Again:
    """Make our extra specs so, one call at a time: those that are wanted at once, then each that is to go."""
    present = dict(type.present(api, id).get("extra_specs") or {})
    different = {key: value for key, value in wanted.items() if present.get(key) != value}
    if different:
        type.ask(api, "POST", path, {"extra_specs": different})
        return Again("extra specs set")
    gone = sorted(key for key in owned if key not in wanted and key in present)
    if not gone:
        return Submitted(id)
    type.ask(api, "DELETE", f"{path}/{gone[0]}")
    return Again(f"extra spec {gone[0]} removed")


def named(api: OpenStackSession, name: str) -> Mapping[str, Any]:
    """A flavor's row by its name. Raises InvalidRequest."""
    def ask() -> dict[str, Mapping[str, Any]]:
        return {str(row["name"]): row for row in api.rows("compute", "/flavors/detail", "flavors", params=EVERY)}

    flavors, fresh = api.remember(("flavors",), ask)
    if name not in flavors and not fresh:
        # One that was made meanwhile.
        flavors = ask()
    if name not in flavors:
        raise InvalidRequest(f"there is no flavor named {name}; there are: {', '.join(sorted(flavors)) or 'none'}", code="FlavorNotFound")
    return flavors[name]


def flavor_id(api: OpenStackSession, name: str) -> str:
    """The id of a flavor, which Nova knows sizes by in requests. Raises InvalidRequest."""
    return str(named(api, name)["id"])
