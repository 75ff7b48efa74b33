"""Which of AWS's operations change nothing: a rule over their names, and data where names mislead.

The services' models have a mark for reads, and REST has methods, but neither is to be relied on: some that start something are marked
read-only, and a GET confirms a destination. So the name decides, and what is not known to be harmless is a write.
"""

from __future__ import annotations

import re
from typing import Any, Literal

READS = ("Describe", "Get", "List", "Search", "Head", "Lookup", "BatchGet", "BatchDescribe", "Query", "Scan", "Select")
"""How the names of reads begin."""

WRITES = frozenset({
    "cognito-identity:GetId", "cognito-identity:GetOpenIdTokenForDeveloperIdentity", "cognito-idp:GetTokensFromRefreshToken",
    "kms:GetParametersForImport", "redshift:GetClusterCredentials", "redshift:GetClusterCredentialsWithIAM",
    "ssm:GetDeployablePatchSnapshotForInstance", "timestream-query:Query",
})
"""Named like reads, and yet they make, replace or write something: an identity, a user, a token, a snapshot, a result in a bucket."""

SECRETS = frozenset({
    "ssm:GetParameter", "ssm:GetParameters", "ssm:GetParametersByPath", "ssm:GetParameterHistory", "ec2:GetPasswordData",
    "secretsmanager:GetSecretValue", "secretsmanager:BatchGetSecretValue", "lambda:GetFunction", "lambda:GetFunctionConfiguration",
    "lambda:ListFunctions", "gamelift:GetComputeAccess", "gamelift:GetInstanceAccess",
})
"""Reads whose answer holds, or may hold, a secret, though their name does not say so."""

_TOLD = re.compile(r"^(Get|BatchGet).*(AccessDetails|ApiKeys?|Credentials|Password|PrivateKey|Token)(For[A-Z]\w*)?$")


def effect(service: str, operation: str, method: str = "POST", *, rest: bool = False) -> Literal["read", "secret", "write"]:
    """What calling the operation (the API's spelling) can do. A REST service says by PUT, PATCH and DELETE that something changes,
    whatever the name."""
    name = f"{service}:{operation}"
    if not operation.startswith(READS) or name in WRITES or (rest and method in ("PUT", "PATCH", "DELETE")):
        return "write"
    return "secret" if name in SECRETS or _TOLD.match(operation) else "read"


def effect_of(service: str, model: Any) -> Literal["read", "secret", "write"]:
    """The same for botocore's model of an operation."""
    rest = str(model.service_model.metadata.get("protocol", "")).startswith("rest")
    return effect(service, model.name, str(model.http.get("method", "POST")), rest=rest)
