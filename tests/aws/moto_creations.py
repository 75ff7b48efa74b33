"""Which ids a call made, and which calls take a token: told from requests and answers."""

from __future__ import annotations

import hashlib
import json
import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Any

from tests.aws.moto_errors import Answer
from tests.aws.moto_request import Request

EC2_IDS = re.compile(r"<\w+Id>([a-z]+(?:-attach)?-[0-9a-f]+)</")
EC2_MAKERS = {
    "CreateVpc": "vpc-", "CreateSubnet": "subnet-", "CreateInternetGateway": "igw-", "CreateRouteTable": "rtb-",
    "CreateSecurityGroup": "sg-", "ImportKeyPair": "key-", "RunInstances": "i-", "CreateVolume": "vol-", "AllocateAddress": "eipalloc-",
    "AssociateAddress": "eipassoc-", "AssociateRouteTable": "rtbassoc-", "CreateNatGateway": "nat-", "CreateNetworkInterface": "eni-",
    "AttachNetworkInterface": "eni-attach-", "CreateNetworkAcl": "acl-", "ReplaceNetworkAclAssociation": "aclassoc-",
    "CreateVpcPeeringConnection": "pcx-", "CreateVpcEndpoint": "vpce-", "CreateDhcpOptions": "dopt-",
    "CreateEgressOnlyInternetGateway": "eigw-", "CreateLaunchTemplate": "lt-", "CreateSnapshot": "snap-", "CopySnapshot": "snap-",
    "CreateImage": "ami-", "CopyImage": "ami-", "RegisterImage": "ami-", "CreatePlacementGroup": "pg-",
}
"""EC2's calls whose answer names what they made, and how such an id begins."""
MAKERS = {
    "kms.CreateKey": "KeyId", "secretsmanager.CreateSecret": "ARN", "sqs.CreateQueue": "QueueUrl", "sns.CreateTopic": "TopicArn",
    "sns.Subscribe": "SubscriptionArn", "dynamodb.CreateTable": "TableArn", "route53.CreateHostedZone": "Id", "iam.CreatePolicy": "Arn",
    "iam.CreateRole": "RoleId", "lambda.CreateFunction": "FunctionArn", "ecr.CreateRepository": "repositoryArn",
    "eks.CreateCluster": "arn", "eks.CreateNodegroup": "nodegroupArn", "efs.CreateFileSystem": "FileSystemId",
    "efs.CreateMountTarget": "MountTargetId", "efs.CreateAccessPoint": "AccessPointId", "elbv2.CreateLoadBalancer": "LoadBalancerArn",
    "elbv2.CreateTargetGroup": "TargetGroupArn", "elbv2.CreateListener": "ListenerArn", "elbv2.CreateRule": "RuleArn",
    "rds.CreateDBInstance": "DBInstanceArn", "rds.CreateDBSubnetGroup": "DBSubnetGroupArn",
}
"""The other services' calls whose answer names what they made, and the member that holds it (the first in the answer)."""
NAMED_BY_CALLER = {
    "s3.CreateBucket": "Bucket", "eks.CreateCluster": "name", "eks.CreateNodegroup": "nodegroupName", "iam.CreateRole": "RoleName",
    "rds.CreateDBInstance": "DBInstanceIdentifier", "lambda.CreateFunction": "FunctionName", "ecr.CreateRepository": "repositoryName",
    "dynamodb.CreateTable": "TableName", "autoscaling.CreateAutoScalingGroup": "AutoScalingGroupName",
}
"""Calls whose request names what they make: an id beside the one in the answer, as native types go by the one or the other."""
TOKENS = {"ec2": ("ClientToken", "IdempotentParameterMismatch"), "eks": ("clientRequestToken", "InvalidParameterException")}
"""Services whose create calls take a token, where it is, and what is said when it comes with another request. Others keep what their
documentation says by themselves on moto: EFS refuses a CreationToken that was used; SNS and SQS answer a repeated create with the same
object; secrets, tables, roles and buckets have unique names; KMS and RDS have no token."""


@dataclass
class Entry:
    """One mutating call in the ledger. ``action`` is EC2's operation, or ``service.Operation``; ``code`` is empty where it succeeded."""

    sequence: int
    action: str
    op: str
    token: str
    ids: list[str]
    code: str
    status: int
    replayed: bool = False
    lost: bool = False
    service: str = "ec2"


def creations(ledger: Iterable[Entry]) -> dict[str, list[str]]:
    """The ids of all objects ever made under each operation. Replays of a token made nothing."""
    made: dict[str, list[str]] = {}
    for entry in ledger:
        if entry.op and not entry.code and not entry.replayed:
            made.setdefault(entry.op, []).extend(entry.ids)
    return made


def made_by(request: Request, answer: Answer) -> list[str]:
    """The ids of what the call made."""
    if not answer[0].startswith("2"):
        return []
    text = answer[2].decode("utf-8", "replace")
    if request.service == "ec2":
        prefix = EC2_MAKERS.get(request.operation, "\0")
        return [id for id in dict.fromkeys(EC2_IDS.findall(text)) if id.startswith(prefix)]
    found = [str(request.values[NAMED_BY_CALLER[request.name]])] if request.name in NAMED_BY_CALLER else []
    member = MAKERS.get(request.name)
    if member is None:
        return found
    told = re.findall(rf'"{member}"\s*:\s*"([^"]+)"|<{member}>([^<]+)</{member}>', text)
    return list(dict.fromkeys([*found, *(first or second for first, second in told[:1])]))


def token_of(request: Request) -> str:
    """The token by which the service knows a repeated create; empty where it has none."""
    name = TOKENS.get(request.service, ("",))[0]
    return str(request.values.get(name, "")) if name and _makes(request.operation) else ""


def _makes(operation: str) -> bool:
    return operation.startswith(("Create", "Run", "Copy", "Allocate", "Import", "Associate"))


def digest(values: Mapping[str, Any]) -> str:
    """The same for the same request."""
    return hashlib.sha256(json.dumps(values, sort_keys=True, default=repr).encode()).hexdigest()
