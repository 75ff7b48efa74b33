"""Tokens for Kubernetes clusters: made when kubectl asks, with a connection's credentials, and kept nowhere."""

from __future__ import annotations

from mcflow.drivers.sdk import ClusterToken, DriverError, Operations
from mcflow.engine.calls.asking import ask, refusal
from mcflow.engine.discover.looking import check_connection
from mcflow.engine.project import Project
from mcflow.model.diagnostic import Rejected, reject


def cluster_token(project: Project, connection: str, cluster: str) -> ClusterToken:
    """A token for the cluster that the cloud calls so. Raises Rejected: MC0680, MC1033, and what the driver refuses."""
    state = project.workspace.read().state
    check_connection(project, state, connection)
    sessions = project.sessions(state)
    try:
        live = sessions.get(connection)
        operations = live.driver.operations
        if operations is None or type(operations).cluster_token is Operations.cluster_token:
            raise reject("MC1033", driver=live.driver.name, what="tokens for clusters")
        try:
            return ask(live, project.ports, lambda: operations.cluster_token(live.session, cluster))
        except DriverError as error:
            raise Rejected([refusal(error, about=cluster, type="cluster", action="read")]) from error
    finally:
        sessions.close()
