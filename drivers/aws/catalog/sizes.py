"""Instance types with the zones they are offered in."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any

from mcflow.drivers.aws.session import AwsSession
from mcflow.drivers.sdk import Spec

SPECIAL = {"FpgaInfo": "FPGA", "InferenceAcceleratorInfo": "inference chip", "NeuronInfo": "Neuron", "MediaAcceleratorInfo": "media chip"}
"""What nobody pays for who did not ask for it."""
PREFERRED = ("x86_64", "arm64")


def specs(api: AwsSession) -> Iterator[Spec]:
    """What the region offers in some zone.
    https://docs.aws.amazon.com/AWSEC2/latest/APIReference/API_DescribeInstanceTypes.html and …Offerings"""
    offered: dict[str, list[str]] = {}
    for row in api.pages("describe_instance_type_offerings", "InstanceTypeOfferings", patient=True, LocationType="availability-zone"):
        offered.setdefault(row["InstanceType"], []).append(row["Location"])
    for row in api.pages("describe_instance_types", "InstanceTypes", patient=True):
        if row["InstanceType"] in offered:
            yield _spec(row, tuple(sorted(offered[row["InstanceType"]])))


def _spec(row: Mapping[str, Any], zones: tuple[str, ...]) -> Spec:
    cards = row.get("GpuInfo", {}).get("Gpus", ())
    supported = row["ProcessorInfo"]["SupportedArchitectures"]
    network = row.get("NetworkInfo", {}).get("NetworkPerformance", "")
    return Spec(
        name=row["InstanceType"], vcpus=row["VCpuInfo"]["DefaultVCpus"], memory_gib=row["MemoryInfo"]["SizeInMiB"] / 1024,
        architecture=next((arch for arch in PREFERRED if arch in supported), supported[0] if supported else ""),
        gpus=sum(card.get("Count", 0) for card in cards),
        gpu_model=", ".join(dict.fromkeys(f"{card.get('Manufacturer', '')} {card.get('Name', '')}".strip() for card in cards)),
        special=_special(row), network=network, disk_gib=row.get("InstanceStorageInfo", {}).get("TotalSizeInGB", 0),
        current=bool(row.get("CurrentGeneration")), zones=zones)


def _special(row: Mapping[str, Any]) -> str:
    found = [words for name, words in SPECIAL.items() if row.get(name)]
    cards = row.get("GpuInfo", {}).get("Gpus", ())
    if row.get("GpuInfo") and not any(card.get("Count") for card in cards):
        found.append("a share of a GPU")
    if row.get("BareMetal"):
        found.append("bare metal")
    return ", ".join(found)
