"""Raw calls of AWS: names, parameters and effects against the SDK's own models."""

from __future__ import annotations

import base64
import io
from datetime import UTC, datetime
from typing import Any

import botocore.session
import pytest
from botocore.response import StreamingBody
from tests.unit.drivers.aws.stubbed import Stubbed

from mcflow.drivers.aws.effects import READS, SECRETS, WRITES, effect
from mcflow.drivers.aws.raw import AwsRaw
from mcflow.drivers.sdk import UnknownNameError, WrongParametersError

RAW = AwsRaw()


@pytest.fixture
def api() -> Stubbed:
    return Stubbed()


@pytest.mark.parametrize("spelling", ["DescribeVpcs", "describe_vpcs", "describe-vpcs", "describevpcs"])
def test_every_spelling_is_the_same_operation(api: Stubbed, spelling: str) -> None:
    found = RAW.describe(api, "ec2", spelling)
    assert (found.service, found.name, found.effect, found.pages) == ("ec2", "DescribeVpcs", "read", True)
    assert "Filters[].Values" in [each.path for each in found.parameters]


def test_unknown_names_come_with_those_there_are(api: Stubbed) -> None:
    with pytest.raises(UnknownNameError) as unknown:
        RAW.describe(api, "ec22", "DescribeVpcs")
    assert unknown.value.what == "service"
    assert "ec2" in unknown.value.known
    with pytest.raises(UnknownNameError) as unknown:
        RAW.describe(api, "ec2", "DescribeVpc")
    assert "DescribeVpcs" in unknown.value.known
    with pytest.raises(UnknownNameError) as unknown:
        RAW.check(api, RAW.describe(api, "ec2", "DescribeVpcs"), {"Filters": [{"Nme": "x"}]})
    assert (unknown.value.name, unknown.value.known) == ("Filters[0].Nme", ("Filters[0].Name", "Filters[0].Values"))


@pytest.mark.parametrize(("service", "operation", "parameters", "problems"), [
    ("ec2", "DescribeVpcs", {"VpcIds": "x", "MaxResults": 1},
     [("VpcIds", "is a text, not a list"), ("MaxResults", "invalid range (min_allowed: 5)")]),
    ("sqs", "SendMessage", {"QueueUrl": "q"}, [("MessageBody", "is required")]),
    ("lambda", "Invoke", {"FunctionName": "f", "Payload": "no base64!"}, [("Payload", "binary values are written in base64")]),
])
def test_wrong_parameters_are_told_by_place(
    api: Stubbed, service: str, operation: str, parameters: dict[str, Any], problems: list[tuple[str, str]],
) -> None:
    with pytest.raises(WrongParametersError) as wrong:
        RAW.check(api, RAW.describe(api, service, operation), parameters)
    assert sorted(wrong.value.problems) == sorted(problems)


def test_an_answer_is_json_and_says_what_in_it_is_secret(api: Stubbed) -> None:
    answer = {"Name": "s", "SecretString": "hush", "SecretBinary": b"\x00\xff", "CreatedDate": datetime(2026, 1, 2, tzinfo=UTC)}
    api.expect("secretsmanager", "get_secret_value", answer, SecretId="s")
    found = RAW.call(api, RAW.describe(api, "secretsmanager", "GetSecretValue"), {"SecretId": "s"})
    assert found.data["SecretBinary"] == base64.b64encode(b"\x00\xff").decode()
    assert found.data["CreatedDate"] == "2026-01-02T00:00:00+00:00"
    assert {("SecretString",), ("SecretBinary",)} <= set(found.secrets)


def test_blobs_are_base64_both_ways_and_bodies_are_read(api: Stubbed) -> None:
    api.expect("lambda", "invoke", {"StatusCode": 200, "Payload": StreamingBody(io.BytesIO(b'{"ok": true}'), 12)}, FunctionName="f",
               Payload=b"{}")
    operation = RAW.describe(api, "lambda", "Invoke")
    assert operation.effect == "write"
    found = RAW.call(api, operation, {"FunctionName": "f", "Payload": base64.b64encode(b"{}").decode()})
    assert found.data == {"StatusCode": 200, "Payload": '{"ok": true}'}


def test_all_pages_are_one_answer(api: Stubbed) -> None:
    api.expect("ec2", "describe_vpcs", {"Vpcs": [{"VpcId": "vpc-1"}], "NextToken": "more"})
    api.expect("ec2", "describe_vpcs", {"Vpcs": [{"VpcId": "vpc-2"}]}, NextToken="more")
    found = RAW.call(api, RAW.describe(api, "ec2", "DescribeVpcs"), {}, all_pages=True)
    assert found.data == {"Vpcs": [{"VpcId": "vpc-1"}, {"VpcId": "vpc-2"}]}
    assert api.done()


@pytest.mark.parametrize(("service", "operation", "told"), [
    ("ec2", "DescribeInstances", "read"), ("ec2", "TerminateInstances", "write"), ("ec2", "GetPasswordData", "secret"),
    ("sts", "GetCallerIdentity", "read"), ("sts", "GetSessionToken", "secret"), ("sts", "AssumeRole", "write"),
    ("ecr", "GetAuthorizationToken", "secret"), ("cognito-identity", "GetId", "write"), ("redshift", "GetClusterCredentials", "write"),
    ("sqs", "ReceiveMessage", "write"), ("dynamodb", "Query", "read"), ("dynamodb", "Scan", "read"),
    ("dynamodb", "ExecuteStatement", "write"),
    ("secretsmanager", "GetSecretValue", "secret"), ("iot", "ConfirmTopicRuleDestination", "write"), ("s3", "HeadBucket", "read"),
    ("cloudtrail", "LookupEvents", "read"), ("ivs", "StartViewerSessionRevocation", "write"), ("kms", "Decrypt", "write"),
    ("emr", "GetClusterSessionCredentials", "secret"), ("sso", "GetRoleCredentials", "secret"),
])
def test_what_operations_can_do(service: str, operation: str, told: str) -> None:
    assert effect(service, operation) == told


def test_a_rest_operation_that_puts_is_no_read_whatever_it_is_called() -> None:
    assert effect("x", "GetThing", "PUT", rest=True) == "write"
    assert effect("x", "GetThing", "GET", rest=True) == "read"


@pytest.mark.parametrize("name", sorted(WRITES | SECRETS))
def test_the_exceptions_exist_and_are_exceptions(name: str) -> None:
    service, operation = name.split(":")
    assert operation in botocore.session.get_session().get_service_model(service).operation_names
    assert operation.startswith(READS)
