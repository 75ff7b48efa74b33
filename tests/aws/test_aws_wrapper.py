"""The AWS of the tests itself: it knows every service's requests, marks, tokens, and speaks errors in each one's protocol."""

from __future__ import annotations

import io
import re
import zipfile
from collections.abc import Callable
from typing import Any
from urllib.parse import parse_qsl

import botocore.session
import pytest
from botocore.config import Config
from botocore.exceptions import ClientError, EndpointConnectionError, HTTPClientError
from tests.aws.moto_handle import MotoCloud, bare_client
from tests.aws.moto_request import rest_operation

OP = "op-1"
TAGS = [{"Key": "mcflow-op", "Value": OP}]
MAP = {"mcflow-op": OP}
POLICY = '{"Version": "2012-10-17", "Statement": [{"Effect": "Allow", "Action": "s3:*", "Resource": "*"}]}'
ROLE = "arn:aws:iam::123456789012:role/r"


def _code() -> bytes:
    packed = io.BytesIO()
    with zipfile.ZipFile(packed, "w") as archive:
        archive.writestr("lambda_function.py", "def lambda_handler(event, context):\n    return 1\n")
    return packed.getvalue()


CREATES: dict[str, tuple[str, Callable[[Any], Any]]] = {
    "iam.CreatePolicy": ("query", lambda iam: iam.create_policy(PolicyName="p", PolicyDocument=POLICY, Tags=TAGS)),
    "sns.CreateTopic": ("query", lambda sns: sns.create_topic(Name="t", Tags=TAGS)),
    "kms.CreateKey": ("json", lambda kms: kms.create_key(Tags=[{"TagKey": "mcflow-op", "TagValue": OP}])),
    "sqs.CreateQueue": ("json", lambda sqs: sqs.create_queue(QueueName="q", tags=MAP)),
    "secretsmanager.CreateSecret": ("json", lambda secrets: secrets.create_secret(Name="s", SecretString="x", Tags=TAGS)),
    "logs.CreateLogGroup": ("json", lambda logs: logs.create_log_group(logGroupName="g", tags=MAP)),
    "ecr.CreateRepository": ("json", lambda ecr: ecr.create_repository(repositoryName="repo", tags=TAGS)),
    "cloudwatch.PutMetricAlarm": ("cbor", lambda cloudwatch: cloudwatch.put_metric_alarm(
        AlarmName="a", MetricName="m", Namespace="n", Period=60, EvaluationPeriods=1, Threshold=1.0, Statistic="Average",
        ComparisonOperator="GreaterThanThreshold", Tags=TAGS)),
    "efs.CreateFileSystem": ("rest-json", lambda efs: efs.create_file_system(CreationToken="c", Tags=TAGS)),
    "eks.CreateCluster": ("rest-json", lambda eks: eks.create_cluster(
        name="c", roleArn=ROLE, resourcesVpcConfig={"subnetIds": []}, tags=MAP, clientRequestToken="t")),
    "elbv2.CreateTargetGroup": ("query", lambda elbv2: elbv2.create_target_group(Name="g", TargetType="lambda", Tags=TAGS)),
}


@pytest.mark.parametrize("name", CREATES)
def test_a_create_is_in_the_ledger_with_its_mark(aws_cloud: MotoCloud, name: str) -> None:
    client = aws_cloud.client(name.partition(".")[0])
    CREATES[name][1](client)
    entry, = aws_cloud.ledger()
    assert (entry["action"], entry["op"], entry["code"]) == (name, OP, "")
    assert aws_cloud.calls() == {name: 1}
    if name not in ("logs.CreateLogGroup", "cloudwatch.PutMetricAlarm"):
        assert entry["ids"], "what it made is not told"


@pytest.mark.parametrize("name", CREATES)
def test_each_service_says_errors_in_its_own_protocol(aws_cloud: MotoCloud, name: str) -> None:
    client = aws_cloud.client(name.partition(".")[0])
    client.meta.events.register("needs-retry", lambda **_: False)
    for faults, codes in (
        ({"throttle": 1.0}, {"Throttling", "ThrottlingException", "TooManyRequestsException"}),
        ({"error_500": 1.0}, {"InternalFailure"}), ({"error_503": 1.0}, {"ServiceUnavailable"}),
        ({"expired": True}, {"ExpiredToken", "ExpiredTokenException"}),
    ):
        aws_cloud.faults(**faults)
        with pytest.raises(ClientError) as refused:
            CREATES[name][1](client)
        assert refused.value.response["Error"]["Code"] in codes
    assert aws_cloud.ledger() == []


@pytest.mark.parametrize("name", CREATES)
def test_a_lost_reply_has_done_its_work(aws_cloud: MotoCloud, name: str) -> None:
    client = bare_client(name.partition(".")[0], "ap-northeast-2", aws_cloud.endpoint, Config(retries={"total_max_attempts": 1}))
    aws_cloud.faults(next_replies_lost=1)
    with pytest.raises((HTTPClientError, EndpointConnectionError)):
        CREATES[name][1](client)
    entry, = aws_cloud.ledger()
    assert (entry["action"], entry["lost"], entry["code"]) == (name, True, "")


def test_s3_is_known_by_its_paths(aws_cloud: MotoCloud) -> None:
    s3 = aws_cloud.client("s3")
    s3.create_bucket(Bucket="b-1", CreateBucketConfiguration={"LocationConstraint": "ap-northeast-2", "Tags": TAGS})
    s3.put_bucket_tagging(Bucket="b-1", Tagging={"TagSet": TAGS})
    s3.put_object(Bucket="b-1", Key="a/b", Body=b"x", Tagging=f"mcflow-op={OP}")
    s3.put_bucket_versioning(Bucket="b-1", VersioningConfiguration={"Status": "Enabled"})
    s3.get_bucket_versioning(Bucket="b-1")
    s3.list_objects_v2(Bucket="b-1")
    s3.head_bucket(Bucket="b-1")
    assert [(entry["action"], entry["op"]) for entry in aws_cloud.ledger()] == [
        ("s3.CreateBucket", OP), ("s3.PutBucketTagging", OP), ("s3.PutObject", OP), ("s3.PutBucketVersioning", "")]
    assert aws_cloud.creations() == {OP: ["b-1"]}
    assert {"s3.GetBucketVersioning", "s3.ListObjectsV2", "s3.HeadBucket"} <= aws_cloud.calls().keys()
    aws_cloud.faults(error_500=1.0)
    s3.meta.events.register("needs-retry", lambda **_: False)
    with pytest.raises(ClientError, match="InternalError"):
        s3.list_objects_v2(Bucket="b-1")


def test_route53_and_lambda_are_known_by_their_paths(aws_cloud: MotoCloud) -> None:
    zone = aws_cloud.client("route53").create_hosted_zone(Name="example.org", CallerReference="r")["HostedZone"]["Id"]
    aws_cloud.client("route53").get_hosted_zone(Id=zone)
    iam = aws_cloud.client("iam")
    iam.create_role(RoleName="r", AssumeRolePolicyDocument="{}")
    aws_cloud.client("lambda").create_function(FunctionName="f", Runtime="python3.12", Role=ROLE, Handler="lambda_function.lambda_handler",
                                               Code={"ZipFile": _code()}, Tags=MAP)
    assert [entry["action"] for entry in aws_cloud.ledger()] == ["route53.CreateHostedZone", "iam.CreateRole", "lambda.CreateFunction"]
    assert aws_cloud.creations()[OP][0] == "f"
    assert "route53.GetHostedZone" in aws_cloud.calls()


def test_eks_remembers_tokens(aws_cloud: MotoCloud) -> None:
    eks = aws_cloud.client("eks")
    want: dict[str, Any] = {"name": "c", "roleArn": ROLE, "resourcesVpcConfig": {"subnetIds": []}, "clientRequestToken": "t" * 32}
    first, second = eks.create_cluster(**want), eks.create_cluster(**want)
    assert first["cluster"]["arn"] == second["cluster"]["arn"]
    assert [entry["replayed"] for entry in aws_cloud.ledger()] == [False, True]
    with pytest.raises(ClientError, match="InvalidParameterException"):
        eks.create_cluster(**{**want, "roleArn": ROLE + "2"})


@pytest.mark.parametrize("service", ["s3", "route53", "lambda", "eks", "efs"])
def test_every_operation_of_rest_services_is_told_apart(service: str) -> None:
    model = botocore.session.Session().get_service_model(service)
    mistaken = {}
    for name in model.operation_names:
        operation = model.operation_model(name)
        if not operation.deprecated:
            path, _, asked = operation.http["requestUri"].partition("?")
            query = dict(parse_qsl(asked, keep_blank_values=True))
            members = operation.input_shape.members if operation.input_shape else {}
            needed = [members[each].serialization for each in (operation.input_shape.required_members if members else ())]
            query |= {each["name"]: "x" for each in needed if each.get("location") == "querystring"}
            headers = [each["name"].lower() for each in needed if each.get("location") == "header"]
            told, _ = rest_operation(service, operation.http["method"], re.sub(r"\{\w+\+?\}", "x", path), query, headers)
            if told != name:
                mistaken[name] = told
    assert mistaken.keys() <= ALIKE, mistaken


ALIKE = {"ListObjects", "CreateSession", "ListDirectoryBuckets"}
"""Operations that only a query that need not be there tells apart: none that mcflow makes."""
