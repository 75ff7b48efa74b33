"""The AWS driver: EC2's networks, machines, disks and addresses, through boto3.

``native`` holds what one call of the API makes, ``portable`` how portable types become these; `session` is the way in, `translate` what
errors mean. boto3 is imported when a connection is opened, not before.
"""

from __future__ import annotations

from mcflow import __version__
from mcflow.drivers.aws.native import (
    acl,
    address,
    balance,
    cloudwatch,
    dhcp,
    dynamodb,
    ecr,
    efs,
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
from mcflow.drivers.aws.portable import access, catalog, compute, copies, gateway, storage
from mcflow.drivers.aws.portable import interface as portable_interface
from mcflow.drivers.aws.portable import network as portable_network
from mcflow.drivers.aws.session import CONFIG_SCHEMA, connect
from mcflow.drivers.aws.translate import translate
from mcflow.drivers.sdk import Driver

driver = Driver(
    name="aws", version=__version__, title="Amazon Web Services", connect=connect, translate=translate, config_schema=CONFIG_SCHEMA,
    verified="third-party emulator",
).add(iam, network, routing, security_group, key_pair, instance, volume, address, portable_network, access, compute, catalog).add(
    s3, storage, sns, sqs, dynamodb, ecr, lambda_, route53,
).add(
    kms, secrets, ssm, cloudwatch, logs,
).add(
    balance, listener, targets, efs,
).add(
    nat, interface, acl, peering, endpoint, dhcp, template, scaling, placement, snapshot, image, gateway, portable_interface, copies,
)

__all__ = ["driver"]
