"""What a user of AWS does with what runs: measures, stops, reboots, logs in, calls the API by hand."""

from __future__ import annotations

import json
from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest
from tests.aws.conftest import REGION
from tests.aws.moto_handle import MotoCloud

from mcflow.cli.entry import outcome

Say = Callable[..., str]
RESOURCES = {
    "net": {"type": "vpc", "properties": {"cidr": "10.0.0.0/16"}},
    "app": {"type": "subnet", "properties": {"vpc": "{{ resources.net }}", "cidr": "10.0.1.0/24", "public": True}},
    "key": {"type": "key_pair"},
    "web": {"type": "vm", "properties": {"subnet": "{{ resources.app }}", "image": {"os": "ubuntu", "version": "24.04"}, "spec": "t3.small",
                                         "key_pair": "{{ resources.key }}", "public_ip": True}},
}


@pytest.fixture
def said(folder: Path, aws_cloud: MotoCloud, capsys: pytest.CaptureFixture[str]) -> Say:
    """An applied blueprint with a machine; run a command and return what it says."""
    aws_cloud.register_images()
    fast = {"poll_interval": 0.02, "request_timeout": 5, "visibility_lag": 0.2, "requests_per_second": 0}
    connections = {"cloud": {"driver": "aws", "region": REGION, "endpoint": aws_cloud.endpoint, **fast}}
    (folder / "mcflow.yaml").write_text(json.dumps({"mcflow": 1, "name": "run", "resources": RESOURCES, "connections": connections}))
    assert outcome(["apply", "-y"]) == 0

    def run(*words: str, code: int = 0, err: bool = False) -> str:
        capsys.readouterr()
        found = outcome(list(words))
        told = capsys.readouterr()
        assert found == code, told.err
        return told.err if err else told.out

    return run


def machine(cloud: MotoCloud) -> dict[str, Any]:
    """The one that was made."""
    row: dict[str, Any] = cloud.client().describe_instances()["Reservations"][0]["Instances"][0]
    return row


def test_a_machine_is_stopped_started_rebooted(said: Say, aws_cloud: MotoCloud) -> None:
    assert "stop: done (stopped)" in said("vm", "stop", "web", "-y")
    assert machine(aws_cloud)["State"]["Name"] == "stopped"
    said("plan", "--detailed-exitcode")
    assert "start: done (running)" in said("vm", "start", "web", "-y")
    assert "reboot: done (running)" in said("vm", "reboot", "web", "-y")
    assert "Linux version" in said("vm", "console", "web")
    sent = [entry["action"] for entry in aws_cloud.ledger()][-3:]
    assert sent == ["StopInstances", "StartInstances", "RebootInstances"]


def test_a_reboot_whose_answer_was_lost_is_not_sent_again(said: Say, aws_cloud: MotoCloud) -> None:
    aws_cloud.faults(seed="1", lose_reply=1.0)
    assert "MC1041" in said("vm", "reboot", "web", "-y", code=1, err=True)
    aws_cloud.faults()
    assert [entry["action"] for entry in aws_cloud.ledger()].count("RebootInstances") == 1
    assert "No changes" in said("plan")


def test_throttled_operations_are_asked_for_again(said: Say, aws_cloud: MotoCloud) -> None:
    aws_cloud.faults(seed="3", throttle=0.4)
    said("vm", "stop", "web", "-y")
    aws_cloud.faults()
    assert machine(aws_cloud)["State"]["Name"] == "stopped"


def test_how_to_log_in(said: Say, aws_cloud: MotoCloud) -> None:
    row = machine(aws_cloud)
    printed = said("ssh", "web", "--print")
    assert printed.rstrip().endswith(f"-l ubuntu -- {row['PublicIpAddress']}")
    assert f"HostKeyAlias=aws-{row['InstanceId']}" in printed


def test_metrics_of_a_machine(said: Say, aws_cloud: MotoCloud) -> None:
    now, client = datetime.now(UTC), aws_cloud.client("cloudwatch")
    by = [{"Name": "InstanceId", "Value": machine(aws_cloud)["InstanceId"]}]
    for minutes in range(7, 57, 5):
        when = now - timedelta(minutes=minutes)
        client.put_metric_data(Namespace="AWS/EC2", MetricData=[
            {"MetricName": "CPUUtilization", "Dimensions": by, "Timestamp": when, "Value": 20.0},
            {"MetricName": "NetworkIn", "Dimensions": by, "Timestamp": when, "Value": 3000.0}])
    agents = [*by, {"Name": "ImageId", "Value": "ami"}]
    client.put_metric_data(Namespace="CWAgent", MetricData=[
        {"MetricName": "mem_used_percent", "Dimensions": agents, "Timestamp": now - timedelta(minutes=9), "Value": 60.0}])
    found = json.loads(said("metrics", "web", "-o", "json"))
    values = {each["metric"]: [value for _, value in each["points"]] for each in found["series"]}
    assert set(values["cpu"]) == {20.0}
    assert set(values["network_in"]) == {10.0}
    assert values["memory"] == [60.0]
    assert values["disk_read"] == []


def test_events_are_told_though_some_services_are_not_there(said: Say) -> None:
    told = said("events", "web", code=0, err=True)
    assert "MC1036" in told
    assert "CloudTrail of connection `cloud` could not be read" in " ".join(told.split())


def test_raw_calls_read_and_write(said: Say, aws_cloud: MotoCloud) -> None:
    id = machine(aws_cloud)["InstanceId"]
    assert id in said("raw", "cloud", "ec2", "describe-instances", "--query", "Reservations[].Instances[].InstanceId")
    assert json.loads(said("raw", "cloud", "ec2", "DescribeVpcs", "--all-pages", "--query", "length(Vpcs)")) == 2
    tags = json.dumps({"Resources": [id], "Tags": [{"Key": "team", "Value": "demo"}]})
    assert "MC1058" in said("raw", "cloud", "ec2", "CreateTags", "--params", tags, code=6, err=True)
    said("raw", "cloud", "ec2", "create_tags", "--params", tags, "--allow-write", "--reason", "demo")
    assert {"Key": "team", "Value": "demo"} in machine(aws_cloud)["Tags"]
    last = json.loads(said("state", "history", "--audit", "-o", "json"))[0]
    assert (last["mode"], last["reason"], last["outcome"]) == ("raw ec2 CreateTags", "demo", "done")


def test_secrets_in_answers_are_covered_unless_asked_for(said: Say) -> None:
    said("raw", "cloud", "secretsmanager", "CreateSecret", "--allow-write", "--params", '{"Name": "s", "SecretString": "hush-hush"}')
    answer = said("raw", "cloud", "secretsmanager", "GetSecretValue", "--params", '{"SecretId": "s"}')
    assert "hush-hush" not in answer
    assert "(sensitive)" in answer
    assert "hush-hush" in said("raw", "cloud", "secretsmanager", "GetSecretValue", "--params", '{"SecretId": "s"}', "--reveal")
    assert "hush-hush" not in "".join(path.read_text("utf-8", "replace") for path in Path(".mcflow").rglob("*") if path.is_file())
