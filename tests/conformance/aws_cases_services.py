"""Buckets, topics, queues, tables, names, functions and repositories on AWS: cases of the conformance suite, and what can be done to them
behind mcflow's back."""

from __future__ import annotations

import base64
import io
import zipfile
from typing import Any

import tests.aws.moto_services  # noqa: F401  what lives of them is listed there
from tests.aws.moto_handle import MotoCloud
from tests.conformance.aws_cloud import ALTERATIONS, REMOVALS, TAGS
from tests.conformance.fragments import block, ref

from mcflow.conformance import Case, Change, Drifted

TRUST = {"Version": "2012-10-17", "Statement": [
    {"Effect": "Allow", "Principal": {"Service": "lambda.amazonaws.com"}, "Action": "sts:AssumeRole"}]}
RULE = {"prefix": "logs/", "expire_days": 30}


def package(text: str) -> str:
    """A .zip file with one module, base64. The same text always gives the same bytes."""
    buffer = io.BytesIO()
    with zipfile.ZipFile(buffer, "w") as file:
        file.writestr(zipfile.ZipInfo("main.py"), text)
    return base64.b64encode(buffer.getvalue()).decode()


def keys(**types: str) -> list[dict[str, str]]:
    """Definitions of attributes."""
    return [{"attribute_name": name, "attribute_type": type} for name, type in types.items()]


def hashed(name: str) -> list[dict[str, str]]:
    """A key of one attribute."""
    return [{"attribute_name": name, "key_type": "HASH"}]


def days(number: int) -> dict[str, Any]:
    """A lifecycle of one rule."""
    return {"rules": [{"status": "Enabled", "filter": {"prefix": "logs/"}, "expiration": {"days": number}}]}


def index(name: str, key: str) -> dict[str, Any]:
    """A global secondary index."""
    return {"index_name": name, "key_schema": hashed(key), "projection": {"projection_type": "ALL"}}


CLOSED = dict.fromkeys(("block_public_acls", "ignore_public_acls", "block_public_policy", "restrict_public_buckets"), True)
ROLE = {"hands": block("aws.iam_role", assume_role_policy_document=TRUST)}
FUNCTION = {**ROLE, "greeter": block("aws.lambda_function", role=ref("hands.arn"), runtime="python3.12", handler="main.go", timeout=10,
                                     memory_size=256, code={"zip_file": package("go = print")})}
ZONE = {"zone": block("aws.route53_zone", name="shop.example", comment="first")}
TOPIC = {"news": block("aws.sns_topic", display_name="news"), "inbox": block("aws.sqs_queue")}

PORTABLE = [
    Case("bucket", "vault", {"vault": block("bucket", cors=[{"origins": ["https://shop.example"], "methods": ["GET"]}])},
         updates=[Change("versioning", {"versioning": True}), Change("public", {"public": True}),
                  Change("lifecycle", {"lifecycle": [RULE]}), Change("cors", {"cors": None})],
         replace=Change("name", {"name": "vault-of-another-name"}, "bucket"), removable="bucket",
         drift=Drifted("bucket", "public_access_block_configuration", False)),
]
NATIVE = [
    Case("aws.bucket", "crate", {"crate": block(
        "aws.bucket", versioning_configuration={"status": "Enabled"}, lifecycle_configuration=days(30), force_destroy=True)},
         updates=[
             Change("versioning", {"versioning_configuration": {"status": "Suspended"}}),
             Change("ownership", {"ownership_controls": {"rules": [{"object_ownership": "BucketOwnerEnforced"}]}}),
             Change("public_access_block", {"public_access_block_configuration": CLOSED}),
             Change("encryption", {"server_side_encryption_configuration": {
                 "rules": [{"apply_server_side_encryption_by_default": {"sse_algorithm": "AES256"}}]}}),
             Change("cors", {"cors_configuration": {"cors_rules": [{"allowed_origins": ["*"], "allowed_methods": ["GET"]}]}}),
             Change("lifecycle", {"lifecycle_configuration": None}),
             Change("website", {"website_configuration": {"index_document": {"suffix": "index.html"}}}),
         ],
         replace=Change("bucket", {"bucket": "crate-of-another-name"}), removable="",
         drift=Drifted("", "versioning_configuration", "Suspended")),
    Case("aws.sns_topic", "news", {"news": TOPIC["news"]}, updates=[Change("display_name", {"display_name": "other"})],
         replace=Change("name", {"name": "tidings"}), removable="", drift=Drifted("", "display_name", "altered")),
    Case("aws.sns_subscription", "hears", {**TOPIC, "hears": block(
        "aws.sns_subscription", topic_arn=ref("news"), protocol="sqs", endpoint=ref("inbox.queue_arn"), raw_message_delivery=True)},
         updates=[Change("raw_message_delivery", {"raw_message_delivery": None}),
                  Change("filter_policy", {"filter_policy": {"kind": ["order"]}})],
         replace=Change("endpoint", {"protocol": "email", "endpoint": "ops@shop.example"}), removable="",
         drift=Drifted("", "raw_message_delivery", "false")),
    Case("aws.sqs_queue", "inbox", {"inbox": block("aws.sqs_queue", visibility_timeout=60)},
         updates=[Change("settings", {"visibility_timeout": 90, "delay_seconds": 5}), Change("unset", {"visibility_timeout": None})],
         replace=Change("fifo_queue", {"queue_name": "inbox.fifo", "fifo_queue": True}), removable="",
         drift=Drifted("", "visibility_timeout", "120")),
    Case("aws.dynamodb_table", "ledger", {"ledger": block(
        "aws.dynamodb_table", attribute_definitions=keys(id="S"), key_schema=hashed("id"), billing_mode="PAY_PER_REQUEST",
        deletion_protection_enabled=False,
        time_to_live_specification={"enabled": True, "attribute_name": "until"})},
         updates=[
             Change("capacity", {"billing_mode": "PROVISIONED", "provisioned_throughput": {
                 "read_capacity_units": 2, "write_capacity_units": 2}}),
             Change("indexes", {"attribute_definitions": keys(id="S", day="S"), "global_secondary_indexes": [index("by-day", "day")]}),
             Change("stream", {"stream_specification": {"stream_enabled": True, "stream_view_type": "NEW_IMAGE"}}),
             Change("encryption", {"sse_specification": {"enabled": True}}),
             Change("time_to_live", {"time_to_live_specification": None}),
             Change("backups", {"point_in_time_recovery_specification": {"point_in_time_recovery_enabled": True}}),
         ],
         replace=Change("key_schema", {"attribute_definitions": keys(number="N"), "key_schema": hashed("number")}), removable="",
         drift=Drifted("", "deletion_protection_enabled", True)),
    Case("aws.route53_zone", "zone", ZONE, updates=[Change("comment", {"comment": "second"})],
         replace=Change("name", {"name": "other.example"}), removable="", drift=Drifted("", "comment", "altered")),
    Case("aws.route53_record", "www", {**ZONE, "www": block(
        "aws.route53_record", hosted_zone_id=ref("zone"), name="www.shop.example", type="A", ttl=60,
        resource_records=[{"value": "198.51.100.1"}])},
         updates=[Change("record", {"ttl": 300, "resource_records": [{"value": "198.51.100.1"}, {"value": "198.51.100.2"}]})],
         replace=Change("name", {"name": "web.shop.example"}), removable="", drift=Drifted("", "ttl", 5)),
    Case("aws.lambda_function", "greeter", FUNCTION,
         updates=[Change("configuration", {"timeout": 20, "environment": {"variables": {"MODE": "fast"}}}),
                  Change("code", {"code": {"zip_file": package("go = repr")}}),
                  Change("concurrency", {"reserved_concurrent_executions": 3})],
         replace=Change("function_name", {"function_name": "greeter-of-another-name"}), removable="",
         drift=Drifted("", "memory_size", 512)),
    Case("aws.lambda_permission", "door", {**FUNCTION, "door": block(
        "aws.lambda_permission", function_name=ref("greeter"), statement_id="events", action="lambda:InvokeFunction",
        principal="events.amazonaws.com")},
         replace=Change("statement_id", {"statement_id": "rules"}), removable=""),
    Case("aws.ecr_repository", "harbour", {"harbour": block("aws.ecr_repository", image_tag_mutability="MUTABLE")},
         updates=[
             Change("image_tag_mutability", {"image_tag_mutability": "IMMUTABLE"}),
             Change("image_scanning_configuration", {"image_scanning_configuration": {"scan_on_push": True}}),
             Change("lifecycle_policy", {"lifecycle_policy_text": {"rules": [{
                 "rulePriority": 1, "description": "few", "action": {"type": "expire"},
                 "selection": {"tagStatus": "any", "countType": "imageCountMoreThan", "countNumber": 5}}]}}),
             Change("policy", {"policy_text": {"Version": "2012-10-17", "Statement": [
                 {"Sid": "all", "Effect": "Allow", "Principal": "*", "Action": "ecr:GetDownloadUrlForLayer"}]}}),
         ],
         replace=Change("repository_name", {"repository_name": "harbour-of-another-name"}), removable="",
         drift=Drifted("", "image_tag_mutability", "IMMUTABLE")),
]
SKIPS = {
    "update[aws.lambda_permission]": "a permission is a statement that Lambda makes and takes away as a whole, so nothing changes in place",
    "drift[aws.lambda_permission]": "Lambda lets nobody change a permission, only take it away and give another one in its place",
}


def _drop_bucket(s3: Any, id: str) -> None:
    for row in s3.list_objects_v2(Bucket=id).get("Contents", ()):
        s3.delete_object(Bucket=id, Key=row["Key"])
    s3.delete_bucket(Bucket=id)


def _change_record(route53: Any, id: str, action: str, **values: Any) -> None:
    zone, name, type = id.split("|")
    rows = route53.list_resource_record_sets(HostedZoneId=zone)["ResourceRecordSets"]
    row = next(each for each in rows if each["Name"].rstrip(".") == name and each["Type"] == type)
    changes = [{"Action": action, "ResourceRecordSet": {**row, **values}}]
    route53.change_resource_record_sets(HostedZoneId=zone, ChangeBatch={"Changes": changes})


def _remove_permission(client: Any, id: str) -> None:
    function, _, statement = id.partition("|")
    client.remove_permission(FunctionName=function, StatementId=statement)


def _open_bucket(s3: Any, id: str, value: bool) -> None:
    names = ("BlockPublicAcls", "IgnorePublicAcls", "BlockPublicPolicy", "RestrictPublicBuckets")
    s3.put_public_access_block(Bucket=id, PublicAccessBlockConfiguration=dict.fromkeys(names, value))


REMOVALS.update({
    "aws.bucket": _drop_bucket,
    "aws.sns_topic": lambda sns, id: sns.delete_topic(TopicArn=id),
    "aws.sns_subscription": lambda sns, id: sns.unsubscribe(SubscriptionArn=id),
    "aws.sqs_queue": lambda sqs, id: sqs.delete_queue(QueueUrl=id),
    "aws.dynamodb_table": lambda dynamodb, id: dynamodb.delete_table(TableName=id),
    "aws.route53_zone": lambda route53, id: route53.delete_hosted_zone(Id=id),
    "aws.route53_record": lambda route53, id: _change_record(route53, id, "DELETE"),
    "aws.lambda_function": lambda client, id: client.delete_function(FunctionName=id),
    "aws.lambda_permission": _remove_permission,
    "aws.ecr_repository": lambda ecr, id: ecr.delete_repository(repositoryName=id),
})
ALTERATIONS.update({
    ("aws.bucket", "public_access_block_configuration"): _open_bucket,
    ("aws.bucket", "versioning_configuration"):
        lambda s3, id, value: s3.put_bucket_versioning(Bucket=id, VersioningConfiguration={"Status": value}),
    ("aws.sns_topic", "display_name"):
        lambda sns, id, value: sns.set_topic_attributes(TopicArn=id, AttributeName="DisplayName", AttributeValue=value),
    ("aws.sns_subscription", "raw_message_delivery"): lambda sns, id, value: sns.set_subscription_attributes(
        SubscriptionArn=id, AttributeName="RawMessageDelivery", AttributeValue=value),
    ("aws.sqs_queue", "visibility_timeout"):
        lambda sqs, id, value: sqs.set_queue_attributes(QueueUrl=id, Attributes={"VisibilityTimeout": value}),
    ("aws.dynamodb_table", "deletion_protection_enabled"):
        lambda dynamodb, id, value: dynamodb.update_table(TableName=id, DeletionProtectionEnabled=value),
    ("aws.route53_zone", "comment"): lambda route53, id, value: route53.update_hosted_zone_comment(Id=id, Comment=value),
    ("aws.route53_record", "ttl"): lambda route53, id, value: _change_record(route53, id, "UPSERT", TTL=value),
    ("aws.lambda_function", "memory_size"):
        lambda client, id, value: client.update_function_configuration(FunctionName=id, MemorySize=value),
    ("aws.ecr_repository", "image_tag_mutability"):
        lambda ecr, id, value: ecr.put_image_tag_mutability(repositoryName=id, imageTagMutability=value),
})


def _pairs(rows: Any, key: str = "Key", value: str = "Value") -> dict[str, str]:
    return {row[key]: row[value] for row in rows}


def _bucket_tags(moto: MotoCloud, id: str) -> dict[str, str]:
    return _pairs(moto.client("s3").get_bucket_tagging(Bucket=id)["TagSet"])


def _topic_tags(moto: MotoCloud, id: str) -> dict[str, str]:
    # A subscription carries none; its ARN has one part more.
    return _pairs(moto.client("sns").list_tags_for_resource(ResourceArn=id)["Tags"]) if id.count(":") == 5 else {}


def _function_tags(moto: MotoCloud, id: str) -> dict[str, str]:
    return {} if "|" in id else dict(moto.client("lambda").get_function(FunctionName=id).get("Tags", {}))


def _table_tags(moto: MotoCloud, id: str) -> dict[str, str]:
    dynamodb = moto.client("dynamodb")
    return _pairs(dynamodb.list_tags_of_resource(ResourceArn=dynamodb.describe_table(TableName=id)["Table"]["TableArn"])["Tags"])


def _repository_tags(moto: MotoCloud, id: str) -> dict[str, str]:
    ecr = moto.client("ecr")
    arn = ecr.describe_repositories(repositoryNames=[id])["repositories"][0]["repositoryArn"]
    return _pairs(ecr.list_tags_for_resource(resourceArn=arn)["tags"])


TAGS.update({
    "vault": _bucket_tags, "crate": _bucket_tags, "arn:aws:sns:": _topic_tags, "greeter": _function_tags, "ledger": _table_tags,
    "harbour": _repository_tags, "http": lambda moto, id: moto.client("sqs").list_queue_tags(QueueUrl=id).get("Tags", {}),
})
