"""What AWS's natives cost all the time: hours and GiB. What is paid by use (requests, traffic, what is stored) is said, not guessed."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any

from mcflow.drivers.sdk import Charge, Unpriced, by_use, free, prices

Known = Mapping[str, Any]

FREE_IOPS, FREE_THROUGHPUT = 3000, 125
"""What a gp3 volume has without being paid for: operations and MiB a second."""
USUAL_VOLUME = "gp2"
"""What EC2 makes where no type is said."""
BALANCERS = ("application", "network", "gateway")

FREE = free(*(f"aws.{noun}" for noun in (
    "vpc", "subnet", "internet_gateway", "internet_gateway_attachment", "egress_only_internet_gateway", "route", "route_table",
    "route_table_association", "security_group", "network_acl", "network_acl_association", "dhcp_options", "dhcp_options_association",
    "key_pair", "placement_group", "launch_template", "network_interface", "network_interface_attachment", "volume_attachment",
    "address_association", "vpc_peering_connection", "iam_role", "iam_policy", "iam_role_policy", "iam_role_policy_attachment",
    "iam_instance_profile", "iam_instance_profile_role", "iam_openid_connect_provider", "kms_alias", "lb_listener", "lb_listener_rule",
    "lb_listener_certificate", "lb_target_group", "lb_target_registration", "efs_mount_target", "efs_access_point", "eks_access_entry",
    "eks_access_policy_association", "eks_addon", "db_subnet_group", "db_parameter_group", "lambda_permission", "sns_subscription",
)))
BY_USE = by_use({
    "aws.bucket": "by what is stored and by requests", "aws.snapshot": "by the blocks that changed", "aws.image": "by its snapshots",
    "aws.snapshot_copy": "by the blocks that changed", "aws.db_snapshot": "by what is stored", "aws.ecr_repository": "by what is stored",
    "aws.efs_file_system": "by what is stored",
    "aws.dynamodb_table": "by requests or capacity, and by what is stored", "aws.lambda_function": "by requests and their time",
    "aws.sns_topic": "by requests", "aws.sqs_queue": "by requests", "aws.log_group": "by what is written and stored",
    "aws.cloudwatch_alarm": "by the metrics it looks at", "aws.cloudwatch_dashboard": "by how many dashboards the account has",
    "aws.ssm_parameter": "by its tier and by requests", "aws.route53_zone": "by zones of the account and by requests",
    "aws.route53_record": "by requests", "aws.auto_scaling_group": "by the machines it has at the time",
})


@prices("aws.instance")
def price_instance(want: Known) -> Iterator[Charge]:
    """The machine while it runs, as Linux (its image tells the system only to EC2), and its root volume where its size is known."""
    spot = want.get("instance_lifecycle") == "spot"
    zone = str(want.get("availability_zone") or (want.get("placement") or {}).get("availability_zone") or "")
    if want.get("power") != "stopped":
        yield Charge("vm", known(want, "instance_type"), variant="linux", spot=spot, zone=zone if spot else "")
    if want.get("root_volume_size"):
        yield from _volume(want.get("root_volume_type"), want["root_volume_size"], want.get("root_volume_iops"),
                           want.get("root_volume_throughput"))


@prices("aws.volume")
def price_volume(want: Known) -> Iterator[Charge]:
    """Its size, and the performance that is paid for."""
    yield from _volume(want.get("volume_type"), known(want, "size"), want.get("iops"), want.get("throughput"))


def _volume(type: Any, size: float, iops: float | None, throughput: float | None) -> Iterator[Charge]:
    kind = str(type or USUAL_VOLUME)
    yield Charge("disk", kind, float(size))
    included = FREE_IOPS if kind == "gp3" else 0
    if kind in ("gp3", "io1", "io2") and iops and iops > included:
        yield Charge("disk_iops", kind, float(iops) - included)
    if kind == "gp3" and throughput and throughput > FREE_THROUGHPUT:
        yield Charge("disk_throughput", kind, (float(throughput) - FREE_THROUGHPUT) / 1024)


@prices("aws.address")
def price_address(want: Known) -> Iterator[Charge]:
    """Its hours; a public address costs the same in use and idle."""
    yield Charge("public_ip", "in_use")


@prices("aws.nat_gateway")
def price_nat_gateway(want: Known) -> Iterator[Charge]:
    """Its hours; what flows through it is paid by the GiB."""
    yield Charge("nat_gateway", "nat_gateway")


@prices("aws.vpc_endpoint")
def price_endpoint(want: Known) -> Iterator[Charge]:
    """An interface in each subnet; endpoints of the gateway type are free."""
    if str(want.get("vpc_endpoint_type") or "Gateway").lower() == "gateway":
        return
    yield Charge("endpoint", "interface", float(len(known(want, "subnet_ids"))))


@prices("aws.lb")
def price_balancer(want: Known) -> Iterator[Charge]:
    """Its hours; capacity units are paid by use."""
    kind = str(want.get("type") or "application")
    if kind not in BALANCERS:
        raise Unpriced(f"a load balancer of type {kind} has no price here")
    yield Charge("load_balancer", kind)


@prices("aws.eks_cluster")
def price_cluster(want: Known) -> Iterator[Charge]:
    """Its control plane, while its version is in standard support."""
    yield Charge("kubernetes_cluster", "cluster")


@prices("aws.eks_node_group")
def price_nodes(want: Known) -> Iterator[Charge]:
    """As many machines of its first type as are desired, each with a root volume."""
    scaling = want.get("scaling_config") or want
    wanted = next((scaling[name] for name in ("desired_size", "min_size") if scaling.get(name) is not None), None)
    if wanted is None:
        raise Unpriced("how many machines it has is not known yet")
    types = want.get("instance_types") or ["t3.medium"]
    yield Charge("vm", types[0], float(wanted), variant="linux", spot=want.get("capacity_type") == "SPOT")
    yield Charge("disk", "gp3" if want.get("disk_size") else USUAL_VOLUME, float(wanted) * float(want.get("disk_size") or 20))


@prices("aws.db_instance")
def price_database(want: Known) -> Iterator[Charge]:
    """The machine and its storage; both are twice there in two zones, and priced so."""
    twice = bool(want.get("multi_az"))
    engine = str(known(want, "engine"))
    yield Charge("database", known(want, "db_instance_class"), variant=f"{engine} multi_az" if twice else engine)
    yield Charge("database_storage", str(want.get("storage_type") or "gp2"), float(known(want, "allocated_storage")),
                 variant="multi_az" if twice else "")


@prices("aws.kms_key")
def price_key(want: Known) -> Iterator[Charge]:
    """The key; requests are paid by use."""
    yield Charge("key", "key")


@prices("aws.secretsmanager_secret")
def price_secret(want: Known) -> Iterator[Charge]:
    """The secret; requests are paid by use."""
    yield Charge("secret", "secret")


def known(want: Known, attribute: str) -> Any:
    """The attribute, or Unpriced."""
    if want.get(attribute) is None:
        raise Unpriced(f"its {attribute} is not known yet")
    return want[attribute]
