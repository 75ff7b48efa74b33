"""Topics, and who hears of what is published in them."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from typing import Any

from mcflow.drivers.aws.native.ec2 import pascal
from mcflow.drivers.aws.native.service import Calls, ServiceType, Tagging
from mcflow.drivers.aws.native.texts import text, texts, typed
from mcflow.drivers.aws.session import AwsSession
from mcflow.drivers.sdk import (
    Again,
    Intent,
    InvalidRequest,
    Natural,
    NotFound,
    Observed,
    Submitted,
    UniqueName,
    anything,
    boolean,
    native_type,
    string,
    tags,
)


class NamedValues(ServiceType):
    """A type whose attributes are texts under names, of which a call sets one: each attribute is a group."""

    def row(self, api: AwsSession, id: str) -> dict[str, Any] | None:
        try:
            told = api.tell("sns", self.calls.read, **{self.calls.key: id}).get("attributes") or {}
        except NotFound:
            return None
        return {**typed(self.attributes, told), self.calls.key: id}

    def request(self, api: AwsSession, want: Mapping[str, Any]) -> dict[str, Any]:
        plain = super().request(api, {name: value for name, value in want.items() if name not in self._texts()})
        return {**plain, "attributes": texts(want, self._texts()) or None}

    def change(self, api: AwsSession, id: str, want: Mapping[str, Any], last: Mapping[str, Any], group: str) -> dict[str, Any]:
        value = want.get(group) if want.get(group) is not None else self.unset.get(group, "")
        return api.tell("sns", str(self.calls.updates[group]), **{self.calls.key: id}, attribute_name=pascal(group),
                        attribute_value=text(value))

    def _texts(self) -> list[str]:
        return [name for name, schema in self.attributes.items() if schema.get("group", "tags") != "tags" or name == "fifo_topic"]


TOPIC_VALUES = ("display_name", "policy", "delivery_policy", "kms_master_key_id", "content_based_deduplication", "signature_version",
                "tracing_config", "fifo_throughput_scope", "archive_policy")
SUBSCRIPTION_VALUES = ("raw_message_delivery", "filter_policy", "filter_policy_scope", "delivery_policy", "redrive_policy",
                       "subscription_role_arn")


@native_type
class Topic(NamedValues):
    """One SNS topic; the id is its ARN.  https://docs.aws.amazon.com/sns/latest/api/API_CreateTopic.html

    SNS lists ARNs only: each topic takes a request for its attributes and one for its tags.
    """

    name = "aws.sns_topic"
    identity = UniqueName(attribute="name", max_length=256, pattern="[A-Za-z0-9_-]")
    calls = Calls("sns", create="create_topic", read="get_topic_attributes", list="list_topics", rows="topics[].topic_arn", whole=False,
                  delete="delete_topic", id="topic_arn", key="topic_arn", updates=dict.fromkeys(TOPIC_VALUES, "set_topic_attributes"))
    tagging = Tagging("tag_resource", "untag_resource", list="list_tags_for_resource")
    documents = ("policy", "delivery_policy", "archive_policy")
    unset = {"content_based_deduplication": False}
    attributes = {
        "name": string("Its name, unique in account and region. That of a FIFO topic ends in .fifo and must be given."),
        "fifo_topic": boolean("Whether messages keep their order.", default=False),
        "display_name": string("What it is called in text messages and mails.", group="display_name"),
        "policy": anything("Who may do what with it: a policy document. AWS gives it one that lets the owner do all.", group="policy",
                           default_from_cloud=True),
        "delivery_policy": anything("How deliveries over HTTP are tried again.", group="delivery_policy"),
        "kms_master_key_id": string("The KMS key it is encrypted with.", group="kms_master_key_id", reference=["aws.kms_key"]),
        "content_based_deduplication": boolean("Whether a message's content tells repeated ones, for FIFO topics.", default=False,
                                               group="content_based_deduplication"),
        "signature_version": string("How messages are signed: 1 or 2.", group="signature_version", default_from_cloud=True),
        "tracing_config": string("PassThrough or Active.", group="tracing_config", default_from_cloud=True),
        "fifo_throughput_scope": string("Topic or MessageGroup, for FIFO topics.", group="fifo_throughput_scope", default_from_cloud=True),
        "archive_policy": anything("How long messages are kept, for FIFO topics: {MessageRetentionPeriod}.", group="archive_policy"),
        "topic_arn": string("Its ARN.", read_only=True),
        "owner": string("The account.", read_only=True),
        "tags": tags(),
    }

    def row(self, api: AwsSession, id: str) -> dict[str, Any] | None:
        found = super().row(api, id)
        return None if found is None else {**found, "name": id.rpartition(":")[2]}

    def named(self, api: AwsSession, name: str) -> Iterator[Observed]:
        return self.observe(api, [f"arn:{api.partition}:sns:{api.region}:{api.identity().account}:{name}"])

    def portray(self, attributes: Mapping[str, Any]) -> dict[str, Any]:
        portrayed = super().portray(attributes)
        given = portrayed.get("policy")
        if isinstance(given, dict) and given.get("Id") == "__default_policy_ID":
            del portrayed["policy"]
        return portrayed


@native_type
class Subscription(NamedValues):
    """One subscription of a topic; the id is its ARN.  https://docs.aws.amazon.com/sns/latest/api/API_Subscribe.html

    Topic, protocol and endpoint tell it apart. Where the other side must agree first (mail, HTTP) it is there at once and
    ``pending_confirmation`` tells that nobody agreed yet; SNS shows such a one without its ARN in listings and deletes it by itself after
    two days. Each takes a request for its attributes.
    """

    name = "aws.sns_subscription"
    identity = Natural()
    calls = Calls("sns", create="subscribe", read="get_subscription_attributes", list="list_subscriptions",
                  rows="subscriptions[].subscription_arn", whole=False, delete="unsubscribe", id="subscription_arn", key="subscription_arn",
                  updates=dict.fromkeys(SUBSCRIPTION_VALUES, "set_subscription_attributes"))
    documents = ("filter_policy", "delivery_policy", "redrive_policy")
    unset = {"raw_message_delivery": False, "filter_policy": {}}
    attributes = {
        "topic_arn": string("The topic.", reference=["aws.sns_topic"]),
        "protocol": string("What kind of endpoint it is.", enum=[
            "sqs", "lambda", "firehose", "application", "email", "email-json", "sms", "http", "https"]),
        "endpoint": string("Who hears of it: an ARN, an address or a number, as the protocol wants it."),
        "raw_message_delivery": boolean("Whether messages come as they were sent.", group="raw_message_delivery", default=False),
        "filter_policy": anything("Which messages it gets.", group="filter_policy"),
        "filter_policy_scope": string("Whether the filter looks at MessageAttributes or at the MessageBody.", group="filter_policy_scope",
                                      default_from_cloud=True),
        "delivery_policy": anything("How deliveries over HTTP are tried again.", group="delivery_policy"),
        "redrive_policy": anything("Where messages go that could not be delivered: {deadLetterTargetArn}.", group="redrive_policy"),
        "subscription_role_arn": string("The role that Firehose is written with.", group="subscription_role_arn"),
        "pending_confirmation": boolean("Whether the other side has not agreed yet.", read_only=True),
        "owner": string("The account.", read_only=True),
    }
    required = ("topic_arn", "protocol", "endpoint")

    def create(self, api: AwsSession, want: Mapping[str, Any], intent: Intent) -> Submitted:
        answer = api.tell("sns", "subscribe", **self.request(api, want), return_subscription_arn=True)
        return Submitted(answer["subscription_arn"], request_id=answer["request_id"])

    def find(self, api: AwsSession, want: Mapping[str, Any], intent: Intent) -> Iterator[Observed]:
        return self.match(api, want)

    def match(self, api: AwsSession, want: Mapping[str, Any]) -> Iterator[Observed]:
        try:
            rows = list(api.rows("sns", "list_subscriptions_by_topic", "subscriptions", topic_arn=want["topic_arn"]))
        except NotFound:
            return
        yield from self.observe(api, [row["subscription_arn"] for row in rows if _same_end(row, want)])

    def rows_of(self, api: AwsSession, ids: Sequence[str]) -> Iterator[dict[str, Any]]:
        # One that nobody agreed to is listed as PendingConfirmation, and one that was given up as Deleted.
        return super().rows_of(api, [id for id in ids if id.startswith("arn:")])

    def all_rows(self, api: AwsSession) -> Iterator[dict[str, Any]]:
        return self.rows_of(api, list(api.rows("sns", self.calls.list, self.calls.rows)))

    def delete(self, api: AwsSession, id: str, last: Mapping[str, Any]) -> Submitted | Again:
        try:
            return super().delete(api, id, last)
        except InvalidRequest as refused:
            if "pending confirmation" not in refused.message:
                raise
            raise InvalidRequest(f"{id} is still to be confirmed, and SNS deletes no such subscription before two days are over; it goes "
                                 "with its topic, or by itself: take it out of the state meanwhile", code=refused.code,
                                 request_id=refused.request_id) from refused


def _same_end(row: Mapping[str, Any], want: Mapping[str, Any]) -> bool:
    return bool(row.get("protocol") == want["protocol"] and row.get("endpoint") == want["endpoint"])
