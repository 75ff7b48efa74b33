"""The AWS driver: EC2's networks, machines, disks and addresses, through botocore.

``native`` holds what one call of the API makes, ``portable`` how portable types become these; `session` is the way in, `translate` what
errors mean. botocore is imported when a connection is opened, not before.
"""

from __future__ import annotations

from mcflow import __version__
from mcflow.drivers.aws.catalog import CATALOG, costs
from mcflow.drivers.aws.native import (
    acl,
    address,
    balance,
    cloudwatch,
    dhcp,
    dynamodb,
    ecr,
    efs,
    eks,
    eks_access,
    eks_nodes,
    endpoint,
    iam,
    image,
    instance,
    interface,
    key_pair,
    kms,
    lambda_,
    listener,
    logs,
    nat,
    network,
    peering,
    placement,
    rds,
    rds_groups,
    route53,
    routing,
    s3,
    scaling,
    secrets,
    security_group,
    snapshot,
    sns,
    sqs,
    ssm,
    targets,
    template,
    volume,
)
from mcflow.drivers.aws.operations import AwsOperations
from mcflow.drivers.aws.portable import access, catalog, compute, copies, database, files, gateway, kubernetes, storage
from mcflow.drivers.aws.portable import balance as portable_balance
from mcflow.drivers.aws.portable import interface as portable_interface
from mcflow.drivers.aws.portable import network as portable_network
from mcflow.drivers.aws.raw import AwsRaw
from mcflow.drivers.aws.session import CONFIG_SCHEMA, connect
from mcflow.drivers.aws.telemetry import AwsTelemetry
from mcflow.drivers.aws.translate import translate
from mcflow.drivers.sdk import Driver

driver = Driver(
    name="aws", version=__version__, title="Amazon Web Services", connect=connect, translate=translate, config_schema=CONFIG_SCHEMA,
    verified="third-party emulator", catalog=CATALOG, telemetry=AwsTelemetry(), operations=AwsOperations(), raw=AwsRaw(),
).add(
    iam, network, routing, security_group, key_pair, instance, volume, address, portable_network, access, compute, catalog, costs,
).add(
    nat, interface, acl, peering, endpoint, dhcp, template, scaling, placement, snapshot, image, gateway, portable_interface, copies,
).add(
    s3, storage, sns, sqs, dynamodb, ecr, lambda_, route53,
).add(
    kms, secrets, ssm, cloudwatch, logs,
).add(
    eks, eks_nodes, eks_access, rds, rds_groups, kubernetes, database,
).add(
    balance, listener, targets, efs, portable_balance, files,
)

__all__ = ["driver"]
