"""Buckets, topics, queues, tables, zones, functions and repositories by hand on the wrapped moto: made, seen, found, changed, deleted."""

from __future__ import annotations

from typing import Any

import pytest
from tests.aws.conftest import Hand
from tests.aws.moto_handle import MotoCloud
from tests.conformance.aws_cases_services import TRUST, hashed, index, keys, package

from mcflow.drivers.aws import driver
from mcflow.drivers.aws.session import AwsSession
from mcflow.drivers.sdk import Again, AlreadyExists, InUse, InvalidRequest, Submitted
from mcflow.engine.compare import same
from mcflow.model.connection import Connection

Want = dict[str, Any]
TAGGED = {"tags": {"team": "first"}}
POLICY = {"Version": "2012-10-17", "Statement": [{"Effect": "Allow", "Principal": "*", "Action": "*", "Resource": "*"}]}


@pytest.fixture
def role(aws_cloud: MotoCloud) -> str:
    made = aws_cloud.client("iam").create_role(RoleName="hands", AssumeRolePolicyDocument=str(TRUST).replace("'", '"'))
    return str(made["Role"]["Arn"])


def function(role: str) -> Want:
    return {"function_name": "greeter", "role": role, "runtime": "python3.12", "handler": "main.go", "code": {"zip_file": package("a = 1")}}


WANTS: dict[str, Want] = {
    "aws.bucket": {"bucket": "crate", **TAGGED},
    "aws.sns_topic": {"name": "news", "display_name": "News", **TAGGED},
    "aws.sqs_queue": {"queue_name": "inbox", "visibility_timeout": 60, **TAGGED},
    "aws.dynamodb_table": {"table_name": "ledger", "attribute_definitions": keys(id="S"), "key_schema": hashed("id"),
                           "billing_mode": "PAY_PER_REQUEST", **TAGGED},
    "aws.route53_zone": {"name": "shop.example", "comment": "first"},
    "aws.ecr_repository": {"repository_name": "harbour", **TAGGED},
}
GROUPS: list[tuple[str, str, str, Any, Any]] = [
    ("aws.bucket", "versioning", "versioning_configuration", {"status": "Enabled"}, None),
    ("aws.bucket", "ownership", "ownership_controls", {"rules": [{"object_ownership": "BucketOwnerPreferred"}]}, None),
    ("aws.bucket", "public_access_block", "public_access_block_configuration", {"block_public_acls": True}, None),
    ("aws.bucket", "encryption", "server_side_encryption_configuration",
     {"rules": [{"apply_server_side_encryption_by_default": {"sse_algorithm": "aws:kms"}, "bucket_key_enabled": True}]}, None),
    ("aws.bucket", "cors", "cors_configuration", {"cors_rules": [{"allowed_origins": ["*"], "allowed_methods": ["PUT", "GET"]}]}, None),
    ("aws.bucket", "lifecycle", "lifecycle_configuration",
     {"rules": [{"status": "Enabled", "filter": {"prefix": "logs/"}, "noncurrent_version_expiration": {"noncurrent_days": 3}}]}, None),
    ("aws.bucket", "policy", "policy", {**POLICY, "Statement": [{**POLICY["Statement"][0], "Resource": "arn:aws:s3:::crate/*"}]}, None),
    ("aws.bucket", "website", "website_configuration", {"index_document": {"suffix": "index.html"}}, None),
    ("aws.sns_topic", "display_name", "display_name", "Other", None),
    ("aws.sns_topic", "kms_master_key_id", "kms_master_key_id", "alias/aws/sns", None),
    ("aws.sns_topic", "policy", "policy", POLICY, POLICY),
    ("aws.sqs_queue", "settings", "visibility_timeout", 90, None),
    ("aws.sqs_queue", "settings", "policy", POLICY, None),
    ("aws.sqs_queue", "settings", "delay_seconds", 5, None),
    ("aws.dynamodb_table", "time_to_live", "time_to_live_specification", {"enabled": True, "attribute_name": "until"}, None),
    ("aws.dynamodb_table", "backups", "point_in_time_recovery_specification", {"point_in_time_recovery_enabled": True}, None),
    ("aws.dynamodb_table", "stream", "stream_specification", {"stream_enabled": True, "stream_view_type": "NEW_IMAGE"}, None),
    ("aws.dynamodb_table", "encryption", "sse_specification", {"enabled": True}, None),
    ("aws.dynamodb_table", "deletion_protection", "deletion_protection_enabled", True, False),
    ("aws.route53_zone", "comment", "comment", "second", None),
    ("aws.ecr_repository", "image_tag_mutability", "image_tag_mutability", "IMMUTABLE", None),
    ("aws.ecr_repository", "image_scanning_configuration", "image_scanning_configuration", {"scan_on_push": True}, None),
    ("aws.ecr_repository", "policy", "policy_text",
     {"Version": "2012-10-17", "Statement": [{"Sid": "all", "Effect": "Allow", "Principal": "*", "Action": "ecr:ListImages"}]}, None),
]


def see(hand: Hand, type: str, id: str) -> dict[str, Any]:
    """The attributes of what must be there."""
    seen = hand.see(type, id)
    assert seen is not None
    return dict(seen.attributes)


def agrees(type: str, want: Want, have: Want) -> list[str]:
    """The attributes that are not as wanted."""
    return [name for name, value in want.items() if not same(driver.natives[type], name, value, have.get(name))]


@pytest.mark.parametrize("type", WANTS)
def test_made_seen_found_and_gone(hand: Hand, type: str) -> None:
    want, intent, kind = WANTS[type], hand.intent(), driver.natives[type]
    assert list(kind.find(hand.api, want, intent)) == []
    id = hand.make(type, intent, **want)
    seen = hand.see(type, id)
    assert seen is not None
    assert seen.status == "ready"
    assert agrees(type, want, dict(seen.attributes)) == []
    assert seen.tags == {**want.get("tags", {}), **intent.marks}
    assert [found.id for found in kind.find(hand.api, want, intent)] == [id]
    assert [found.id for found in kind.match(hand.api, want)] == [id]
    assert [found.id for found in kind.discover(hand.api)] == [id]
    assert [found.id for found in kind.marked(hand.api, "lineage")] == [id]
    assert list(kind.marked(hand.api, "another")) == []
    assert kind.portray(seen.attributes) == want
    hand.remove(type, id)
    assert hand.see(type, id) is None
    assert list(kind.find(hand.api, want, intent)) == []


@pytest.mark.parametrize("type", WANTS)
def test_tags_settle_and_leave_marks_and_those_of_others(hand: Hand, type: str) -> None:
    intent, owned = hand.intent(), WANTS[type].get("tags", {})
    id = hand.make(type, intent, **WANTS[type])
    hand.settle(type, id, "tags", owned=owned, **{**WANTS[type], "tags": {**owned, "foreign": "1"}})
    hand.settle(type, id, "tags", owned=owned, **{**WANTS[type], "tags": {"new": "2"}})
    seen = hand.see(type, id)
    assert seen is not None
    assert seen.tags == {"new": "2", "foreign": "1", **intent.marks}
    assert seen.attributes["tags"] == {"new": "2", "foreign": "1"}


@pytest.mark.parametrize(("type", "group", "attribute", "value", "without"), GROUPS, ids=[f"{row[0]}-{row[2]}" for row in GROUPS])
def test_a_group_is_set_and_taken_back(hand: Hand, type: str, group: str, attribute: str, value: Any, without: Any) -> None:
    want = WANTS[type]
    id = hand.make(type, **want)
    hand.settle(type, id, group, **{**want, attribute: value})
    assert agrees(type, {attribute: value}, see(hand, type, id)) == []
    assert not same(driver.natives[type], attribute, "other", see(hand, type, id).get(attribute))
    hand.settle(type, id, group, **{**want, attribute: without})
    assert agrees(type, {attribute: without}, see(hand, type, id)) == []


def test_a_bucket_of_that_name_is_not_taken_for_a_new_one(hand: Hand) -> None:
    hand.make("aws.bucket", bucket="crate")
    with pytest.raises(AlreadyExists):
        hand.make("aws.bucket", bucket="crate")


def test_a_bucket_is_emptied_page_by_page_only_if_it_may_be(hand: Hand, aws_cloud: MotoCloud) -> None:
    kind, id, s3 = driver.natives["aws.bucket"], hand.make("aws.bucket", bucket="crate"), aws_cloud.client("s3")
    hand.settle("aws.bucket", id, "versioning", bucket=id, versioning_configuration={"status": "Enabled"})
    for number in range(3):
        s3.put_object(Bucket=id, Key="one", Body=str(number).encode())
    s3.delete_object(Bucket=id, Key="one")
    s3.create_multipart_upload(Bucket=id, Key="unfinished")
    with pytest.raises(InUse):
        hand.remove("aws.bucket", id)
    told = [kind.delete(hand.api, id, {"force_destroy": True}) for _ in range(3)]
    assert [each.progress if isinstance(each, Again) else each.id for each in told] == [
        "4 objects deleted", "an unfinished upload given up", id]
    assert hand.see("aws.bucket", id) is None


def test_many_buckets_take_one_listing(hand: Hand, aws_cloud: MotoCloud) -> None:
    ids = [hand.make("aws.bucket", bucket=f"crate-{number}") for number in range(3)]
    before = aws_cloud.calls()
    found = {seen.id: seen.attributes["region"] for seen in driver.natives["aws.bucket"].observe(hand.api, [*ids, "not-there"])}
    assert found == dict.fromkeys(ids, "ap-northeast-2")
    assert aws_cloud.calls().get("s3.ListBuckets", 0) - before.get("s3.ListBuckets", 0) == 1
    assert sum(aws_cloud.calls().values()) - sum(before.values()) == 1 + 10 * len(ids)


def test_a_bucket_tells_where_its_content_is(hand: Hand, aws_cloud: MotoCloud) -> None:
    told = see(hand, "aws.bucket", hand.make("aws.bucket", bucket="crate"))
    assert (told["arn"], told["endpoint"], told["url"]) == ("arn:aws:s3:::crate", aws_cloud.endpoint, f"{aws_cloud.endpoint}/crate")


def test_the_first_region_has_no_name_for_buckets(aws_cloud: MotoCloud, credentials: None) -> None:
    api = driver.connect(Connection("aws", "aws", "us-east-1", {"endpoint": aws_cloud.endpoint}))
    assert isinstance(api, AwsSession)
    hand = Hand(api)
    assert see(hand, "aws.bucket", hand.make("aws.bucket", bucket="crate"))["region"] == "us-east-1"
    assert [found.id for found in driver.natives["aws.bucket"].discover(api)] == ["crate"]
    api.close()


def test_buckets_of_other_regions_are_not_listed(hand: Hand, aws_cloud: MotoCloud) -> None:
    aws_cloud.client("s3", "us-east-1").create_bucket(Bucket="far")
    near = hand.make("aws.bucket", bucket="near")
    assert [found.id for found in driver.natives["aws.bucket"].discover(hand.api)] == [near]


def test_subscriptions_are_told_apart_by_both_ends(hand: Hand) -> None:
    kind, topic = driver.natives["aws.sns_subscription"], hand.make("aws.sns_topic", name="news")
    queue = see(hand, "aws.sqs_queue", hand.make("aws.sqs_queue", queue_name="inbox"))["queue_arn"]
    want = {"topic_arn": topic, "protocol": "sqs", "endpoint": queue, "raw_message_delivery": True}
    id = hand.make("aws.sns_subscription", **want)
    assert agrees("aws.sns_subscription", want, see(hand, "aws.sns_subscription", id)) == []
    other = {**want, "protocol": "email", "endpoint": "ops@shop.example"}
    assert [found.id for found in kind.find(hand.api, want, hand.intent())] == [id]
    assert list(kind.find(hand.api, other, hand.intent())) == []
    assert list(kind.find(hand.api, {**want, "topic_arn": f"{topic}-gone"}, hand.intent())) == []
    for policy in ({"kind": ["order"]}, None):
        hand.settle("aws.sns_subscription", id, "filter_policy", **{**want, "filter_policy": policy})
        assert agrees("aws.sns_subscription", {"filter_policy": policy}, see(hand, "aws.sns_subscription", id)) == []
    assert [found.id for found in kind.discover(hand.api)] == [id]
    hand.remove("aws.sns_subscription", id)
    assert hand.see("aws.sns_subscription", id) is None


def test_a_fifo_queue_is_one_from_the_start(hand: Hand) -> None:
    id = hand.make("aws.sqs_queue", queue_name="inbox.fifo", fifo_queue=True)
    assert see(hand, "aws.sqs_queue", id)["fifo_queue"] is True
    with pytest.raises(InvalidRequest):
        hand.make("aws.sqs_queue", queue_name="outbox", fifo_queue=True)


def test_a_table_gets_and_loses_indexes_one_call_at_a_time(hand: Hand) -> None:
    want = {**WANTS["aws.dynamodb_table"], "billing_mode": "PROVISIONED",
            "provisioned_throughput": {"read_capacity_units": 1, "write_capacity_units": 1}}
    id = hand.make("aws.dynamodb_table", **want)
    two = [index("by-day", "day"), index("by-hour", "hour")]
    told = hand.settle("aws.dynamodb_table", id, "capacity", **{
        **WANTS["aws.dynamodb_table"], "attribute_definitions": keys(id="S", day="S", hour="S"), "global_secondary_indexes": two})
    assert told == ["capacity set", "index by-day made", "index by-hour made"]
    have = see(hand, "aws.dynamodb_table", id)
    assert agrees("aws.dynamodb_table", {"global_secondary_indexes": two, "billing_mode": "PAY_PER_REQUEST"}, have) == []
    told = hand.settle("aws.dynamodb_table", id, "capacity", **{
        **WANTS["aws.dynamodb_table"], "attribute_definitions": keys(id="S", hour="S"), "global_secondary_indexes": two[1:]})
    assert told == ["index by-day deleted"]


def test_a_table_that_is_there_is_not_made_again(hand: Hand) -> None:
    hand.make("aws.dynamodb_table", **WANTS["aws.dynamodb_table"])
    with pytest.raises(AlreadyExists):
        hand.make("aws.dynamodb_table", **WANTS["aws.dynamodb_table"])


def test_a_zone_is_made_once_for_an_operation(hand: Hand, aws_cloud: MotoCloud) -> None:
    intent = hand.intent()
    id = hand.make("aws.route53_zone", intent, name="shop.example")
    with pytest.raises(AlreadyExists):
        hand.make("aws.route53_zone", intent, name="shop.example")
    other = hand.make("aws.route53_zone", name="shop.example")
    assert [found.id for found in driver.natives["aws.route53_zone"].find(hand.api, {"name": "shop.example"}, intent)] == [id]
    assert other != id
    reference = aws_cloud.client("route53").get_hosted_zone(Id=id)["HostedZone"]["CallerReference"]
    assert reference == f"mcflow-op={intent.op} mcflow-state=lineage {intent.token}"


def test_a_private_zone_joins_and_leaves_networks(hand: Hand) -> None:
    vpcs = [hand.make("aws.vpc", cidr_block=f"10.{number}.0.0/16") for number in range(3)]
    id = hand.make("aws.route53_zone", name="shop.example", vpcs=[{"vpc_id": vpcs[0]}])
    assert see(hand, "aws.route53_zone", id)["private_zone"] is True
    want = {"name": "shop.example", "vpcs": [{"vpc_id": vpcs[1]}, {"vpc_id": vpcs[2]}]}
    assert len(hand.settle("aws.route53_zone", id, "vpcs", **want)) == 3
    assert agrees("aws.route53_zone", want, see(hand, "aws.route53_zone", id)) == []


RECORD = {"type": "A", "ttl": 60, "resource_records": [{"value": "198.51.100.1"}]}


def test_a_record_is_found_by_name_and_type_however_they_are_written(hand: Hand) -> None:
    kind, zone = driver.natives["aws.route53_record"], hand.make("aws.route53_zone", name="shop.example")
    want = {**RECORD, "hosted_zone_id": zone, "name": "WWW.shop.example."}
    submitted = kind.create(hand.api, want, hand.intent())
    assert submitted.id == f"{zone}|www.shop.example|A"
    assert [each.status for each in kind.poll(hand.api, [str(submitted.operation)])] == ["done"]
    assert agrees("aws.route53_record", want, see(hand, "aws.route53_record", submitted.id)) == []
    with pytest.raises(AlreadyExists):
        kind.create(hand.api, want, hand.intent())
    hand.settle("aws.route53_record", submitted.id, "record", **{**want, "ttl": 300})
    assert see(hand, "aws.route53_record", submitted.id)["ttl"] == 300
    assert [(found.id, found.provided) for found in kind.discover(hand.api)] == [
        (f"{zone}|shop.example|NS", True), (f"{zone}|shop.example|SOA", True), (submitted.id, False)]
    hand.remove("aws.route53_record", submitted.id)
    assert hand.see("aws.route53_record", submitted.id) is None
    hand.remove("aws.route53_zone", zone)
    assert hand.see("aws.route53_record", submitted.id) is None


def test_records_of_one_name_are_told_apart(hand: Hand) -> None:
    kind, zone = driver.natives["aws.route53_record"], hand.make("aws.route53_zone", name="shop.example")
    ids = [hand.make("aws.route53_record", None, **{
        **RECORD, "hosted_zone_id": zone, "name": "*.shop.example", "set_identifier": name, "weight": 5}) for name in ("one", "two")]
    assert ids == [f"{zone}|*.shop.example|A|one", f"{zone}|*.shop.example|A|two"]
    assert [hand.see("aws.route53_record", id) is not None for id in ids] == [True, True]
    assert len(list(kind.observe(hand.api, ids))) == 2
    hand.remove("aws.route53_record", ids[0])
    assert [hand.see("aws.route53_record", id) is not None for id in ids] == [False, True]


def test_a_zone_with_records_goes_only_if_they_may(hand: Hand) -> None:
    kind, zone = driver.natives["aws.route53_zone"], hand.make("aws.route53_zone", name="shop.example")
    hand.make("aws.route53_record", None, **{**RECORD, "hosted_zone_id": zone, "name": "www.shop.example"})
    with pytest.raises(InUse):
        hand.remove("aws.route53_zone", zone)
    assert kind.delete(hand.api, zone, {"force_destroy": True}) == Again("1 records deleted")
    assert isinstance(kind.delete(hand.api, zone, {"force_destroy": True}), Submitted)
    assert hand.see("aws.route53_zone", zone) is None


def test_a_function_its_code_and_its_settings(hand: Hand, role: str) -> None:
    kind, want, intent = driver.natives["aws.lambda_function"], function(role), hand.intent()
    id = hand.make("aws.lambda_function", intent, **{**want, **TAGGED})
    first = hand.see("aws.lambda_function", id)
    assert first is not None
    assert first.tags == {**TAGGED["tags"], **intent.marks}
    assert agrees("aws.lambda_function", want, dict(first.attributes)) == []
    with pytest.raises(AlreadyExists):
        hand.make("aws.lambda_function", **want)
    hand.settle("aws.lambda_function", id, "code", **{**want, "code": {"zip_file": package("a = 2")}})
    assert see(hand, "aws.lambda_function", id)["code_sha256"] != first.attributes["code_sha256"]
    more = {"timeout": 20, "memory_size": 256, "environment": {"variables": {"MODE": "fast"}}, "description": "greets"}
    for changed in (more, dict.fromkeys(more)):
        hand.settle("aws.lambda_function", id, "configuration", **{**want, **changed})
        assert agrees("aws.lambda_function", changed, see(hand, "aws.lambda_function", id)) == []
    for number in (3, None):
        hand.settle("aws.lambda_function", id, "concurrency", **{**want, "reserved_concurrent_executions": number})
        assert see(hand, "aws.lambda_function", id).get("reserved_concurrent_executions") == number
    assert [found.id for found in kind.discover(hand.api)] == [id]
    hand.remove("aws.lambda_function", id)
    assert hand.see("aws.lambda_function", id) is None


def test_a_functions_variables_are_secrets_and_its_code_is_never_read(role: str) -> None:
    attributes = driver.natives["aws.lambda_function"].attributes
    assert attributes["environment"]["sensitive"]
    assert attributes["code"]["write_only"]


def test_a_package_that_is_no_base64_is_refused_before_the_call(hand: Hand, aws_cloud: MotoCloud, role: str) -> None:
    with pytest.raises(InvalidRequest, match="base64"):
        hand.make("aws.lambda_function", **{**function(role), "code": {"zip_file": "not at all"}})
    assert "lambda.CreateFunction" not in aws_cloud.calls()


@pytest.mark.parametrize(("row", "status"), [
    ({"state": "Pending"}, "pending"), ({"state": "Active", "last_update_status": "InProgress"}, "pending"),
    ({"state": "Active", "last_update_status": "Successful"}, "ready"), ({"state": "Inactive"}, "ready"),
    ({"state": "Failed", "state_reason": "no role"}, "failed"), ({"state": "Active", "last_update_status": "Failed"}, "failed"),
])
def test_a_function_is_ready_when_its_last_update_is_done(row: dict[str, str], status: str) -> None:
    assert driver.natives["aws.lambda_function"].status(row)[0] == status  # type: ignore[attr-defined]


def test_permissions_are_statements_of_a_functions_policy(hand: Hand, role: str) -> None:
    kind, name = driver.natives["aws.lambda_permission"], hand.make("aws.lambda_function", **function(role))
    want = {"function_name": name, "statement_id": "crate", "action": "lambda:InvokeFunction", "principal": "s3.amazonaws.com",
            "source_arn": "arn:aws:s3:::crate"}
    assert list(kind.find(hand.api, want, hand.intent())) == []
    id = hand.make("aws.lambda_permission", **want)
    assert id == "greeter|crate"
    assert agrees("aws.lambda_permission", want, see(hand, "aws.lambda_permission", id)) == []
    assert [found.id for found in kind.find(hand.api, want, hand.intent())] == [id]
    assert [found.id for found in kind.discover(hand.api)] == [id]
    hand.remove("aws.lambda_permission", id)
    assert hand.see("aws.lambda_permission", id) is None


def test_a_repository_with_images_goes_only_if_they_may(hand: Hand, aws_cloud: MotoCloud) -> None:
    id = hand.make("aws.ecr_repository", repository_name="harbour")
    manifest = '{"schemaVersion": 2, "mediaType": "application/vnd.oci.image.manifest.v1+json", "layers": [], "config": {}}'
    aws_cloud.client("ecr").put_image(repositoryName=id, imageManifest=manifest, imageTag="one")
    with pytest.raises(InUse):
        hand.remove("aws.ecr_repository", id)
    driver.natives["aws.ecr_repository"].delete(hand.api, id, {"force_delete": True})
    assert hand.see("aws.ecr_repository", id) is None
