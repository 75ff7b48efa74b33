"""A whole account made with bare clients becomes a blueprint whose plan is empty, and goes without a rest. Much of it is called `prod`."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest
import tests.aws.test_aws_balance_import as balance
import yaml
from tests.aws.hand_made import hand_made
from tests.aws.moto_handle import MotoCloud
from tests.aws.test_aws_discovery import BLUEPRINT
from tests.aws.test_aws_discovery_network import whole_vpc

from mcflow.cli.entry import outcome

TRUST = {"Version": "2012-10-17", "Statement": [
    {"Effect": "Allow", "Principal": {"Service": "ec2.amazonaws.com"}, "Action": "sts:AssumeRole"}]}
READ = {"Version": "2012-10-17", "Statement": [{"Effect": "Allow", "Action": "s3:GetObject", "Resource": "*"}]}


def of_services(moto: MotoCloud, subnets: list[str]) -> set[tuple[str, str]]:
    """What of a service belongs to no VPC, and a database: type and id."""
    iam, queues, topics = moto.client("iam"), moto.client("sqs"), moto.client("sns")
    iam.create_role(RoleName="prod", AssumeRolePolicyDocument=json.dumps(TRUST))
    policy = iam.create_policy(PolicyName="prod", PolicyDocument=json.dumps(READ))["Policy"]["Arn"]
    iam.attach_role_policy(RoleName="prod", PolicyArn=policy)
    iam.put_role_policy(RoleName="prod", PolicyName="prod", PolicyDocument=json.dumps(READ))
    iam.create_instance_profile(InstanceProfileName="prod")
    iam.add_role_to_instance_profile(InstanceProfileName="prod", RoleName="prod")
    queue = queues.create_queue(QueueName="prod", Attributes={"VisibilityTimeout": "45"})["QueueUrl"]
    told = queues.get_queue_attributes(QueueUrl=queue, AttributeNames=["QueueArn"])["Attributes"]["QueueArn"]
    topic = topics.create_topic(Name="prod")["TopicArn"]
    subscription = topics.subscribe(TopicArn=topic, Protocol="sqs", Endpoint=told, ReturnSubscriptionArn=True)["SubscriptionArn"]
    moto.client("logs").create_log_group(logGroupName="prod")
    moto.client("logs").put_retention_policy(logGroupName="prod", retentionInDays=14)
    moto.client("cloudwatch").put_metric_alarm(
        AlarmName="prod", Namespace="AWS/SQS", MetricName="ApproximateNumberOfMessagesVisible", Statistic="Maximum", Period=60,
        EvaluationPeriods=2, Threshold=100, ComparisonOperator="GreaterThanThreshold", AlarmActions=[topic],
        Dimensions=[{"Name": "QueueName", "Value": "prod"}])
    moto.client("dynamodb").create_table(
        TableName="prod", BillingMode="PAY_PER_REQUEST", KeySchema=[{"AttributeName": "id", "KeyType": "HASH"}],
        AttributeDefinitions=[{"AttributeName": "id", "AttributeType": "S"}])
    moto.client("s3").create_bucket(Bucket="prod", CreateBucketConfiguration={"LocationConstraint": "ap-northeast-2"})
    rds: Any = moto.client("rds")
    rds.create_db_subnet_group(DBSubnetGroupName="prod", DBSubnetGroupDescription="prod", SubnetIds=subnets)
    rds.create_db_instance(DBInstanceIdentifier="prod", DBInstanceClass="db.t3.micro", Engine="mysql", AllocatedStorage=20,
                           MasterUsername="root", MasterUserPassword="never told 1", DBSubnetGroupName="prod")
    rds.get_waiter("db_instance_available").wait(DBInstanceIdentifier="prod", WaiterConfig={"Delay": 0, "MaxAttempts": 2000})
    named = ("iam_role", "iam_instance_profile", "log_group", "cloudwatch_alarm", "dynamodb_table", "bucket", "db_subnet_group",
             "db_instance")
    return {*((f"aws.{type}", "prod") for type in named), ("aws.iam_policy", policy), ("aws.iam_role_policy", "prod|prod"),
            ("aws.iam_role_policy_attachment", f"prod|{policy}"), ("aws.iam_instance_profile_role", "prod|prod"),
            ("aws.sqs_queue", queue), ("aws.sns_topic", topic), ("aws.sns_subscription", subscription)}


def found(capsys: pytest.CaptureFixture[str], *more: str) -> set[tuple[str, str]]:
    """What is there and the cloud did not make by itself."""
    capsys.readouterr()
    assert outcome(["discover", "aws", "-o", "json", *more]) == 0
    listed = yaml.safe_load(capsys.readouterr().out)["objects"]
    return {(item["type"], item["id"]) for item in listed if not item["provided"]}


def test_a_whole_account_is_imported_and_destroyed(
    aws_cloud: MotoCloud, folder: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    Path("mcflow.yaml").write_text(BLUEPRINT.format(endpoint=aws_cloud.endpoint))
    before = found(capsys)
    machines = hand_made(aws_cloud.client(), aws_cloud.register_images()[0])
    network, balanced = whole_vpc(aws_cloud.client()), balance.hand_made(aws_cloud)
    served = of_services(aws_cloud, [machines["a"], machines["b"]])
    made = found(capsys) - before
    assert {id for _, id in made - served} == {*machines.values(), *network.values(), *balanced.values()}
    assert served <= made
    assert outcome(["discover", "aws", "prod", "--destroy", "-y"]) == 1
    assert "MC0693" in capsys.readouterr().err

    assert outcome(["discover", "aws", "--import", "-y"]) == 0, capsys.readouterr().err
    text = Path("found.yaml").read_text()
    blocks = {name: (block["type"], block.get("properties", {})) for name, block in yaml.safe_load(text)["resources"].items()}
    by_type = {type: (name, properties) for name, (type, properties) in blocks.items()}
    role = by_type["aws.iam_role"][0]
    assert by_type["aws.iam_instance_profile_role"][1] == {
        "instance_profile_name": f"{{{{ resources.{by_type['aws.iam_instance_profile'][0]} }}}}",
        "role_name": f"{{{{ resources.{role} }}}}"}
    assert by_type["aws.iam_role_policy"][1]["policy_name"] == "prod", "its own name, not that of the managed policy"
    assert by_type["aws.db_instance"][1]["db_subnet_group_name"] == f"{{{{ resources.{by_type['aws.db_subnet_group'][0]} }}}}"
    capsys.readouterr()
    assert outcome(["plan", "-f", "found.yaml", "--detailed-exitcode"]) == 0, capsys.readouterr().out
    assert capsys.readouterr().out.startswith("No changes.")
    assert outcome(["destroy", "-f", "found.yaml", "-y"]) == 0, capsys.readouterr().err
    assert found(capsys) <= before
    assert not aws_cloud.inventory()
