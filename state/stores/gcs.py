"""Objects in Google Cloud Storage. Credentials are the application default ones, as google-auth finds them."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import UTC
from typing import Any

from mcflow.model.diagnostic import reject
from mcflow.model.position import Position
from mcflow.state.stores.bucket import Bucket, Credential, Provider, client_options, host_of, prefix_of, retry_config, store_of
from mcflow.state.stores.faults import missing_package

SCOPE = "https://www.googleapis.com/auth/devstorage.read_write"


def place_of(settings: Mapping[str, Any]) -> str:
    """Where that is, for people."""
    return f"gs://{host_of(settings)}{settings['bucket']}/{prefix_of(settings)}".rstrip("/")


def open_objects(settings: Mapping[str, Any], position: Position | None = None) -> Bucket:
    """The bucket of ``settings`` (bucket, prefix, endpoint, credentials: a file), below its prefix.

    Rejected: MC0755 without the library, MC0756 without credentials, MC0760 for settings that cannot be used.
    """
    try:
        import google.auth
        from google.auth.exceptions import GoogleAuthError
        from google.auth.transport.requests import Request
        from obstore.store import GCSStore
    except ImportError as fault:
        raise missing_package("gcs", fault.name or "obstore", "gcs", position) from fault
    bucket, prefix, place = str(settings["bucket"]), prefix_of(settings), place_of(settings)
    try:
        if settings.get("credentials"):
            credentials, _ = google.auth.load_credentials_from_file(str(settings["credentials"]), scopes=[SCOPE])  # type: ignore[no-untyped-call]
        else:
            credentials, _ = google.auth.default(scopes=[SCOPE])
    except (GoogleAuthError, OSError) as fault:
        raise reject("MC0756", position=position, place=place, problem=fault) from fault

    def find() -> Credential:
        credentials.refresh(Request())
        expiry = credentials.expiry
        return {"token": credentials.token, "expires_at": expiry and expiry.replace(tzinfo=expiry.tzinfo or UTC)}

    endpoint = str(settings.get("endpoint") or "")
    config: dict[str, Any] = {"skip_signature": False}
    if endpoint:
        config["base_url"] = endpoint
    provider = Provider(find)

    def make() -> GCSStore:
        return GCSStore(bucket, prefix=prefix or None, config=config, client_options=client_options(endpoint),  # type: ignore[arg-type]
                        retry_config=retry_config(), credential_provider=provider)  # type: ignore[arg-type]

    return Bucket(store_of(make, bucket, endpoint, place, position), place, "bucket", bucket, provider, position)
