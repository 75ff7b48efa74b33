"""Kubernetes and databases as AWS has them and moto has not: updates as operations that can be asked for, tags of node groups, versions
that go up one at a time, what refuses to be deleted while it is used. Fills the tables of the wrapper; `mend` corrects moto's models."""

from __future__ import annotations

import uuid
from collections.abc import Iterator
from typing import Any

from tests.aws.moto_inventory import LISTS, Rows, pages
from tests.aws.moto_refusals import AFTERMATHS, REFUSALS, Params, Refusal
from tests.aws.moto_transitions import LINGERING, Lingering

PATHS = (r"{0}/clusters/(?P<name>[^/]+)/updates$", r"{0}/clusters/(?P<name>[^/]+)/updates/(?P<updateId>[^/]+)$",
           r"{0}/clusters/(?P<name>[^/]+)/node-groups/(?P<nodegroupName>[^/]+)/update-version$",
           r"{0}/clusters/(?P<name>[^/]+)/addons$", r"{0}/clusters/(?P<name>[^/]+)/access-entries$")


def mend() -> None:
    """Calls that EKS and RDS have and moto lacks or has wrong. To be called before the server takes requests."""
    from moto.eks import urls
    from moto.rds.models import DBInstance

    for path in PATHS:
        urls.url_paths[path] = urls.response.dispatch
    DBInstance.default_engine_versions["mariadb"] = "10.11.6"
    _mend_eks()
    _mend_rds()


def _mend_eks() -> None:
    from moto.core.responses import ActionResult
    from moto.eks import models
    from moto.eks.exceptions import InvalidParameterException
    from moto.eks.models import EKSBackend
    from moto.eks.responses import EKSResponse

    models.DEFAULT_KUBERNETES_NETWORK_CONFIG["ipFamily"] = "ipv4"

    def begin(backend: Any, kind: str) -> Any:
        row = {"id": str(uuid.uuid4()), "status": "InProgress", "type": kind, "params": [], "errors": []}
        vars(backend).setdefault("updates", {})[row["id"]] = row
        return ActionResult({"update": row})

    def update_cluster_config(self: Any) -> Any:
        cluster = self.eks_backend.describe_cluster(name=self._get_param("name"))
        network = self._get_param("resourcesVpcConfig") or {}
        if {"subnetIds", "securityGroupIds"} & set(network) and {"endpointPublicAccess", "endpointPrivateAccess"} & set(network):
            raise InvalidParameterException(message="Subnets and endpoint access cannot be changed in one call")
        cluster.resources_vpc_config = {**cluster.resources_vpc_config, **network}
        cluster.logging = self._get_param("logging") or cluster.logging
        return begin(self.eks_backend, "VpcConfigUpdate" if "subnetIds" in network else "EndpointAccessUpdate")

    def update_cluster_version(self: Any) -> Any:
        cluster = self.eks_backend.describe_cluster(name=self._get_param("name"))
        asked, present = (int(version.split(".")[1]) for version in (self._get_param("version"), cluster.version))
        if asked != present + 1:
            raise InvalidParameterException(message=f"Unsupported Kubernetes minor version update from 1.{present} to 1.{asked}")
        cluster.version = f"1.{asked}"
        return begin(self.eks_backend, "VersionUpdate")

    def update_nodegroup_version(self: Any) -> Any:
        group = self.eks_backend.describe_nodegroup(cluster_name=self._get_param("name"), nodegroup_name=self._get_param("nodegroupName"))
        template = self._get_param("launchTemplate")
        if template:
            group.launch_template = {**(group.launch_template or {}), **template}
        group.version = self._get_param("version") or group.version
        group.release_version = self._get_param("releaseVersion") or group.release_version
        return begin(self.eks_backend, "VersionUpdate")

    def update_nodegroup_config(self: Any) -> Any:
        names = {"labels": "labels", "taints": "taints", "scaling_config": "scalingConfig", "update_config": "updateConfig"}
        self.eks_backend.update_nodegroup_config(
            cluster_name=self._get_param("name"), nodegroup_name=self._get_param("nodegroupName"),
            **{name: self._get_param(sent) for name, sent in names.items()})
        return begin(self.eks_backend, "ConfigUpdate")

    def describe_update(self: Any) -> Any:
        row = vars(self.eks_backend).get("updates", {}).get(self._get_param("updateId"))
        if row is None:
            raise InvalidParameterException(message="No such update")
        told = dict(row)
        row["status"] = "Successful"
        return ActionResult({"update": told})

    def list_updates(self: Any) -> Any:
        return ActionResult({"updateIds": list(vars(self.eks_backend).get("updates", {}))})

    def list_addons(self: Any) -> Any:
        # moto makes none, so there are none.
        self.eks_backend.describe_cluster(name=self._get_param("name"))
        return ActionResult({"addons": []})

    def list_access_entries(self: Any) -> Any:
        self.eks_backend.describe_cluster(name=self._get_param("name"))
        return ActionResult({"accessEntries": []})

    for made in (list_updates, list_addons, list_access_entries, update_cluster_config, update_cluster_version, update_nodegroup_version,
                 update_nodegroup_config, describe_update):
        setattr(EKSResponse, made.__name__, made)
    tag, untag = EKSBackend.tag_resource, EKSBackend.untag_resource

    def tagged(self: Any, arn: str) -> Any:
        return next((group for cluster in self.clusters.values() for group in cluster.nodegroups.values() if group.arn == arn), None)

    def tag_resource(self: Any, resource_arn: str, tags: dict[str, str]) -> None:
        group = tagged(self, resource_arn)
        return tag(self, resource_arn, tags) if group is None else group.tags.update(tags)

    def untag_resource(self: Any, resource_arn: str, tag_keys: Any) -> None:
        group = tagged(self, resource_arn)
        if group is None:
            return untag(self, resource_arn, tag_keys)
        for key in [tag_keys] if isinstance(tag_keys, str) else tag_keys:
            group.tags.pop(key, None)
        return None

    EKSBackend.tag_resource, EKSBackend.untag_resource = tag_resource, untag_resource  # type: ignore[method-assign]


def _mend_rds() -> None:
    from moto.core.responses import ActionResult
    from moto.rds.models import RDSBackend
    from moto.rds.responses import RDSResponse

    modify = RDSBackend.modify_db_subnet_group

    def modify_db_subnet_group(self: Any, subnet_name: str, *rest: Any, **named: Any) -> Any:
        # moto takes the group out and forgets to put it back.
        group = modify(self, subnet_name, *rest, **named)
        self.subnet_groups[subnet_name] = group
        return group

    def reset_db_parameter_group(self: Any) -> Any:
        name = self.params["DBParameterGroupName"]
        group = self.backend.db_parameter_groups[name]
        for each in self.params.get("Parameters") or ():
            group.parameters.pop(each["ParameterName"], None)
        return ActionResult({"DBParameterGroupName": name})

    RDSBackend.modify_db_subnet_group = modify_db_subnet_group  # type: ignore[method-assign]
    RDSResponse.reset_db_parameter_group = reset_db_parameter_group  # type: ignore[attr-defined]


def _stands_in(params: Params, backend: Any) -> Refusal | None:
    name = params.get("DBSubnetGroupName")
    if any(getattr(getattr(each, "db_subnet_group", None), "name", None) == name for each in backend.databases.values()):
        return "InvalidDBSubnetGroupStateFault", f"Cannot delete the subnet group '{name}' because at least one database is using it."
    return None


def _set_by(params: Params, backend: Any) -> Refusal | None:
    name = params.get("DBParameterGroupName")
    if any(each.db_parameter_group_name == name for each in backend.databases.values()):
        return "InvalidDBParameterGroupState", "One or more database instances are still members of this parameter group"
    return None


def _move_port(params: Params, backend: Any) -> None:
    """moto takes a new port and leaves the database where it is."""
    if params.get("DBPortNumber"):
        backend.databases[params["DBInstanceIdentifier"]].port = int(params["DBPortNumber"])


AFTERMATHS["rds.ModifyDBInstance"] = _move_port
REFUSALS["rds.DeleteDBSubnetGroup"] = _stands_in
REFUSALS["rds.DeleteDBParameterGroup"] = _set_by
LINGERING["eks.CreateCluster"] = Lingering(lambda values, answer, backend: backend.clusters.get(values.get("name")), "status", "CREATING")
LINGERING["eks.CreateNodegroup"] = Lingering(
    lambda values, answer, backend: next((found for cluster in backend.clusters.values()
                                          if (found := cluster.nodegroups.get(values.get("nodegroupName")))), None),
    "status", "CREATING")
LINGERING["rds.CreateDBInstance"] = Lingering(
    lambda values, answer, backend: backend.databases.get(values.get("DBInstanceIdentifier")), "status", "creating")
LINGERING["rds.ModifyDBInstance"] = Lingering(
    lambda values, answer, backend: backend.databases.get(values.get("DBInstanceIdentifier")), "status", "modifying")


def _clusters(eks: Any) -> Rows:
    for name in eks.list_clusters()["clusters"]:
        yield name, "eks_cluster"
        for group in eks.list_nodegroups(clusterName=name)["nodegroups"]:
            yield f"{name}|{group}", "eks_node_group"


def _databases(rds: Any) -> Iterator[tuple[str, str]]:
    kinds = (("db_instance", "describe_db_instances", "DBInstances", "DBInstanceIdentifier"),
             ("db_subnet_group", "describe_db_subnet_groups", "DBSubnetGroups", "DBSubnetGroupName"),
             ("db_parameter_group", "describe_db_parameter_groups", "DBParameterGroups", "DBParameterGroupName"),
             ("db_snapshot", "describe_db_snapshots", "DBSnapshots", "DBSnapshotIdentifier"))
    for kind, operation, rows, id in kinds:
        for page in pages(rds, operation):
            yield from ((row[id], kind) for row in page[rows]
                        if row.get("SnapshotType") != "automated" and not row[id].startswith("default."))


LISTS["eks"] = (_clusters,)
LISTS["rds"] = (_databases,)
