"""Kubernetes and databases on AWS: cases of the conformance suite, and what can be done to them behind mcflow's back."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import tests.aws.moto_clusters  # noqa: F401  what lives of them is listed there
from tests.aws.moto_handle import MotoCloud
from tests.conformance.aws_cloud import ALTERATIONS, REMOVALS, TAGS
from tests.conformance.fragments import Resources, block, network, ref

from mcflow.conformance import Case, Change, Drifted

ROLE = "arn:aws:iam::123456789012:role/any"
GPU = {"key": "gpu", "value": "yes", "effect": "NoSchedule"}


def two_zones() -> Resources:
    """A network with subnets in two zones."""
    return {**network(), "side": block("subnet", vpc=ref("net"), cidr="10.0.2.0/24", zone="ap-northeast-2b"),
            "rear": block("subnet", vpc=ref("net"), cidr="10.0.3.0/24", zone="ap-northeast-2c"),
            "door": block("security_group", vpc=ref("net"))}


def cluster() -> Resources:
    """A cluster as a portable type."""
    return {**two_zones(), "kube": block("kubernetes_cluster", vpc=ref("net"), subnets=[ref("front"), ref("side")], version="1.31")}


def natives() -> Resources:
    """A network with a cluster, written in native types."""
    return {
        "net": block("aws.vpc", cidr_block="10.0.0.0/16"),
        "left": block("aws.subnet", vpc_id=ref("net"), cidr_block="10.0.1.0/24", availability_zone="ap-northeast-2a"),
        "right": block("aws.subnet", vpc_id=ref("net"), cidr_block="10.0.2.0/24", availability_zone="ap-northeast-2b"),
        "kube": block("aws.eks_cluster", name="kube", role_arn=ROLE, subnet_ids=[ref("left"), ref("right")], version="1.31"),
    }


def databases() -> Resources:
    """Databases and what they share, in native types."""
    return {
        **{name: natives()[name] for name in ("net", "left", "right")},
        "shops": block("aws.db_subnet_group", db_subnet_group_name="shops", db_subnet_group_description="both",
                       subnet_ids=[ref("left"), ref("right")]),
        "shopset": block("aws.db_parameter_group", db_parameter_group_name="shopset", db_parameter_group_family="postgres16",
                         description="fast", parameters=[{"parameter_name": "work_mem", "parameter_value": "64"}]),
        "shop": block("aws.db_instance", db_instance_identifier="shop", engine="postgres", engine_version="16", allocated_storage=20,
                      db_instance_class="db.t4g.medium", master_username="shop", manage_master_user_password=True,
                      db_subnet_group_name=ref("shops")),
        "shopshot": block("aws.db_snapshot", db_snapshot_identifier="shopshot", db_instance_identifier=ref("shop")),
    }


def needed(resources: Resources, *names: str) -> Resources:
    """Some of them."""
    return {name: resources[name] for name in names}


PORTABLE = [
    Case("kubernetes_cluster", "kube", cluster(),
         updates=[Change("public_endpoint", {"public_endpoint": False}), Change("version", {"version": "1.33"}),
                  Change("subnets", {"subnets": [ref("front"), ref("side"), ref("rear")], "security_groups": [ref("door")]})],
         replace=Change("name", {"name": "kube-renamed"}, "cluster"), removable="cluster",
         drift=Drifted("cluster", "endpoint_public_access", False)),
    Case("node_group", "kubepool", {**cluster(), "kubepool": block(
            "node_group", cluster=ref("kube"), spec="t3.medium", size={"desired": 2, "min": 1, "max": 3}, labels={"pool": "web"})},
         updates=[Change("size", {"size": {"desired": 3, "min": 2, "max": 5}}),
                  Change("labels", {"labels": {"pool": "batch"}, "taints": [GPU]}),
                  Change("autoscale", {"autoscale": True, "size": {"desired": 2, "min": 1, "max": 5}})],
         replace=Change("spec", {"spec": "t3.large"}, "nodes"), removable="nodes", drift=Drifted("nodes", "max_size", 7)),
    Case("database", "shop", {**two_zones(), "shop": block(
            "database", engine="postgresql", version="16", spec={"vcpus": 2, "memory_gib": 4}, storage={"size_gib": 20},
            vpc=ref("net"), subnets=[ref("front"), ref("side")], databases=["shop"])},
         updates=[Change("spec", {"spec": "db.t4g.large"}), Change("storage", {"storage": {"size_gib": 40}}),
                  Change("security_groups", {"security_groups": [ref("door")]}), Change("high_availability", {"high_availability": True}),
                  Change("backup", {"backup": {"retention_days": 7, "window": "02:00-03:00"}}),
                  Change("public", {"public": True})],
         replace=Change("databases", {"databases": ["stock"]}, "database"), removable="database",
         drift=Drifted("database", "multi_az", True)),
]

NATIVE = [
    Case("aws.eks_cluster", "kube", natives(),
         updates=[Change("logging", {"enabled_log_types": ["api"]}), Change("endpoint", {"public_access_cidrs": ["192.0.2.0/24"]})],
         replace=Change("name", {"name": "kube-renamed"}), removable="", drift=Drifted("", "endpoint_public_access", False)),
    Case("aws.eks_node_group", "kubepool", {**natives(), "kubepool": block(
            "aws.eks_node_group", cluster_name=ref("kube"), nodegroup_name="kubepool", node_role=ROLE, subnets=[ref("left")],
            desired_size=1, min_size=1, max_size=2)},
         updates=[Change("scaling", {"max_size": 3}), Change("update", {"max_unavailable": 2})],
         replace=Change("name", {"nodegroup_name": "kubepool-renamed"}), removable="", drift=Drifted("", "max_size", 7)),
    Case("aws.db_subnet_group", "shops", needed(databases(), "net", "left", "right", "shops"),
         updates=[Change("description", {"db_subnet_group_description": "both of them"})],
         replace=Change("name", {"db_subnet_group_name": "shops-renamed"}), removable="",
         drift=Drifted("", "db_subnet_group_description", "theirs")),
    Case("aws.db_parameter_group", "shopset", needed(databases(), "shopset"),
         updates=[Change("parameters", {"parameters": [{"parameter_name": "max_connections", "parameter_value": "99"}]})],
         replace=Change("name", {"db_parameter_group_name": "shopset-renamed"}), removable="", drift=Drifted("", "parameters", "128")),
    Case("aws.db_instance", "shop", needed(databases(), "net", "left", "right", "shops", "shop"),
         updates=[Change("class", {"db_instance_class": "db.t4g.large"}), Change("storage", {"allocated_storage": 40}),
                  Change("version", {"engine_version": "17", "allow_major_version_upgrade": True}),
                  Change("protection", {"copy_tags_to_snapshot": True, "auto_minor_version_upgrade": False})],
         replace=Change("name", {"db_instance_identifier": "shop-renamed"}), removable="",
         drift=Drifted("", "multi_az", True)),
    Case("aws.db_snapshot", "shopshot", needed(databases(), "net", "left", "right", "shops", "shop", "shopshot"),
         replace=Change("name", {"db_snapshot_identifier": "shopshot-renamed"}), removable=""),
]

SKIPS = {
    "update[aws.db_snapshot]": "a snapshot has nothing that changes in place but its tags, which the tags check covers",
    "drift[aws.db_snapshot]": "RDS lets nobody change a snapshot but its tags, so there is nothing that could drift",
}


def _kube_tags(moto: MotoCloud, id: str) -> Mapping[str, str]:
    eks = moto.client("eks")
    cluster, _, group = id.partition("|")
    if group:
        return dict(eks.describe_nodegroup(clusterName=cluster, nodegroupName=group)["nodegroup"]["tags"])
    return dict(eks.describe_cluster(name=cluster)["cluster"]["tags"])


def _shop_tags(moto: MotoCloud, id: str) -> Mapping[str, str]:
    rds = moto.client("rds")
    kind = {"shops": "subgrp", "shopset": "pg", "shopshot": "snapshot"}.get(id.partition("-")[0], "db")
    found = rds.list_tags_for_resource(ResourceName=f"arn:aws:rds:ap-northeast-2:123456789012:{kind}:{id}")["TagList"]
    return {row["Key"]: row["Value"] for row in found}


def _set_parameter(rds: Any, id: str, value: str) -> None:
    row = {"ParameterName": "work_mem", "ParameterValue": value, "ApplyMethod": "immediate"}
    rds.modify_db_parameter_group(DBParameterGroupName=id, Parameters=[row])


def _describe_group(rds: Any, id: str, value: str) -> None:
    subnets = [row["SubnetIdentifier"] for row in rds.describe_db_subnet_groups(DBSubnetGroupName=id)["DBSubnetGroups"][0]["Subnets"]]
    rds.modify_db_subnet_group(DBSubnetGroupName=id, DBSubnetGroupDescription=value, SubnetIds=subnets)


def _of(id: str) -> dict[str, str]:
    cluster, _, group = id.partition("|")
    return {"clusterName": cluster, "nodegroupName": group}


TAGS["kube"] = _kube_tags
TAGS["shop"] = _shop_tags
REMOVALS.update({
    "aws.eks_cluster": lambda eks, id: eks.delete_cluster(name=id),
    "aws.eks_node_group": lambda eks, id: eks.delete_nodegroup(**_of(id)),
    "aws.db_instance": lambda rds, id: rds.delete_db_instance(DBInstanceIdentifier=id, SkipFinalSnapshot=True),
    "aws.db_subnet_group": lambda rds, id: rds.delete_db_subnet_group(DBSubnetGroupName=id),
    "aws.db_parameter_group": lambda rds, id: rds.delete_db_parameter_group(DBParameterGroupName=id),
    "aws.db_snapshot": lambda rds, id: rds.delete_db_snapshot(DBSnapshotIdentifier=id),
})
ALTERATIONS.update({
    ("aws.eks_cluster", "endpoint_public_access"):
        lambda eks, id, value: eks.update_cluster_config(name=id, resourcesVpcConfig={"endpointPublicAccess": value}),
    ("aws.eks_node_group", "max_size"): lambda eks, id, value: eks.update_nodegroup_config(**_of(id), scalingConfig={"maxSize": value}),
    ("aws.db_instance", "multi_az"):
        lambda rds, id, value: rds.modify_db_instance(DBInstanceIdentifier=id, MultiAZ=value, ApplyImmediately=True),
    ("aws.db_subnet_group", "db_subnet_group_description"): _describe_group,
    ("aws.db_parameter_group", "parameters"): _set_parameter,
})
