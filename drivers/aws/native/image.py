"""Machine images made from instances."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from datetime import datetime
from typing import Any

from mcflow.drivers.aws.native.ec2 import Ec2Type, Noun, request_id, where
from mcflow.drivers.aws.session import AwsSession
from mcflow.drivers.sdk import Intent, Observed, Submitted, UniqueName, boolean, native_type, string, tags

STATES: dict[str, Any] = {"pending": "pending", "transient": "pending", "available": "ready", "disabled": "ready", "failed": "failed",
                          "error": "failed", "invalid": "failed", "deregistered": "gone"}


@native_type
class Image(Ec2Type):
    """One AMI of this account, with the snapshots that come with it.
    https://docs.aws.amazon.com/AWSEC2/latest/APIReference/API_CreateImage.html"""

    name = "aws.image"
    identity = UniqueName(attribute="name", max_length=128, pattern=r"[A-Za-z0-9 ()./'@_\[\]-]")
    noun = Noun("create_image", "describe_images", "deregister_image", "Images", "ImageId", "image-id", "image")
    matched_by = {"name": "name"}
    seconds = 300.0
    attributes = {
        "name": string("Its name, unique in the account and region.", pattern="^.{3,}$"),
        "instance_id": string("The instance it is made from. Needed to make one.", at_create=True, reference=["aws.instance"]),
        "description": string("What it is for.", group="description", default=""),
        "no_reboot": boolean("Whether the instance goes on meanwhile, which risks a file system in disorder.", at_create=True,
                             write_only=True),
        "delete_associated_snapshots": boolean("Whether its snapshots go with it.", local=True, default=True),
        "architecture": string("x86_64, arm64 …", read_only=True),
        "root_device_name": string("The name of its root device.", read_only=True),
        "state": string("pending, available …", read_only=True),
        "owner_id": string("The account.", read_only=True),
        "tags": tags(),
    }
    required = ("name",)

    def rows(self, api: AwsSession, *conditions: dict[str, Any]) -> Iterator[dict[str, Any]]:
        return api.pages(self.noun.describe, self.noun.rows, Owners=["self"], Filters=list(conditions))

    def find(self, api: AwsSession, want: Mapping[str, Any], intent: Intent) -> Iterator[Observed]:
        return self.look(api, where("name", want["name"]))

    def status(self, row: Mapping[str, Any]) -> tuple[Any, str]:
        return STATES.get(row["State"], "pending"), row.get("StateReason", {}).get("Message", "")

    def born(self, row: Mapping[str, Any]) -> float | None:
        told = row.get("CreationDate")
        return datetime.fromisoformat(told.replace("Z", "+00:00")).timestamp() if told else None

    def read(self, row: Mapping[str, Any]) -> dict[str, Any]:
        source = row.get("SourceInstanceId")
        return {**super().read(row), **({"instance_id": source} if source else {})}

    def change(self, api: AwsSession, id: str, want: Mapping[str, Any], group: str) -> dict[str, Any]:
        return api.call("modify_image_attribute", ImageId=id, Description={"Value": want.get("description") or ""})

    def delete(self, api: AwsSession, id: str, last: Mapping[str, Any]) -> Submitted:
        along = last.get("delete_associated_snapshots") is not False
        return Submitted(id, request_id=request_id(api.call("deregister_image", ImageId=id, DeleteAssociatedSnapshots=along)))
