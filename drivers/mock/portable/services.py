"""kubernetes_cluster, node_group, database."""

from __future__ import annotations

import json
import secrets
from typing import Any

from mcflow.drivers.mock.cloud import catalog
from mcflow.drivers.mock.portable.choices import database_spec, is_such_image, is_such_spec, machine_spec, newest_image
from mcflow.drivers.mock.portable.wants import handles, id_of, ids, key_name, one_of, root_volume, tags_of, volume_type
from mcflow.drivers.mock.session import MockSession
from mcflow.drivers.sdk import Chosen, Lowering, Unsuitable, Want, accepts, chooses, derives, lowers
from mcflow.model.values import Derived, Secret, Value


@derives("kubeconfig")
def kubeconfig(name: str, endpoint: str, authority: str) -> Secret:
    """What kubectl needs to reach a cluster. JSON, which is YAML too."""
    document = {
        "apiVersion": "v1", "kind": "Config", "current-context": name,
        "clusters": [{"name": name, "cluster": {"server": endpoint, "certificate-authority-data": authority}}],
        "users": [{"name": name, "user": {"token": f"mock-token-{authority}"}}],
        "contexts": [{"name": name, "context": {"cluster": name, "user": name}}],
    }
    return Secret(json.dumps(document))


def _subnets(want: Want, what: str) -> list[Value]:
    if not handles(want.subnets):
        raise Unsuitable("subnets", f"{what} of the rehearsal cloud stands in at least one subnet", "name it")
    return ids(want.subnets)


@lowers("kubernetes_cluster")
def lower_cluster(want: Want, out: Lowering) -> None:
    """kubernetes_cluster → mock.cluster, acting as a mock.service_role that all clusters of the connection share."""
    one_of(want, "version", catalog.CLUSTER_VERSIONS)
    role = out.shared("cluster_role", "mock.service_role", service="cluster")
    cluster = out.native("cluster", "mock.cluster", name=want.name, role_id=role.id, subnet_ids=_subnets(want, "a cluster"),
                         security_group_ids=ids(want.security_groups), version=want.version, public_endpoint=want.public_endpoint,
                         tags=tags_of(want))
    out.export(id=cluster.id, name=cluster.name, endpoint=cluster.endpoint, version=cluster.version, status="active",
               kubeconfig=Derived("mock.kubeconfig", (cluster.name, cluster.endpoint, cluster.certificate_authority)))


@chooses("node_group", "spec")
def choose_node_spec(api: MockSession, selector: Any, want: Want) -> Chosen:
    """The cheapest machine that fits; without a selector one with 2 vcpus and 4 GiB."""
    return machine_spec(api, selector or {"vcpus": 2, "memory_gib": 4}, id_of(want.image))


@chooses("node_group", "image")
def choose_node_image(api: MockSession, selector: Any, want: Want) -> Chosen:
    """The newest image that fits; without a selector the newest Ubuntu."""
    return newest_image(api, selector or {"os": "ubuntu"}, want.spec)


@accepts("node_group", "spec")
def accept_node_spec(api: MockSession, value: Any, selector: Any, want: Want) -> bool:
    """Any machine with at least that."""
    return is_such_spec(api, "vm", value, selector or {"vcpus": 2, "memory_gib": 4})


@accepts("node_group", "image")
def accept_node_image(api: MockSession, value: Any, selector: Any, want: Want) -> bool:
    """Any published image of that system."""
    return is_such_image(api, value, selector or {"os": "ubuntu"})


@lowers("node_group")
def lower_node_group(want: Want, out: Lowering) -> None:
    """node_group → mock.node_group."""
    size = want.size or {}
    group = out.native("nodes", "mock.node_group", name=want.name, cluster_id=want.cluster.id, instance_type=want.spec,
                       image_id=id_of(want.image), key_name=key_name(want), root_volume=root_volume(want.root_disk),
                       desired_size=_desired(size), min_size=size.get("min"), max_size=size.get("max"), autoscale=want.autoscale,
                       labels=want.labels, taints=want.taints, tags=tags_of(want))
    out.export(id=group.id, name=group.name, status="active", nodes=group.nodes)


def _desired(size: dict[str, Value]) -> Value:
    for name in ("desired", "min"):
        if size.get(name) is not None:
            return size[name]
    return 1


@chooses("database", "spec")
def choose_database_spec(api: MockSession, selector: Any, want: Want) -> Chosen:
    """The cheapest database size that fits."""
    return database_spec(api, selector)


@accepts("database", "spec")
def accept_database_spec(api: MockSession, value: Any, selector: Any, want: Want) -> bool:
    """Any size with at least that."""
    return is_such_spec(api, "database", value, selector)


@chooses("database", "password")
def choose_password(api: MockSession, selector: Any, want: Want) -> Chosen:
    """A password of 32 characters, made here before the cloud is asked for anything."""
    return Chosen(Secret(secrets.token_urlsafe(24)), "live", "made here")


@lowers("database")
def lower_database(want: Want, out: Lowering) -> None:
    """database → mock.database."""
    versions, _ = catalog.DATABASE_ENGINES[want.engine]
    one_of(want, "version", versions)
    storage, backup = want.storage or {}, want.backup or {}
    database = out.native(
        "database", "mock.database", identifier=want.name, engine=want.engine, version=want.version, instance_class=want.spec,
        storage_gib=20 if storage.get("size_gib") is None else storage["size_gib"], storage_type=volume_type(storage.get("type")),
        iops=storage.get("iops"),
        subnet_ids=_subnets(want, "a database"), security_group_ids=ids(want.security_groups), username=want.username or "admin",
        master_password=want.password, multi_zone=want.high_availability, public=want.public,
        backup_retention_days=backup.get("retention_days"), backup_window=backup.get("window"),
        deletion_protection=want.deletion_protection, databases=want.databases, tags=tags_of(want))
    out.export(id=database.id, name=database.identifier, host=database.endpoint, port=database.port, status="available")
