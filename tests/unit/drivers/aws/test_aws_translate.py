"""What AWS's errors mean."""

from __future__ import annotations

import pytest
from botocore import exceptions
from botocore.parsers import ResponseParserError

from mcflow.drivers.aws.translate import CODES, classify, translate
from mcflow.drivers.sdk import (
    AccessDenied,
    AlreadyExists,
    Ambiguous,
    Busy,
    DriverError,
    InUse,
    InvalidCredentials,
    InvalidRequest,
    NotFound,
    QuotaExceeded,
    ServiceFault,
    Throttled,
    Unsupported,
)


def answered(code: str, status: int = 400, operation: str = "CreateVpc", headers: dict[str, str] | None = None) -> DriverError:
    response = {"Error": {"Code": code, "Message": f"about {code}"},
                "ResponseMetadata": {"RequestId": "r-1", "HTTPStatusCode": status, "HTTPHeaders": headers or {}}}
    error = translate(exceptions.ClientError(response, operation))  # type: ignore[arg-type]
    assert error is not None
    return error


@pytest.mark.parametrize(("code", "status", "kind"), [
    ("RequestLimitExceeded", 503, Throttled), ("Throttling", 400, Throttled), ("Strange", 429, Throttled),
    ("AuthFailure", 401, InvalidCredentials), ("ExpiredToken", 400, InvalidCredentials),
    ("InvalidClientTokenId", 403, InvalidCredentials), ("UnauthorizedOperation", 403, AccessDenied),
    ("OptInRequired", 401, AccessDenied), ("DependencyViolation", 400, InUse), ("VolumeInUse", 400, InUse),
    ("InvalidGroup.InUse", 400, InUse), ("InvalidSnapshot.InUse", 400, InUse), ("IncorrectState", 400, Busy),
    ("IncorrectInstanceState", 400, Busy), ("IncorrectModificationState", 400, Busy), ("RouteAlreadyExists", 400, AlreadyExists),
    ("InvalidKeyPair.Duplicate", 400, AlreadyExists), ("InvalidGroup.Duplicate", 400, AlreadyExists),
    ("Resource.AlreadyAssociated", 400, AlreadyExists), ("InvalidPermission.Duplicate", 400, AlreadyExists),
    ("InvalidVpcID.NotFound", 400, NotFound), ("Gateway.NotAttached", 400, NotFound), ("InvalidInstanceID.NotFound", 400, NotFound),
    ("VpcLimitExceeded", 400, QuotaExceeded), ("InsufficientInstanceCapacity", 500, QuotaExceeded),
    ("AddressLimitExceeded", 400, QuotaExceeded), ("VolumeModificationRateExceeded", 400, QuotaExceeded),
    ("InvalidParameterValue", 400, InvalidRequest), ("InvalidInstanceID.Malformed", 400, InvalidRequest),
    ("IdempotentParameterMismatch", 400, InvalidRequest), ("InvalidAction", 400, Unsupported),
    ("EntityAlreadyExists", 409, AlreadyExists), ("ResourceAlreadyExistsException", 400, AlreadyExists), ("NoSuchEntity", 404, NotFound),
    ("ParameterNotFound", 400, NotFound), ("DBInstanceNotFoundFault", 404, NotFound), ("ResourceNotFoundException", 400, NotFound),
    ("DeleteConflict", 409, InUse), ("ConcurrentModification", 409, Busy), ("LimitExceededException", 400, QuotaExceeded),
])
def test_codes(code: str, status: int, kind: type[DriverError]) -> None:
    error = answered(code, status)
    assert type(error) is kind
    assert (error.code, error.message, error.request_id) == (code, f"about {code}", "r-1")


@pytest.mark.parametrize(("operation", "kind"), [
    ("CreateCluster", AlreadyExists), ("DeleteCluster", InUse), ("UpdateClusterConfig", Busy), ("UpdateTable", Busy),
])
def test_what_is_in_use_depends_on_the_call(operation: str, kind: type[DriverError]) -> None:
    assert type(answered("ResourceInUseException", 409, operation)) is kind


@pytest.mark.parametrize(("text", "kind"), [
    ("Value (p) for parameter iamInstanceProfile.name is invalid. Invalid IAM Instance Profile name", NotFound),
    ("The role defined for the function cannot be assumed by Lambda.", NotFound),
    ("Role with arn: r, could not be assumed because it does not exist or the trusted entity is not correct", NotFound),
    ('Invalid principal in policy: "AWS":"r"', NotFound),
    ("You can't create this secret because a secret with this name is already scheduled for deletion.", Busy),
    ("The parameter is simply wrong", InvalidRequest),
])
def test_what_was_just_made_or_deleted_is_told_by_the_text(text: str, kind: type[DriverError]) -> None:
    response = {"Error": {"Code": "InvalidParameterValue", "Message": text}, "ResponseMetadata": {"HTTPStatusCode": 400}}
    assert type(translate(exceptions.ClientError(response, "RunInstances"))) is kind  # type: ignore[arg-type]


@pytest.mark.parametrize("code", ["InternalError", "InternalFailure", "ServiceUnavailable", "Unavailable", "504"])
def test_a_fault_of_the_service_is_ambiguous_for_a_mutation_only(code: str) -> None:
    status = 503 if code != "504" else 504
    assert type(answered(code, status, "CreateVpc")) is Ambiguous
    assert type(answered(code, status, "DescribeVpcs")) is ServiceFault


@pytest.mark.parametrize(("code", "status", "told"), [
    ("InternalError", 500, True), ("Unavailable", 503, True), ("ServiceUnavailable", 503, True), ("503", 503, False), ("504", 504, False),
    ("GatewayTimeout", 504, False), ("", 500, False),
])
def test_only_what_the_service_itself_answered_is_no_longer_on_its_way(code: str, status: int, told: bool) -> None:
    error = answered(code, status, "CreateVpc")
    assert isinstance(error, Ambiguous)
    assert error.answered is told


def test_what_the_cloud_says_of_waiting_is_kept() -> None:
    assert answered("Throttling", headers={"retry-after": "7"}).retry_after == 7.0
    assert answered("Throttling").retry_after is None


URL = "http://127.0.0.1:9"


@pytest.mark.parametrize(("exception", "mutation", "read"), [
    (exceptions.ReadTimeoutError(endpoint_url=URL), Ambiguous, ServiceFault),
    (exceptions.ConnectionClosedError(endpoint_url=URL), Ambiguous, ServiceFault),
    (exceptions.HTTPClientError(error="odd"), Ambiguous, ServiceFault),
    (exceptions.EndpointConnectionError(endpoint_url=URL), ServiceFault, ServiceFault),
    (exceptions.ConnectTimeoutError(endpoint_url=URL), ServiceFault, ServiceFault),
    (exceptions.SSLError(endpoint_url=URL, error="bad"), ServiceFault, ServiceFault),
    (exceptions.NoCredentialsError(), InvalidCredentials, InvalidCredentials),
    (exceptions.PartialCredentialsError(provider="env", cred_var="x"), InvalidCredentials, InvalidCredentials),
    (exceptions.ProfileNotFound(profile="x"), InvalidCredentials, InvalidCredentials),
    (exceptions.UnauthorizedSSOTokenError(), InvalidCredentials, InvalidCredentials),
    (exceptions.ParamValidationError(report="x"), InvalidRequest, InvalidRequest),
    (exceptions.NoRegionError(), InvalidRequest, InvalidRequest),
])
def test_what_botocore_raises_itself(exception: Exception, mutation: type[DriverError], read: type[DriverError]) -> None:
    assert type(translate(exception, "create_vpc")) is mutation
    assert type(translate(exception, "describe_vpcs")) is read


def test_a_call_of_which_nothing_is_known_counts_as_a_mutation() -> None:
    assert type(translate(exceptions.ReadTimeoutError(endpoint_url=URL))) is Ambiguous


def test_others_exceptions_are_not_ours() -> None:
    assert translate(ValueError("x")) is None
    error = NotFound("x")
    assert translate(error) is error


def test_no_code_means_two_things() -> None:
    every = [code for codes in CODES.values() for code in codes.split()]
    assert len(every) == len(set(every))


@pytest.mark.parametrize("status", [400, 404, 409])
def test_an_unknown_refusal_is_final(status: int) -> None:
    assert classify("NeverHeardOf", status, read=False) is InvalidRequest


def test_an_answer_that_is_not_the_apis_is_a_fault_of_whoever_gave_it() -> None:
    page = ResponseParserError("Unable to parse response, invalid XML received: <!doctype html>")
    assert type(translate(page, "create_role")) is Ambiguous
    assert type(translate(page, "get_role")) is ServiceFault


def test_a_page_of_html_is_no_reason() -> None:
    page = "<!doctype html>\n<title>500 Internal Server Error</title>"
    response = {"Error": {"Code": "500", "Message": page}, "ResponseMetadata": {"HTTPStatusCode": 500, "HTTPHeaders": {}}}
    error = translate(exceptions.ClientError(response, "GetProducts"))  # type: ignore[arg-type]
    assert error is not None
    assert error.message == "the service answered with status 500 and gave no reason"
