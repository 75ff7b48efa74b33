"""``mcflow kube-token CONNECTION CLUSTER``: what kubectl runs to know itself to a cluster."""

from __future__ import annotations

import json
from datetime import UTC, datetime

import click

from mcflow.cli.codes import OK
from mcflow.cli.invocation import Invocation, answer_in
from mcflow.cli.options import BLUEPRINT, SCREEN, Settings, shares
from mcflow.cli.pages import Command

VERSION = "client.authentication.k8s.io/v1"


@click.command("kube-token", cls=Command)
@click.argument("connection")
@click.argument("cluster")
@shares(BLUEPRINT, SCREEN)
def command(settings: Settings, connection: str, cluster: str) -> int:
    """A token (or a client's certificate) for the Kubernetes cluster that the cloud calls CLUSTER, made now with the credentials of
    CONNECTION.

    kubectl runs this by itself: the kubeconfigs of `mcflow kubeconfig` say so. The answer is an ExecCredential in JSON; it is a secret.
    """
    return answer_in(settings, lambda invocation: _token(invocation, connection, cluster))


def _token(invocation: Invocation, connection: str, cluster: str) -> int:
    from mcflow.engine import api

    made = api.cluster_token(invocation.project(), connection, cluster)
    until = datetime.fromtimestamp(made.expires, UTC).strftime("%Y-%m-%dT%H:%M:%SZ")
    known = {"token": made.token} if made.token else {"clientCertificateData": made.certificate, "clientKeyData": made.key}
    # The reader is kubectl: nothing else may stand on standard output, whatever form was asked for.
    invocation.terminal.exact(json.dumps({"apiVersion": VERSION, "kind": "ExecCredential",
                                          "status": {**known, "expirationTimestamp": until}}))
    return OK
