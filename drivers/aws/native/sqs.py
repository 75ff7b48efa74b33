"""Queues."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any

from mcflow.drivers.aws.native.service import Calls, ServiceType, Tagging
from mcflow.drivers.aws.native.texts import texts, typed
from mcflow.drivers.aws.session import AwsSession
from mcflow.drivers.sdk import NotFound, Observed, UniqueName, anything, boolean, integer, native_type, string, tags

DOCUMENTS = ("policy", "redrive_policy", "redrive_allow_policy")
USUAL = {"maximum_message_size": (262144, 1048576), "sqs_managed_sse_enabled": (True,), "deduplication_scope": ("queue",),
         "fifo_throughput_limit": ("perQueue",), "kms_data_key_reuse_period_seconds": (300,)}
"""What SQS gives every queue; the largest message grew with the years."""


@native_type
class Queue(ServiceType):
    """One SQS queue; the id is its URL.  https://docs.aws.amazon.com/AWSSimpleQueueService/latest/APIReference/API_CreateQueue.html

    SQS lists addresses only: each queue takes a request for its attributes and one for its tags. The name of a deleted queue is free again
    after a minute; until then a create is asked for again.
    """

    name = "aws.sqs_queue"
    identity = UniqueName(attribute="queue_name", max_length=80, pattern="[A-Za-z0-9_-]", visibility_lag=60.0)
    calls = Calls("sqs", create="create_queue", read="get_queue_attributes", list="list_queues", rows="queue_urls", whole=False,
                  delete="delete_queue", id="queue_url", key="queue_url", listing={"max_results": 1000},
                  updates={"settings": "set_queue_attributes"})
    tagging = Tagging("tag_queue", "untag_queue", parameter="queue_url", pair=(), list="list_queue_tags")
    documents = DOCUMENTS
    unset = {"visibility_timeout": 30, "message_retention_period": 345600, "delay_seconds": 0, "receive_message_wait_time_seconds": 0,
             "content_based_deduplication": False, "policy": "", "redrive_policy": "", "redrive_allow_policy": "", "kms_master_key_id": ""}
    attributes = {
        "queue_name": string("Its name, unique in account and region. That of a FIFO queue ends in .fifo and must be given."),
        "fifo_queue": boolean("Whether messages keep their order.", default=False),
        "content_based_deduplication": boolean("Whether a message's content tells repeated ones, for FIFO queues.", group="settings",
                                               default=False),
        "deduplication_scope": string("messageGroup or queue, for FIFO queues.", group="settings", default_from_cloud=True),
        "fifo_throughput_limit": string("perQueue or perMessageGroupId, for FIFO queues.", group="settings", default_from_cloud=True),
        "visibility_timeout": integer("How long a message that was received stays hidden, seconds.", minimum=0, maximum=43200,
                                      group="settings", default=30),
        "message_retention_period": integer("How long messages are kept, seconds.", minimum=60, maximum=1209600, group="settings",
                                            default=345600),
        "delay_seconds": integer("How long new messages stay hidden, seconds.", minimum=0, maximum=900, group="settings", default=0),
        "receive_message_wait_time_seconds": integer("How long a receive call waits for a message, seconds.", minimum=0, maximum=20,
                                                     group="settings", default=0),
        "maximum_message_size": integer("Bytes.", minimum=1024, maximum=1048576, group="settings", default_from_cloud=True),
        "policy": anything("Who may do what with it: a policy document.", group="settings"),
        "redrive_policy": anything("Where messages go that nobody could handle: {deadLetterTargetArn, maxReceiveCount}.", group="settings"),
        "redrive_allow_policy": anything("Which queues may send it such messages.", group="settings"),
        "kms_master_key_id": string("The KMS key it is encrypted with.", group="settings", reference=["aws.kms_key"]),
        "kms_data_key_reuse_period_seconds": integer("How long a data key is used, seconds.", minimum=60, maximum=86400, group="settings",
                                                     default_from_cloud=True),
        "sqs_managed_sse_enabled": boolean("Whether it is encrypted with a key of SQS's own.", group="settings", default_from_cloud=True),
        "queue_arn": string("Its ARN.", read_only=True),
        "queue_url": string("Its address.", read_only=True),
        "tags": tags(),
    }

    def request(self, api: AwsSession, want: Mapping[str, Any]) -> dict[str, Any]:
        names = [name for name, schema in self.attributes.items() if name not in ("tags", "queue_name") and not schema.get("read_only")]
        # A standard queue is told by saying nothing.
        asked = texts(want, [name for name in names if name != "fifo_queue" or want.get(name)])
        return {"queue_name": want["queue_name"], "attributes": asked or None}

    def row(self, api: AwsSession, id: str) -> dict[str, Any] | None:
        try:
            told = api.tell("sqs", "get_queue_attributes", queue_url=id, attribute_names=["All"])
        except NotFound:
            return None
        found = typed(self.attributes, told.get("attributes") or {})
        return {**found, "queue_url": id, "queue_name": id.rpartition("/")[2]}

    def named(self, api: AwsSession, name: str) -> Iterator[Observed]:
        try:
            url = api.tell("sqs", "get_queue_url", queue_name=name)["queue_url"]
        except NotFound:
            return
        yield from self.observe(api, [url])

    def normalise(self, attribute: str, value: Any) -> Any:
        found = super().normalise(attribute, value)
        if attribute == "redrive_policy" and isinstance(found, dict) and "maxReceiveCount" in found:
            return {**found, "maxReceiveCount": int(found["maxReceiveCount"])}
        return found

    def portray(self, attributes: Mapping[str, Any]) -> dict[str, Any]:
        return {name: value for name, value in super().portray(attributes).items() if value not in USUAL.get(name, ())}

    def change(self, api: AwsSession, id: str, want: Mapping[str, Any], last: Mapping[str, Any], group: str) -> dict[str, Any]:
        names = [name for name, schema in self.attributes.items() if schema.get("group") == group]
        lost = {name: value for name, value in self.unset.items() if want.get(name) is None and last.get(name) not in (None, value)}
        asked = texts({**want, **lost}, names)
        return api.tell("sqs", "set_queue_attributes", queue_url=id, attributes=asked)
