"""What a bucket becomes on AWS."""

from __future__ import annotations

import pytest
from tests.unit.drivers.aws.conftest import Bench, natives

from mcflow.drivers.sdk import Unsuitable
from mcflow.model.values import Derived, Ref

CLOSED = dict.fromkeys(("block_public_acls", "ignore_public_acls", "block_public_policy", "restrict_public_buckets"), True)


def test_a_bucket_is_closed_and_named_by_mcflow(bench: Bench) -> None:
    out = bench.lower("store", "bucket", {"team": "shop"})
    assert natives(out) == {"bucket": {"type": "aws.bucket", "public_access_block_configuration": CLOSED,
                                       "tags": {"Name": "store", "team": "shop"}}}
    bucket = "store/bucket"
    assert out.exports == {"id": Ref(bucket), "name": Ref(bucket, ("bucket",)), "url": Ref(bucket, ("url",)),
                           "endpoint": Ref(bucket, ("endpoint",))}


def test_a_public_bucket_may_be_read_by_a_policy_alone(bench: Bench) -> None:
    made = natives(bench.lower("store", "bucket", public=True))["bucket"]
    assert made["public_access_block_configuration"] == {**CLOSED, "block_public_policy": False, "restrict_public_buckets": False}
    (statement,) = made["policy"]["Statement"]
    assert (statement["Effect"], statement["Principal"], statement["Action"]) == ("Allow", "*", "s3:GetObject")
    assert statement["Resource"] == Derived("format", ("{}/*", Ref("store/bucket", ("arn",))))


def test_versions_rules_and_origins(bench: Bench) -> None:
    made = natives(bench.lower(
        "store", "bucket", name="shop-store", versioning=True, force_destroy=True,
        cors=[{"origins": ["https://shop.example"], "methods": ["GET"], "headers": ["*"], "max_age_seconds": 60}],
        lifecycle=[{"prefix": "logs/", "expire_days": 30}, {"expire_versions_days": 7, "abort_uploads_days": 1}]))["bucket"]
    assert (made["bucket"], made["force_destroy"]) == ("shop-store", True)
    assert made["versioning_configuration"] == {"status": "Enabled"}
    assert made["cors_configuration"] == {"cors_rules": [{
        "allowed_origins": ["https://shop.example"], "allowed_methods": ["GET"], "allowed_headers": ["*"], "max_age_seconds": 60}]}
    assert made["lifecycle_configuration"] == {"rules": [
        {"status": "Enabled", "filter": {"prefix": "logs/"}, "expiration": {"days": 30}},
        {"status": "Enabled", "filter": {"prefix": ""}, "expiration": {"expired_object_delete_marker": True},
         "noncurrent_version_expiration": {"noncurrent_days": 7}, "abort_incomplete_multipart_upload": {"days_after_initiation": 1}},
    ]}


@pytest.mark.parametrize("name", ["ab", "Store", "shop_store", "-store", "store-", "shop..store", "s" * 64])
def test_names_that_s3_does_not_take_are_refused(bench: Bench, name: str) -> None:
    with pytest.raises(Unsuitable) as refused:
        bench.lower("store", "bucket", name=name)
    assert refused.value.property == "name"
