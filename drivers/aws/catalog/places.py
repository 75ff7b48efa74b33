"""Regions, zones, and what is to be said of types in a region."""

from __future__ import annotations

from collections.abc import Iterator

from mcflow.drivers.aws.session import AwsSession
from mcflow.drivers.sdk import Offer, Region, Zone

ZONES = {"availability-zone": "zone", "local-zone": "local", "wavelength-zone": "wavelength"}
SERVICES: dict[str, tuple[str, ...]] = {
    "elbv2": ("load_balancer", "aws.lb", "aws.lb_listener", "aws.lb_listener_rule", "aws.lb_listener_certificate", "aws.lb_target_group",
              "aws.lb_target_registration"),
    "eks": ("kubernetes_cluster", "node_group", "aws.eks_cluster", "aws.eks_node_group", "aws.eks_access_entry", "aws.eks_addon",
            "aws.eks_access_policy_association"),
    "rds": ("database", "aws.db_instance", "aws.db_parameter_group", "aws.db_snapshot", "aws.db_subnet_group"),
    "efs": ("file_system", "aws.efs_file_system", "aws.efs_mount_target", "aws.efs_access_point"),
    "lambda": ("aws.lambda_function", "aws.lambda_permission"), "ecr": ("aws.ecr_repository",), "sqs": ("aws.sqs_queue",),
    "sns": ("aws.sns_topic", "aws.sns_subscription"), "dynamodb": ("aws.dynamodb_table",), "kms": ("aws.kms_key", "aws.kms_alias"),
}
"""Services that are not in every region, by botocore's name, and the types that need them."""
DISKS = "ssd (gp3), premium (io2), standard (st1), or gp2, gp3, io1, io2, st1, sc1, standard"
SIZES = "gp2, gp3 1–16384; io1 4–16384; io2 4–65536; st1, sc1 125–16384; standard 1–1024"


def regions(api: AwsSession) -> Iterator[Region]:
    """https://docs.aws.amazon.com/AWSEC2/latest/APIReference/API_DescribeRegions.html"""
    titles = api.region_titles()
    for row in api.ask("describe_regions", AllRegions=True)["Regions"]:
        yield Region(row["RegionName"], titles.get(row["RegionName"], ""), row.get("OptInStatus") != "not-opted-in")


def zones(api: AwsSession) -> Iterator[Zone]:
    """https://docs.aws.amazon.com/AWSEC2/latest/APIReference/API_DescribeAvailabilityZones.html"""
    for row in api.ask("describe_availability_zones")["AvailabilityZones"]:
        kind = ZONES.get(row.get("ZoneType", "availability-zone"), row.get("ZoneType", ""))
        yield Zone(row["ZoneName"], api.region, row.get("ZoneId", ""), row.get("State", "available") == "available", kind)


def services(api: AwsSession) -> Iterator[Offer]:
    """Limits of disks, zones; and types of services that AWS does not run in the region, as far as botocore knows."""
    names = sorted(zone.name for zone in zones(api) if zone.available)
    for type in ("subnet", "disk"):
        yield Offer(type=type, kind="portable", limits={"zone": ", ".join(names)})
    yield Offer(type="disk", kind="portable", limits={"type": DISKS, "size_gib": SIZES})
    yield Offer(type="aws.volume", limits={"size": SIZES})
    if api.custom:
        # An endpoint of one's own may have anything.
        return
    for service, types in SERVICES.items():
        if not api.runs(service):
            for type in types:
                yield Offer(type=type, kind="native" if "." in type else "portable", available=False,
                            reason=f"AWS has no {service} in {api.region}")
