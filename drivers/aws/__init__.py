"""The AWS driver: EC2's networks, machines, disks and addresses, through boto3.

``native`` holds what one call of the API makes, ``portable`` how portable types become these; `session` is the way in, `translate` what
errors mean. boto3 is imported when a connection is opened, not before.
"""

from __future__ import annotations

from mcflow import __version__
from mcflow.drivers.aws.native import (
    address,
    balance,
    cloudwatch,
    efs,
    iam,
    instance,
    key_pair,
    kms,
    listener,
    logs,
    network,
    routing,
    s3,
    secrets,
    security_group,
    ssm,
    targets,
    volume,
)
from mcflow.drivers.aws.portable import access, catalog, compute, storage
from mcflow.drivers.aws.portable import network as portable_network
from mcflow.drivers.aws.session import CONFIG_SCHEMA, connect
from mcflow.drivers.aws.translate import translate
from mcflow.drivers.sdk import Driver

driver = Driver(
    name="aws", version=__version__, title="Amazon Web Services", connect=connect, translate=translate, config_schema=CONFIG_SCHEMA,
    verified="third-party emulator",
).add(iam, network, routing, security_group, key_pair, instance, volume, address, portable_network, access, compute, catalog).add(s3, storage).add(
    kms, secrets, ssm, cloudwatch, logs,
).add(
    balance, listener, targets, efs,
)

__all__ = ["driver"]
