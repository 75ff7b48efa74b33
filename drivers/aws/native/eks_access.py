"""What stands in a cluster beside its machines: add-ons, and who may call its API."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any

from mcflow.drivers.aws.native.eks import InCluster, tagging
from mcflow.drivers.aws.native.service import Calls, joined
from mcflow.drivers.aws.session import AwsSession
from mcflow.drivers.sdk import (
    Again,
    Natural,
    NotFound,
    NotUpdatable,
    Submitted,
    UniqueName,
    array,
    boolean,
    native_type,
    string,
    tags,
)


@native_type
class Addon(InCluster):
    """One add-on of a cluster.  https://docs.aws.amazon.com/eks/latest/APIReference/API_CreateAddon.html"""

    name = "aws.eks_addon"
    identity = UniqueName(attribute="addon_name", max_length=100, pattern="[A-Za-z0-9_-]")
    seconds = 60.0
    inside = "addon_name"
    calls = Calls("eks", create="create_addon", read="describe_addon", list="list_addons", delete="delete_addon",
                  id=joined("cluster_name", "addon_name"), key="cluster_name|addon_name", made="addon", row="addon", rows="addons",
                  whole=False, token="client_request_token", state="status", reason="health.issues[0].message")
    tagging = tagging("addon_arn")
    documents = ("configuration_values",)
    attributes = {
        "cluster_name": string("Its cluster, by name.", reference=["aws.eks_cluster"]),
        "addon_name": string("Which add-on: ``vpc-cni``, ``coredns`` …"),
        "addon_version": string("Its version.", group="settings", default_from_cloud=True),
        "service_account_role_arn": string("The role it acts as, by ARN.", group="settings", reference=["aws.iam_role"], takes="arn"),
        "configuration_values": {"description": "Its settings, as the add-on's schema has them.", "group": "settings"},
        "resolve_conflicts": string("What becomes of settings made in the cluster.", enum=["OVERWRITE", "NONE", "PRESERVE"], local=True),
        "preserve": boolean("Whether what it runs stays in the cluster when it is deleted.", local=True),
        "addon_arn": string("Its ARN.", read_only=True),
        "status": string("EKS's word for its state.", read_only=True),
        "tags": tags(),
    }
    required = ("cluster_name", "addon_name")

    def request(self, api: AwsSession, want: Mapping[str, Any]) -> dict[str, Any]:
        conflicts = want.get("resolve_conflicts")
        return {**super().request(api, want), **({"resolve_conflicts": conflicts} if conflicts else {})}

    def change(self, api: AwsSession, id: str, want: Mapping[str, Any], last: Mapping[str, Any],
               group: str) -> Submitted | Again | dict[str, Any]:
        if group != "settings":
            raise NotUpdatable(f"{self.name} has no group {group}")
        names = ["addon_version", "service_account_role_arn", "configuration_values", "resolve_conflicts"]
        return self.submitted(id, api.tell("eks", "update_addon", **self.called(id), **self.parameters(want, names)))

    def delete(self, api: AwsSession, id: str, last: Mapping[str, Any]) -> Submitted | Again:
        preserve = {"preserve": True} if last.get("preserve") else {}
        return Submitted(id, request_id=api.tell("eks", "delete_addon", **self.called(id), **preserve)["request_id"])


@native_type
class AccessEntry(InCluster):
    """A role or user that may call a cluster's API.  https://docs.aws.amazon.com/eks/latest/APIReference/API_CreateAccessEntry.html"""

    name = "aws.eks_access_entry"
    identity = UniqueName(attribute="principal_arn", max_length=2048, pattern="[A-Za-z0-9:/_+=,.@-]")
    calls = Calls("eks", create="create_access_entry", read="describe_access_entry", list="list_access_entries",
                  delete="delete_access_entry", id=joined("cluster_name", "principal_arn"), key="cluster_name|principal_arn",
                  made="access_entry", row="access_entry", rows="access_entries", whole=False, token="client_request_token",
                  updates={"settings": "update_access_entry"})
    tagging = tagging("access_entry_arn")
    unset = {"kubernetes_groups": []}
    attributes = {
        "cluster_name": string("The cluster, by name.", reference=["aws.eks_cluster"]),
        "principal_arn": string("Who: a role or user, by ARN.", reference=["aws.iam_role"], takes="arn"),
        "kubernetes_groups": array(string(), "The groups it is in, for role bindings.", set=True, group="settings", default=[]),
        "username": string("What the cluster calls it.", group="settings", default_from_cloud=True, incidental=True),
        "type": string("What it is: a person or program, or machines of a kind.", default="STANDARD", default_from_cloud=True),
        "access_entry_arn": string("Its ARN.", read_only=True),
        "tags": tags(),
    }
    required = ("cluster_name", "principal_arn")


@native_type
class AccessPolicyAssociation(InCluster):
    """What an access entry may do.  https://docs.aws.amazon.com/eks/latest/APIReference/API_AssociateAccessPolicy.html"""

    name = "aws.eks_access_policy_association"
    identity = Natural()
    calls = Calls("eks", create="associate_access_policy", list="list_associated_access_policies", delete="disassociate_access_policy",
                  id=joined("cluster_name", "principal_arn", "policy_arn"), key="cluster_name|principal_arn|policy_arn",
                  rows="associated_access_policies", updates={"scope": "associate_access_policy"})
    sent = {"type": "access_scope.type", "namespaces": "access_scope.namespaces"}
    attributes = {
        "cluster_name": string("The cluster, by name.", reference=["aws.eks_cluster"]),
        "principal_arn": string("Who: the principal of an access entry.", reference=["aws.eks_access_entry"]),
        "policy_arn": string("Which access policy, by ARN."),
        "type": string("Whether it holds in the whole cluster or in some namespaces.", enum=["cluster", "namespace"], group="scope"),
        "namespaces": array(string(), "Which namespaces.", set=True, group="scope", default=[]),
    }
    required = ("cluster_name", "principal_arn", "policy_arn", "type")

    def born_as(self, answer: Mapping[str, Any], want: Mapping[str, Any]) -> str:
        return self.id_of(want)

    def rows_of(self, api: AwsSession, ids: Any) -> Iterator[dict[str, Any]]:
        """One call per principal."""
        for cluster, principal in dict.fromkeys(tuple(id.split("|", 2)[:2]) for id in ids):
            yield from (row for row in self._of(api, cluster, principal) if self.id_of(row) in set(ids))

    def all_rows(self, api: AwsSession) -> Iterator[dict[str, Any]]:
        for cluster in api.rows("eks", "list_clusters", "clusters"):
            for principal in api.rows("eks", "list_access_entries", "access_entries", cluster_name=cluster):
                yield from self._of(api, cluster, principal)

    def _of(self, api: AwsSession, cluster: str, principal: str) -> Iterator[dict[str, Any]]:
        try:
            rows = list(api.rows("eks", self.calls.list, self.calls.rows, cluster_name=cluster, principal_arn=principal))
        except NotFound:
            return
        yield from ({**row, "cluster_name": cluster, "principal_arn": principal} for row in rows)


__all__ = ["AccessEntry", "AccessPolicyAssociation", "Addon"]
