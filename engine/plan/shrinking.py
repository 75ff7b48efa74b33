"""Refusing what no cloud does: a disk that would become smaller in place."""

from __future__ import annotations

from collections.abc import Iterable, Mapping

from mcflow.engine.plan.findings import Findings
from mcflow.engine.plan.node import Instance, Node
from mcflow.engine.reading import Path
from mcflow.model.plan import Step


def refuse_shrinking(nodes: Mapping[str, Node], instances: Mapping[str, Instance], findings: Findings, steps: Iterable[Step]) -> None:
    """Every change in place among the steps that makes an attribute smaller which can only grow (MC0635). What is replaced, or left out
    of the steps, may have any size."""
    for step in steps:
        node = nodes.get(step.address)
        if step.verb != "update" or step.purpose or node is None or node.record is None or node.conditional:
            continue
        for name in step.attributes:
            before, after = _number(node.record.attributes.get(name)), _number(node.known.get(name))
            if node.type.attributes.get(name, {}).get("grows") and before is not None and after is not None and after < before:
                findings.say("MC0635", _place(instances.get(node.origin or ""), name, after), address=node.origin or node.address,
                             attribute=name, before=before, after=after)


def _number(value: object) -> int | float | None:
    return value if isinstance(value, int | float) and not isinstance(value, bool) else None


def _place(instance: Instance | None, name: str, value: object) -> Path | None:
    """Where the size is written: the property of that name, else the one that has this value, else the resource."""
    if instance is None:
        return None
    properties = {key: found for key, found in instance.properties.items() if _number(found) is not None}
    alike = [name] if name in properties else [key for key, found in properties.items() if found == value]
    return (*instance.block.path, "properties", alike[0]) if len(alike) == 1 else instance.block.path
