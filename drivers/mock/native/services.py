"""Service roles, clusters, node groups, databases."""

from __future__ import annotations

from mcflow.drivers.mock.native.compute import ROOT_VOLUME
from mcflow.drivers.mock.native.kind import MockType, OperationType
from mcflow.drivers.sdk import UniqueName, anything, array, boolean, integer, mapping, native_type, string, tags


@native_type
class ServiceRole(MockType):
    """What a service of the cloud acts as."""

    name = "mock.service_role"
    identity = UniqueName(attribute="name", max_length=64, pattern="[A-Za-z0-9-]")
    attributes = {"name": string(), "service": string(), "tags": tags()}
    required = ("service",)


@native_type
class Cluster(OperationType):
    """A Kubernetes control plane. Its creation is an operation; what fails, fails only there."""

    name = "mock.cluster"
    identity = UniqueName(attribute="name", max_length=40, pattern="[a-z0-9-]")
    seconds = 120.0
    attributes = {
        "name": string(),
        "role_id": string("The service role it acts as."),
        "subnet_ids": array(string(), set=True),
        "security_group_ids": array(string(), set=True, group="security_groups", default_from_cloud=True),
        "version": string(group="version", default_from_cloud=True),
        "public_endpoint": boolean(group="public_endpoint", default_from_cloud=True),
        "endpoint": string(read_only=True),
        "certificate_authority": string(read_only=True),
        "zone": string(read_only=True),
        "tags": tags(),
    }
    required = ("role_id", "subnet_ids")


@native_type
class NodeGroup(OperationType):
    """Machines of a cluster. Its creation is an operation, as the cluster's."""

    name = "mock.node_group"
    identity = UniqueName(attribute="name", max_length=40, pattern="[a-z0-9-]")
    seconds = 90.0
    relations = ("cluster_id", "name")
    attributes = {
        "name": string(),
        "cluster_id": string(),
        "instance_type": string(),
        "image_id": string(default_from_cloud=True),
        "key_name": string(default_from_cloud=True),
        "root_volume": {**ROOT_VOLUME, "default_from_cloud": True},
        "desired_size": integer(minimum=0, group="scaling"),
        "min_size": integer(minimum=0, group="scaling", default_from_cloud=True),
        "max_size": integer(minimum=0, group="scaling", default_from_cloud=True),
        "autoscale": boolean(group="scaling", default_from_cloud=True),
        "labels": mapping(string(), group="labels", default_from_cloud=True),
        "taints": array(anything(), group="labels", default_from_cloud=True),
        "nodes": array(string(), read_only=True, changes_with=["scaling"]),
        "zone": string(read_only=True),
        "tags": tags(),
    }
    required = ("cluster_id", "instance_type", "desired_size")


@native_type
class Database(MockType):
    """A managed relational database."""

    name = "mock.database"
    identity = UniqueName(attribute="identifier", max_length=63, pattern="[a-z0-9-]")
    seconds = 180.0
    attributes = {
        "identifier": string(),
        "engine": string(enum=["mysql", "mariadb", "postgresql"]),
        "version": string(default_from_cloud=True),
        "instance_class": string(group="class"),
        "storage_gib": integer("GiB.", group="storage", grows=True),
        "storage_type": string(default_from_cloud=True),
        "iops": integer(default_from_cloud=True),
        "subnet_ids": array(string(), set=True),
        "security_group_ids": array(string(), set=True, group="security_groups", default_from_cloud=True),
        "username": string(),
        "master_password": string(write_only=True, sensitive=True, group="password"),
        "multi_zone": boolean(group="availability", default_from_cloud=True),
        "public": boolean(default_from_cloud=True),
        "backup_retention_days": integer(minimum=0, maximum=35, group="backup", default_from_cloud=True),
        "backup_window": string(group="backup", default_from_cloud=True),
        "deletion_protection": boolean(group="protection", default_from_cloud=True),
        "databases": array(string(), set=True, default_from_cloud=True),
        "endpoint": string(read_only=True),
        "port": integer(read_only=True),
        "tags": tags(),
    }
    required = ("engine", "instance_class", "storage_gib", "subnet_ids", "username", "master_password")
