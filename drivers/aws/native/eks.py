"""Kubernetes: clusters, and what belongs to one. Changes are operations of the service: `poll` asks how they stand.

EKS lists names only: discovering costs one call per cluster and kind, and one per object.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from typing import Any, ClassVar

from mcflow.drivers.aws.native.service import Calls, ServiceType, Tagging
from mcflow.drivers.aws.session import AwsSession
from mcflow.drivers.sdk import (
    Again,
    InvalidRequest,
    NotFound,
    NotUpdatable,
    Progress,
    Submitted,
    UniqueName,
    array,
    boolean,
    native_type,
    record,
    string,
    tags,
)

LOG_TYPES = ("api", "audit", "authenticator", "controllerManager", "scheduler")
STATES = {"ACTIVE": "ready", "DEGRADED": "ready", "DELETING": "deleting", "DELETE_FAILED": "failed", "FAILED": "failed",
          "CREATE_FAILED": "failed", "UPDATE_FAILED": "ready"}
"""A node group or add-on that is degraded is there: what ails it shows in `reason`. So is an add-on whose update failed: that the update
failed is told by its operation, and another update may mend it."""
ENDS = {"Successful": "done", "Failed": "failed", "Cancelled": "failed"}


def tagging(arn: str) -> Tagging:
    """How all kinds of EKS are tagged; ``arn`` is the attribute that holds the ARN."""
    return Tagging("tag_resource", "untag_resource", target=arn, pair=(), told="tags")


class EksType(ServiceType):
    """A kind of EKS. Operations are ``<cluster>|<update>`` or, of what belongs to a cluster, ``<cluster>|<name>|<update>``."""

    states = STATES
    inside: ClassVar[str] = ""
    """What `DescribeUpdate` calls the object by, beside its cluster."""

    def submitted(self, id: str, answer: Mapping[str, Any]) -> Submitted:
        """An update that was accepted, with the operation to poll."""
        update = (answer.get("update") or {}).get("id")
        return Submitted(id, f"{id}|{update}" if update else None, str(answer.get("request_id", "")))

    def poll(self, api: AwsSession, operations: Sequence[str]) -> Iterator[Progress]:
        """One call per operation: the API has no other."""
        for operation in operations:
            id, _, update = operation.rpartition("|")
            cluster, _, name = id.partition("|")
            inside = {self.inside: name} if name else {}
            try:
                row = api.tell("eks", "describe_update", name=cluster, update_id=update, **inside)["update"]
            except NotFound:
                continue
            yield Progress(operation, ENDS.get(row.get("status", ""), "running"), reasons(row))  # type: ignore[arg-type]


@native_type
class Cluster(EksType):
    """One control plane; the id is its name.  https://docs.aws.amazon.com/eks/latest/APIReference/API_CreateCluster.html

    A version goes up one minor version at a time, each an operation of its own.
    """

    name = "aws.eks_cluster"
    identity = UniqueName(attribute="name", max_length=100, pattern="[A-Za-z0-9_-]")
    seconds = 600.0
    calls = Calls("eks", create="create_cluster", read="describe_cluster", list="list_clusters", delete="delete_cluster", id="name",
                  key="name", made="cluster", row="cluster", rows="clusters", whole=False, token="client_request_token", state="status",
                  reason="health.issues[0].message")
    tagging = tagging("arn")
    sent = {"subnet_ids": "resources_vpc_config.subnet_ids", "security_group_ids": "resources_vpc_config.security_group_ids",
            "endpoint_public_access": "resources_vpc_config.endpoint_public_access",
            "endpoint_private_access": "resources_vpc_config.endpoint_private_access",
            "public_access_cidrs": "resources_vpc_config.public_access_cidrs",
            "service_ipv4_cidr": "kubernetes_network_config.service_ipv4_cidr", "ip_family": "kubernetes_network_config.ip_family",
            "authentication_mode": "access_config.authentication_mode",
            "bootstrap_cluster_creator_admin_permissions": "access_config.bootstrap_cluster_creator_admin_permissions",
            "support_type": "upgrade_policy.support_type", "enabled_log_types": "logging.cluster_logging"}
    paths = {"vpc_id": "resources_vpc_config.vpc_id", "cluster_security_group_id": "resources_vpc_config.cluster_security_group_id",
             "certificate_authority": "certificate_authority.data", "issuer": "identity.oidc.issuer",
             "enabled_log_types": "logging.cluster_logging[?enabled].types[]"}
    attributes = {
        "name": string("Its name, unique in the account and region."),
        "role_arn": string("The role it acts as, by ARN.", reference=["aws.iam_role"], takes="arn"),
        "version": string("The Kubernetes version: major and minor. It only goes up.", group="version", default_from_cloud=True,
                          pattern=r"^1\.[0-9]+$"),
        "subnet_ids": array(string(reference=["aws.subnet"]), "Subnets in two zones at least.", set=True, group="network"),
        "security_group_ids": array(string(reference=["aws.security_group"]), "Further groups of its network interfaces.", set=True,
                                    group="network", default_from_cloud=True),
        "endpoint_public_access": boolean("Whether its API is reached from the internet.", group="endpoint", default=True),
        "endpoint_private_access": boolean("Whether its API is reached from inside the VPC.", group="endpoint", default_from_cloud=True),
        "public_access_cidrs": array(string(), "From where its API is reached.", set=True, group="endpoint", default_from_cloud=True),
        "service_ipv4_cidr": string("The range of its services' addresses.", default_from_cloud=True, incidental=True),
        "ip_family": string("The IP version of pods and services.", enum=["ipv4", "ipv6"], default="ipv4", default_from_cloud=True),
        "enabled_log_types": array(string(enum=list(LOG_TYPES)), "Which logs go to CloudWatch.", set=True, group="logging", default=[]),
        "encryption_config": array(record({"resources": array(string(enum=["secrets"])),
                                           "provider": record({"key_arn": string("The KMS key, by ARN.")})}),
                                   "What is encrypted with one's own key.", default_from_cloud=True),
        "authentication_mode": string("How callers are known.", enum=["API", "API_AND_CONFIG_MAP", "CONFIG_MAP"], group="access",
                                      default_from_cloud=True),
        "bootstrap_cluster_creator_admin_permissions": boolean("Whether who makes it may do everything in it.", at_create=True),
        "bootstrap_self_managed_addons": boolean("Whether it begins with its network add-ons.", at_create=True),
        "support_type": string("Whether it stays on a version past its standard support.", enum=["STANDARD", "EXTENDED"],
                               group="upgrade_policy", default_from_cloud=True),
        "deletion_protection": boolean("Whether EKS refuses to delete it.", group="protection", default=False, default_from_cloud=True),
        "arn": string("Its ARN.", read_only=True),
        "vpc_id": string("Its VPC.", read_only=True),
        "cluster_security_group_id": string("The group that EKS made for it.", read_only=True),
        "endpoint": string("The address of its API.", read_only=True),
        "certificate_authority": string("The certificate that signs its API's, PEM in base64.", read_only=True),
        "issuer": string("The address of its OpenID Connect provider.", read_only=True),
        "platform_version": string("EKS's own version of it.", read_only=True, changes_with=["version"]),
        "status": string("EKS's word for its state.", read_only=True),
        "tags": tags(),
    }
    required = ("role_arn", "subnet_ids")

    def request(self, api: AwsSession, want: Mapping[str, Any]) -> dict[str, Any]:
        types = want.get("enabled_log_types")
        told = super().request(api, {name: value for name, value in want.items() if name != "enabled_log_types"})
        return {**told, "logging": _logging(types)} if types else told

    def change(self, api: AwsSession, id: str, want: Mapping[str, Any], last: Mapping[str, Any],
               group: str) -> Submitted | Again | dict[str, Any]:
        if group == "version":
            return self._upgrade(api, id, want)
        if group == "logging":
            return self.submitted(id, api.tell("eks", "update_cluster_config", name=id, logging=_logging(want.get("enabled_log_types"))))
        names = [name for name, schema in self.attributes.items() if schema.get("group") == group]
        if not names:
            raise NotUpdatable(f"{self.name} has no group {group}")
        return self.submitted(id, api.tell("eks", "update_cluster_config", name=id, **self.parameters(want, names)))

    def _upgrade(self, api: AwsSession, id: str, want: Mapping[str, Any]) -> Submitted | Again:
        row = self.row(api, id)
        if row is None:
            raise NotFound(f"{id} is not there")
        present, wanted = minor(row["version"]), minor(want["version"])
        if wanted < present:
            raise InvalidRequest(f"EKS does not take a cluster from Kubernetes 1.{present} back to 1.{wanted}")
        if wanted == present:
            return Submitted(id)
        self._stop_at_failure(api, id)
        answer = api.tell("eks", "update_cluster_version", name=id, version=f"1.{present + 1}")
        return self.submitted(id, answer) if present + 1 == wanted else Again(f"on the way to 1.{present + 1}")

    def _stop_at_failure(self, api: AwsSession, id: str) -> None:
        """A step that failed is not tried again in the run that saw it fail: it would fail until the time is over. What had failed before
        the run's first step does not count. Raises InvalidRequest."""
        failed = dict(_failures(api, id))
        known, _ = api.remember(("eks upgrades", id), lambda: frozenset(failed))
        new = [reason for update, reason in failed.items() if update not in known]
        if new:
            raise InvalidRequest(f"EKS could not upgrade {id}: {'; '.join(new)}")


def _failures(api: AwsSession, cluster: str) -> Iterator[tuple[str, str]]:
    """The version updates of a cluster that failed, with the reasons; one call each after the list."""
    for update in api.rows("eks", "list_updates", "update_ids", name=cluster):
        row = api.tell("eks", "describe_update", name=cluster, update_id=update)["update"]
        if row.get("type") == "VersionUpdate" and ENDS.get(row.get("status", "")) == "failed":
            yield update, reasons(row)


def reasons(update: Mapping[str, Any]) -> str:
    """Why an update failed, in EKS's words."""
    return "; ".join(f"{error.get('error_code', '')}: {error.get('error_message', '')}" for error in update.get("errors") or ())


def minor(version: str) -> int:
    """The minor version of ``1.31``."""
    return int(version.split(".")[1])


def _logging(types: Sequence[str] | None) -> dict[str, Any]:
    """Which logs are on, and which are off: EKS takes both, in one call."""
    on = [each for each in LOG_TYPES if each in (types or ())]
    off = [each for each in LOG_TYPES if each not in on]
    return {"cluster_logging": [{"types": each, "enabled": enabled} for each, enabled in ((on, True), (off, False)) if each]}


class InCluster(EksType):
    """What belongs to a cluster: the id is ``<cluster>|<its own name>``. One call lists its names, one each reads them."""

    def all_rows(self, api: AwsSession) -> Iterator[dict[str, Any]]:
        for cluster in api.rows("eks", "list_clusters", "clusters"):
            try:
                names = list(api.rows("eks", self.calls.list, self.calls.rows, cluster_name=cluster))
            except NotFound:
                continue
            rows = (self.row(api, f"{cluster}|{name}") for name in names)
            yield from (row for row in rows if row is not None)
