"""Services run by the cloud: roles, clusters, node groups, databases."""

from __future__ import annotations

from collections.abc import Iterator

from mcflow.drivers.mock.cloud import catalog, errors
from mcflow.drivers.mock.cloud.errors import Refused
from mcflow.drivers.mock.cloud.kinds.compute import KEY_PAIR
from mcflow.drivers.mock.cloud.objects import Attributes, Kind, Link, Object, World, unique_term


def _create_cluster(world: World, attributes: Attributes) -> None:
    attributes.setdefault("version", catalog.CLUSTER_VERSIONS[-1])
    _check_version(attributes["version"])
    attributes["zone"] = world.need("subnet", attributes["subnet_ids"][0], "subnet_ids").attributes["zone"]
    attributes["endpoint"] = f"https://{attributes['id']}.k8s.mock.invalid"
    attributes["certificate_authority"] = f"mock-ca-{attributes['id']}"


def _check_version(version: str) -> None:
    if version not in catalog.CLUSTER_VERSIONS:
        raise Refused(errors.INVALID, f"version: {version} is none of {', '.join(catalog.CLUSTER_VERSIONS)}")


def _change_cluster(world: World, found: Object, changes: Attributes) -> None:
    if "version" in changes:
        _check_version(changes["version"])
        known = catalog.CLUSTER_VERSIONS
        step = known.index(changes["version"]) - known.index(found.attributes["version"])
        if step not in (0, 1):
            raise Refused(errors.INVALID, f"version: {found.id} goes up one minor version at a time")


def _create_nodes(world: World, attributes: Attributes) -> None:
    if catalog.spec(attributes["instance_type"]) is None:
        raise Refused(errors.INVALID, f"instance_type: there is no {attributes['instance_type']}")
    if attributes.get("key_name") and not world.having(unique_term(KEY_PAIR, world.scope, attributes["key_name"])):
        raise Refused(errors.NOT_FOUND, f"key_name: there is no key_pair {attributes['key_name']}")
    attributes["zone"] = world.need("cluster", attributes["cluster_id"], "cluster_id").attributes["zone"]
    _check_nodes(attributes)
    attributes["nodes"] = _node_names(attributes["id"], attributes["desired_size"])


def _change_nodes(world: World, found: Object, changes: Attributes) -> None:
    after = {**found.attributes, **changes}
    _check_nodes(after)
    left = world.capacity(after["zone"])
    if left is not None and after["desired_size"] - found.attributes["desired_size"] > left:
        raise Refused(errors.CAPACITY, f"{after['zone']} has no room for more nodes")
    changes["nodes"] = _node_names(found.id, after["desired_size"])


def _check_nodes(attributes: Attributes) -> None:
    attributes.setdefault("min_size", attributes["desired_size"])
    attributes.setdefault("max_size", attributes["desired_size"])
    if not attributes["min_size"] <= attributes["desired_size"] <= attributes["max_size"]:
        raise Refused(errors.INVALID, "desired_size is not between min_size and max_size")


def _node_names(id: str, count: int) -> list[str]:
    return [f"{id}-{at}" for at in range(count)]


def _zone_terms(found: Object) -> Iterator[str]:
    if found.kind == "node_group":
        yield f"zone:{found.scope}:{found.attributes['zone']}"


def _create_database(world: World, attributes: Attributes) -> None:
    versions, port = catalog.DATABASE_ENGINES.get(attributes["engine"], ((), 0))
    if not versions:
        raise Refused(errors.INVALID, f"engine: there is no {attributes['engine']}")
    attributes.setdefault("version", versions[-1])
    if attributes["version"] not in versions:
        raise Refused(errors.INVALID, f"version: {attributes['engine']} comes as {', '.join(versions)}")
    _check_class(attributes)
    attributes["port"] = port
    attributes["endpoint"] = f"{attributes['identifier']}.db.mock.invalid"


def _change_database(world: World, found: Object, changes: Attributes) -> None:
    _check_class({**found.attributes, **changes})
    if int({**found.attributes, **changes}["storage_gib"]) < int(found.attributes["storage_gib"]):
        raise Refused(errors.INVALID, f"storage_gib: {found.id} cannot shrink")


def _check_class(attributes: Attributes) -> None:
    if catalog.database_spec(attributes["instance_class"]) is None:
        raise Refused(errors.INVALID, f"instance_class: there is no {attributes['instance_class']}")
    if not 5 <= int(attributes["storage_gib"]) <= 16384:
        raise Refused(errors.INVALID, "storage_gib: a database takes 5 to 16384 GiB")


def _delete_database(world: World, found: Object) -> None:
    if found.attributes.get("deletion_protection"):
        raise Refused(errors.DEPENDENCY, f"{found.id} is protected against deletion")


_SUBNETS = Link("subnet_ids", ("subnet",))
_GROUPS = Link("security_group_ids", ("security_group",))

KINDS = (
    Kind("service_role", "role", required=("name", "service"), unique="name", settles=0.1),
    Kind("cluster", "k8s", required=("name", "role_id", "subnet_ids"), unique="name", operation=True, settles=4.0,
         optional={"security_group_ids": [], "version": None, "public_endpoint": True},
         computed=("endpoint", "certificate_authority", "zone"), mutable=frozenset({"security_group_ids", "version", "public_endpoint"}),
         links=(Link("role_id", ("service_role",)), _SUBNETS, _GROUPS), on_create=_create_cluster, on_change=_change_cluster),
    Kind("node_group", "ng", required=("name", "cluster_id", "instance_type", "desired_size"), operation=True, settles=3.0,
         optional={"min_size": None, "max_size": None, "autoscale": False, "labels": {}, "taints": [], "image_id": None, "key_name": None,
                   "root_volume": None},
         computed=("zone", "nodes"), mutable=frozenset({"desired_size", "min_size", "max_size", "autoscale", "labels", "taints"}),
         unique="name", links=(Link("cluster_id", ("cluster",)),), on_create=_create_nodes, on_change=_change_nodes,
         extra_terms=_zone_terms),
    Kind("database", "db", required=("identifier", "engine", "instance_class", "storage_gib", "subnet_ids", "username", "master_password"),
         unique="identifier", settles=4.0, secrets=("master_password",),
         optional={"version": None, "storage_type": "ssd", "iops": None, "security_group_ids": [], "multi_zone": False, "public": False,
                   "backup_retention_days": 0, "backup_window": None, "deletion_protection": False, "databases": []},
         computed=("endpoint", "port"),
         mutable=frozenset({"instance_class", "storage_gib", "master_password", "security_group_ids", "backup_retention_days",
                            "backup_window", "deletion_protection", "multi_zone"}),
         links=(_SUBNETS, _GROUPS), on_create=_create_database, on_change=_change_database, on_delete=_delete_database),
)
