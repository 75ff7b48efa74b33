"""What errors of the library come to, and what of their text is never passed on."""

from __future__ import annotations

from pathlib import Path

import pytest

from mcflow.model.diagnostic import Rejected
from mcflow.state.stores.bucket import Bucket, Provider
from mcflow.state.stores.bucketfaults import EXISTS, answer_in, without_addresses
from mcflow.state.stores.faults import StoreFault
from mcflow.state.stores.store import OBJECTS, open_store

SIGNED = "https://acme.blob.core.windows.net/state/x?sv=2024&sig=SECRETSIGNATURE"
EXISTS_ON_S3 = (
    "Object at location a already exists: Request precondition failure for path a: Error performing PUT http://h/b/a in 3ms - Server "
    'returned non-2xx status code: 412 Precondition Failed: <?xml version="1.0"?>\n<Error><Code>PreconditionFailed</Code>'
    "<Message>At least one</Message></Error>\n\nDebug source:\nAlreadyExists { }")
CONFLICT = EXISTS_ON_S3.replace("412 Precondition Failed", "409 Conflict").replace("PreconditionFailed", "ConditionalRequestConflict")
WRONG_SIGNATURE = (
    f"Generic error: Error performing GET {SIGNED} in 3ms - Server returned non-2xx status code: 403 Forbidden: <Error>"
    "<Code>SignatureDoesNotMatch</Code><Message>The request signature we calculated does not match.</Message>"
    "<AWSAccessKeyId>AKIASECRET</AWSAccessKeyId><StringToSign>SECRET</StringToSign></Error>\n\nDebug source:\nGeneric { AKIASECRET }")
REFUSED = (
    f"Generic error: Error performing GET {SIGNED} in 3ms, after 1 retries - HTTP error: error sending request\n\nDebug source:\n"
    'Generic { kind: Connect, ConnectError("tcp connect error", Os { kind: ConnectionRefused, message: "Connection refused" }) }')
BUSY = WRONG_SIGNATURE.replace("403 Forbidden", "503 Slow").replace("SignatureDoesNotMatch", "SlowDown")
SILENT = (
    "Generic error - HTTP error: request or response body error\n\nDebug source:\n"
    "HttpError { kind: Timeout, source: reqwest::Error { TimedOut } }")
ELSEWHERE = (
    "Generic S3 error: Received redirect without LOCATION, this normally indicates an incorrectly configured region\n\n"
    "Debug source:\nx")


def test_an_object_that_is_there_is_told_from_creates_that_met() -> None:
    assert answer_in(EXISTS_ON_S3).code in EXISTS
    assert answer_in(CONFLICT).code not in EXISTS
    assert answer_in(CONFLICT).status == 409


@pytest.mark.parametrize(("text", "status", "said"), [
    (WRONG_SIGNATURE, 403, "403 SignatureDoesNotMatch: The request signature we calculated does not match"),
    (REFUSED, 0, "Connection refused"), (SILENT, 0, "no answer in time"),
])
def test_what_is_understood_is_said_and_nothing_else(text: str, status: int, said: str) -> None:
    answer = answer_in(text)
    assert (answer.status, answer.problem) == (status, said)
    assert "SECRET" not in answer.problem


def test_addresses_are_left_out() -> None:
    assert without_addresses(f"cannot open {SIGNED}: why") == "cannot open … why"


@pytest.mark.parametrize(("text", "code"), [
    (WRONG_SIGNATURE, "MC0756"), (WRONG_SIGNATURE.replace("SignatureDoesNotMatch", "AccessDenied"), "MC0757"), (ELSEWHERE, "MC0760"),
    (WRONG_SIGNATURE.replace("403", "404").replace("SignatureDoesNotMatch", "NoSuchBucket"), "MC0758"),
    (WRONG_SIGNATURE.replace("403", "400").replace("SignatureDoesNotMatch", "InvalidArgument"), "MC0760"),
])
def test_what_only_a_person_can_mend_is_rejected(text: str, code: str) -> None:
    bucket = Bucket(None, "s3://b/p", "bucket", "b")
    error = bucket._explained(answer_in(text))
    assert isinstance(error, Rejected)
    assert error.diagnostics[0].code == code
    assert "SECRET" not in str(error)


@pytest.mark.parametrize("text", [REFUSED, SILENT, CONFLICT, BUSY, BUSY.replace("503", "429")])
def test_what_passes_is_a_fault(text: str) -> None:
    error = Bucket(None, "s3://b/p", "bucket", "b")._explained(answer_in(text))
    assert isinstance(error, StoreFault)
    assert error.rejected().diagnostics[0].code == "MC0759"
    assert "SECRET" not in str(error.rejected())


def test_a_chain_that_fails_is_told_as_credentials() -> None:
    def broken() -> dict[str, str]:
        raise RuntimeError("the token has expired")

    provider = Provider(broken)
    with pytest.raises(RuntimeError):
        provider()
    error = Bucket(None, "s3://b/p", "bucket", "b", provider)._explained(answer_in("UnauthenticatedError"))
    assert isinstance(error, Rejected)
    assert error.diagnostics[0].code == "MC0756"
    assert "the token has expired" in str(error)


@pytest.mark.parametrize(("kind", "settings", "place"), [
    ("s3", {"bucket": "acme", "prefix": "/teams/"}, "s3://acme/teams"), ("gcs", {"bucket": "acme"}, "gs://acme"),
    ("azure", {"account": "acme", "container": "state", "prefix": "p"}, "azure://acme/state/p"),
    ("s3", {"bucket": "acme", "endpoint": "https://minio.example.com:9000"}, "s3://minio.example.com:9000/acme"),
    ("gcs", {"bucket": "acme", "prefix": "p", "endpoint": "http://ann:hunter2@127.0.0.1:4443/x"}, "gs://127.0.0.1:4443/acme/p"),
    ("azure", {"account": "acme", "container": "state", "endpoint": "http://127.0.0.1:1/acme"}, "azure://127.0.0.1:1/acme/state"),
    ("postgresql", {"url": "postgresql://ann:hunter2@db.example.com:5433/ops", "schema": "m"}, "postgresql://db.example.com:5433/ops/m.mcflow_objects"),
    ("postgresql", {"service": "ops", "table": "t", "prefix": "p"}, "postgresql://service ops/t/p"),
])
def test_a_store_is_named_without_opening_it_and_without_secrets(kind: str, settings: dict[str, str], place: str) -> None:
    assert kind in OBJECTS
    store = open_store(kind, Path(), "shop", "default", settings=settings)
    assert store.place == f"{place}/shop/default"
