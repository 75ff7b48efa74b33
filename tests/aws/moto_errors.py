"""Errors and other answers in the words and the protocol of each service."""

from __future__ import annotations

import hashlib
import json
import os
from typing import Any

from tests.aws.moto_request import Dialect, Request

Answer = tuple[str, list[tuple[str, str]], bytes]
"""Status line, headers, body."""

THROTTLED = {"ec2": ("RequestLimitExceeded", 503), "s3": ("SlowDown", 503), "lambda": ("TooManyRequestsException", 429)}
EXPIRED = {"ec2": ("RequestExpired", 400), "query": ("ExpiredToken", 403), "rest-xml": ("ExpiredToken", 400)}
REFUSED = {"ec2": ("AuthFailure", 401), "query": ("InvalidClientTokenId", 403), "rest-xml": ("InvalidAccessKeyId", 403)}
PHRASES = {400: "Bad Request", 401: "Unauthorized", 403: "Forbidden", 404: "Not Found", 409: "Conflict", 412: "Precondition Failed",
           429: "Too Many Requests", 500: "Internal Server Error", 503: "Service Unavailable"}


def error(request: Request, code: str, message: str, status: int = 400) -> Answer:
    """An error as the service would say it."""
    kind, body = _body(request.dialect, request.service, code, message)
    headers = [("Content-Type", kind), ("x-amzn-RequestId", _number()), ("x-amz-request-id", _number())]
    if request.dialect in ("rest-json", "cbor"):
        headers.append(("x-amzn-errortype", code))
    if request.dialect == "cbor":
        headers.append(("smithy-protocol", "rpc-v2-cbor"))
    return f"{status} {PHRASES[status]}", headers, body


def throttled(request: Request) -> Answer:
    """Too many calls."""
    query = ("Throttling", 400) if request.dialect in ("query", "rest-xml") else ("ThrottlingException", 400)
    code, status = THROTTLED.get(request.service, query)
    return error(request, code, "Rate exceeded", status)


def expired(request: Request) -> Answer:
    """The caller's session has ended."""
    code, status = EXPIRED.get(request.dialect, ("ExpiredTokenException", 403 if request.dialect == "rest-json" else 400))
    return error(request, code, "The security token included in the request is expired", status)


def refused_caller(request: Request) -> Answer:
    """The access key is not known."""
    code, status = REFUSED.get(request.dialect, ("UnrecognizedClientException", 403 if request.dialect == "rest-json" else 400))
    return error(request, code, "The security token included in the request is invalid.", status)


def broken(request: Request, status: int) -> Answer:
    """A failure of the service: 500, or 503 for one that is away."""
    ec2 = request.dialect in ("ec2", "rest-xml")
    code = ("InternalError" if ec2 else "InternalFailure") if status == 500 else ("Unavailable" if ec2 else "ServiceUnavailable")
    return error(request, code, "An internal error has occurred.", status)


def told(value: Any, status: str = "200 OK") -> Answer:
    """An answer of the wrapper's own control path."""
    return status, [("Content-Type", "application/json")], json.dumps(value).encode()


def code_of(dialect: Dialect, answer: Answer) -> str:
    """The code of an error, as far as it can be told; empty for a success."""
    if answer[0].startswith("2"):
        return ""
    headers = {name.lower(): value for name, value in answer[1]}
    text = answer[2].decode("utf-8", "replace")
    for before, after in (("<Code>", "</Code>"), ('"__type": "', '"'), ('"__type":"', '"')):
        if before in text:
            return text.partition(before)[2].partition(after)[0].rpartition("#")[2]
    return headers.get("x-amzn-errortype", "").partition(":")[0] or answer[0].split()[0]


def _body(dialect: Dialect, service: str, code: str, message: str) -> tuple[str, bytes]:
    if dialect in ("json", "rest-json"):
        return "application/x-amz-json-1.1", json.dumps({"__type": code, "message": message}).encode()
    if dialect == "cbor":
        return "application/cbor", b"\xa2" + b"".join(_text(each) for each in ("__type", code, "message", message))
    inner = f"<Code>{code}</Code><Message>{message}</Message>"
    if dialect == "ec2":
        text = f"<Response><Errors><Error>{inner}</Error></Errors><RequestID>{_number()}</RequestID></Response>"
    elif service == "s3":
        text = f"<Error>{inner}<RequestId>{_number()}</RequestId></Error>"
    else:
        text = f"<ErrorResponse><Error><Type>Sender</Type>{inner}</Error><RequestId>{_number()}</RequestId></ErrorResponse>"
    return "text/xml", f'<?xml version="1.0" encoding="UTF-8"?>{text}'.encode()


def _text(value: str) -> bytes:
    """A text in CBOR (RFC 8949, major type 3), up to 65535 bytes."""
    data = value.encode()
    return (bytes([0x60 + len(data)]) if len(data) < 24 else b"\x79" + len(data).to_bytes(2, "big")) + data


def _number() -> str:
    return hashlib.sha256(os.urandom(8)).hexdigest()[:32]
