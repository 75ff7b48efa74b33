"""What AWS does by itself in buckets, queues and other services, and moto forgets; and what lives in them. Fills the wrapper's tables."""

from __future__ import annotations

import json
from typing import Any

from tests.aws.moto_inventory import LISTS, Rows, listed, pages
from tests.aws.moto_refusals import AFTERMATHS, REFUSALS, Params, Refusal


def _tag_bucket(params: Params, backend: Any) -> None:
    """A bucket is made with its tags; moto passes them over."""
    configuration = params.get("CreateBucketConfiguration") or {}
    rows = (configuration.get("Tags") or {}).get("Tag") or []
    tags = {row["Key"]: row.get("Value") or "" for row in (rows if isinstance(rows, list) else [rows])}
    if tags:
        backend.put_bucket_tagging(params["Bucket"], tags)


def _zone_again(params: Params, backend: Any) -> Refusal | None:
    """A reference makes one zone; moto makes another."""
    reference = params.get("CreateHostedZoneRequest", params).get("CallerReference")
    if any(zone.caller_reference == reference for zone in backend.zones.values()):
        return "HostedZoneAlreadyExists", f"A hosted zone has already been created with the specified caller reference {reference}."
    return None


def _encrypt_table(params: Params, backend: Any) -> None:
    """A table's encryption can be changed; moto remembers what it was made with."""
    if "SSESpecification" in params:
        backend.tables[params["TableName"]].sse_specification = params["SSESpecification"]


REFUSALS["route53.CreateHostedZone"] = _zone_again
AFTERMATHS["s3.CreateBucket"] = _tag_bucket
AFTERMATHS["dynamodb.UpdateTable"] = _encrypt_table


def _subscriptions(sns: Any) -> Rows:
    for page in pages(sns, "list_subscriptions"):
        for row in page["Subscriptions"]:
            if row["SubscriptionArn"].startswith("arn:"):
                yield row["SubscriptionArn"], "sns_subscription"


def _queues(sqs: Any) -> Rows:
    yield from ((url, "sqs_queue") for url in sqs.list_queues().get("QueueUrls", ()))


def _zones(route53: Any) -> Rows:
    for zone in route53.list_hosted_zones()["HostedZones"]:
        id = zone["Id"].rpartition("/")[2]
        yield id, "route53_zone"
        for row in route53.list_resource_record_sets(HostedZoneId=id)["ResourceRecordSets"]:
            if row["Type"] not in ("SOA", "NS"):
                told = (id, row["Name"].rstrip("."), row["Type"], row.get("SetIdentifier"))
                yield "|".join(part for part in told if part), "route53_record"


def _functions(client: Any) -> Rows:
    for function in client.list_functions()["Functions"]:
        name = function["FunctionName"]
        yield name, "lambda_function"
        try:
            policy = json.loads(client.get_policy(FunctionName=name)["Policy"])
        except client.exceptions.ResourceNotFoundException:
            continue
        yield from ((f"{name}|{row['Sid']}", "lambda_permission") for row in policy["Statement"])


LISTS["s3"] = (listed("bucket", "list_buckets", "Buckets", "Name"),)
LISTS["sns"] = (listed("sns_topic", "list_topics", "Topics", "TopicArn"), _subscriptions)
LISTS["sqs"] = (_queues,)
LISTS["dynamodb"] = (listed("dynamodb_table", "list_tables", "TableNames", ""),)
LISTS["route53"] = (_zones,)
LISTS["lambda"] = (_functions,)
LISTS["ecr"] = (listed("ecr_repository", "describe_repositories", "repositories", "repositoryName"),)
