"""CloudWatch Logs: log groups."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from typing import Any

from mcflow.drivers.aws.native.service import Calls, ServiceType, Tagging, Update
from mcflow.drivers.aws.session import AwsSession
from mcflow.drivers.sdk import UniqueName, integer, native_type, string, tags

FEW = 3
"""Up to so many groups are looked for by name, one by one; more are picked from the listing of all."""

RETENTIONS = [1, 3, 5, 7, 14, 30, 60, 90, 120, 150, 180, 365, 400, 545, 731, 1096, 1827, 2192, 2557, 2922, 3288, 3653]
"""The days that PutRetentionPolicy takes."""


@native_type
class LogGroup(ServiceType):
    """One log group; the id is its name. Without a retention its events stay for ever.
    https://docs.aws.amazon.com/AmazonCloudWatchLogs/latest/APIReference/API_CreateLogGroup.html

    The listing shows all; tags are a call for each group.
    """

    name = "aws.log_group"
    identity = UniqueName(attribute="log_group_name", max_length=512, pattern="[A-Za-z0-9_/.#-]")
    calls = Calls("logs", create="create_log_group", list="describe_log_groups", rows="log_groups", delete="delete_log_group",
                  id="log_group_name", key="log_group_name", made="",
                  updates={"retention": Update("put_retention_policy", none="delete_retention_policy"),
                           "encryption": Update("associate_kms_key", none="disassociate_kms_key")})
    tagging = Tagging("tag_resource", "untag_resource", target="arn", pair=(), list="list_tags_for_resource")
    attributes = {
        "log_group_name": string("Its name, unique in account and region."),
        "retention_in_days": integer("How many days events stay; absent: for ever.", enum=RETENTIONS, group="retention",
                                     set_after_create=True),
        "kms_key_id": string("The key that events are encrypted with, by ARN.", group="encryption", reference=["aws.kms_key"],
                             takes="arn"),
        "log_group_class": string("What it can do and costs.", enum=["STANDARD", "INFREQUENT_ACCESS", "DELIVERY"],
                                  default_from_cloud=True),
        "arn": string("Its ARN.", read_only=True),
        "tags": tags(),
    }

    def rows_of(self, api: AwsSession, ids: Sequence[str]) -> Iterator[dict[str, Any]]:
        if len(ids) > FEW:
            yield from super().rows_of(api, ids)
            return
        for id in ids:
            found = api.rows("logs", self.calls.list, self.calls.rows, log_group_name_prefix=id)
            yield from (row for row in found if row["log_group_name"] == id)

    def read(self, api: AwsSession, row: Mapping[str, Any]) -> dict[str, Any]:
        # The ARN ends with the streams' wildcard, which calls about the group itself do not take.
        return {**super().read(api, row), "arn": str(row["arn"]).removesuffix(":*")}
