"""The same graphs for mcflow and for Terraform: N small resources that depend on each other in one of four ways."""

from __future__ import annotations

import json
from collections.abc import Callable, Mapping, Sequence
from pathlib import Path
from typing import Any

Shape = Callable[[int, int], Sequence[int]]


def independent(index: int, size: int) -> Sequence[int]:
    """No dependencies."""
    return ()


def chain(index: int, size: int) -> Sequence[int]:
    """Each on the one before."""
    return (index - 1,) if index else ()


def layered(index: int, size: int) -> Sequence[int]:
    """Layers of at most 100 (ten of them for small sizes); each on three of the layer before, spread out."""
    width = max(1, min(100, size // 10))
    layer, place = divmod(index, width)
    if layer == 0:
        return ()
    return sorted({(layer - 1) * width + (place + step) % width for step in (0, 1, width // 2)})


def fan(index: int, size: int) -> Sequence[int]:
    """One that all others depend on, and one that depends on all."""
    if index == 0:
        return ()
    return range(1, index) if index == size - 1 else (0,)


SHAPES: dict[str, Shape] = {"independent": independent, "chain": chain, "layered": layered, "fan": fan}


def write_blueprint(directory: Path, shape: str, size: int, edited: bool = False, config: Mapping[str, Any] | None = None) -> None:
    """mcflow.yaml with ``size`` documents of the rehearsal cloud, in memory, without latency unless the connection's ``config`` says so.
    ``edited``: the middle one's text changed."""
    connection = json.dumps({"driver": "mock", "poll_interval": 0.001, "path": ":memory:", **(config or {})})
    lines = ["mcflow: 1", "name: bench", "connections:", f"  cloud: {connection}", "resources:"]
    for index in range(size):
        sources = ", ".join(f'"{{{{ resources.r{source}.id }}}}"' for source in SHAPES[shape](index, size))
        lines.append(f"  r{index}:")
        lines.append("    type: mock.document")
        lines.append(f'    properties: {{content: "{_text(index, size, edited)}", source_ids: [{sources}]}}')
    (directory / "mcflow.yaml").write_text("\n".join(lines) + "\n")


def write_terraform(directory: Path, shape: str, size: int, edited: bool = False) -> None:
    """main.tf with ``size`` terraform_data resources."""
    blocks = []
    for index in range(size):
        sources = ", ".join(f"terraform_data.r{source}.id" for source in SHAPES[shape](index, size))
        value = f'{{ content = "{_text(index, size, edited)}", sources = [{sources}] }}'
        blocks.append(f'resource "terraform_data" "r{index}" {{\n  input = {value}\n}}\n')
    (directory / "main.tf").write_text("".join(blocks))


def _text(index: int, size: int, edited: bool) -> str:
    return f"text {index}" + (" edited" if edited and index == size // 2 else "")
