"""What a cloud's volume types are good for: every cloud names them as it likes, so their names, descriptions and extra specs are read."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from typing import Any

from mcflow.drivers.openstack.session import OpenStackSession
from mcflow.drivers.sdk import Chosen, Unsuitable, Want, chooses

WORDS = ("standard", "ssd", "premium")
SSD = re.compile(r"ssd|solid.?state|flash|fast|high.?speed|perf|general|gp\d", re.IGNORECASE)
PREMIUM = re.compile(r"premium|nvme|ultra|extreme|provisioned|high.?(?:iops|perf)|iops|io\d|gold|fastest", re.IGNORECASE)
STANDARD = re.compile(r"standard|default|classic|hdd|sata|magnetic|capacity|slow|bulk|silver|bronze|ceph|rbd|lvm|iscsi", re.IGNORECASE)
DEFAULT = "__DEFAULT__"
"""What Cinder calls the type of clouds that made none."""


@chooses("disk", "type", words=True)
def choose_disk_type(api: OpenStackSession, selector: Any, want: Want) -> Chosen | None:
    """The volume type that a portable word stands for here; a type's own name stays."""
    return volume_type(api, "type", selector)


@chooses("vm", "root_disk.type", words=True)
def choose_root_type(api: OpenStackSession, selector: Any, want: Want) -> Chosen | None:
    """As for a disk."""
    return volume_type(api, "root_disk.type", selector)


def volume_type(api: OpenStackSession, property: str, asked: Any) -> Chosen | None:
    """The volume type for what is asked; None where it is a type's own name, or nothing is asked and the cloud decides. Raises
    Unsuitable with the types there are."""
    if not isinstance(asked, str):
        return None
    rows, _ = api.remember(("volume types",), lambda: list(api.rows("block-storage", "/types", "volume_types")))
    names = sorted(str(row["name"]) for row in rows)
    if asked in names:
        return None
    if asked not in WORDS:
        raise Unsuitable(property, f"this cloud has no volume type {asked!r}",
                         f"it has {', '.join(names)}; or write standard, ssd or premium")
    return _fitting(api, asked, rows) or _no_such(property, asked, names)


def _fitting(api: OpenStackSession, word: str, rows: Sequence[Mapping[str, Any]]) -> Chosen | None:
    """The type that says of itself that it is such a disk; for ``ssd`` and ``standard`` else the cloud's default."""
    fitting = sorted(str(row["name"]) for row in rows if _is(word, row))
    if fitting:
        return Chosen(fitting[0], "live", f"this cloud's {word} disk" + (f", first of {len(fitting)}" if len(fitting) > 1 else ""))
    if word == "premium":
        return None
    default, _ = api.remember(("default volume type",), lambda: str(api.get("block-storage", "/types/default")["volume_type"]["name"]))
    return Chosen(default, "live", f"the cloud's default: no type says that it is {word}")


def _is(word: str, row: Mapping[str, Any]) -> bool:
    specs = row.get("extra_specs") or {}
    told = " ".join([str(row["name"]), str(row.get("description") or ""), *(f"{key} {value}" for key, value in specs.items())])
    if row["name"] == DEFAULT:
        return word == "standard"
    if word == "premium":
        return bool(PREMIUM.search(told))
    if word == "ssd":
        return bool(SSD.search(told)) and not PREMIUM.search(told)
    return bool(STANDARD.search(told)) and not SSD.search(told) and not PREMIUM.search(told)


def _no_such(property: str, word: str, names: Sequence[str]) -> Chosen:
    raise Unsuitable(property, f"none of this cloud's volume types says that it is {word}",
                     f"name one: {', '.join(names)}; or write standard or ssd")
