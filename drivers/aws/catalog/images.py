"""Images by system: who publishes them, and how they are named."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from functools import cache
from typing import Any

from mcflow.drivers.aws.native.ec2 import where
from mcflow.drivers.aws.session import AwsSession
from mcflow.drivers.sdk import Image, Query

Row = Mapping[str, Any]


@dataclass(frozen=True, slots=True)
class Publisher:
    """Who publishes the images of a system, and how they are named. ``{version}`` and ``{arch}``, in the publisher's words, are put in."""

    owner: str
    pattern: str
    newest: str
    """The version where none is asked for; ``*`` where the newest image is of the newest version."""
    x86_64: str = "x86_64"
    arm64: str = "arm64"


PUBLISHERS: dict[str, Publisher] = {
    "ubuntu": Publisher("099720109477", "ubuntu/images/hvm-ssd*/ubuntu-*-{version}-{arch}-server-*", "24.04", "amd64"),
    "debian": Publisher("136693071363", "debian-{version}-{arch}-2*", "12", "amd64"),
    "amazon-linux": Publisher("amazon", "al{version}-ami-2*-kernel-*-{arch}", "2023"),
    "rhel": Publisher("309956199498", "RHEL-{version}*_HVM-*-{arch}-*", "9"),
    "rocky": Publisher("792107900819", "Rocky-{version}-EC2-Base-*.{arch}*", "9", arm64="aarch64"),
    "almalinux": Publisher("764336703387", "AlmaLinux OS {version}* {arch}", "9", arm64="aarch64"),
    "fedora": Publisher("125523088429", "Fedora-Cloud-Base-AmazonEC2.{arch}-{version}-*", "42", arm64="aarch64"),
    "sles": Publisher("013907871322", "suse-sles-{version}-v*-hvm-ssd-{arch}", "15-sp6"),
    "windows": Publisher("amazon", "Windows_Server-{version}-English-Full-Base-*", "2022"),
}
"""Publishers' accounts as they document them. Images of such a name in one's own account count too: copies, and private regions."""

def find_images(api: AwsSession, query: Query) -> Iterator[Image]:
    """The images of one system, or of each its usual version; DescribeImages, a call for each system and architecture.
    https://docs.aws.amazon.com/AWSEC2/latest/APIReference/API_DescribeImages.html"""
    systems = [query.os] if query.os else list(PUBLISHERS)
    seen: set[str] = set()
    for os in systems:
        publisher = PUBLISHERS.get(os)
        if publisher is None:
            continue
        for arch in [query.architecture] if query.architecture else ["x86_64", "arm64"]:
            version = query.version or publisher.newest
            for row in named(api, publisher.owner, name_pattern(publisher, version, arch), arch):
                if row["ImageId"] not in seen:
                    seen.add(row["ImageId"])
                    yield _image(row, os, publisher, version, arch)


def name_pattern(publisher: Publisher, version: str, arch: str) -> str:
    """What the names of such images fit."""
    return publisher.pattern.format(version=version, arch=getattr(publisher, arch, arch))


def named(api: AwsSession, owner: str, pattern: str, arch: str, *conditions: dict[str, Any]) -> list[Row]:
    """Images with such a name, of the owner or of one's own."""
    filters = [where("name", pattern), where("state", "available"), *conditions]
    rows = api.pages("describe_images", "Images", patient=True, Owners=[owner, "self"], Filters=filters)
    # The name says the architecture too, but for Windows; not every endpoint records it.
    return [row for row in rows if row.get("Architecture", arch) == arch]


def _image(row: Row, os: str, publisher: Publisher, version: str, arch: str) -> Image:
    name = str(row.get("Name", ""))
    found = _reading(publisher.pattern, getattr(publisher, arch, arch)).match(name)
    disks = [mapping["Ebs"].get("VolumeSize", 0) for mapping in row.get("BlockDeviceMappings", ())
             if "Ebs" in mapping and mapping.get("DeviceName") == row.get("RootDeviceName")]
    return Image(id=row["ImageId"], name=name, os=os, version=found["version"] if found else version, architecture=arch,
                 publisher=str(row.get("ImageOwnerAlias") or row.get("OwnerId") or ""), created=str(row.get("CreationDate", "")),
                 root_gib=max(disks, default=0))


@cache
def _reading(pattern: str, arch: str) -> re.Pattern[str]:
    """What reads the version out of a name of that pattern."""
    text = re.escape(pattern.replace("{version}", "\0").replace("{arch}", arch)).replace(r"\*", ".*?")
    return re.compile(text.replace(re.escape("\0"), r"(?P<version>\d[\w.-]*)") + "$")
