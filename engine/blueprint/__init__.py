"""Blueprints: from files, variables and connections to checked data, without a cloud.

Everything that can be known from the text belongs here: structure, names, types, variables, references, the graph. What needs a
resource's evaluated values, a driver's session or a state does not.
"""

from __future__ import annotations

from mcflow.engine.blueprint.blocks import BlockGraph, Blueprint, ConnectionBlock, OutputBlock, ResourceBlock
from mcflow.engine.blueprint.check import check_properties, hide_sensitive
from mcflow.engine.blueprint.expansion import ForEachError, instances
from mcflow.engine.blueprint.expression import expression_finding
from mcflow.engine.blueprint.load import load
from mcflow.engine.blueprint.sources import LoadOptions
from mcflow.engine.blueprint.types import ResourceType, native_schema, resource_type
from mcflow.schemas.formats import parse_duration

__all__ = [
    "BlockGraph", "Blueprint", "ConnectionBlock", "ForEachError", "LoadOptions", "OutputBlock", "ResourceBlock", "ResourceType",
    "check_properties", "expression_finding", "hide_sensitive", "instances", "load", "native_schema", "parse_duration", "resource_type",
]
