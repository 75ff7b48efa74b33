"""file_system."""

from __future__ import annotations

from mcflow.drivers.aws.portable.wants import each, identify, known, label, tagged
from mcflow.drivers.aws.portable.zones import one_each_zone
from mcflow.drivers.sdk import Lowering, Unsuitable, Want, derives, lowers
from mcflow.model.values import Derived, Value

PERFORMANCE: dict[str, dict[str, Value]] = {
    "standard": {"throughput_mode": "bursting"}, "high": {"throughput_mode": "elastic"}, "bursting": {"throughput_mode": "bursting"},
    "elastic": {"throughput_mode": "elastic"}, "maxIO": {"performance_mode": "maxIO", "throughput_mode": "bursting"},
}
OPTIONS = "rsize=1048576,wsize=1048576,hard,timeo=600,retrans=2,noresvport"
"""What AWS recommends for mounting.  https://docs.aws.amazon.com/efs/latest/ug/mounting-fs-nfs-mount-settings.html"""


@derives("mount_command")
def mount_command(id: str, arn: str, version: str) -> str:
    """The command that mounts a file system by its name in the VPC."""
    _, partition, _, region, *_ = arn.split(":")
    domain = "amazonaws.com.cn" if partition == "aws-cn" else "amazonaws.com"
    return f"sudo mount -t nfs4 -o nfsvers={version},{OPTIONS} {id}.efs.{region}.{domain}:/ /mnt"


@derives("mount_targets")
def mount_targets(subnets: list[str], addresses: list[str]) -> dict[str, str]:
    """Subnet id → address."""
    return dict(zip(subnets, addresses, strict=True))


@lowers("file_system")
def lower_file_system(want: Want, out: Lowering) -> None:
    """file_system → aws.efs_file_system and an aws.efs_mount_target in each subnet."""
    _refuse(want)
    one_each_zone("subnets", want.subnets, "a file system")
    for subnet in each(want.subnets):
        zone = subnet.export("zone") if known(subnet) else None
        if isinstance(want.zone, str) and isinstance(zone, str) and want.zone != zone:
            raise Unsuitable("subnets", f"the file system lives in {want.zone} alone, and one of its subnets is in {zone}",
                             "leave zone out, or name a subnet of that zone")
    files = out.native("files", "aws.efs_file_system", encrypted=want.encrypted is not False, availability_zone_name=want.zone,
                       backup=bool(want.backup), tags=tagged(want), **_performance(want))
    groups = [identify(group) for group in each(want.security_groups)] or None
    targets = [
        out.native("target", "aws.efs_mount_target", item=subnet.address if known(subnet) else str(identify(subnet)),
                   file_system_id=files.id, subnet_id=identify(subnet), security_groups=groups)
        for subnet in each(want.subnets)
    ]
    places: Value = [target.subnet_id for target in targets]
    addresses: Value = [target.ip_address for target in targets]
    out.export(id=files.id, name=label(want), mount_targets=Derived("aws.mount_targets", (places, addresses)),
               mount_command=Derived("aws.mount_command", (files.id, files.arn, want.nfs_version or "4.1")))


def _refuse(want: Want) -> None:
    if want.nfs_version == "3":
        raise Unsuitable("nfs_version", "EFS speaks NFS 4.0 and 4.1", "say \"4.1\", or leave nfs_version out")
    if want.capacity_gib is not None:
        raise Unsuitable("capacity_gib", "an EFS file system takes no capacity: it grows with what is in it", "leave capacity_gib out")
    if isinstance(want.performance, str) and want.performance not in PERFORMANCE:
        raise Unsuitable("performance", f"EFS has no service level {want.performance!r}", f"one of {', '.join(PERFORMANCE)}")
    if want.zone is not None and want.performance == "maxIO":
        raise Unsuitable("performance", "a file system in one zone has no maxIO", "leave zone out, or choose another performance")


def _performance(want: Want) -> dict[str, Value]:
    return PERFORMANCE[want.performance] if isinstance(want.performance, str) else {}
