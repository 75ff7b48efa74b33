"""kubernetes_cluster and node_group."""

from __future__ import annotations

import json
import re
from typing import Any

from mcflow.drivers.aws.portable.catalog import accept_spec, choose_spec
from mcflow.drivers.aws.portable.wants import disk_type, each, identify, known, label, tagged, two_zones
from mcflow.drivers.aws.session import AwsSession
from mcflow.drivers.sdk import Chosen, Lowering, Native, Unsuitable, Want, accepts, chooses, derives, lowers
from mcflow.drivers.sdk.lowering import text
from mcflow.model.values import Derived, Secret, Value

OLDEST = 24
"""EKS offers no older minor version of Kubernetes 1 any more; which newer ones there are it says itself."""
NODE_POLICIES = {"worker": "AmazonEKSWorkerNodePolicy", "network": "AmazonEKS_CNI_Policy", "registry": "AmazonEC2ContainerRegistryReadOnly"}
"""What machines of a cluster must be allowed: to join it, to give pods addresses, to fetch images."""
EFFECTS = {"NoSchedule": "NO_SCHEDULE", "PreferNoSchedule": "PREFER_NO_SCHEDULE", "NoExecute": "NO_EXECUTE"}
ROOT_DEVICE, ROOT_GIB = "/dev/xvda", 20
"""The root disk of EKS's images, and its size where none is asked for."""
NODE = {"vcpus": 2, "memory_gib": 4}
"""The machine of a node group that asks for none."""


@derives("eks_kubeconfig")
def kubeconfig(connection: str, cluster: str, endpoint: str, authority: str) -> Secret:
    """What kubectl needs to reach a cluster; JSON, which is YAML too. It holds no token: kubectl asks ``mcflow kube-token`` for one."""
    ask = {"apiVersion": "client.authentication.k8s.io/v1", "command": "mcflow", "args": ["kube-token", connection, cluster],
           "interactiveMode": "Never", "provideClusterInfo": False}
    return Secret(json.dumps({
        "apiVersion": "v1", "kind": "Config", "current-context": cluster,
        "clusters": [{"name": cluster, "cluster": {"server": endpoint, "certificate-authority-data": authority}}],
        "users": [{"name": cluster, "user": {"exec": ask}}],
        "contexts": [{"name": cluster, "context": {"cluster": cluster, "user": cluster}}],
    }))


@derives("managed_policy")
def managed_policy(arn: str, name: str) -> str:
    """The ARN of a policy of Amazon's, in the partition of another ARN: China and GovCloud have their own."""
    return f"arn:{arn.split(':')[1]}:iam::aws:policy/{name}"


@lowers("kubernetes_cluster")
def lower_cluster(want: Want, out: Lowering) -> None:
    """kubernetes_cluster → aws.eks_cluster, acting as a role that all clusters of the connection share."""
    check_version(want.version)
    two_zones("subnets", want.subnets, "a cluster of EKS")
    role, attachments = service_role(out, "eks_cluster_role", "eks.amazonaws.com", {"policy": "AmazonEKSClusterPolicy"})
    public = want.public_endpoint is not False
    cluster = out.native(
        "cluster", "aws.eks_cluster", name=want.name, stem=label(want), role_arn=role.arn, version=want.version,
        subnet_ids=[identify(subnet) for subnet in each(want.subnets)],
        security_group_ids=[identify(group) for group in each(want.security_groups)] or None,
        # Machines reach it from inside, whoever else may from outside.
        endpoint_public_access=public, endpoint_private_access=True,
        tags=tagged(want), after=attachments)
    out.private(cluster=cluster.name, subnets=list(each(want.subnets)))
    out.export(id=cluster.name, name=cluster.name, endpoint=cluster.endpoint, version=cluster.version, status=cluster.status,
               kubeconfig=Derived("aws.eks_kubeconfig", (out.connection, cluster.name, cluster.endpoint, cluster.certificate_authority)))


def check_version(version: Value) -> None:
    """A Kubernetes version as EKS has them: major and minor. Raises Unsuitable."""
    if not isinstance(version, str):
        return
    found = re.fullmatch(r"1\.([0-9]+)", version)
    if found is None:
        raise Unsuitable("version", f"EKS knows versions by major and minor, not {version}", "write a version like \"1.33\"")
    if int(found[1]) < OLDEST:
        raise Unsuitable("version", f"EKS no longer makes clusters of Kubernetes {version}", f"choose 1.{OLDEST} or newer")


def service_role(out: Lowering, key: str, service: str, policies: dict[str, str]) -> tuple[Native, list[Any]]:
    """A role that a service may take, shared by the connection, with Amazon's policies for it."""
    trust = {"Version": "2012-10-17", "Statement": [{"Effect": "Allow", "Principal": {"Service": service}, "Action": "sts:AssumeRole"}]}
    role = out.shared(key, "aws.iam_role", stem=f"mcflow-{key}", assume_role_policy_document=trust, description="made by mcflow")
    attachments = [out.shared(f"{key}_{name}", "aws.iam_role_policy_attachment", role_name=role.role_name,
                              policy_arn=Derived("aws.managed_policy", (role.arn, policy)))
                   for name, policy in policies.items()]
    return role, attachments


@chooses("node_group", "spec")
def choose_node_spec(api: AwsSession, selector: Any, want: Want) -> Chosen:
    """As a machine's; without a selector one with 2 vcpus and 4 GiB."""
    return choose_spec(api, selector or NODE, want)


@accepts("node_group", "spec")
def accept_node_spec(api: AwsSession, value: Any, selector: Any, want: Want) -> bool:
    """As a machine's."""
    return accept_spec(api, value, selector or NODE, want)


@lowers("node_group")
def lower_node_group(want: Want, out: Lowering) -> None:
    """node_group → aws.eks_node_group, its machines acting as a role that all groups of the connection share."""
    if want.image is not None:
        raise Unsuitable("image", "machines of EKS start from EKS's own image for their version of Kubernetes", "leave image out")
    cluster = want.cluster
    if not known(cluster):
        raise Unsuitable("cluster", "a literal name does not tell the cluster's subnets", "write the cluster as a resource")
    role, attachments = service_role(out, "eks_node_role", "ec2.amazonaws.com", NODE_POLICIES)
    group = out.native(
        "nodes", "aws.eks_node_group", nodegroup_name=want.name, stem=label(want), cluster_name=cluster.private("cluster"),
        node_role=role.arn, subnets=[identify(subnet) for subnet in cluster.private("subnets")],
        instance_types=[want.spec] if want.spec is not None else None, ami_type=_image(want.spec),
        **_machine(want, out), **_size(want), labels=want.labels or None, taints=_taints(want.taints), tags=tagged(want), after=attachments)
    out.export(id=group.id, name=group.nodegroup_name, status=group.status, nodes=group.instances)


def _size(want: Want) -> dict[str, Value]:
    """The three numbers. Autoscaling moves the desired one between the others, so then it is left to whoever scales."""
    size = want.size or {}
    desired, low, high = (size.get(name) for name in ("desired", "min", "max"))
    if want.autoscale:
        if low is None or high is None:
            raise Unsuitable("autoscale", "its limits are not said", "say size.min and size.max")
        _ordered(low, high, "min", "max")
        return {"min_size": low, "max_size": high}
    _ordered(low, desired, "min", "desired")
    _ordered(desired, high, "desired", "max")
    most = high if high is not None else max(desired, 1) if isinstance(desired, int) else desired
    return {"min_size": low if low is not None else desired, "max_size": most, "desired_size": desired}


def _ordered(low: Value, high: Value, lower: str, upper: str) -> None:
    if isinstance(low, int) and isinstance(high, int) and low > high:
        raise Unsuitable(f"size.{lower}", f"{low} is more than {upper}, {high}", f"make {lower} at most {upper}")


def _image(spec: Value) -> Value:
    """EKS's image for the machine's processor: Graviton families have a g after their number (``m7g``, ``c7gn``; ``g5g``)."""
    if not isinstance(spec, str):
        return None
    family = spec.partition(".")[0]
    return "AL2023_ARM_64_STANDARD" if re.fullmatch(r"[a-z]+\d+[a-z]*g[a-z]*|a1", family) else "AL2023_x86_64_STANDARD"


def _machine(want: Want, out: Lowering) -> dict[str, Value]:
    """Disk and key of each. EKS itself takes a disk's size but not its type: that needs a launch template, which then has the key too."""
    disk: dict[str, Any] = want.root_disk or {}
    pair = want.key_pair
    key = pair.export("name") if known(pair) else identify(pair)
    if disk.get("type") is None:
        return {"disk_size": disk.get("size_gib"), "ec2_ssh_key": key}
    size = disk.get("size_gib") or ROOT_GIB
    volume = {"volume_size": size, **disk_type("root_disk.", disk["type"], size), "delete_on_termination": True}
    data = {"key_name": key, "block_device_mappings": [{"device_name": ROOT_DEVICE, "ebs": volume}]}
    template = out.native("template", "aws.launch_template", launch_template_name=None, stem=label(want),
                          launch_template_data={name: value for name, value in data.items() if value is not None}, tags=tagged(want))
    return {"launch_template_id": template.id, "launch_template_version": text("{}", template.default_version_number)}


def _taints(taints: Value) -> Value:
    if not taints:
        return None
    return [{name: EFFECTS.get(value, value) if name == "effect" else value for name, value in taint.items() if value is not None}
            for taint in taints]
