"""openstack.volume_type: a kind of disk that Cinder offers, made by administrators."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any

from mcflow.drivers.openstack.native.flavor import settle_specs
from mcflow.drivers.openstack.native.rest import Noun, RestType
from mcflow.drivers.openstack.session import OpenStackSession, Reply
from mcflow.drivers.sdk import Again, Intent, Observed, Submitted, UniqueName, boolean, mapping, native_type, string


@native_type
class VolumeType(RestType):
    """A kind of disk, and which of Cinder's back ends makes it. https://docs.openstack.org/api-ref/block-storage/v3/#volume-types-types"""

    name = "openstack.volume_type"
    identity = UniqueName(attribute="name", marked=False, max_length=255, pattern="[A-Za-z0-9 ._-]")
    noun = Noun("block-storage", "/types", "volume_type", "volume_types", marks="", listing=(("is_public", "None"),))
    sent = {"is_public": "os-volume-type-access:is_public"}
    seconds = 1.0
    matched_by = ("name",)
    unset = {"description": ""}
    attributes = {
        "name": string("Its name, unique in the cloud."),
        "description": string("Text for people.", group="settings", default="", maxLength=255),
        "is_public": boolean("Whether all projects may use it.", default=True),
        "extra_specs": mapping(string(), "What Cinder's drivers are told; only the keys named here are managed. Shown to administrators.",
                               group="extra_specs", owned_keys=True, set_after_create=True),
    }
    required = ("name",)

    def read(self, api: OpenStackSession, row: Mapping[str, Any]) -> dict[str, Any]:
        public = row.get("is_public", row.get(self.sent["is_public"]))
        return {**super().read(api, row), "is_public": public is not False}

    def provided(self, row: Mapping[str, Any]) -> bool:
        """Types are mostly the operator's."""
        return True

    def find(self, api: OpenStackSession, want: Mapping[str, Any], intent: Intent) -> Iterator[Observed]:
        return self.match(api, want)

    def change(self, api: OpenStackSession, id: str, want: Mapping[str, Any], last: Mapping[str, Any],
               group: str) -> Submitted | Again | Reply:
        if group != "extra_specs":
            return super().change(api, id, want, last, group)
        return settle_specs(self, api, id, f"{self.place(id)}/extra_specs", want.get("extra_specs", {}), last.get("extra_specs", {}))
