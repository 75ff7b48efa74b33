"""What CloudWatch measures of each native type: data.

https://docs.aws.amazon.com/AmazonCloudWatch/latest/monitoring/aws-services-cloudwatch-metrics.html
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Measure:
    """One metric. ``name`` is CloudWatch's; ``rate``: its sum is told per second; ``scale``: what one of CloudWatch's is of ours;
    ``every``: seconds between two values that the service sends, and the smallest period there is sense in."""

    metric: str
    title: str
    unit: str
    name: str
    stat: str = "Average"
    rate: bool = False
    scale: float = 1.0
    every: int = 60


@dataclass(frozen=True, slots=True)
class Measured:
    """The metrics of objects of a type. ``dimensions``: CloudWatch's name → ``id``, or the attribute that holds the value. ``after``: only
    what follows this text in it; objects without it are of another kind (an application and a network load balancer)."""

    namespace: str
    dimensions: Mapping[str, str]
    measures: tuple[Measure, ...]
    after: str = ""
    keep: str = ""
    """What of ``after`` belongs to the value all the same."""


def _rate(metric: str, title: str, name: str, unit: str = "B/s", every: int = 60) -> Measure:
    return Measure(metric, title, unit, name, "Sum", rate=True, every=every)


def _traffic(received: str, sent: str, every: int = 60) -> tuple[Measure, ...]:
    return _rate("network_in", "Network in", received, every=every), _rate("network_out", "Network out", sent, every=every)


def _disk(read: str, written: str, every: int = 60) -> tuple[Measure, ...]:
    return _rate("disk_read", "Disk read", read, every=every), _rate("disk_write", "Disk write", written, every=every)


CPU = "CPUUtilization"
BASIC = 300
"""Without detailed monitoring an instance is measured every five minutes."""

MEASURED: Mapping[str, tuple[Measured, ...]] = {
    "aws.instance": (Measured("AWS/EC2", {"InstanceId": "id"}, (
        Measure("cpu", "CPU", "%", CPU, every=BASIC), *_disk("EBSReadBytes", "EBSWriteBytes", BASIC),
        *_traffic("NetworkIn", "NetworkOut", BASIC), Measure("checks", "Failed checks", "", "StatusCheckFailed", "Maximum"),
        Measure("credits", "CPU credits", "", "CPUCreditBalance", every=BASIC))),),
    "aws.volume": (Measured("AWS/EBS", {"VolumeId": "id"}, (
        *_disk("VolumeReadBytes", "VolumeWriteBytes"), _rate("reads", "Reads", "VolumeReadOps", "/s"),
        _rate("writes", "Writes", "VolumeWriteOps", "/s"), Measure("queue", "Queue", "", "VolumeQueueLength"))),),
    "aws.nat_gateway": (Measured("AWS/NATGateway", {"NatGatewayId": "id"}, (
        *_traffic("BytesInFromDestination", "BytesOutToDestination"),
        Measure("connections", "Connections", "", "ActiveConnectionCount", "Maximum"),
        Measure("port_errors", "No port left", "", "ErrorPortAllocation", "Sum"))),),
    "aws.lb": (
        Measured("AWS/ApplicationELB", {"LoadBalancer": "id"}, (
            _rate("requests", "Requests", "RequestCount", "/s"), Measure("latency", "Latency of targets", "s", "TargetResponseTime"),
            _rate("errors", "Errors of targets", "HTTPCode_Target_5XX_Count", "/s"),
            _rate("own_errors", "Errors of its own", "HTTPCode_ELB_5XX_Count", "/s"),
            Measure("connections", "Connections", "", "ActiveConnectionCount", "Sum"),
            _rate("network_in", "Traffic", "ProcessedBytes")), after=":loadbalancer/app/", keep="app/"),
        Measured("AWS/NetworkELB", {"LoadBalancer": "id"}, (
            _rate("network_in", "Traffic", "ProcessedBytes"), Measure("connections", "Connections", "", "ActiveFlowCount"),
            _rate("new_connections", "New connections", "NewFlowCount", "/s"),
            _rate("resets", "Resets by targets", "TCP_Target_Reset_Count", "/s")), after=":loadbalancer/net/", keep="net/")),
    "aws.db_instance": (Measured("AWS/RDS", {"DBInstanceIdentifier": "id"}, (
        Measure("cpu", "CPU", "%", CPU), Measure("memory_free", "Free memory", "B", "FreeableMemory"),
        Measure("storage_free", "Free storage", "B", "FreeStorageSpace"), Measure("connections", "Connections", "", "DatabaseConnections"),
        Measure("disk_read", "Disk read", "B/s", "ReadThroughput"), Measure("disk_write", "Disk write", "B/s", "WriteThroughput"),
        Measure("network_in", "Network in", "B/s", "NetworkReceiveThroughput"),
        Measure("network_out", "Network out", "B/s", "NetworkTransmitThroughput"))),),
    "aws.efs_file_system": (Measured("AWS/EFS", {"FileSystemId": "id"}, (
        *_disk("DataReadIOBytes", "DataWriteIOBytes"), Measure("connections", "Clients", "", "ClientConnections", "Sum"),
        Measure("limit", "Share of the I/O limit", "%", "PercentIOLimit"))),),
    "aws.auto_scaling_group": (Measured("AWS/EC2", {"AutoScalingGroupName": "id"}, (
        Measure("cpu", "CPU", "%", CPU, every=BASIC), *_traffic("NetworkIn", "NetworkOut", BASIC))),),
    "aws.sqs_queue": (Measured("AWS/SQS", {"QueueName": "queue_name"}, (
        Measure("waiting", "Messages waiting", "", "ApproximateNumberOfMessagesVisible", "Maximum"),
        Measure("oldest", "Age of the oldest", "s", "ApproximateAgeOfOldestMessage", "Maximum"),
        _rate("sent", "Sent", "NumberOfMessagesSent", "/s"), _rate("received", "Received", "NumberOfMessagesReceived", "/s"))),),
    "aws.lambda_function": (Measured("AWS/Lambda", {"FunctionName": "id"}, (
        _rate("requests", "Invocations", "Invocations", "/s"), _rate("errors", "Errors", "Errors", "/s"),
        _rate("throttles", "Throttled", "Throttles", "/s"), Measure("latency", "Duration", "s", "Duration", scale=0.001))),),
}
"""Native type → its metrics. With several entries the first counts that fits the object's id."""

AGENT, AGENT_METRIC = "CWAgent", "mem_used_percent"
MEMORY = Measure("memory", "Memory", "%", AGENT_METRIC)
"""EC2 does not look into a machine. Where Amazon's agent runs in it, it tells of the memory, under dimensions of its configuration."""
