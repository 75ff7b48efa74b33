"""database."""

from __future__ import annotations

import secrets
from collections.abc import Mapping
from typing import Any

from mcflow.drivers.openstack.catalog import CATALOG
from mcflow.drivers.openstack.portable.disk_types import volume_type
from mcflow.drivers.openstack.portable.wants import each, identify, known, label
from mcflow.drivers.openstack.session import OpenStackSession
from mcflow.drivers.sdk import Chosen, Lowering, Unsuitable, Want, chooses, derives, lowers, reader_of, selecting
from mcflow.model.values import Derived, Secret, Value

PORTS = {"mysql": 3306, "mariadb": 3306, "postgresql": 5432}
"""Trove does not tell the port, and cannot be told another."""
DATABASE = {"vcpus": 2, "memory_gib": 4}
"""The size of a database that asks for none."""
STATUS = {"ACTIVE": "available", "HEALTHY": "available"}


@derives("database_status")
def database_status(told: str) -> str:
    """``available``, or Trove's own word."""
    return STATUS.get(told, told)


@chooses("database", "version", words=True)
def choose_version(api: OpenStackSession, selector: Any, want: Want) -> Chosen | None:
    """The newest active version that Trove has of the one asked for; without one the newest. Raises Unsuitable."""
    engine = str(want.engine)
    rows = [row for row in api.rows("database", "/datastores", "datastores") if str(row["name"]).lower() == engine]
    versions = sorted({str(version["name"]) for row in rows for version in row.get("versions") or ()
                       if str(version.get("active", 1)).lower() in ("1", "true")}, key=_parts)
    if not rows:
        raise Unsuitable("engine", f"this cloud's Trove has no {engine}", "choose another engine")
    if selector in versions:
        return None
    fitting = [version for version in versions if selector is None or version.startswith(f"{selector}.")]
    if not fitting:
        raise Unsuitable("version", f"this cloud's Trove has no {engine} {selector}", f"it has {', '.join(versions) or 'none'}")
    return Chosen(fitting[-1], "live", f"newest of {len(fitting)}")


def _parts(version: str) -> list[tuple[int, str]]:
    return [(int(part), "") if part.isdigit() else (0, part) for part in version.replace("-", ".").split(".")]


@chooses("database", "spec", words=True)
def choose_spec(api: OpenStackSession, selector: Any, want: Want) -> Chosen | None:
    """The id of the flavor that is named, or of the smallest that fits: Trove takes ids only."""
    asked: Mapping[str, Any] = selector if isinstance(selector, Mapping) else DATABASE
    named = selector if isinstance(selector, str) else selecting.choose_spec(reader_of(api, CATALOG), asked, place=api.region).value
    rows = list(api.rows("compute", "/flavors/detail", "flavors"))
    if any(row["id"] == named for row in rows):
        return None if named == selector else Chosen(named)
    found = next((row for row in rows if row["name"] == named), None)
    if found is None:
        raise Unsuitable("spec", f"this cloud has no flavor {named!r}", f"it has {', '.join(sorted(row['name'] for row in rows))}")
    return Chosen(found["id"], "live", f"flavor {named}")


@chooses("database", "storage.type", words=True)
def choose_disk_type(api: OpenStackSession, selector: Any, want: Want) -> Chosen | None:
    """As for a disk."""
    return volume_type(api, "storage.type", selector)


@chooses("database", "password")
def choose_password(api: OpenStackSession, selector: Any, want: Want) -> Chosen:
    """A password of 32 letters, digits, dashes and underscores, made here before the cloud is asked for anything."""
    return Chosen(Secret(secrets.token_urlsafe(24)), "live", "made here")


@lowers("database")
def lower_database(want: Want, out: Lowering) -> None:
    """database → openstack.database_instance, an openstack.database for each of ``databases``, and an openstack.database_user that may use
    them."""
    _refuse(want)
    storage: Mapping[str, Any] = want.storage or {}
    instance = out.native(
        "instance", "openstack.database_instance", name=want.name, stem=label(want), datastore_type=want.engine,
        datastore_version=want.version, flavor_id=want.spec, volume_size=storage.get("size_gib"), volume_type=storage.get("type"),
        nics=_nics(want) or None, is_public=True if want.public is True else None)
    names = list(want.databases or ())
    made = [out.native("database", "openstack.database", item=name, instance_id=instance.id, name=name) for name in names]
    out.native("user", "openstack.database_user", instance_id=instance.id, name=want.username or "mcflow_admin", password=want.password,
               databases=names or None, after=made)
    out.export(id=instance.id, name=instance.name, host=instance.hostname, port=PORTS[want.engine],
               status=Derived("openstack.database_status", (instance.status,)))


def _nics(want: Want) -> list[dict[str, Value]]:
    """Where it stands: in the first of its subnets by name; Trove gives an instance one."""
    subnets = sorted(each(want.subnets), key=lambda subnet: subnet.address if known(subnet) else str(identify(subnet)))
    if subnets:
        first = subnets[0]
        network = first.private("network") if known(first) else identify(want.vpc)
        return [{name: value for name, value in (("network_id", network), ("subnet_id", identify(first))) if value is not None}]
    return [{"network_id": identify(want.vpc)}] if want.vpc is not None else []


def _refuse(want: Want) -> None:
    if list(each(want.security_groups)):
        raise Unsuitable("security_groups", "Trove makes an instance's security group itself", "leave security_groups out")
    if want.high_availability is True:
        raise Unsuitable("high_availability", "Trove has copies of an instance, but does not change over to one by itself",
                         "leave high_availability out, and write an openstack.database_instance with replica_of")
    if want.deletion_protection is True:
        raise Unsuitable("deletion_protection", "Trove protects no instance from deletion",
                         "leave it out; `lifecycle: {prevent_destroy: true}` keeps mcflow itself from it")
    storage: Mapping[str, Any] = want.storage or {}
    if storage.get("iops") is not None:
        raise Unsuitable("storage.iops", "Trove promises no IOPS", "leave iops out, or name a disk type that has them")
    backup: Mapping[str, Any] = want.backup or {}
    if backup.get("retention_days") or backup.get("window") is not None:
        raise Unsuitable("backup", "Trove makes backups only when it is asked for one", "leave backup out")
