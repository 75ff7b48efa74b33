"""Service quotas: what AWS gives everybody, and what this account was given instead."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from contextlib import suppress
from typing import Any

from mcflow.drivers.aws.session import AwsSession
from mcflow.drivers.sdk import NotFound, Quota, ServiceFault, Unsupported

SERVICES = ("ec2", "vpc", "ebs", "elasticloadbalancing", "eks", "rds", "elasticfilesystem", "s3", "iam", "lambda", "sns", "sqs", "dynamodb",
            "kms", "secretsmanager", "ssm", "route53", "logs", "monitoring", "ecr")
"""Services whose objects mcflow makes, as Service Quotas calls them."""


def quotas(api: AwsSession, service: str) -> Iterator[Quota]:
    """Of one service, or of all in the table. What Service Quotas names is what applies; where an endpoint has only defaults, those.
    https://docs.aws.amazon.com/servicequotas/2019-06-24/apireference/API_ListServiceQuotas.html"""
    if service:
        yield from _of(api, service)
        return
    for code in SERVICES:
        # Not every region has every service.
        with suppress(NotFound):
            yield from _of(api, code)


def _of(api: AwsSession, code: str) -> Iterator[Quota]:
    rows = {row["QuotaCode"]: row for row in _rows(api, "list_aws_default_service_quotas", code)}
    # An endpoint of one's own (an emulator) may know the defaults only.
    with suppress(Unsupported, *([ServiceFault] if api.custom else [])):
        rows |= {row["QuotaCode"]: row for row in _rows(api, "list_service_quotas", code)}
    yield from (_quota(row, code) for row in rows.values())


def _rows(api: AwsSession, operation: str, code: str) -> Iterator[Mapping[str, Any]]:
    return api.pages(operation, "Quotas", patient=True, service="service-quotas", ServiceCode=code, MaxResults=100)


def _quota(row: Mapping[str, Any], code: str) -> Quota:
    unit = row.get("Unit", "None")
    return Quota(name=row["QuotaName"], limit=float(row["Value"]), unit="" if unit == "None" else unit,
                 adjustable=bool(row.get("Adjustable")), service=code, code=row["QuotaCode"])
