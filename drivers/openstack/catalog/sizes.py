"""Nova's flavors as sizes. What is more than processors, memory and disks stands in extra specs."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from typing import Any

from mcflow.drivers.openstack.session import OpenStackSession
from mcflow.drivers.sdk import Spec
from mcflow.drivers.sdk.selecting import ARCHES, BARE

PAGE = "1000"
GPU = re.compile(r"gpu|nvidia|tesla|geforce|rtx|radeon|instinct|"
                 r"\b(a10|a16|a30|a40|a100|b200|h100|h200|l4|l40s?|mi\d{2,3}\w?|p4|p100|t4|v100)\b",
                 re.IGNORECASE)
"""Names of PCI aliases and device profiles that speak of a GPU."""
RESOURCE = re.compile(r"^resources\w*:(?P<kind>\w+)$")
TRAIT = re.compile(r"^trait\w*:(?:COMPUTE|HW)_ARCH_(?P<arch>\w+)$")
ARCHITECTURE = ("hw:architecture", "hw_architecture", "architecture", "cpu_arch", "capabilities:cpu_arch", "capabilities:cpu_info:arch",
                "capabilities:architecture")
"""Extra specs by which operators say the architecture; Nova has no word of its own."""


def specs(api: OpenStackSession) -> Iterator[Spec]:
    """Flavors that the project may use. https://docs.openstack.org/api-ref/compute/#list-flavors-with-details"""
    for row in flavors(api):
        yield spec(row)


def flavors(api: OpenStackSession) -> Iterator[Mapping[str, Any]]:
    """The rows of all flavors, extra specs included."""
    return api.rows("compute", "/flavors/detail", "flavors", params={"limit": PAGE})


def spec(row: Mapping[str, Any]) -> Spec:
    """One flavor. Its architecture is empty where nothing says it: then the image decides where it runs."""
    extra = {str(name): str(value) for name, value in (row.get("extra_specs") or {}).items()}
    gpus, model, special = _devices(extra)
    disk = float(row.get("disk") or 0) + float(row.get("OS-FLV-EXT-DATA:ephemeral") or 0)
    return Spec(
        name=str(row["name"]), vcpus=row.get("vcpus") or 0, memory_gib=(row.get("ram") or 0) / 1024, architecture=_architecture(extra),
        gpus=gpus, gpu_model=model, special=special, disk_gib=disk,
        current=not row.get("OS-FLV-DISABLED:disabled"))


def _architecture(extra: Mapping[str, str]) -> str:
    told = next((extra[name] for name in ARCHITECTURE if extra.get(name)), "")
    if not told:
        found = (match["arch"] for name, value in extra.items() if value == "required" and (match := TRAIT.match(name)))
        told = next(found, "")
    # "s== aarch64", "<in> aarch64": an operator of the scheduler may stand before it.
    word = told.split()[-1].lower() if told.split() else ""
    return ARCHES.get(word, word)


def _devices(extra: Mapping[str, str]) -> tuple[int, str, str]:
    """GPUs, their model, and what else nobody pays for who did not ask."""
    gpus, models, special = 0, [], []
    for name, value in sorted(extra.items()):
        resource = RESOURCE.match(name)
        kind = resource["kind"] if resource else ""
        if kind == "VCPU" and value == "0":
            # Ironic's nodes are asked for by a class of their own, and by no processors.
            special.append(BARE)
        elif kind in ("VGPU", "PGPU"):
            gpus += _count(value)
            special += ["a share of a GPU"] if kind == "VGPU" else []
        elif kind == "FPGA":
            special.append("FPGA")
    for alias, count in (*_aliases(extra.get("pci_passthrough:alias", "")), *_aliases(extra.get("accel:device_profile", ""))):
        if GPU.search(alias):
            gpus += count
            models.append(alias)
        else:
            special.append(f"PCI device {alias}")
    return gpus, ", ".join(models), ", ".join(dict.fromkeys(special))


def _aliases(text: str) -> Iterator[tuple[str, int]]:
    """``a100:2,qat:1``: what, and how many."""
    for part in filter(None, (each.strip() for each in text.split(","))):
        name, _, count = part.partition(":")
        yield name, _count(count or "1")


def _count(text: str) -> int:
    return int(text) if text.strip().isdigit() else 1
