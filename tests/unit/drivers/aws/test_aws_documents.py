"""Policy documents mean the same in many spellings; other documents are what they say."""

from __future__ import annotations

import json
from typing import Any
from urllib.parse import quote

import pytest

from mcflow.drivers.aws import driver
from mcflow.drivers.aws.native.documents import meaning_of

READS = {"Effect": "Allow", "Principal": {"AWS": "arn:aws:iam::123456789012:root"}, "Action": ["s3:GetObject", "s3:ListBucket"],
         "Resource": "*", "Condition": {"Bool": {"aws:SecureTransport": True}}}
SENDS = {"Effect": "Allow", "Principal": "*", "Action": "sqs:SendMessage", "Resource": "*"}


def policy(*statements: Any) -> dict[str, Any]:
    return {"Version": "2012-10-17", "Statement": list(statements)}


@pytest.mark.parametrize("other", [
    {"Version": "2012-10-17", "Statement": READS},
    policy({**READS, "Action": ["s3:ListBucket", "s3:GetObject"]}),
    policy({**READS, "Resource": ["*"]}),
    policy({**READS, "Principal": {"AWS": ["123456789012"]}}),
    policy({**READS, "Condition": {"Bool": {"aws:SecureTransport": ["true"]}}}),
    policy({**READS, "Sid": ""}),
    json.dumps(policy(READS)),
    quote(json.dumps(policy(READS))),
])
def test_spellings_of_one_policy(other: Any) -> None:
    assert meaning_of(other) == meaning_of(policy(READS))


@pytest.mark.parametrize("other", [
    policy({**READS, "Effect": "Deny"}), policy({**READS, "Action": "s3:GetObject"}), policy(READS, SENDS),
    policy({**READS, "Principal": {"AWS": "arn:aws:iam::123456789012:role/root"}}), policy({**READS, "Sid": "reads"}),
    policy({**READS, "Condition": {"Bool": {"aws:SecureTransport": False}}}),
])
def test_policies_that_differ(other: Any) -> None:
    assert meaning_of(other) != meaning_of(policy(READS))


def test_statements_have_no_order_and_everybody_has_two_spellings() -> None:
    assert meaning_of(policy(READS, SENDS)) == meaning_of(policy({**SENDS, "Principal": {"AWS": "*"}}, READS))


def test_other_documents_and_texts_stay() -> None:
    assert meaning_of('{"widgets": [2, 1]}') == {"widgets": [2, 1]}
    assert meaning_of("no document") == "no document"
    assert meaning_of(policy("broken")) == policy("broken")


@pytest.mark.parametrize(("type", "attribute"), [
    ("aws.iam_role", "assume_role_policy_document"), ("aws.iam_policy", "policy_document"), ("aws.kms_key", "policy"),
    ("aws.sqs_queue", "policy"), ("aws.sns_topic", "policy"), ("aws.bucket", "policy"), ("aws.ecr_repository", "policy_text"),
    ("aws.vpc_endpoint", "policy_document"),
])
def test_types_compare_policies_by_meaning(type: str, attribute: str) -> None:
    native = driver.natives[type]
    assert native.normalise(attribute, {"Statement": READS}) == native.normalise(attribute, {"Statement": [{**READS, "Resource": ["*"]}]})
