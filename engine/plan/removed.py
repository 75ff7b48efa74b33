"""What the blueprint's ``removed`` says of things that nothing wants any more: destroyed as ever, or left in the cloud and forgotten."""

from __future__ import annotations

from collections.abc import Callable, Container

from mcflow.engine.blueprint.blocks import Blueprint
from mcflow.engine.plan.findings import Findings
from mcflow.model.address import without_generation
from mcflow.state.moving import Move


def left_in_cloud(blueprint: Blueprint) -> Callable[[str], bool]:
    """Says of a native's address whether ``removed`` leaves the object in the cloud. The longest address that fits decides.

    The old half of a replacement is not what was meant: it goes as before.
    """
    said = sorted(((Move.of(block.source, block.source), block.destroy) for block in blueprint.removed), key=lambda each: -len(each[0].old))

    def left(address: str) -> bool:
        if address != without_generation(address):
            return False
        return next((not destroy for move, destroy in said if move.becomes(address) is not None), False)

    return left


def check_removed(blueprint: Blueprint, instances: Container[str], findings: Findings) -> None:
    """An instance that is removed must not be wanted; that of a whole resource was seen when the blueprint was read."""
    for block in blueprint.removed:
        if "[" in block.source and block.source in instances:
            findings.say("MC0246", (*block.path, "from"), what="removed", source=block.source)
