"""bucket."""

from __future__ import annotations

from typing import Any

from mcflow.drivers.aws.portable.wants import label, tagged
from mcflow.drivers.sdk import Lowering, Unsuitable, Want, lowers
from mcflow.drivers.sdk.lowering import text
from mcflow.model.values import Value

CLOSED = {"block_public_acls": True, "ignore_public_acls": True, "block_public_policy": True, "restrict_public_buckets": True}
OPEN = {**CLOSED, "block_public_policy": False, "restrict_public_buckets": False}
"""Access lists never count; a policy may open the bucket only where it is public."""

MEANINGS = {"origins": "allowed_origins", "methods": "allowed_methods", "headers": "allowed_headers", "expose_headers": "expose_headers",
            "max_age_seconds": "max_age_seconds"}
"""What S3 calls the parts of a CORS rule."""


@lowers("bucket")
def lower_bucket(want: Want, out: Lowering) -> None:
    """bucket → aws.bucket. S3 encrypts every object with keys of its own where a bucket says nothing, and none can be without."""
    _check_name(want.name)
    public = want.public is True
    bucket = out.native(
        "bucket", "aws.bucket", stem=label(want), bucket=want.name, force_destroy=want.force_destroy,
        versioning_configuration={"status": "Enabled"} if want.versioning else None,
        public_access_block_configuration=OPEN if public else CLOSED,
        cors_configuration={"cors_rules": [_cors(rule) for rule in want.cors]} if want.cors else None,
        lifecycle_configuration={"rules": [_rule(rule) for rule in want.lifecycle]} if want.lifecycle else None, tags=tagged(want))
    if public:
        # The policy names the bucket, whose name may be derived: known when the bucket is there, as the policy comes after it.
        bucket.want["policy"] = _readable(text("{}/*", bucket.arn))
    out.export(id=bucket.id, name=bucket.bucket, url=bucket.url, endpoint=bucket.endpoint)


def _check_name(name: Value) -> None:
    if not isinstance(name, str):
        return
    fits = 3 <= len(name) <= 63 and all(part and part[0] != "-" != part[-1] for part in name.split("."))
    if not fits or not all(each in "abcdefghijklmnopqrstuvwxyz0123456789.-" for each in name):
        raise Unsuitable("name", f"S3 takes bucket names of 3 to 63 lower-case letters, digits, dots and hyphens, not {name!r}",
                         "choose another name, or leave name out to have one made")


def _readable(objects: Value) -> dict[str, Value]:
    """Everybody may read the objects, and nobody may list them."""
    statement = {"Sid": "PublicRead", "Effect": "Allow", "Principal": "*", "Action": "s3:GetObject", "Resource": objects}
    return {"Version": "2012-10-17", "Statement": [statement]}


def _cors(rule: dict[str, Any]) -> dict[str, Any]:
    return {MEANINGS[name]: value for name, value in rule.items() if value is not None}


def _rule(rule: dict[str, Any]) -> dict[str, Any]:
    """One lifecycle rule. A marker that hides nothing any more goes with the versions it hid."""
    days = rule.get("expire_days")
    versions, uploads = rule.get("expire_versions_days"), rule.get("abort_uploads_days")
    made: dict[str, Any] = {"status": "Enabled", "filter": {"prefix": rule.get("prefix") or ""}}
    if days is not None:
        made["expiration"] = {"days": days}
    if versions is not None:
        made["noncurrent_version_expiration"] = {"noncurrent_days": versions}
        if days is None:
            made["expiration"] = {"expired_object_delete_marker": True}
    if uploads is not None:
        made["abort_incomplete_multipart_upload"] = {"days_after_initiation": uploads}
    return made
