"""What errors of buckets, queues, topics, tables, zones, functions and repositories mean."""

from __future__ import annotations

from typing import Any

import pytest
from botocore.exceptions import ClientError

from mcflow.drivers.aws.translate import translate
from mcflow.drivers.sdk import AccessDenied, AlreadyExists, Busy, InUse, NotFound, QuotaExceeded, Throttled


@pytest.mark.parametrize(("code", "status", "operation", "kind"), [
    ("BucketAlreadyOwnedByYou", 409, "CreateBucket", AlreadyExists), ("BucketAlreadyExists", 409, "CreateBucket", AlreadyExists),
    ("BucketNotEmpty", 409, "DeleteBucket", InUse), ("OperationAborted", 409, "PutBucketPolicy", Busy),
    ("NoSuchBucket", 404, "GetBucketPolicy", NotFound), ("NoSuchLifecycleConfiguration", 404, "GetBucketLifecycleConfiguration", NotFound),
    ("ServerSideEncryptionConfigurationNotFoundError", 404, "GetBucketEncryption", NotFound),
    ("SlowDown", 503, "PutBucketPolicy", Throttled), ("TooManyBuckets", 400, "CreateBucket", QuotaExceeded),
    ("AWS.SimpleQueueService.QueueDeletedRecently", 400, "CreateQueue", Busy), ("QueueDeletedRecently", 400, "CreateQueue", Busy),
    ("AWS.SimpleQueueService.NonExistentQueue", 400, "GetQueueUrl", NotFound), ("QueueDoesNotExist", 400, "GetQueueUrl", NotFound),
    ("QueueNameExists", 400, "CreateQueue", AlreadyExists),
    ("NotFound", 404, "GetTopicAttributes", NotFound), ("AuthorizationError", 403, "CreateTopic", AccessDenied),
    ("ResourceInUseException", 400, "CreateTable", AlreadyExists), ("ResourceInUseException", 400, "UpdateTable", Busy),
    ("ResourceNotFoundException", 400, "DescribeTable", NotFound), ("LimitExceededException", 400, "CreateTable", QuotaExceeded),
    ("NoSuchHostedZone", 404, "GetHostedZone", NotFound), ("HostedZoneAlreadyExists", 409, "CreateHostedZone", AlreadyExists),
    ("HostedZoneNotEmpty", 400, "DeleteHostedZone", InUse), ("PriorRequestNotComplete", 400, "ChangeResourceRecordSets", Throttled),
    ("ResourceConflictException", 409, "UpdateFunctionCode", Busy), ("CodeStorageExceededException", 400, "CreateFunction", QuotaExceeded),
    ("RepositoryNotFoundException", 400, "DescribeRepositories", NotFound), ("RepositoryNotEmptyException", 400, "DeleteRepository", InUse),
    ("RepositoryAlreadyExistsException", 400, "CreateRepository", AlreadyExists),
    ("LifecyclePolicyNotFoundException", 400, "Get", NotFound),
])
def test_a_code_means(code: str, status: int, operation: str, kind: type[Exception]) -> None:
    assert type(translate(_refusal(code, status, operation))) is kind


@pytest.mark.parametrize(("text", "kind"), [
    ("[Tried to create resource record set [name='www.shop.example.', type='A'] but it already exists]", AlreadyExists),
    ("[Tried to delete resource record set [name='www.shop.example.', type='A'] but it was not found]", NotFound),
])
def test_a_change_of_records_is_told_by_its_text(text: str, kind: type[Exception]) -> None:
    assert type(translate(_refusal("InvalidChangeBatch", 400, "ChangeResourceRecordSets", text))) is kind


def _refusal(code: str, status: int, operation: str, text: str = "no") -> ClientError:
    answer: Any = {"Error": {"Code": code, "Message": text}, "ResponseMetadata": {"HTTPStatusCode": status}}
    return ClientError(answer, operation)
