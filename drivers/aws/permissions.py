"""The permission that a call needs, as IAM's policies write it. Mostly the service's signing name and the operation's own.

https://docs.aws.amazon.com/service-authorization/latest/reference/reference_policies_actions-resources-contextkeys.html
"""

from __future__ import annotations

import re
from typing import Any

PREFIXES = {"monitoring": "cloudwatch", "email": "ses", "tagging": "tag", "api.pricing": "pricing", "elasticmapreduce": "elasticmapreduce"}
"""Signing name → IAM's prefix, where they differ."""

ACTIONS = {
    "s3:HeadBucket": "s3:ListBucket", "s3:ListObjects": "s3:ListBucket", "s3:ListObjectsV2": "s3:ListBucket",
    "s3:ListBuckets": "s3:ListAllMyBuckets", "s3:HeadObject": "s3:GetObject", "s3:DeleteObjects": "s3:DeleteObject",
    "s3:GetBucketEncryption": "s3:GetEncryptionConfiguration", "s3:PutBucketEncryption": "s3:PutEncryptionConfiguration",
    "s3:GetBucketLifecycleConfiguration": "s3:GetLifecycleConfiguration", "s3:GetBucketCors": "s3:GetBucketCORS",
    "s3:GetPublicAccessBlock": "s3:GetBucketPublicAccessBlock", "s3:PutPublicAccessBlock": "s3:PutBucketPublicAccessBlock",
    "lambda:Invoke": "lambda:InvokeFunction",
}
"""Operations that are allowed under another name."""

_NAMED = re.compile(r"not authorized to perform:? ([a-zA-Z0-9-]+:[A-Za-z0-9]+)")


def permission(message: str, model: Any, operation: str) -> str:
    """What to allow: the action that the refusal names (a call may need another's too), else that of the operation (botocore's model of
    the service, and the API's name)."""
    named = _NAMED.search(message)
    if named:
        return named[1]
    signing = str(model.signing_name)
    action = f"{PREFIXES.get(signing, signing)}:{operation}"
    return ACTIONS.get(action, action)
