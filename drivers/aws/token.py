"""Tokens by which a cluster of EKS knows who calls: a signed request to STS that the cluster itself sends, to be told the caller's name.
https://docs.aws.amazon.com/eks/latest/userguide/cluster-auth.html"""

from __future__ import annotations

import base64
import time

from mcflow.drivers.aws.session import AwsSession
from mcflow.drivers.sdk import ClusterToken, InvalidCredentials

PREFIX = "k8s-aws-v1."
CLUSTER_HEADER = "x-k8s-aws-id"
SIGNED_FOR = 60
"""How long the signature says that it holds, seconds. The authenticator takes no more than 15 minutes."""
LIFETIME = 14 * 60
"""How long clusters take the token, whatever the signature says, less a minute."""


def cluster_token(api: AwsSession, cluster: str) -> ClusterToken:
    """A token for one cluster, signed here with the session's credentials: nothing is asked of AWS, but where they must be renewed. Raises
    InvalidCredentials."""
    from botocore.auth import SigV4QueryAuth
    from botocore.awsrequest import AWSRequest

    credentials, endpoint = api.signer("sts")
    if credentials is None:
        raise InvalidCredentials("there are no credentials to sign a token with")
    now = time.time()
    request = AWSRequest("GET", f"{endpoint.rstrip('/')}/?Action=GetCallerIdentity&Version=2011-06-15", headers={CLUSTER_HEADER: cluster})
    SigV4QueryAuth(credentials, "sts", api.region, expires=SIGNED_FOR).add_auth(request)
    text = base64.urlsafe_b64encode(str(request.url).encode()).rstrip(b"=").decode()
    return ClusterToken(PREFIX + text, now + LIFETIME)
