"""Kubernetes clusters of Magnum, their templates and node groups.

Names are not unique and nothing carries marks: names are derived, and looked at before a create. Magnum works a request off after it has
answered and drops what comes while it is at work, so a change waits until the cluster is at rest.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from typing import Any, ClassVar

from mcflow.drivers.openstack.certificates import authority
from mcflow.drivers.openstack.native.rest import Noun, RestType
from mcflow.drivers.openstack.session import OpenStackSession, Reply
from mcflow.drivers.sdk import (
    Again,
    Busy,
    Intent,
    InUse,
    InvalidRequest,
    NotFound,
    NotUpdatable,
    Observed,
    ServiceFault,
    Submitted,
    UniqueName,
    array,
    boolean,
    integer,
    mapping,
    native_type,
    string,
)

MAGNUM = "container-infrastructure-management"
STATES = {
    **{f"{verb}_COMPLETE": "ready" for verb in ("CREATE", "UPDATE", "RESUME", "RESTORE", "ROLLBACK", "SNAPSHOT", "CHECK", "ADOPT")},
    **{f"{verb}_FAILED": "failed" for verb in ("CREATE", "UPDATE", "RESUME", "ROLLBACK", "DELETE")},
    "DELETE_IN_PROGRESS": "deleting", "DELETE_COMPLETE": "gone",
}
"""https://docs.openstack.org/api-ref/container-infrastructure-management/#manage-cluster: the others are under way."""
LABELS = mapping(string(), "Labels that Magnum's driver goes by (`kube_tag`, `boot_volume_size` …); others that it adds are left alone.",
                 owned_keys=True, default_from_cloud=True)
MERGED = boolean("Whether `labels` are laid over those of what it is made from, and not in their place.", at_create=True)


class MagnumType(RestType):
    """What all types of Magnum share."""

    identity = UniqueName(attribute="name", max_length=60, pattern="[A-Za-z0-9-]", marked=False)

    def ask(self, api: OpenStackSession, method: str, path: str, body: Any = None, **options: Any) -> Reply:
        try:
            return super().ask(api, method, path, body, **options)
        except InvalidRequest as refused:
            if method != "GET":
                raise
            # Magnum answers so for a moment while what is looked at is being deleted.
            raise ServiceFault(refused.message, code=refused.code, request_id=refused.request_id) from refused

    def named(self, api: OpenStackSession, name: str) -> Iterator[Observed]:
        return (seen for seen in self.discover(api) if seen.attributes.get("name") == name)

    def normalise(self, attribute: str, value: Any) -> Any:
        return {key: _plain(each) for key, each in value.items()} if attribute == "labels" and isinstance(value, dict) else value

    def status(self, row: Mapping[str, Any]) -> tuple[Any, str]:
        status, reason = super().status(row)
        return status, str(row.get("status_reason") or reason) if status == "failed" else ""

    def patched(self, api: OpenStackSession, id: str, values: Mapping[str, Any]) -> Reply:
        """Set attributes. https://docs.openstack.org/api-ref/container-infrastructure-management/#update-information-of-cluster"""
        changes = [{"op": "replace", "path": f"/{name}", "value": value} for name, value in values.items()]
        return self.ask(api, "PATCH", self.place(id), changes)


def _plain(label: Any) -> str:
    return str(label).lower() if isinstance(label, bool) else str(label)


@native_type
class ClusterTemplate(MagnumType):
    """What clusters are made from; one that a cluster was made from cannot be changed.
    https://docs.openstack.org/api-ref/container-infrastructure-management/#manage-cluster-templates"""

    name = "openstack.cluster_template"
    noun = Noun(MAGNUM, "/clustertemplates", "", "clustertemplates", marks="", id="uuid")
    matched_by = ("image_id", "flavor_id", "fixed_network", "fixed_subnet")
    attributes = {
        "name": string("Its name.", maxLength=255),
        "coe": string("What is made.", enum=["kubernetes", "swarm", "mesos"], default="kubernetes"),
        "image_id": string("The image of machines, by name or id; it says `os_distro`.", reference=["openstack.image"]),
        "flavor_id": string("The size of machines, by name or id.", default_from_cloud=True),
        "master_flavor_id": string("The size of machines of the control plane.", default_from_cloud=True),
        "keypair_id": string("The key pair for SSH, by name.", reference=["openstack.key_pair"]),
        "external_network_id": string("The network to the world. Absent: the connection's.", reference=["openstack.network"],
                                      default_from_cloud=True, incidental=True),
        "fixed_network": string("The network of machines. Absent: each cluster gets one.", reference=["openstack.network"],
                                default_from_cloud=True),
        "fixed_subnet": string("The subnet of machines.", reference=["openstack.subnet"], default_from_cloud=True),
        "dns_nameserver": string("Whom machines ask for names.", default_from_cloud=True, incidental=True),
        "network_driver": string("How pods reach each other (`calico`, `flannel`).", default_from_cloud=True, incidental=True),
        "volume_driver": string("How pods get volumes (`cinder`).", default_from_cloud=True, incidental=True),
        "docker_volume_size": integer("A volume for images of containers, GiB.", minimum=1),
        "docker_storage_driver": string("How images are kept there.", default_from_cloud=True, incidental=True),
        "server_type": string("Virtual machines or bare ones.", enum=["bm", "vm"], default="vm"),
        "master_lb_enabled": boolean("Whether a load balancer stands before the control plane.", default=False),
        "floating_ip_enabled": boolean("Whether machines get floating IPs.", default=True),
        "registry_enabled": boolean("Whether clusters have a registry of images.", default=False),
        "insecure_registry": string("A registry that is reached without TLS."),
        "tls_disabled": boolean("Whether the API is without TLS.", default=False),
        "apiserver_port": integer("The port of the API.", minimum=1024, maximum=65535, default_from_cloud=True, incidental=True),
        "http_proxy": string("A proxy for HTTP."), "https_proxy": string("A proxy for HTTPS."),
        "no_proxy": string("What is reached without a proxy."),
        "public": boolean("Whether all projects may use it; for administrators.", group="settings", default=False),
        "hidden": boolean("Whether listings leave it out; for administrators.", group="settings", default=False),
        "labels": LABELS,
        "cluster_distro": string("The system of the image.", read_only=True),
    }
    required = ("image_id",)

    def request(self, api: OpenStackSession, want: Mapping[str, Any], intent: Intent) -> dict[str, Any]:
        body = {"coe": "kubernetes", **super().request(api, want, intent)}
        return {**body, "external_network_id": body.get("external_network_id") or str(api.external_network()["id"])}

    def delete(self, api: OpenStackSession, id: str, last: Mapping[str, Any]) -> Submitted | Again:
        try:
            return super().delete(api, id, last)
        except InvalidRequest as refused:
            if "referenced" not in refused.message:
                raise
            raise InUse(refused.message, code=refused.code, request_id=refused.request_id) from refused

    def change(self, api: OpenStackSession, id: str, want: Mapping[str, Any], last: Mapping[str, Any],
               group: str) -> Submitted | Again | Reply:
        return self.patched(api, id, {name: bool(want.get(name)) for name in ("public", "hidden")
                                      if bool(want.get(name)) != bool(last.get(name))})


def at_rest(row: Mapping[str, Any]) -> None:
    """Raises Busy while something is being done to a cluster or node group."""
    if str(row.get("status") or "").endswith("_IN_PROGRESS"):
        raise Busy(f"{row.get('name') or row.get('uuid')} is {row['status']}")


@native_type
class Cluster(MagnumType):
    """A Kubernetes cluster.  https://docs.openstack.org/api-ref/container-infrastructure-management/#manage-cluster

    A look takes a request for its node groups and one for its authority's certificate."""

    name = "openstack.cluster"
    noun = Noun(MAGNUM, "/clusters", "", "clusters", marks="", detail="/clusters/detail", id="uuid")
    states = STATES
    seconds = 900.0
    attributes = {
        "name": string("Its name.", pattern=r"^[a-zA-Z][a-zA-Z0-9_.-]*$", maxLength=242),
        "cluster_template_id": string("What it is made from. Another one upgrades it.", reference=["openstack.cluster_template"],
                                      group="upgrade"),
        "keypair": string("The key pair for SSH, by name.", reference=["openstack.key_pair"], default_from_cloud=True),
        "master_count": integer("Machines of the control plane; more than one need `master_lb_enabled`.", minimum=1, group="masters",
                                default_from_cloud=True),
        "node_count": integer("Machines of its own node group; others are openstack.node_groups.", minimum=0, group="size",
                              default_from_cloud=True),
        "flavor_id": string("The size of machines. Absent: the template's.", default_from_cloud=True, incidental=True),
        "master_flavor_id": string("The size of machines of the control plane.", default_from_cloud=True, incidental=True),
        "docker_volume_size": integer("A volume for images of containers, GiB.", minimum=1, default_from_cloud=True, incidental=True),
        "fixed_network": string("The network of machines.", reference=["openstack.network"], default_from_cloud=True, incidental=True),
        "fixed_subnet": string("The subnet of machines.", reference=["openstack.subnet"], default_from_cloud=True, incidental=True),
        "floating_ip_enabled": boolean("Whether machines get floating IPs. Absent: as the template says.", default_from_cloud=True,
                                       incidental=True),
        "master_lb_enabled": boolean("Whether a load balancer stands before the control plane.", default_from_cloud=True, incidental=True),
        "create_timeout": integer("How long Magnum may take to make it, minutes.", minimum=0, at_create=True, incidental=True),
        "labels": LABELS,
        "merge_labels": MERGED,
        "api_address": string("The address of its API.", read_only=True),
        "coe_version": string("The version of Kubernetes.", read_only=True, changes_with=["upgrade"]),
        "certificate_authority": string("The certificate of its authority, PEM; empty without TLS.", read_only=True),
        "node_addresses": array(string(), "The addresses of its machines.", read_only=True, changes_with=["size"]),
        "master_addresses": array(string(), "The addresses of its control plane.", read_only=True, changes_with=["masters"]),
        "health_status": string("HEALTHY, UNHEALTHY, UNKNOWN.", read_only=True),
        "status": string("What Magnum says of it.", read_only=True),
    }
    required = ("cluster_template_id",)

    def shown(self, api: OpenStackSession, rows: Iterable[dict[str, Any]], parents: Mapping[str, Any]) -> Iterator[Observed]:
        return super().shown(api, self._whole(api, rows), parents)

    def _whole(self, api: OpenStackSession, rows: Iterable[dict[str, Any]]) -> Iterator[dict[str, Any]]:
        for row in rows:
            if self.ours(api, row) and self.status(row)[0] == "ready":
                try:
                    own = _own_groups(api, str(row["uuid"]))
                    certificate = authority(api, str(row["uuid"]))
                except NotFound:
                    continue
                except InvalidRequest:
                    # It has no TLS.
                    certificate = ""
                row = {**row, **{count: group["node_count"] for count, group in own.items()}, "certificate_authority": certificate}
            yield row

    def change(self, api: OpenStackSession, id: str, want: Mapping[str, Any], last: Mapping[str, Any],
               group: str) -> Submitted | Again | Reply:
        row = self.present(api, id)
        at_rest(row)
        if group == "upgrade":
            body = {"cluster_template": want["cluster_template_id"], "max_batch_size": 1}
            return self.ask(api, "POST", f"{self.place(id)}/actions/upgrade", body)
        count = {"size": "node_count", "masters": "master_count"}[group]
        own = _own_groups(api, id)[count]
        if want.get(count) in (None, own["node_count"]):
            return Submitted(id)
        return resize(api, id, str(own["uuid"]), want[count])


def _own_groups(api: OpenStackSession, cluster: str) -> dict[str, dict[str, Any]]:
    """The two node groups that every cluster has: who counts in ``node_count``, and in ``master_count``. What a cluster itself says counts
    those of all groups."""
    own = [group for group in api.rows(MAGNUM, f"/clusters/{cluster}/nodegroups", "nodegroups") if group.get("is_default")]
    return {"master_count" if group["role"] == "master" else "node_count": group for group in own}


def resize(api: OpenStackSession, cluster: str, group: str, count: int) -> Reply:
    """Ask for another number of machines in a node group."""
    return api.call(MAGNUM, "POST", f"/clusters/{cluster}/actions/resize", json={"node_count": count, "nodegroup": group})


@native_type
class NodeGroup(MagnumType):
    """Machines of one kind in a cluster; the id is ``cluster|group``. A look takes a request for each.
    https://docs.openstack.org/api-ref/container-infrastructure-management/#manage-nodegroups"""

    name = "openstack.node_group"
    noun = Noun(MAGNUM, "/clusters/{cluster_id}/nodegroups", "", "nodegroups", marks="", id="uuid")
    states = STATES
    seconds = 300.0
    serial: ClassVar[Callable[[Mapping[str, Any]], str | None] | None] = staticmethod(
        lambda want: f"cluster/{want['cluster_id']}" if isinstance(want.get("cluster_id"), str) else None)
    attributes = {
        "cluster_id": string("The cluster.", reference=["openstack.cluster"]),
        "name": string("Its name, unique in the cluster.", maxLength=255),
        "flavor_id": string("The size of machines. Absent: the cluster's.", default_from_cloud=True),
        "image_id": string("Their image. Absent: the template's.", reference=["openstack.image"], default_from_cloud=True, incidental=True),
        "role": string("The role that nodes are labelled with.", default="worker"),
        "node_count": integer("How many there are.", minimum=0, group="size", default_from_cloud=True),
        "min_node_count": integer("How few there may be.", minimum=0, group="size", default=0),
        "max_node_count": integer("How many there may be.", minimum=0, group="size"),
        "docker_volume_size": integer("A volume for images of containers, GiB.", minimum=1, default_from_cloud=True, incidental=True),
        "labels": LABELS,
        "merge_labels": MERGED,
        "node_addresses": array(string(), "The addresses of its machines.", read_only=True, changes_with=["size"]),
        "status": string("What Magnum says of it.", read_only=True),
    }
    required = ("cluster_id",)

    def create(self, api: OpenStackSession, want: Mapping[str, Any], intent: Intent) -> Submitted:
        at_rest(api.get(MAGNUM, f"/clusters/{want['cluster_id']}"))
        return super().create(api, want, intent)

    def observe(self, api: OpenStackSession, ids: Sequence[str]) -> Iterator[Observed]:
        # Listings leave most of it out.
        for id in ids:
            row = self.row(api, id)
            if row is not None:
                yield from self.shown(api, [row], {"cluster_id": id.partition("|")[0]})

    def named(self, api: OpenStackSession, name: str) -> Iterator[Observed]:
        raise NotImplementedError("names are looked at in one cluster")

    def find(self, api: OpenStackSession, want: Mapping[str, Any], intent: Intent) -> Iterator[Observed]:
        return self._in(api, str(want["cluster_id"]), str(want["name"]))

    def match(self, api: OpenStackSession, want: Mapping[str, Any]) -> Iterator[Observed]:
        return self._in(api, str(want["cluster_id"]), str(want["name"])) if want.get("cluster_id") and want.get("name") else iter(())

    def _in(self, api: OpenStackSession, cluster: str, name: str = "") -> Iterator[Observed]:
        try:
            rows = list(self.listed(api, {}, {"cluster_id": cluster}))
        except NotFound:
            return iter(())
        return self.observe(api, [f"{cluster}|{row['uuid']}" for row in rows if name in ("", row["name"])])

    def discover(self, api: OpenStackSession) -> Iterator[Observed]:
        return (seen for cluster in list(api.rows(MAGNUM, "/clusters/detail", "clusters")) if self.ours(api, cluster)
                for seen in self._in(api, str(cluster["uuid"])))

    def provided(self, row: Mapping[str, Any]) -> bool:
        """The two that a cluster is made with."""
        return bool(row.get("is_default"))

    def change(self, api: OpenStackSession, id: str, want: Mapping[str, Any], last: Mapping[str, Any],
               group: str) -> Submitted | Again | Reply:
        """The number and its limits, in an order in which the number is always within them."""
        if group != "size":
            raise NotUpdatable(f"{self.name} has no group {group}")
        row, cluster = self.present(api, id), id.partition("|")[0]
        at_rest(row)
        at_rest(api.get(MAGNUM, f"/clusters/{cluster}"))
        have = (int(row.get("min_node_count") or 0), row.get("max_node_count"))
        limits = (int(want.get("min_node_count") or 0), want.get("max_node_count"))
        count, wanted = int(row["node_count"]), want.get("node_count")
        if have != limits and _within(count, limits):
            self._limit(api, id, have, limits)
            return Again("limits set")
        if wanted in (None, count) and have == limits:
            return Submitted(id)
        if wanted not in (None, count) and _within(int(wanted), have):
            reply = resize(api, cluster, str(row["uuid"]), int(wanted))
            return reply if have == limits else Again("number set")
        self._limit(api, id, have, _hull(have, limits))
        return Again("limits widened")

    def _limit(self, api: OpenStackSession, id: str, have: tuple[int, Any], limits: tuple[int, Any]) -> None:
        named = {"min_node_count": (have[0], limits[0]), "max_node_count": (have[1], limits[1])}
        self.patched(api, id, {name: new for name, (old, new) in named.items() if old != new})

    def delete(self, api: OpenStackSession, id: str, last: Mapping[str, Any]) -> Submitted | Again:
        at_rest(api.get(MAGNUM, f"/clusters/{id.partition('|')[0]}"))
        return super().delete(api, id, last)


def _within(count: int, limits: tuple[int, Any]) -> bool:
    return limits[0] <= count and (limits[1] is None or count <= limits[1])


def _hull(one: tuple[int, Any], other: tuple[int, Any]) -> tuple[int, Any]:
    """The narrowest limits that have both in them."""
    return min(one[0], other[0]), None if None in (one[1], other[1]) else max(one[1], other[1])
