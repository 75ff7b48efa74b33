"""JSON Schemas: the only description of what a blueprint may say, of plans, states and events.

Belongs here: the schema files (``portable/<type>.json``, ``documents/<name>.json``), looking them up, checking values against them
(`checking`), their formats (`formats`), walking them (`walking`) and the schema that editors load (`editor`). What a driver's own types
look like lives beside the driver; turning findings into diagnostics is the engine's.
"""

from mcflow.schemas.catalogue import Schema, document, portable, portable_types
from mcflow.schemas.checking import Problem, problems
from mcflow.schemas.editor import editor_schema

__all__ = ["Problem", "Schema", "document", "editor_schema", "portable", "portable_types", "problems"]
