"""Secrets Manager: secrets and their values. A value is written, never read."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any

from mcflow.drivers.aws.native.service import Calls, ServiceType, Tagging
from mcflow.drivers.aws.session import AwsSession
from mcflow.drivers.sdk import Again, Observed, Submitted, UniqueName, boolean, integer, native_type, string, tags


@native_type
class Secret(ServiceType):
    """One secret; the id is its ARN. One whose deletion is scheduled is gone for mcflow, but keeps its name until its time.
    https://docs.aws.amazon.com/secretsmanager/latest/apireference/API_CreateSecret.html

    The listing tells all but the value, which is never read: a plan compares its fingerprint with that of what was last written.
    """

    name = "aws.secretsmanager_secret"
    identity = UniqueName(attribute="name", max_length=512, pattern="[A-Za-z0-9/_+=.@-]")
    calls = Calls("secretsmanager", create="create_secret", read="describe_secret", list="list_secrets", rows="secret_list",
                  delete="delete_secret", id="arn", key="secret_id", token="client_request_token",
                  updates={"settings": "update_secret", "value": "put_secret_value"})
    tagging = Tagging("tag_resource", "untag_resource", parameter="secret_id", told="tags", pair=("key", "value"))
    unset = {"description": ""}
    attributes = {
        "name": string("Its name, unique in account and region."),
        "description": string("What it is for.", group="settings", default=""),
        "kms_key_id": string("The key it is encrypted with; absent: the account's own.", group="settings", reference=["aws.kms_key"],
                             default_from_cloud=True),
        "secret_string": string("The secret, a text or JSON as text.", group="value", sensitive=True, write_only=True),
        "recovery_window_in_days": integer("How long a deletion can be taken back; 30 unless told.", minimum=7, maximum=30, local=True),
        "force_delete_without_recovery": boolean("Whether it is deleted at once, for ever.", local=True),
        "arn": string("Its ARN.", read_only=True),
        "tags": tags(),
    }

    def status(self, row: Mapping[str, Any]) -> tuple[Any, str]:
        return ("gone" if row.get("deleted_date") else "ready"), ""

    def named(self, api: AwsSession, name: str) -> Iterator[Observed]:
        return self.observe(api, [name])

    def provided(self, row: Mapping[str, Any]) -> bool:
        return bool(row.get("owning_service"))

    def delete(self, api: AwsSession, id: str, last: Mapping[str, Any]) -> Submitted | Again:
        window = last.get("recovery_window_in_days")
        how: dict[str, Any] = {"force_delete_without_recovery": True} if last.get("force_delete_without_recovery") else \
            {"recovery_window_in_days": int(window)} if window else {}
        answer = api.tell(self.calls.service, self.calls.delete, secret_id=id, **how)
        return Submitted(id, request_id=answer["request_id"])
