"""Systems: how images say which one they hold, and whom it lets in. The tables are the knowledge."""

from __future__ import annotations

import re
from collections.abc import Mapping
from typing import Any

from mcflow.drivers.sdk.selecting import ARCHES

SPELLINGS: dict[str, str] = {
    "rockylinux": "rocky", "rocky-linux": "rocky", "alma": "almalinux", "almalinuxos": "almalinux", "redhat": "rhel", "redhatlinux": "rhel",
    "suse": "sles", "sle": "sles", "win": "windows", "windows-server": "windows", "centos-stream": "centos", "centos_stream": "centos",
    "fedora-atomic": "fedora-coreos", "coreos": "fedora-coreos",
}
"""``os_distro`` as clouds write it, where mcflow has another word."""

NAMES: tuple[tuple[str, str], ...] = (
    (r"ubuntu", "ubuntu"), (r"debian", "debian"), (r"rocky", "rocky"), (r"alma", "almalinux"), (r"centos", "centos"),
    (r"fedora.?(coreos|atomic)|\bfcos\b", "fedora-coreos"), (r"fedora", "fedora"), (r"rhel|red.?hat", "rhel"), (r"opensuse", "opensuse"),
    (r"\bsles|suse linux", "sles"), (r"flatcar", "flatcar"), (r"freebsd", "freebsd"), (r"arch.?linux", "arch"), (r"alpine", "alpine"),
    (r"cirros", "cirros"), (r"windows|\bwin(?=\d|[ _-])", "windows"), (r"oracle.?linux", "oracle"),
    (r"amazon.?linux|\bal20\d\d", "amazon-linux"),
)
"""What an image's name says where it has no ``os_distro``: the first expression that is found."""

USERS: dict[str, str] = {
    "ubuntu": "ubuntu", "debian": "debian", "centos": "cloud-user", "rhel": "cloud-user", "fedora": "fedora", "rocky": "rocky",
    "almalinux": "almalinux", "opensuse": "opensuse", "sles": "sles", "flatcar": "core", "fedora-coreos": "core", "cirros": "cirros",
    "arch": "arch", "alpine": "alpine", "freebsd": "freebsd", "oracle": "opc", "amazon-linux": "ec2-user", "windows": "Admin",
}
"""Whom the cloud images of a system let in. https://docs.openstack.org/image-guide/obtain-images.html"""

OLD_CENTOS = ("6", "7", "8")
"""CentOS before its streams had a user of its own name."""


def system(row: Mapping[str, Any]) -> tuple[str, str]:
    """System and version of an image, in the words selectors use; from its properties, else from its name."""
    distro, version = str(row.get("os_distro") or "").lower().strip(), str(row.get("os_version") or "").strip()
    name = str(row.get("name") or "")
    if not distro and str(row.get("os_type") or "").lower() == "windows":
        distro = "windows"
    if not distro:
        distro = next((os for pattern, os in NAMES if re.search(pattern, name, re.IGNORECASE)), "")
    distro = SPELLINGS.get(distro, distro)
    # "24.04 LTS" is 24.04; of a name only a number that stands behind the system's own word counts.
    return distro, version.split(" ")[0] if version[:1].isdigit() else version or _version(name, distro)


def _version(name: str, os: str) -> str:
    words = "|".join(pattern for pattern, found in NAMES if found == os)
    found = re.search(rf"(?:{words})[^\d]{{0,24}}?(\d+(?:\.\d+){{0,2}})(?![\d.])", name, re.IGNORECASE) if words else None
    return found.group(found.lastindex or 0) if found and len(found.group(found.lastindex or 0)) < 8 else ""


def architecture(row: Mapping[str, Any]) -> str:
    """The architecture of an image, empty where it says none. Nova schedules by ``hw_architecture``; people write ``architecture``."""
    told = str(row.get("hw_architecture") or row.get("architecture") or "").lower()
    return ARCHES.get(told, told)


def user(row: Mapping[str, Any]) -> str:
    """Whom an image lets in; empty where that cannot be told."""
    if row.get("os_admin_user"):
        return str(row["os_admin_user"])
    os, version = system(row)
    return "centos" if os == "centos" and version.partition(".")[0] in OLD_CENTOS else USERS.get(os, "")
