"""openstack.image_member: another project that may use an image."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any

from mcflow.drivers.openstack.native.rest import Noun, RestType
from mcflow.drivers.openstack.session import OpenStackSession
from mcflow.drivers.sdk import Natural, NotFound, Observed, native_type, string


@native_type
class ImageMember(RestType):
    """The image's visibility has to be ``shared``. The other project accepts it, or finds it by its id only.
    https://docs.openstack.org/api-ref/image/v2/#sharing"""

    name = "openstack.image_member"
    identity = Natural()
    noun = Noun("image", "/images/{image_id}/members", "", "members", marks="", id="member_id")
    sent = {"member_id": "member"}
    seconds = 1.0
    attributes = {
        "image_id": string("The image.", reference=["openstack.image"]),
        "member_id": string("The id of the other project."),
        "status": string("pending, accepted or rejected: what the other project says.", read_only=True),
    }
    required = ("image_id", "member_id")

    def read(self, api: OpenStackSession, row: Mapping[str, Any]) -> dict[str, Any]:
        return {name: row[name] for name in self.attributes if row.get(name) is not None}

    def natural(self, api: OpenStackSession, want: Mapping[str, Any]) -> Iterator[Observed]:
        return (seen for seen in self._look(api, {}, want) if seen.attributes.get("member_id") == want["member_id"])

    def discover(self, api: OpenStackSession) -> Iterator[Observed]:
        for row in api.rows("image", "/images", "images", params={"owner": api.project_id, "limit": 500}):
            if row["visibility"] != "shared":
                continue
            try:
                yield from self._look(api, {}, {"image_id": row["id"]})
            except NotFound:
                continue
