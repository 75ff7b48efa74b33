"""Objects in S3, or in what speaks S3 (MinIO, Ceph, R2, …). Credentials come from AWS's ordinary chain, as botocore knows it."""

from __future__ import annotations

import os
from collections.abc import Mapping
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

from mcflow.model.diagnostic import reject
from mcflow.model.position import Position
from mcflow.state.stores.bucket import Bucket, Credential, Provider, client_options, host_of, prefix_of, retry_config, store_of
from mcflow.state.stores.faults import missing_package

FRESH = timedelta(minutes=5)
"""How long a credential is used before the chain is asked again; the chain renews its own in time."""


def place_of(settings: Mapping[str, Any]) -> str:
    """Where that is, for people."""
    return f"s3://{host_of(settings)}{settings['bucket']}/{prefix_of(settings)}".rstrip("/")


def open_objects(settings: Mapping[str, Any], position: Position | None = None) -> Bucket:
    """The bucket of ``settings`` (bucket, prefix, region, endpoint, profile, encryption, kms_key), below its prefix.

    Rejected: MC0755 without the library, MC0756 without credentials, MC0760 for settings that cannot be used.
    """
    try:
        import botocore.session
        from botocore.exceptions import BotoCoreError
        from obstore.store import S3Store
    except ImportError as fault:
        raise missing_package("s3", fault.name or "obstore", "s3", position) from fault
    bucket, prefix, place = str(settings["bucket"]), prefix_of(settings), place_of(settings)
    try:
        session = botocore.session.Session(profile=settings.get("profile"))
        region = settings.get("region") or session.get_config_variable("region") or os.environ.get("AWS_REGION")
        credentials = session.get_credentials()
    except (BotoCoreError, OSError) as fault:
        raise reject("MC0756", position=position, place=place, problem=fault) from fault
    if credentials is None:
        raise reject("MC0756", position=position, place=place, problem="AWS's chain found none")

    def find() -> Credential:
        found = credentials.get_frozen_credentials()
        return {"access_key_id": found.access_key, "secret_access_key": found.secret_key, "token": found.token,
                "expires_at": datetime.now(UTC) + FRESH}

    endpoint = str(settings.get("endpoint") or os.environ.get("AWS_ENDPOINT_URL_S3") or os.environ.get("AWS_ENDPOINT_URL") or "")
    config: dict[str, Any] = {"region": region or "us-east-1", "disable_bulk_delete": True, "conditional_put": "etag",
                              "skip_signature": False, "virtual_hosted_style_request": False}
    if endpoint:
        config |= {"endpoint": endpoint, "aws_endpoint_url_s3": endpoint}
    if settings.get("encryption"):
        config["server_side_encryption"] = str(settings["encryption"])
    if settings.get("kms_key"):
        config["sse_kms_key_id"] = str(settings["kms_key"])
    provider = Provider(find)

    def make() -> S3Store:
        options = client_options(endpoint)
        if authorities := os.environ.get("AWS_CA_BUNDLE"):
            options["root_certificate"] = Path(authorities).read_bytes()
        return S3Store(bucket, prefix=prefix or None, config=config, client_options=options, retry_config=retry_config(),  # type: ignore[arg-type]
                       credential_provider=provider)  # type: ignore[arg-type]

    return Bucket(store_of(make, bucket, endpoint, place, position), place, "bucket", bucket, provider, position)
