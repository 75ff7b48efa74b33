"""What kubectl needs to reach a cluster of Magnum."""

from __future__ import annotations

import base64
import json

from mcflow.drivers.sdk import derives
from mcflow.model.values import Secret


@derives("magnum_kubeconfig")
def kubeconfig(connection: str, cluster: str, endpoint: str, authority: str) -> Secret:
    """``cluster`` is its id, ``authority`` the certificate of its authority in PEM, empty where it has none; JSON, which is YAML too. It
    holds no key: kubectl asks ``mcflow kube-token`` for a certificate."""
    ask = {"apiVersion": "client.authentication.k8s.io/v1", "command": "mcflow", "args": ["kube-token", connection, cluster],
           "interactiveMode": "Never", "provideClusterInfo": False}
    reached = {"server": endpoint}
    if authority:
        reached["certificate-authority-data"] = base64.b64encode(authority.encode()).decode()
    return Secret(json.dumps({
        "apiVersion": "v1", "kind": "Config", "current-context": cluster,
        "clusters": [{"name": cluster, "cluster": reached}],
        "users": [{"name": cluster, "user": {"exec": ask}}],
        "contexts": [{"name": cluster, "context": {"cluster": cluster, "user": cluster}}],
    }))
