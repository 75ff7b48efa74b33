"""AWS KMS: data keys that a KMS key makes and unwraps. ``awskms:KEY_ID_OR_ALIAS?region=…``. Needs ``mcflow[aws]``.

Credentials, region and endpoint (AWS_ENDPOINT_URL) come from the ordinary chain; the encryption context is in CloudTrail.
"""

from __future__ import annotations

import base64
from collections.abc import Mapping
from pathlib import Path
from typing import Any
from urllib.parse import parse_qsl

from mcflow.model.diagnostic import Rejected, reject
from mcflow.state.keys.service import Context, KeyService

_NOT_OURS = frozenset({"InvalidCiphertextException", "IncorrectKeyException"})
_FORMS = "awskms:KEY_ID, awskms:alias/NAME, awskms:ARN, each with ?region=REGION or &profile=PROFILE"


def open_service(place: str, environ: Mapping[str, str], user_config: Path | None) -> KeyService:
    """The service for one KMS key. Rejected (MC0734)."""
    key, _, query = place.partition("?")
    options = dict(parse_qsl(query, keep_blank_values=True))
    if not key or not set(options) <= {"region", "profile"} or not all(options.values()) or (query and not options):
        raise reject("MC0734", reference="awskms", known=_FORMS)
    parts = key.split(":")
    named = parts[3] if len(parts) >= 6 and parts[0] == "arn" else None
    return AwsKms(key, options.get("region") or named, options.get("profile"))


class AwsKms:
    """The key itself never leaves KMS; a data key is asked for once per state, and unwrapped once per run."""

    def __init__(self, key: str, region: str | None, profile: str | None) -> None:
        self.source = f"awskms:{key}"
        self._key = key
        self._region = region
        self._profile = profile
        self._made: Any = None

    def make(self, context: Context) -> tuple[bytes, dict[str, str]]:
        answer = self._ask("generate_data_key", KeyId=self._key, KeySpec="AES_256", EncryptionContext=dict(context))
        return answer["Plaintext"], {"wrapped": base64.b64encode(answer["CiphertextBlob"]).decode(), "key": answer["KeyId"]}

    def unwrap(self, parts: Mapping[str, str], context: Context) -> bytes | None:
        try:
            blob = base64.b64decode(parts["wrapped"], validate=True)
        except (KeyError, ValueError):
            return None
        # The key is named as configured, never as the document in the store says: that could be somebody else's.
        answer = self._ask("decrypt", CiphertextBlob=blob, KeyId=self._key, EncryptionContext=dict(context))
        if answer is None:
            return None
        key: bytes = answer["Plaintext"]
        return key

    def _ask(self, call: str, **arguments: Any) -> Any:
        """The answer; None where KMS says that the key or the context is another one. Rejected (MC0738)."""
        client = self._client()
        from botocore.exceptions import BotoCoreError, ClientError

        try:
            return getattr(client, call)(**arguments)
        except ClientError as fault:
            error = fault.response.get("Error", {})
            if error.get("Code") in _NOT_OURS:
                return None
            raise self._refused(f"{error.get('Code', 'an error')}: {error.get('Message', '')}".rstrip(": ")) from fault
        except BotoCoreError as fault:
            raise self._refused(str(fault)) from fault

    def _client(self) -> Any:
        if self._made is None:
            try:
                import boto3
                from botocore.config import Config
                from botocore.exceptions import BotoCoreError
            except ImportError as fault:
                raise self._refused("the package boto3 is not installed (pip install 'mcflow[aws]')") from fault
            try:
                session = boto3.Session(profile_name=self._profile, region_name=self._region)
                config = Config(connect_timeout=10, read_timeout=30, retries={"mode": "standard", "max_attempts": 4})
                self._made = session.client("kms", config=config)
            except (BotoCoreError, ValueError) as fault:
                raise self._refused(str(fault)) from fault
        return self._made

    def _refused(self, problem: str) -> Rejected:
        return reject("MC0738", source=self.source, problem=problem)
