"""Writes the schemas of plan, state and event from the structs: ``python tests/unit/schemas/write_documents.py`` after a struct changed."""

from __future__ import annotations

import ast
import inspect
import json
import sys
import textwrap
from pathlib import Path
from typing import Any

import msgspec

from mcflow.model import diagnostic, event, plan, position, record
from mcflow.state import records

FOLDER = Path(__file__).parents[3] / "schemas" / "documents"
STRUCTS: dict[str, tuple[str, type[msgspec.Struct]]] = {
    "plan": ("mcflow plan", plan.Plan), "state": ("mcflow state", records.State), "event": ("mcflow event", event.Event),
}
MODULES = (plan, record, records, event, diagnostic, position)


def document_of(name: str) -> dict[str, Any]:
    """The schema of one document, made from its struct, with what its docstrings say."""
    title, struct = STRUCTS[name]
    made = msgspec.json.schema(struct)
    definitions: dict[str, Any] = made["$defs"]
    for struct_name, definition in definitions.items():
        definition.pop("title", None)
        definition["description"] = inspect.cleandoc(definition.get("description", ""))
        for field, words in _field_docs(_find(struct_name)).items():
            if field in definition["properties"]:
                definition["properties"][field] = _described(definition["properties"][field], words)
    top = definitions.pop(struct.__name__)
    return {"$schema": "https://json-schema.org/draft/2020-12/schema", "title": title, **top, "$defs": dict(sorted(definitions.items()))}


def text_of(name: str) -> str:
    """The file's text."""
    return json.dumps(document_of(name), indent=1, ensure_ascii=False) + "\n"


def _find(name: str) -> type[msgspec.Struct]:
    for module in MODULES:
        found = getattr(module, name, None)
        if isinstance(found, type) and issubclass(found, msgspec.Struct):
            return found
    raise LookupError(name)


def _described(schema: dict[str, Any], words: str) -> dict[str, Any]:
    return {"description": words, **schema}


def _field_docs(struct: type) -> dict[str, str]:
    """Field → the string that stands below it in the class."""
    body = ast.parse(textwrap.dedent(inspect.getsource(struct))).body[0]
    assert isinstance(body, ast.ClassDef)
    docs: dict[str, str] = {}
    for field, below in zip(body.body, body.body[1:], strict=False):
        if isinstance(field, ast.AnnAssign) and isinstance(field.target, ast.Name) and isinstance(below, ast.Expr):
            value = below.value
            if isinstance(value, ast.Constant) and isinstance(value.value, str):
                docs[field.target.id] = inspect.cleandoc(value.value)
    return docs


if __name__ == "__main__":
    for each in STRUCTS:
        (FOLDER / f"{each}.json").write_text(text_of(each), "utf-8")
        sys.stdout.write(f"{each}.json\n")
