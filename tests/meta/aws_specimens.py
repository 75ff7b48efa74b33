"""The AWS API as botocore's service models describe it, without AWS: botocore itself checks requests, answers hold one of everything.

A handler that runs here has sent only operations, parameters and types that the models know, with all that they require, and has read only
members that are there: `session` gives an `AwsSession` whose every call is answered so, and `specimen` a value of any shape.
"""

from __future__ import annotations

from collections.abc import Mapping
from datetime import UTC, datetime
from typing import Any

from mcflow.drivers.aws import driver
from mcflow.drivers.aws.session import AwsSession
from mcflow.model.connection import Connection

TEXT = "specimen0123456789abcdefspecimen01234567"
"""Long enough for every ARN and thumbprint, and base64 of something."""
WORDS = {
    "VersionId": "v1", "DefaultVersionId": "v1", "Arn": f"arn:aws:any:region:123456789012:{TEXT}", "version": "1.30",
    "CreationDate": "2026-01-01T00:00:00.000Z", "Priority": "1", "Policy": '{"Version": "2012-10-17", "Statement": []}',
}
"""What some texts must look like for a driver to make something of them, by member."""
PREFERRED = ("available", "active", "enabled", "running", "completed", "ok", "customer", "symmetric_default")
"""Of a word's possible values one that tells of a living thing."""
LEFT_OUT = {
    "NextToken", "nextToken", "Marker", "NextMarker", "IsTruncated", "Truncated", "LastEvaluatedTableName", "NextRecordName",
    "NextRecordType", "NextRecordIdentifier", "ContinuationToken", "NextContinuationToken", "NextKeyMarker", "NextVersionIdMarker",
    "DeletedDate", "DeleteTime", "DeletionDate", "Unsuccessful", "Errors",
    "CustomKeyStoreId",
}
"""Members that say that there is more, that it is gone, that it went wrong, or that it is of a rare kind."""
DEPTH = 8
WISHES = {"date": "2026-01-01T00:00:00Z", "version": "1.31"}
"""What some texts of a want must look like, by attribute."""


def session(sent: list[str], keys: Mapping[str, str] | None = None) -> AwsSession:
    """A session whose calls reach no network. ``sent`` takes down every request; ``keys`` are in every map of texts. Needs credentials in
    the environment."""
    api = driver.connect(Connection("contract", "aws", "us-east-1", {}))
    assert isinstance(api, AwsSession)

    def answer(model: Any, params: Any, **_: Any) -> tuple[Any, dict[str, Any]]:
        sent.append(f"{model.name} {params}")
        body = specimen(model.output_shape, keys=keys or {}) if model.output_shape else {}
        return _Accepted(), {**body, "ResponseMetadata": {"RequestId": "request", "HTTPStatusCode": 200}}

    api._boto.register("before-call", answer)
    return api


class _Accepted:
    status_code = 200
    headers: Mapping[str, str] = {}


def specimen(shape: Any, depth: int = DEPTH, member: str = "", keys: Mapping[str, str] | None = None) -> Any:
    """A value of a shape, with all its members. ``keys``: what maps of texts hold."""
    kind = shape.type_name
    if kind == "structure":
        inner = {name: each for name, each in shape.members.items() if name not in LEFT_OUT}
        return {name: specimen(each, depth - 1, name, keys) for name, each in inner.items()} if depth else {}
    if kind == "list":
        return [specimen(shape.member, depth - 1, member, keys)] if depth else []
    if kind == "map":
        texts = keys if keys and shape.value.type_name == "string" else {}
        return {TEXT: specimen(shape.value, depth - 1, "", keys), **texts} if depth else {}
    if kind == "boolean":
        return member != "IsDefault"
    if kind == "timestamp":
        return datetime(2026, 1, 1, tzinfo=UTC)
    if kind in ("integer", "long", "double", "float"):
        return max(int(shape.metadata.get("min", 1)), 1)
    return b"specimen" if kind == "blob" else _word(shape, member)


def _word(shape: Any, member: str) -> str:
    words = list(getattr(shape, "enum", ()))
    chosen = [word for word in words if word.lower() in PREFERRED] or words
    return str(chosen[0]) if chosen else WORDS.get(member, TEXT)


def wanted(attributes: Mapping[str, Any], instead: Mapping[str, Any] | None = None) -> dict[str, Any]:
    """A want with every attribute that can be asked for. ``instead``: values of one's own; None leaves one out."""
    given = {name: value(schema, name) for name, schema in attributes.items() if not schema.get("read_only")}
    return {name: each for name, each in {**given, **(instead or {})}.items() if each is not None}


def value(schema: Mapping[str, Any], name: str = "") -> Any:
    """A value that fits an attribute's schema."""
    if "enum" in schema:
        return schema["enum"][0]
    kind = schema.get("type")
    if kind == "array":
        return [value(schema["items"])]
    if kind == "object":
        rest = schema.get("additionalProperties")
        inner = {key: value(each, key) for key, each in schema.get("properties", {}).items()}
        return inner if not isinstance(rest, Mapping) else {**inner, TEXT: value(rest)}
    if kind in ("integer", "number"):
        return max(int(schema.get("minimum", 1)), 1)
    if kind == "boolean":
        return True
    return WISHES.get(name, TEXT) if kind == "string" else {}
