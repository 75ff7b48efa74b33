"""What buckets are set to, as S3 nests it.  https://docs.aws.amazon.com/AmazonS3/latest/API/API_Types_Amazon_Simple_Storage_Service.html"""

from __future__ import annotations

from typing import Any

from mcflow.drivers.sdk import array, boolean, integer, record, string

TAG = record({"key": string(), "value": string()})
DAYS = integer("Days.", minimum=1)

OWNERSHIP = record({"rules": array(record({
    "object_ownership": string(enum=["BucketOwnerEnforced", "BucketOwnerPreferred", "ObjectWriter"])}))},
    "Who owns what others put in, and whether access lists count.", default_from_cloud=True)

PUBLIC_ACCESS: dict[str, Any] = {
    name: boolean(default_from_cloud=True) for name in ("block_public_acls", "ignore_public_acls", "block_public_policy",
                                                        "restrict_public_buckets")}

ENCRYPTION = record({"rules": array(record({
    "apply_server_side_encryption_by_default": record({
        "sse_algorithm": string(enum=["AES256", "aws:kms", "aws:kms:dsse"]),
        "kms_master_key_id": string("The key, for aws:kms.", default_from_cloud=True)}, required=["sse_algorithm"]),
    "bucket_key_enabled": boolean("Whether one data key serves many objects.", default_from_cloud=True),
    "blocked_encryption_types": record({"encryption_type": array(string())}, default_from_cloud=True),
}))}, "How objects are encrypted. S3 encrypts with keys of its own (AES256) where nothing is said.", default_from_cloud=True)

CORS = record({"cors_rules": array(record({
    "id": string(default_from_cloud=True),
    "allowed_origins": array(string(), set=True),
    "allowed_methods": array(string(enum=["GET", "PUT", "POST", "DELETE", "HEAD"]), set=True),
    "allowed_headers": array(string(), set=True),
    "expose_headers": array(string(), set=True),
    "max_age_seconds": integer("Seconds.", minimum=0),
}, required=["allowed_origins", "allowed_methods"]))}, "Which web pages may use it from a browser.", required=["cors_rules"])

_CONDITIONS = {
    "prefix": string(), "object_size_greater_than": integer("Bytes."), "object_size_less_than": integer("Bytes."),
}
_FILTER = record({**_CONDITIONS, "tag": TAG, "and": record({**_CONDITIONS, "tags": array(TAG, set=True)})})
LIFECYCLE = record({"rules": array(record({
    "id": string(default_from_cloud=True),
    "status": string(enum=["Enabled", "Disabled"]),
    "prefix": string("The filter of older rules."),
    "filter": _FILTER,
    "expiration": record({"date": string(), "days": DAYS, "expired_object_delete_marker": boolean()}),
    "transitions": array(record({"date": string(), "days": integer("Days.", minimum=0), "storage_class": string()}), set=True),
    "noncurrent_version_transitions": array(
        record({"noncurrent_days": DAYS, "storage_class": string(), "newer_noncurrent_versions": integer()}), set=True),
    "noncurrent_version_expiration": record({"noncurrent_days": DAYS, "newer_noncurrent_versions": integer()}),
    "abort_incomplete_multipart_upload": record({"days_after_initiation": DAYS}),
}, required=["status"]), set=True)}, "What is deleted or moved to another storage class by itself, and when.", required=["rules"])

_REDIRECT = {"host_name": string(), "protocol": string(enum=["http", "https"])}
WEBSITE = record({
    "index_document": record({"suffix": string()}, required=["suffix"]),
    "error_document": record({"key": string()}, required=["key"]),
    "redirect_all_requests_to": record(_REDIRECT, required=["host_name"]),
    "routing_rules": array(record({
        "condition": record({"http_error_code_returned_equals": string(), "key_prefix_equals": string()}),
        "redirect": record({**_REDIRECT, "http_redirect_code": string(), "replace_key_prefix_with": string(),
                            "replace_key_with": string()}),
    })),
}, "Pages that it serves as a web site.")

LOGGING = record({"logging_enabled": record({
    "target_bucket": string("The bucket the log is written to.", reference=["aws.bucket"]), "target_prefix": string(),
}, required=["target_bucket", "target_prefix"])}, "Where accesses are logged.")
