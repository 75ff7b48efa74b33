"""kubernetes_cluster and node_group."""

from __future__ import annotations

import re
from collections.abc import Mapping
from typing import Any

from mcflow.drivers.openstack.catalog import CATALOG
from mcflow.drivers.openstack.portable.balance import stand
from mcflow.drivers.openstack.portable.choosing import accept_spec
from mcflow.drivers.openstack.portable.disk_types import volume_type
from mcflow.drivers.openstack.portable.wants import each, identify, label
from mcflow.drivers.openstack.session import OpenStackSession
from mcflow.drivers.sdk import Chosen, Lowering, Unsuitable, Want, accepts, chooses, derives, lowers, reader_of, selecting
from mcflow.model.values import Derived, Value

NODE = {"vcpus": 2, "memory_gib": 4}
"""The machine of a cluster's control plane, and of a node group that asks for none."""
ROOT_GIB = 20
"""The disk that a machine of a cluster needs."""
WHOLE = re.compile(r"[0-9]+\.[0-9]+\.[0-9]+")
DISTRO = "fedora-coreos"
"""The system that Magnum's own driver starts machines from."""


@derives("kubernetes_version")
def kubernetes_version(told: str) -> str:
    """``1.32.0`` of ``v1.32.0``."""
    return told.removeprefix("v")


@derives("cluster_status")
def cluster_status(told: str) -> str:
    """``ready``, or Magnum's own word."""
    return "ready" if told.endswith("_COMPLETE") else told


@chooses("kubernetes_cluster", "version", words=True)
def choose_version(api: OpenStackSession, selector: Any, want: Want) -> Chosen:
    """What makes a cluster of that version: the image of its machines, and for Magnum's own driver a label.

    The newest image that says its version of Kubernetes (``kube_version``, as those for Cluster API do) and has the one asked for; where
    none says one, the newest of Fedora CoreOS, to which Magnum brings the version that is wholly said. Raises Unsuitable.
    """
    rows = [row for row in api.rows("image", "/images", "images", params={"status": "active"}) if row.get("os_distro")]
    asked = str(selector or "")
    told = {str(row["id"]): str(row["kube_version"]).removeprefix("v") for row in rows if row.get("kube_version")}
    fitting = [row for row in rows if _is_version(told.get(str(row["id"]), ""), asked)]
    if told and not fitting:
        raise Unsuitable("version", f"this cloud has no image for machines of Kubernetes {asked}",
                         f"it has {', '.join(sorted(set(told.values())))}")
    if fitting:
        newest = max(fitting, key=lambda row: (_parts(told[str(row["id"])]), str(row.get("created_at")), str(row["id"])))
        return Chosen({"image": newest["id"]}, "live", f"image {newest['name']}, newest of {len(fitting)}")
    fitting = [row for row in rows if str(row["os_distro"]).lower() == DISTRO]
    if not fitting:
        raise Unsuitable("version", "this cloud has no image for machines of clusters",
                         f"ask for one that says os_distro={DISTRO}, or kube_version, as a property")
    if asked and not WHOLE.match(asked):
        raise Unsuitable("version", f"Magnum's own driver takes a whole version of Kubernetes, not {asked}",
                         "write a version like \"1.31.4\"")
    newest = max(fitting, key=lambda row: (str(row.get("created_at")), str(row["id"])))
    label = {"kube_tag": f"v{asked}"} if asked else {}
    return Chosen({"image": newest["id"], **label}, "live", f"image {newest['name']}, newest of {len(fitting)}")


def _is_version(have: str, asked: str) -> bool:
    return bool(have) and (not asked or have == asked or have.startswith(f"{asked}."))


def _parts(version: str) -> list[int]:
    return [int(part) for part in re.findall(r"[0-9]+", version)]


@chooses("kubernetes_cluster", "spec")
def choose_master_spec(api: OpenStackSession, selector: Any, want: Want) -> Chosen:
    """The smallest flavor with 2 vcpus, 4 GiB and a disk, for the control plane."""
    return selecting.choose_spec(reader_of(api, CATALOG), NODE, place=api.region, disk_gib=ROOT_GIB)


@lowers("kubernetes_cluster")
def lower_cluster(want: Want, out: Lowering) -> None:
    """kubernetes_cluster → openstack.cluster_template + openstack.cluster, without machines of its own beside the control plane."""
    if list(each(want.security_groups)):
        raise Unsuitable("security_groups", "Magnum makes the security groups of a cluster itself", "leave security_groups out")
    public = want.public_endpoint is not False
    subnet, way = stand(want.subnets, public=public, property="public_endpoint", remedy="say public_endpoint: false")
    chosen: Mapping[str, Any] = want.version
    template = out.native(
        "template", "openstack.cluster_template", stem=label(want), image_id=chosen["image"], flavor_id=want.spec,
        master_flavor_id=want.spec, fixed_network=identify(want.vpc), fixed_subnet=identify(subnet), floating_ip_enabled=public,
        labels={"kube_tag": chosen["kube_tag"]} if chosen.get("kube_tag") else None)
    cluster = out.native(
        "cluster", "openstack.cluster", name=want.name, stem=label(want), cluster_template_id=template.id, master_count=1, node_count=0,
        after=[way])
    out.export(id=cluster.id, name=cluster.name, endpoint=cluster.api_address,
               version=Derived("openstack.kubernetes_version", (cluster.coe_version,)),
               status=Derived("openstack.cluster_status", (cluster.status,)),
               kubeconfig=Derived("openstack.magnum_kubeconfig",
                                  (out.connection, cluster.id, cluster.api_address, cluster.certificate_authority)))


@chooses("node_group", "spec")
def choose_node_spec(api: OpenStackSession, selector: Any, want: Want) -> Chosen:
    """The smallest flavor that fits; without a selector one with 2 vcpus and 4 GiB."""
    asked: Mapping[str, Any] = selector if isinstance(selector, Mapping) else NODE
    least = 0.0 if (want.root_disk or {}).get("size_gib") else float(ROOT_GIB)
    return selecting.choose_spec(reader_of(api, CATALOG), asked, place=api.region, disk_gib=least)


@chooses("node_group", "root_disk.type", words=True)
def choose_root_type(api: OpenStackSession, selector: Any, want: Want) -> Chosen | None:
    """As for a disk."""
    return volume_type(api, "root_disk.type", selector)


@accepts("node_group", "spec")
def accept_node_spec(api: OpenStackSession, value: Any, selector: Any, want: Want) -> bool:
    """As a machine's."""
    return accept_spec(api, value, selector or NODE, want)


@lowers("node_group")
def lower_node_group(want: Want, out: Lowering) -> None:
    """node_group → openstack.node_group."""
    _refuse(want)
    size: Mapping[str, Any] = want.size or {}
    _ordered(size.get("min"), size.get("desired"), "min", "desired")
    _ordered(size.get("desired"), size.get("max"), "desired", "max")
    disk: Mapping[str, Any] = want.root_disk or {}
    told = {"boot_volume_size": disk.get("size_gib"), "boot_volume_type": disk.get("type")}
    labels = {name: str(value) for name, value in told.items() if value is not None}
    group = out.native(
        "nodes", "openstack.node_group", name=want.name, stem=label(want), cluster_id=identify(want.cluster), flavor_id=want.spec,
        image_id=identify(want.image), node_count=size.get("desired"), min_node_count=size.get("min"), max_node_count=size.get("max"),
        labels=labels or None, merge_labels=True if labels else None)
    # Magnum tells the addresses of machines, not their ids.
    out.export(id=group.id, name=group.name, status=Derived("openstack.cluster_status", (group.status,)), nodes=group.node_addresses)


def _refuse(want: Want) -> None:
    if want.key_pair is not None:
        raise Unsuitable("key_pair", "on Magnum all machines of a cluster have the key pair of its template",
                         "leave key_pair out, and say `openstack: {template: {keypair_id: …}}` at the cluster")
    if want.autoscale is True:
        raise Unsuitable("autoscale", "on Magnum the cluster decides whether its node groups follow the load, by a label of its template",
                         "leave autoscale out, and say `openstack: {template: {labels: {auto_scaling_enabled: \"true\"}}}` at the cluster")
    if want.labels:
        raise Unsuitable("labels", "Magnum gives nodes no labels but their role", "label them through Kubernetes")
    if want.taints:
        raise Unsuitable("taints", "Magnum gives nodes no taints", "taint them through Kubernetes")


def _ordered(low: Value, high: Value, lower: str, upper: str) -> None:
    if isinstance(low, int) and isinstance(high, int) and low > high:
        raise Unsuitable(f"size.{lower}", f"{low} is more than {upper}, {high}", f"make {lower} at most {upper}")
