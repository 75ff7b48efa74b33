"""database."""

from __future__ import annotations

import re
import secrets
from dataclasses import dataclass
from typing import Any

from mcflow.drivers.aws.catalog import CATALOG
from mcflow.drivers.aws.portable.classes import CLASSES, fits
from mcflow.drivers.aws.portable.wants import each, identify, label, tagged, two_zones
from mcflow.drivers.aws.session import AwsSession
from mcflow.drivers.sdk import Chosen, Lowering, Query, Unsuitable, Want, accepts, chooses, lowers, reader_of, selecting
from mcflow.drivers.sdk.catalog import Source
from mcflow.model.values import Secret, Value


@dataclass(frozen=True, slots=True)
class Engine:
    """What RDS makes of a database system: its name, the oldest version it makes, and its rules for names and passwords."""

    name: str
    oldest: tuple[int, ...]
    longest_username: int
    longest_password: int
    reserved: tuple[str, ...]


ENGINES = {
    "mysql": Engine("mysql", (5, 7), 16, 41, ("rdsadmin", "rdsrepladmin", "mysql")),
    "mariadb": Engine("mariadb", (10, 4), 16, 41, ("rdsadmin", "rdsrepladmin", "mysql", "mariadb")),
    "postgresql": Engine("postgres", (11,), 63, 128, ("rdsadmin", "admin", "rds_superuser", "rds_replication", "pg_monitor")),
}
FORBIDDEN = "/\"@ "
"""What RDS takes in no password, beside what is not printable ASCII."""

SIZES = {"gp3": (20, 65536), "gp2": (20, 65536), "io1": (100, 65536), "io2": (100, 65536), "standard": (5, 3072)}
"""Disk types and the sizes in GiB that they have."""
WORDS = {"standard": "gp2", "ssd": "gp3", "premium": "io2"}
STRIPED_GIB, STRIPED_IOPS = 400, (12000, 64000)
"""From that size on a gp3 disk is made of several, and its IOPS can be said."""
PROMISED_IOPS, PER_GIB = (1000, 256000), 10
"""What an io1 or io2 disk promises, and how much for each GiB where nothing is said."""
LEAST_WINDOW = 30
"""Minutes."""
DATABASE = {"vcpus": 2, "memory_gib": 4}
"""The size of a database that asks for none."""


@chooses("database", "spec")
def choose_spec(api: AwsSession, selector: Any, want: Want) -> Chosen:
    """The cheapest class that fits and that RDS sells for the engine in the region; the smallest where no prices are known."""
    asked = selector if isinstance(selector, dict) else DATABASE
    engine = ENGINES[str(want.engine)].name
    sold, live = api.remember(("database classes", engine), lambda: _sold(api, engine))
    fitting = [each for each in CLASSES if fits(each, asked) and (not sold or each.name in sold)]
    if not fitting:
        told = ", ".join(f"{name} {value}" for name, value in asked.items())
        raise Unsuitable("spec", f"no class of RDS that mcflow knows has {told}", "ask for less, or say the class by name")
    prices, source, reason = selecting.known_prices(reader_of(api, CATALOG), Query(of="database"))
    variant = f"{engine} multi_az" if want.high_availability is True else engine
    hourly = {each.name: price for each in fitting for price in prices.get(each.name, ()) if price.variant == variant}
    found: Source = ("live" if live else "cached") if sold else "table"
    return selecting.cheapest(fitting, hourly, asked.get("max_price"), sources=(found, source), reason=reason)


def _sold(api: AwsSession, engine: str) -> set[str]:
    """The classes that RDS sells for an engine in the region; empty where the endpoint does not tell."""
    rows: list[dict[str, Any]] = []
    marker: dict[str, str] = {}
    while True:
        page = api.ask("describe_orderable_db_instance_options", service="rds", Engine=engine, Vpc=True, **marker)
        rows += page["OrderableDBInstanceOptions"]
        if not page.get("Marker"):
            return {row["DBInstanceClass"] for row in rows}
        marker = {"Marker": page["Marker"]}


@accepts("database", "spec")
def accept_spec(api: AwsSession, value: Any, selector: Any, want: Want) -> bool:
    """Any class with at least that."""
    return any(each.name == value and fits(each, selector or DATABASE) for each in CLASSES)


@chooses("database", "password")
def choose_password(api: AwsSession, selector: Any, want: Want) -> Chosen:
    """A password of 32 letters, digits, dashes and underscores, made here before AWS is asked for anything."""
    return Chosen(Secret(secrets.token_urlsafe(24)), "live", "made here")


@lowers("database")
def lower_database(want: Want, out: Lowering) -> None:
    """database → aws.db_instance (+ an aws.db_subnet_group, if ``subnets``)."""
    engine = ENGINES[want.engine]
    _check_version(engine, want.version)
    _check_user(engine, want)
    subnets = list(each(want.subnets))
    if want.vpc is not None and not subnets:
        raise Unsuitable("subnets", "a database of RDS stands in subnets, not in a whole VPC", "name subnets in two zones")
    names = list(want.databases or ())
    if len(names) > 1:
        raise Unsuitable("databases", f"RDS makes one database at creation, not {len(names)}", "name one, and make the others with SQL")
    group: Value = None
    if subnets:
        two_zones("subnets", want.subnets, "a database of RDS")
        group = out.native("subnet_group", "aws.db_subnet_group", db_subnet_group_name=None, stem=label(want),
                           db_subnet_group_description=f"of {want.address}", subnet_ids=[identify(subnet) for subnet in subnets],
                           tags=tagged(want)).id
    database = out.native(
        "database", "aws.db_instance", db_instance_identifier=want.name, stem=label(want), engine=engine.name, engine_version=want.version,
        db_instance_class=want.spec, **_storage(want.storage or {}), master_username=want.username, master_user_password=want.password,
        db_name=names[0] if names else None, db_subnet_group_name=group,
        vpc_security_group_ids=[identify(target) for target in each(want.security_groups)] or None, publicly_accessible=bool(want.public),
        multi_az=bool(want.high_availability), **_backup(want.backup or {}), deletion_protection=bool(want.deletion_protection),
        allow_major_version_upgrade=True, tags=tagged(want))
    out.export(id=database.id, name=database.db_instance_identifier, host=database.endpoint_address, port=database.endpoint_port,
               status=database.db_instance_status)


def _check_version(engine: Engine, version: Value) -> None:
    if not isinstance(version, str):
        return
    parts = tuple(int(part) for part in re.findall(r"\d+", version))
    if parts < engine.oldest[:len(parts)]:
        raise Unsuitable("version", f"RDS makes {engine.name} from {'.'.join(map(str, engine.oldest))} on, not {version}",
                         "choose a newer version")


def _check_user(engine: Engine, want: Want) -> None:
    name = want.username
    if isinstance(name, str):
        if len(name) > engine.longest_username or not name[0].isalpha():
            raise Unsuitable("username", f"RDS takes names of 1 to {engine.longest_username} characters for {engine.name}, a letter first",
                             "choose such a name")
        if name.lower() in engine.reserved:
            raise Unsuitable("username", f"RDS keeps {name} for itself", "choose another name")
    password = want.password.reveal() if isinstance(want.password, Secret) else want.password
    if isinstance(password, str):
        if not 8 <= len(password) <= engine.longest_password:
            raise Unsuitable("password", f"RDS takes 8 to {engine.longest_password} characters for {engine.name}", "choose such a password")
        if any(each in FORBIDDEN or not " " < each <= "~" for each in password):
            raise Unsuitable("password", "RDS takes printable ASCII without /, \", @ and spaces", "leave these characters out")


def _storage(storage: dict[str, Any]) -> dict[str, Value]:
    """Size, type and IOPS, in RDS's ranges."""
    size, word, iops = storage.get("size_gib"), storage.get("type"), storage.get("iops")
    kind = WORDS.get(word, word) if isinstance(word, str) else "gp3" if word is None else word
    if isinstance(kind, str) and kind not in SIZES:
        raise Unsuitable("storage.type", f"RDS has no disk type {kind!r}", f"one of standard, ssd, premium, {', '.join(sorted(SIZES))}")
    if isinstance(kind, str) and isinstance(size, int):
        low, high = SIZES[kind]
        if not low <= size <= high:
            raise Unsuitable("storage.size_gib", f"RDS makes {kind} disks of {low} to {high} GiB, not {size}",
                             "choose another size or type")
        iops = _iops(kind, size, iops)
    return {"allocated_storage": size, "storage_type": kind, "iops": iops}


def _iops(kind: str, size: int, asked: Value) -> Value:
    """The IOPS to ask for; None where the type has none to ask for."""
    low, high = PROMISED_IOPS if kind in ("io1", "io2") else STRIPED_IOPS
    if asked is None:
        return min(high, max(low, size * PER_GIB)) if kind in ("io1", "io2") else None
    if kind not in ("io1", "io2", "gp3"):
        raise Unsuitable("storage.iops", f"a {kind} disk promises nothing", "choose premium, or leave iops out")
    if kind == "gp3" and size < STRIPED_GIB:
        raise Unsuitable("storage.iops", f"a gp3 disk of less than {STRIPED_GIB} GiB has 3,000 IOPS, always",
                         f"choose premium, {STRIPED_GIB} GiB or more, or leave iops out")
    if isinstance(asked, int) and not low <= asked <= high:
        raise Unsuitable("storage.iops", f"RDS promises {low} to {high} IOPS on {kind}, not {asked}", "choose another number or type")
    return asked


def _backup(backup: dict[str, Any]) -> dict[str, Value]:
    days, window = backup.get("retention_days"), backup.get("window")
    if isinstance(days, int) and days > 35:
        raise Unsuitable("backup.retention_days", f"RDS keeps backups for 35 days at most, not {days}", "choose 35 or fewer")
    if isinstance(window, str) and _minutes(window) < LEAST_WINDOW:
        raise Unsuitable("backup.window", f"RDS needs {LEAST_WINDOW} minutes for a backup", "make the window longer")
    return {"backup_retention_period": days, "preferred_backup_window": window}


def _minutes(window: str) -> int:
    """How long ``23:30-00:30`` is."""
    begin, end = (int(time[:2]) * 60 + int(time[3:]) for time in window.split("-"))
    return (end - begin) % (24 * 60)
