"""file_system."""

from __future__ import annotations

from mcflow.drivers.openstack.portable.wants import each, identify, known, label, metadata
from mcflow.drivers.sdk import Lowering, Unsuitable, Want, derives, lowers
from mcflow.model.values import Derived


@derives("mount_command")
def mount_command(locations: list[str], version: str | None) -> str:
    """The command that mounts a share from its first export location."""
    return f"sudo mount -t nfs{f' -o nfsvers={version}' if version else ''} {locations[0] if locations else ''} /mnt"


@derives("mount_targets")
def mount_targets(subnets: list[str], locations: list[str]) -> dict[str, str]:
    """Subnet id → the address that the share is mounted from, the same for all."""
    host = locations[0].rpartition(":/")[0] if locations else ""
    return dict.fromkeys(subnets, host)


@lowers("file_system")
def lower_file_system(want: Want, out: Lowering) -> None:
    """file_system → openstack.share (NFS) and an openstack.share_access_rule for the addresses of each subnet."""
    _refuse(want)
    share = out.native("share", "openstack.share", name=label(want), share_proto="NFS", size=want.capacity_gib,
                       share_type=None if want.performance == "standard" else want.performance, availability_zone=want.zone,
                       tags=metadata(want))
    subnets = list(each(want.subnets))
    for subnet in subnets:
        out.native("access", "openstack.share_access_rule", item=subnet.address, share_id=share.id, access_type="ip",
                   access_to=subnet.export("cidr"), access_level="rw")
    out.export(id=share.id, name=share.name,
               mount_targets=Derived("openstack.mount_targets", ([identify(subnet) for subnet in subnets], share.export_locations)),
               mount_command=Derived("openstack.mount_command", (share.export_locations, want.nfs_version)))


def _refuse(want: Want) -> None:
    if want.capacity_gib is None:
        raise Unsuitable("capacity_gib", "a share of Manila has a size", "say capacity_gib")
    if want.encrypted is not False:
        raise Unsuitable("encrypted", "Manila does not say whether what a share keeps is encrypted, so that cannot be promised",
                         "say encrypted: false; where the cloud has a share type that encrypts, name it as `performance`")
    if want.backup is True:
        raise Unsuitable("backup", "Manila makes no daily backups", "leave backup out")
    if want.performance == "high":
        raise Unsuitable("performance", "OpenStack has no common name for fast shares", "say the name of one of the cloud's share types")
    if list(each(want.security_groups)):
        raise Unsuitable("security_groups", "a share has rules for addresses, not security groups: those of the named subnets may mount it",
                         "leave security_groups out")
    for subnet in each(want.subnets):
        if not known(subnet):
            raise Unsuitable("subnets", f"the id {identify(subnet)} does not tell the subnet's addresses, which may mount the share",
                             "write the subnet as a resource")

