"""CloudWatch: alarms and dashboards."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from mcflow.drivers.aws.native.service import Calls, ServiceType, Tagging
from mcflow.drivers.aws.session import AwsSession
from mcflow.drivers.sdk import (
    Again,
    NotFound,
    Submitted,
    UniqueName,
    anything,
    array,
    boolean,
    integer,
    native_type,
    number,
    record,
    string,
    tags,
)

STATISTICS = ["SampleCount", "Average", "Sum", "Minimum", "Maximum"]
COMPARISONS = ["GreaterThanOrEqualToThreshold", "GreaterThanThreshold", "LessThanThreshold", "LessThanOrEqualToThreshold",
               "LessThanLowerOrGreaterThanUpperThreshold", "LessThanLowerThreshold", "GreaterThanUpperThreshold"]
ACTIONS = {"ok_actions": "OK", "alarm_actions": "ALARM", "insufficient_data_actions": "INSUFFICIENT_DATA"}
WHOLE = "alarm"


@native_type
class MetricAlarm(ServiceType):
    """One alarm on a metric; the id is its name. The API writes alarms whole, whether they are there or not, so mcflow looks first.
    https://docs.aws.amazon.com/AmazonCloudWatch/latest/APIReference/API_PutMetricAlarm.html

    One call shows a hundred alarms; their tags are a call for each.
    """

    name = "aws.cloudwatch_alarm"
    identity = UniqueName(attribute="alarm_name", max_length=255, pattern="[A-Za-z0-9_.-]")
    calls = Calls("cloudwatch", create="put_metric_alarm", list="describe_alarms", rows="metric_alarms", many="alarm_names",
                  delete="delete_alarms", id="alarm_name", key="alarm_name", made="", updates={WHOLE: "put_metric_alarm"})
    tagging = Tagging("tag_resource", "untag_resource", target="alarm_arn", list="list_tags_for_resource")
    attributes = {
        "alarm_name": string("Its name, unique in account and region."),
        "alarm_description": string("What it is for.", group=WHOLE, default=""),
        "namespace": string("Whose metric (AWS/EC2).", group=WHOLE),
        "metric_name": string("Which metric (CPUUtilization).", group=WHOLE),
        "dimensions": array(record({"name": string(), "value": string()}), "Of what.", set=True, group=WHOLE),
        "statistic": string("How a period's values become one.", enum=STATISTICS, group=WHOLE),
        "extended_statistic": string("The same as a percentile (p95).", group=WHOLE),
        "period": integer("Seconds.", minimum=10, group=WHOLE),
        "unit": string("Only values in this unit count.", group=WHOLE),
        "evaluation_periods": integer("How many periods are looked at.", minimum=1, group=WHOLE),
        "datapoints_to_alarm": integer("How many of them must be beyond the threshold; absent: all.", minimum=1, group=WHOLE,
                                       default_from_cloud=True),
        "threshold": number("The limit, in the metric's unit.", group=WHOLE),
        "comparison_operator": string("Which side of it is bad.", enum=COMPARISONS, group=WHOLE),
        "treat_missing_data": string("breaching, notBreaching, ignore or missing.", enum=["breaching", "notBreaching", "ignore", "missing"],
                                     group=WHOLE, default="missing"),
        "actions_enabled": boolean("Whether its actions are carried out.", group=WHOLE, default=True),
        **{name: array(string(), f"What is done when it becomes {state}, by ARN (an SNS topic).", set=True, group=WHOLE)
           for name, state in ACTIONS.items()},
        "alarm_arn": string("Its ARN.", read_only=True),
        "state_value": string("OK, ALARM or INSUFFICIENT_DATA.", read_only=True, changes_with=[WHOLE]),
        "tags": tags(),
    }
    required = ("evaluation_periods", "comparison_operator")

    def change(self, api: AwsSession, id: str, want: Mapping[str, Any], last: Mapping[str, Any],
               group: str) -> Submitted | Again | dict[str, Any]:
        if self.row(api, id) is None:
            # Writing what is not there would make it again, without marks.
            raise NotFound(f"alarm {id} is not there")
        return super().change(api, id, want, last, group)

    def delete(self, api: AwsSession, id: str, last: Mapping[str, Any]) -> Submitted | Again:
        answer = api.tell(self.calls.service, self.calls.delete, alarm_names=[id])
        return Submitted(id, request_id=answer["request_id"])


@native_type
class Dashboard(ServiceType):
    """One dashboard; the id is its name.
    https://docs.aws.amazon.com/AmazonCloudWatch/latest/APIReference/API_PutDashboard.html"""

    name = "aws.cloudwatch_dashboard"
    identity = UniqueName(attribute="dashboard_name", max_length=255, pattern="[A-Za-z0-9_-]", marked=False)
    calls = Calls("cloudwatch", create="put_dashboard", read="get_dashboard", list="list_dashboards", rows="dashboard_entries",
                  delete="delete_dashboards", id="dashboard_name", key="dashboard_name", made="", whole=False,
                  updates={"body": "put_dashboard"})
    documents = ("dashboard_body",)
    attributes = {
        "dashboard_name": string("Its name, unique in the account."),
        "dashboard_body": anything("Its widgets, as the API's JSON.", group="body"),
        "dashboard_arn": string("Its ARN.", read_only=True),
    }
    required = ("dashboard_body",)

    def delete(self, api: AwsSession, id: str, last: Mapping[str, Any]) -> Submitted | Again:
        answer = api.tell(self.calls.service, self.calls.delete, dashboard_names=[id])
        return Submitted(id, request_id=answer["request_id"])
