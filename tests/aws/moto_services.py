"""What AWS does by itself in buckets, queues and other services, and moto forgets. Fills the tables of ``moto_refusals``."""

from __future__ import annotations

from typing import Any

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
