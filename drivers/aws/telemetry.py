"""CloudWatch's metrics and alarms, CloudTrail's calls, EC2's status checks and planned events."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any, ClassVar

from mcflow.drivers.aws.measures import AGENT, AGENT_METRIC, MEASURED, MEMORY, Measure, Measured
from mcflow.drivers.aws.session import AwsSession
from mcflow.drivers.sdk import Happening, Series, Subject, Telemetry, Window

AT_ONCE = 500
"""Queries of one GetMetricData."""
MOST_PAGES = 40
"""Pages of 50 events that one look at CloudTrail takes: it answers two requests a second."""
DAY = 86400
ALARM = "aws.cloudwatch_alarm"


@dataclass(frozen=True, slots=True)
class Query:
    """One series to ask for."""

    subject: Subject
    measure: Measure
    namespace: str
    dimensions: Sequence[Mapping[str, str]]
    period: int


class AwsTelemetry(Telemetry[AwsSession]):
    """What CloudWatch, CloudTrail and EC2 tell."""

    sources: ClassVar[Sequence[str]] = ("CloudTrail", "EC2 status", "CloudWatch alarms")

    def measures(self, type: str) -> Sequence[str]:
        names = [each.metric for kind in MEASURED.get(type, ()) for each in kind.measures]
        return tuple(dict.fromkeys([*names, *([MEMORY.metric] if type == "aws.instance" else [])]))

    def metrics(self, api: AwsSession, subjects: Sequence[Subject], metrics: Sequence[str], window: Window) -> Iterator[Series]:
        """GetMetricData, 500 series a call; ListMetrics once where a machine's memory is asked for.
        https://docs.aws.amazon.com/AmazonCloudWatch/latest/APIReference/API_GetMetricData.html"""
        queries = [each for each in _queries(api, subjects, metrics, window) if not metrics or each.measure.metric in metrics]
        for at in range(0, len(queries), AT_ONCE):
            part = queries[at:at + AT_ONCE]
            points = _points(api, part, window)
            for number, query in enumerate(part):
                yield _series(query, points.get(f"q{number}", []))

    def events(self, api: AwsSession, source: str, subjects: Sequence[Subject] | None, since: float, until: float) -> Iterator[Happening]:
        return SOURCES[source](api, subjects, since, until)


def _queries(api: AwsSession, subjects: Sequence[Subject], metrics: Sequence[str], window: Window) -> Iterator[Query]:
    machines = {each.id for each in subjects if each.type == "aws.instance"}
    agents = _agents(api, machines) if machines and (not metrics or MEMORY.metric in metrics) else {}
    for subject in subjects:
        kind = _kind(subject)
        if kind is not None:
            dimensions = [{"Name": name, "Value": _value(kind, subject, of)} for name, of in kind.dimensions.items()]
            for measure in kind.measures:
                yield Query(subject, measure, kind.namespace, dimensions, _period(window, measure))
        if subject.id in agents:
            yield Query(subject, MEMORY, AGENT, agents[subject.id], _period(window, MEMORY))


def _kind(subject: Subject) -> Measured | None:
    return next((kind for kind in MEASURED.get(subject.type, ()) if kind.after in subject.id), None)


def _value(kind: Measured, subject: Subject, of: str) -> str:
    value = subject.id if of == "id" else str(subject.attributes.get(of) or subject.id)
    return kind.keep + value.partition(kind.after)[2] if kind.after else value


def _agents(api: AwsSession, machines: set[str]) -> dict[str, Sequence[Mapping[str, str]]]:
    """Machine → the dimensions under which the agent in it tells of its memory."""
    found: dict[str, Sequence[Mapping[str, str]]] = {}
    for row in api.pages("list_metrics", "Metrics", service="cloudwatch", Namespace=AGENT, MetricName=AGENT_METRIC):
        for dimension in row.get("Dimensions", ()):
            if dimension["Name"] == "InstanceId" and dimension["Value"] in machines:
                found.setdefault(dimension["Value"], row["Dimensions"])
    return found


def _period(window: Window, measure: Measure) -> int:
    """CloudWatch keeps minutes for 15 days, five minutes for 63, then hours."""
    age = datetime.now(UTC).timestamp() - window.start
    least = max(measure.every, 60 if age < 15 * DAY else 300 if age < 63 * DAY else 3600)
    return max(least, -(-window.step // least) * least)


def _points(api: AwsSession, queries: Sequence[Query], window: Window) -> dict[str, list[tuple[float, float]]]:
    asked = [
        {"Id": f"q{number}", "ReturnData": True, "MetricStat": {
            "Metric": {"Namespace": each.namespace, "MetricName": each.measure.name, "Dimensions": list(each.dimensions)},
            "Period": each.period, "Stat": each.measure.stat}}
        for number, each in enumerate(queries)
    ]
    points: dict[str, list[tuple[float, float]]] = {}
    for row in api.pages("get_metric_data", "MetricDataResults", service="cloudwatch", MetricDataQueries=asked, ScanBy="TimestampAscending",
                         StartTime=_moment(window.start), EndTime=_moment(window.end)):
        points.setdefault(row["Id"], []).extend(zip((_seconds(at) for at in row["Timestamps"]), row["Values"], strict=True))
    return points


def _series(query: Query, points: list[tuple[float, float]]) -> Series:
    measure = query.measure
    factor = measure.scale / query.period if measure.rate else measure.scale
    return Series(query.subject.address, measure.metric, measure.title, measure.unit,
                  sorted((at, value * factor) for at, value in points), query.period)


def trail(api: AwsSession, subjects: Sequence[Subject] | None, since: float, until: float) -> Iterator[Happening]:
    """Calls that CloudTrail recorded: those about a subject; of a whole connection only what may have changed something.
    https://docs.aws.amazon.com/awscloudtrail/latest/APIReference/API_LookupEvents.html"""
    if subjects is None:
        yield from _looked_up(api, {"AttributeKey": "ReadOnly", "AttributeValue": "false"}, "", since, until)
        return
    for id in dict.fromkeys(each.id for each in subjects if "|" not in each.id):
        yield from _looked_up(api, {"AttributeKey": "ResourceName", "AttributeValue": id}, id, since, until)


def _looked_up(api: AwsSession, by: dict[str, str], id: str, since: float, until: float) -> Iterator[Happening]:
    token: dict[str, str] = {}
    for _ in range(MOST_PAGES):
        page = api.call("lookup_events", service="cloudtrail", LookupAttributes=[by], StartTime=_moment(since), EndTime=_moment(until),
                        MaxResults=50, **token)
        rows = page.get("Events", ())
        yield from (_called(row, id) for row in rows)
        if not page.get("NextToken"):
            return
        token = {"NextToken": page["NextToken"]}
    oldest = min((_seconds(row["EventTime"]) for row in rows), default=since)
    cut = "what was before is left out: there is too much; ask for a shorter time"
    yield Happening(oldest, "cut", "", cut, id, "warning", "CloudTrail")


def _called(row: Mapping[str, Any], id: str) -> Happening:
    try:
        detail = json.loads(row.get("CloudTrailEvent") or "{}")
    except ValueError:
        detail = {}
    service = str(row.get("EventSource", "")).removesuffix(".amazonaws.com")
    error = str(detail.get("errorCode") or "")
    named = id or next((each["ResourceName"] for each in row.get("Resources", ()) if each.get("ResourceName")), "")
    who = str(row.get("Username") or detail.get("userIdentity", {}).get("invokedBy") or "")
    what = f"{service} {row.get('EventName', '')}" + (f": {error}" if error else "")
    return Happening(_seconds(row["EventTime"]), "call", who, what, named, "warning" if error else "info", "CloudTrail",
                     str(row.get("EventId", "")))


def status(api: AwsSession, subjects: Sequence[Subject] | None, since: float, until: float) -> Iterator[Happening]:
    """Checks that fail now and events that AWS has planned, of machines and volumes.
    https://docs.aws.amazon.com/AWSEC2/latest/APIReference/API_DescribeInstanceStatus.html"""
    machines = _of(subjects, "aws.instance")
    if machines is None or machines:
        asked: dict[str, Any] = {"InstanceIds": machines, "IncludeAllInstances": True} if machines else {}
        for row in api.pages("describe_instance_status", "InstanceStatuses", **asked):
            for check in ("InstanceStatus", "SystemStatus"):
                yield from _impaired(row["InstanceId"], check, row.get(check, {}), until)
            yield from _planned(row["InstanceId"], row.get("Events", ()), "InstanceEventId", "Code", until)
    volumes = _of(subjects, "aws.volume")
    if volumes is None or volumes:
        named: dict[str, Any] = {"VolumeIds": volumes} if volumes else {}
        for row in api.pages("describe_volume_status", "VolumeStatuses", **named):
            yield from _impaired(row["VolumeId"], "VolumeStatus", row.get("VolumeStatus", {}), until)
            yield from _planned(row["VolumeId"], row.get("Events", ()), "EventId", "EventType", until)


def _of(subjects: Sequence[Subject] | None, type: str) -> list[str] | None:
    return None if subjects is None else [each.id for each in subjects if each.type == type]


def _impaired(id: str, check: str, told: Mapping[str, Any], until: float) -> Iterator[Happening]:
    if told.get("Status") not in ("impaired", "insufficient-data"):
        return
    details = told.get("Details") or [{}]
    for each in details:
        at = _seconds(each["ImpairedSince"]) if each.get("ImpairedSince") else until
        what = " ".join(filter(None, (check, each.get("Name", ""), each.get("Status") or told["Status"])))
        severity: Any = "error" if told["Status"] == "impaired" else "warning"
        yield Happening(at, "status", "", what, id, severity, "EC2 status", f"{id} {what}")


def _planned(id: str, rows: Sequence[Mapping[str, Any]], key: str, code: str, until: float) -> Iterator[Happening]:
    for row in rows:
        at = _seconds(row["NotBefore"]) if row.get("NotBefore") else until
        what = f"{row.get(code, '')}: {row.get('Description', '')}"
        done = str(row.get("Description", "")).startswith(("[Completed]", "[Canceled]"))
        yield Happening(at, "maintenance", "", what, id, "info" if done else "warning", "EC2 status", str(row.get(key) or f"{id} {what}"))


def alarms(api: AwsSession, subjects: Sequence[Subject] | None, since: float, until: float) -> Iterator[Happening]:
    """What alarms did: of a whole connection all of them, else those that are a subject or watch one.
    https://docs.aws.amazon.com/AmazonCloudWatch/latest/APIReference/API_DescribeAlarmHistory.html"""
    times = {"StartDate": _moment(since), "EndDate": _moment(until)}
    if subjects is None:
        yield from _history(api, times)
        return
    names = [each.id for each in subjects if each.type == ALARM]
    watched = {value for each in subjects for value in _values(each)}
    if len(names) < len(subjects):
        for row in api.pages("describe_alarms", "MetricAlarms", service="cloudwatch"):
            if any(each["Value"] in watched for each in row.get("Dimensions", ())):
                names.append(row["AlarmName"])
    for name in dict.fromkeys(names):
        yield from _history(api, {**times, "AlarmName": name})


def _values(subject: Subject) -> Iterator[str]:
    yield subject.id
    kind = _kind(subject)
    if kind is not None:
        yield from (_value(kind, subject, of) for of in kind.dimensions.values())


def _history(api: AwsSession, asked: Mapping[str, Any]) -> Iterator[Happening]:
    for row in api.pages("describe_alarm_history", "AlarmHistoryItems", service="cloudwatch", **asked):
        what = f"{row.get('HistoryItemType', '')}: {row.get('HistorySummary', '')}"
        at = _seconds(row["Timestamp"])
        severity: Any = "error" if str(row.get("HistorySummary", "")).endswith("to ALARM") else "info"
        yield Happening(at, "alarm", "", what, row["AlarmName"], severity, "CloudWatch alarms", f"{row['AlarmName']} {at} {what}")


def _moment(at: float) -> datetime:
    return datetime.fromtimestamp(at, UTC)


def _seconds(at: datetime) -> float:
    return (at if at.tzinfo else at.replace(tzinfo=UTC)).timestamp()


SOURCES: Mapping[str, Callable[[AwsSession, Sequence[Subject] | None, float, float], Iterator[Happening]]] = {
    "CloudTrail": trail, "EC2 status": status, "CloudWatch alarms": alarms,
}
