"""Metrics and events, with every request and answer checked against the SDK's models. moto has no LookupEvents, DescribeAlarmHistory or
DescribeVolumeStatus: these are tried here only."""

from __future__ import annotations

import json
from datetime import UTC, datetime
from functools import cache
from typing import Any

import botocore.session
import pytest
from botocore.stub import ANY
from tests.unit.drivers.aws.stubbed import Stubbed

from mcflow.drivers.aws import driver
from mcflow.drivers.aws.measures import MEASURED
from mcflow.drivers.aws.telemetry import AwsTelemetry
from mcflow.drivers.sdk import AccessDenied, Subject, Window

NOW = datetime(2026, 11, 22, 12, 0, tzinfo=UTC)
MACHINE = Subject("web/instance", "aws.instance", "i-1")
VOLUME = Subject("data/volume", "aws.volume", "vol-1")
TELEMETRY = AwsTelemetry()


@pytest.fixture
def api() -> Stubbed:
    return Stubbed()


def recent(step: int = 60) -> Window:
    """The last hour, by this machine's clock: how long CloudWatch keeps what hangs on it."""
    end = datetime.now(UTC).timestamp() // 3600 * 3600
    return Window(end - 3600, end, step)


def at(seconds: float) -> datetime:
    return datetime.fromtimestamp(seconds, UTC)


def query(name: str, id: str, namespace: str, dimensions: dict[str, str], period: int, stat: str) -> dict[str, Any]:
    by = [{"Name": key, "Value": value} for key, value in dimensions.items()]
    metric = {"Namespace": namespace, "MetricName": name, "Dimensions": by}
    return {"Id": id, "ReturnData": True, "MetricStat": {"Metric": metric, "Period": period, "Stat": stat}}


def test_a_machine_in_one_call_rates_per_second_and_memory_from_the_agent(api: Stubbed) -> None:
    window = recent()
    dimensions = [{"Name": "InstanceId", "Value": "i-1"}, {"Name": "ImageId", "Value": "ami-1"}]
    api.expect("cloudwatch", "list_metrics", {"Metrics": [
        {"Namespace": "CWAgent", "MetricName": "mem_used_percent", "Dimensions": [{"Name": "InstanceId", "Value": "i-other"}]},
        {"Namespace": "CWAgent", "MetricName": "mem_used_percent", "Dimensions": dimensions}]},
        Namespace="CWAgent", MetricName="mem_used_percent")
    asked = [query("CPUUtilization", "q0", "AWS/EC2", {"InstanceId": "i-1"}, 300, "Average"),
             query("NetworkIn", "q1", "AWS/EC2", {"InstanceId": "i-1"}, 300, "Sum"),
             query("mem_used_percent", "q2", "CWAgent", {"InstanceId": "i-1", "ImageId": "ami-1"}, 60, "Average")]
    first = {"MetricDataResults": [{"Id": "q0", "Timestamps": [at(window.start)], "Values": [12.0]}], "NextToken": "more"}
    second = {"MetricDataResults": [
        {"Id": "q0", "Timestamps": [at(window.start + 300)], "Values": [14.0]},
        {"Id": "q1", "Timestamps": [at(window.start)], "Values": [3000.0]}, {"Id": "q2", "Timestamps": [], "Values": []}]}
    sent = {"MetricDataQueries": asked, "ScanBy": "TimestampAscending", "StartTime": at(window.start), "EndTime": at(window.end)}
    api.expect("cloudwatch", "get_metric_data", first, **sent)
    api.expect("cloudwatch", "get_metric_data", second, **sent, NextToken="more")
    found = list(TELEMETRY.metrics(api, [MACHINE], ["cpu", "network_in", "memory"], window))
    assert [(each.metric, each.unit, list(each.points), each.step) for each in found] == [
        ("cpu", "%", [(window.start, 12.0), (window.start + 300, 14.0)], 300),
        ("network_in", "B/s", [(window.start, 10.0)], 300), ("memory", "%", [], 60)]
    assert api.done()


def test_balancers_are_told_apart_and_named_as_cloudwatch_does(api: Stubbed) -> None:
    window = recent(300)
    arn = "arn:aws:elasticloadbalancing:ap-northeast-2:1:loadbalancer"
    subjects = [Subject("a/lb", "aws.lb", f"{arn}/app/a/01"), Subject("b/lb", "aws.lb", f"{arn}/net/b/02")]
    asked = [query("RequestCount", "q0", "AWS/ApplicationELB", {"LoadBalancer": "app/a/01"}, 300, "Sum"),
             query("NewFlowCount", "q1", "AWS/NetworkELB", {"LoadBalancer": "net/b/02"}, 300, "Sum")]
    api.expect("cloudwatch", "get_metric_data", {"MetricDataResults": []}, MetricDataQueries=asked, ScanBy=ANY, StartTime=ANY, EndTime=ANY)
    found = list(TELEMETRY.metrics(api, subjects, ["requests", "new_connections"], window))
    assert [(each.subject, each.metric) for each in found] == [("a/lb", "requests"), ("b/lb", "new_connections")]


@pytest.mark.parametrize(("days", "period"), [(0.1, 60), (20, 300), (80, 3600)])
def test_the_period_is_one_that_cloudwatch_has_kept(api: Stubbed, days: float, period: int) -> None:
    start = datetime.now(UTC).timestamp() - days * 86400
    asked = [query("VolumeQueueLength", "q0", "AWS/EBS", {"VolumeId": "vol-1"}, period, "Average")]
    api.expect("cloudwatch", "get_metric_data", {"MetricDataResults": []}, MetricDataQueries=asked, ScanBy=ANY, StartTime=ANY, EndTime=ANY)
    assert [each.step for each in TELEMETRY.metrics(api, [VOLUME], ["queue"], Window(start, start + 600, 60))] == [period]


@cache
def _namespaces() -> set[str]:
    return {each.namespace for kinds in MEASURED.values() for each in kinds}


def test_the_table_names_types_that_there_are_and_no_metric_twice() -> None:
    assert set(MEASURED) <= set(driver.natives)
    for type, kinds in MEASURED.items():
        for kind in kinds:
            names = [each.metric for each in kind.measures]
            assert len(names) == len(set(names)), type
            assert all(of == "id" or of in driver.natives[type].attributes for of in kind.dimensions.values()), type
            assert all(each.stat in ("Average", "Sum", "Maximum") and each.every % 60 == 0 for each in kind.measures)
    assert all(name.startswith("AWS/") for name in _namespaces())


def trail_event(id: str, name: str, **more: Any) -> dict[str, Any]:
    detail = {"errorCode": more.pop("error")} if "error" in more else {}
    return {"EventId": id, "EventName": name, "EventTime": NOW, "EventSource": "ec2.amazonaws.com", "Username": "kim", "ReadOnly": "false",
            "Resources": [{"ResourceType": "AWS::EC2::Instance", "ResourceName": "i-1"}], "CloudTrailEvent": json.dumps(detail), **more}


def test_calls_about_an_object_page_by_page(api: Stubbed) -> None:
    by = [{"AttributeKey": "ResourceName", "AttributeValue": "i-1"}]
    asked = {"LookupAttributes": by, "StartTime": at(0), "EndTime": NOW, "MaxResults": 50}
    refused = trail_event("2", "StopInstances", error="Client.UnauthorizedOperation")
    api.expect("cloudtrail", "lookup_events", {"Events": [trail_event("1", "RebootInstances")], "NextToken": "more"}, **asked)
    api.expect("cloudtrail", "lookup_events", {"Events": [refused]}, **asked, NextToken="more")
    found = list(TELEMETRY.events(api, "CloudTrail", [MACHINE, Subject("r", "aws.route", "rtb-1|0.0.0.0/0")], 0.0, NOW.timestamp()))
    assert [(each.kind, each.who, each.what, each.object, each.severity, each.key) for each in found] == [
        ("call", "kim", "ec2 RebootInstances", "i-1", "info", "1"),
        ("call", "kim", "ec2 StopInstances: Client.UnauthorizedOperation", "i-1", "warning", "2")]
    assert api.done()


def test_of_a_connection_only_what_may_have_changed_something(api: Stubbed) -> None:
    api.expect("cloudtrail", "lookup_events", {"Events": [trail_event("1", "RunInstances")]}, StartTime=ANY, EndTime=ANY, MaxResults=50,
               LookupAttributes=[{"AttributeKey": "ReadOnly", "AttributeValue": "false"}])
    found = list(TELEMETRY.events(api, "CloudTrail", None, 0.0, NOW.timestamp()))
    assert [(each.what, each.object) for each in found] == [("ec2 RunInstances", "i-1")]


def test_too_many_calls_are_cut_and_that_is_told(api: Stubbed, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("mcflow.drivers.aws.telemetry.MOST_PAGES", 1)
    page = {"Events": [trail_event("1", "RunInstances")], "NextToken": "more"}
    api.expect("cloudtrail", "lookup_events", page, StartTime=ANY, EndTime=ANY, MaxResults=50, LookupAttributes=ANY)
    found = list(TELEMETRY.events(api, "CloudTrail", None, 0.0, NOW.timestamp()))
    assert [each.kind for each in found] == ["call", "cut"]


def test_checks_that_fail_and_what_is_planned(api: Stubbed) -> None:
    api.expect("ec2", "describe_instance_status", {"InstanceStatuses": [{
        "InstanceId": "i-1", "SystemStatus": {"Status": "ok"},
        "InstanceStatus": {"Status": "impaired", "Details": [{"ImpairedSince": NOW, "Name": "reachability", "Status": "failed"}]},
        "Events": [{"InstanceEventId": "e-1", "Code": "system-reboot", "Description": "The host is updated", "NotBefore": NOW},
                   {"InstanceEventId": "e-2", "Code": "instance-stop", "Description": "[Completed] x", "NotBefore": NOW}]}]},
        InstanceIds=["i-1"], IncludeAllInstances=True)
    api.expect("ec2", "describe_volume_status", {"VolumeStatuses": [{
        "VolumeId": "vol-1", "VolumeStatus": {"Status": "ok"}, "Events": [
            {"EventId": "e-3", "EventType": "potential-data-inconsistency", "Description": "look at it", "NotBefore": NOW}]}]},
        VolumeIds=["vol-1"])
    found = list(TELEMETRY.events(api, "EC2 status", [MACHINE, VOLUME], 0.0, NOW.timestamp()))
    assert [(each.kind, each.object, each.severity, each.key) for each in found] == [
        ("status", "i-1", "error", "i-1 InstanceStatus reachability failed"), ("maintenance", "i-1", "warning", "e-1"),
        ("maintenance", "i-1", "info", "e-2"), ("maintenance", "vol-1", "warning", "e-3")]
    assert api.done()


def test_nothing_is_asked_of_ec2_about_other_things(api: Stubbed) -> None:
    assert list(TELEMETRY.events(api, "EC2 status", [Subject("q", "aws.sqs_queue", "https://q")], 0.0, 1.0)) == []


def test_the_alarms_that_watch_an_object(api: Stubbed) -> None:
    api.expect("cloudwatch", "describe_alarms", {"MetricAlarms": [
        {"AlarmName": "hot", "Dimensions": [{"Name": "InstanceId", "Value": "i-1"}]},
        {"AlarmName": "other", "Dimensions": [{"Name": "InstanceId", "Value": "i-2"}]}]})
    item = {"AlarmName": "hot", "Timestamp": NOW, "HistoryItemType": "StateUpdate", "HistorySummary": "Alarm updated from OK to ALARM"}
    api.expect("cloudwatch", "describe_alarm_history", {"AlarmHistoryItems": [item]}, AlarmName="hot", StartDate=ANY, EndDate=ANY)
    found = list(TELEMETRY.events(api, "CloudWatch alarms", [MACHINE], 0.0, NOW.timestamp()))
    assert [(each.what, each.object, each.severity) for each in found] == [
        ("StateUpdate: Alarm updated from OK to ALARM", "hot", "error")]
    assert api.done()


def test_an_alarm_itself_and_all_of_a_connection(api: Stubbed) -> None:
    api.expect("cloudwatch", "describe_alarm_history", {"AlarmHistoryItems": []}, AlarmName="hot", StartDate=ANY, EndDate=ANY)
    assert list(TELEMETRY.events(api, "CloudWatch alarms", [Subject("h", "aws.cloudwatch_alarm", "hot")], 0.0, 1.0)) == []
    api.expect("cloudwatch", "describe_alarm_history", {"AlarmHistoryItems": []}, StartDate=ANY, EndDate=ANY)
    assert list(TELEMETRY.events(api, "CloudWatch alarms", None, 0.0, 1.0)) == []


@pytest.mark.parametrize(("service", "operation", "message", "permission"), [
    ("cloudwatch", "describe_alarm_history", "no", "cloudwatch:DescribeAlarmHistory"),
    ("cloudwatch", "describe_alarm_history", "User: x is not authorized to perform: cloudwatch:GetOther on y", "cloudwatch:GetOther"),
])
def test_a_refusal_names_the_permission(api: Stubbed, service: str, operation: str, message: str, permission: str) -> None:
    api.refuse(service, operation, "AccessDenied", message)
    with pytest.raises(AccessDenied) as refused:
        list(TELEMETRY.events(api, "CloudWatch alarms", None, 0.0, 1.0))
    assert refused.value.permission == permission


@pytest.mark.parametrize(("service", "operation", "action"), [
    ("elbv2", "DescribeLoadBalancers", "elasticloadbalancing:DescribeLoadBalancers"), ("s3", "HeadBucket", "s3:ListBucket"),
    ("resourcegroupstaggingapi", "GetResources", "tag:GetResources"), ("cloudtrail", "LookupEvents", "cloudtrail:LookupEvents"),
])
def test_actions_as_iam_writes_them(service: str, operation: str, action: str) -> None:
    from mcflow.drivers.aws.permissions import permission

    assert permission("", botocore.session.get_session().get_service_model(service), operation) == action
