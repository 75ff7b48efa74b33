"""Portraits as text, put into the text of a blueprint. Nothing that is there is touched."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterator, Mapping, Sequence
from typing import Any

import yaml

from mcflow.engine.discover.portrait import Portrait
from mcflow.engine.discover.yaml_text import as_json, flow, lines

_NOTE_TAGS = "the blueprint's default tags are not on it; without ignore_changes they would be written"


def with_portraits(text: str, portraits: Sequence[Portrait], connection: str | None) -> str:
    """The blueprint's text with these resources, the variables they need, and where each comes from (``import``): until the state has an
    object, a plan over the text imports it and never makes another. ``connection`` is written where it is not the default."""
    bodies = {made.name: body(made, connection) for made in portraits}
    notes = {made.name: tuple(_notes(made)) for made in portraits}
    variables = {variable: _variable(made, name) for made in portraits for name, variable in made.asked.items()}
    if variables:
        text = _put(text, "variables", variables, lambda indent: _block(variables, {}, indent))
    text = _put(text, "resources", bodies, lambda indent: _block(bodies, notes, indent))
    origins = [_origin(made) for made in portraits]
    return _put(text, "import", origins, lambda indent: _items(origins, indent))


def body(made: Portrait, connection: str | None) -> dict[str, Any]:
    """A resource as it stands in a blueprint."""
    found: dict[str, Any] = {"type": made.item.type}
    if connection is not None:
        found["connection"] = connection
    if made.properties:
        found["properties"] = made.properties
    if made.ignored:
        found["lifecycle"] = {"ignore_changes": list(dict.fromkeys(made.ignored))}
    return found


def _origin(made: Portrait) -> dict[str, Any]:
    """Its entry of ``import``. What another state marked needs to be forced: whoever runs this was told, and meant it."""
    force = {"force": True} if made.item.managed == "elsewhere" else {}
    return {"to": made.name, "id": made.item.id, **force}


def _variable(made: Portrait, name: str) -> dict[str, Any]:
    schema = made.native.attributes[name]
    secret = {"sensitive": True} if schema.get("sensitive") else {}
    text = f"{name} of {made.item.type} {made.item.id}, which the cloud does not tell; needed only to make it anew"
    kind = schema.get("type") if schema.get("type") in ("string", "integer", "number", "boolean") else "any"
    usual: dict[str, Any] = {"default": ""} if kind == "string" else {"nullable": True, "default": None}
    return {"description": text, "type": kind, **usual, **secret}


def _notes(made: Portrait) -> Iterator[str]:
    id = made.item.id if made.item.id.isprintable() else json.dumps(made.item.id)
    yield id + (f", {json.dumps(made.item.name, ensure_ascii=True)}" if made.item.name else "")
    if made.asked:
        variables = ", ".join(f"vars.{variable}" for variable in made.asked.values())
        yield f"The cloud does not tell {', '.join(made.asked)}: give {variables} before it is ever made anew."
    if made.untold:
        yield f"The cloud does not tell {', '.join(made.untold)}: what was given is left as it is."
    if "tags" in made.ignored:
        yield _NOTE_TAGS[0].upper() + _NOTE_TAGS[1:] + "."


def _put(text: str, section: str, entries: Mapping[str, Any] | Sequence[Any], write: Callable[[int], str]) -> str:
    """The text with these entries at the end of a section. ``write`` gives them as block YAML at an indentation."""
    root = yaml.compose(text, Loader=yaml.SafeLoader)
    if not isinstance(root, yaml.MappingNode):
        raise ValueError("a blueprint is a mapping")
    node = next((value for key, value in root.value if key.value == section), None)
    if node is None:
        if root.flow_style:
            return _into_flow(text, root, {section: entries})
        return f"{text.rstrip()}\n\n{section}:\n{write(2)}"
    fits = isinstance(node, yaml.MappingNode if isinstance(entries, Mapping) else yaml.SequenceNode)
    if fits and node.value and not node.flow_style:
        at, gap = _last(text, node), "\n" * isinstance(entries, Mapping)
        return f"{text[:at]}\n{gap}{write(_column(node))}{text[at + 1:]}"
    if fits and (node.value or root.flow_style):
        return _into_flow(text, node, entries)
    # The section with nothing, {} or [] behind it.
    start, end = node.start_mark.index, node.end_mark.index
    return f"{text[:start].rstrip()}\n{write(2)}{text[end:].lstrip(' ').removeprefix(chr(10))}"


def _column(node: yaml.CollectionNode) -> int:
    """How far the entries of a block are indented."""
    first = node.value[0]
    return int((first[0] if isinstance(first, tuple) else node).start_mark.column)


def _items(entries: Sequence[Mapping[str, Any]], indent: int) -> str:
    return "".join(f"{' ' * indent}- {flow(entry)}\n" for entry in entries)


def _block(entries: Mapping[str, Any], notes: Mapping[str, Sequence[str]], indent: int) -> str:
    parts = []
    for name, tree in entries.items():
        head, *rest = lines({name: tree}, indent)
        pad = " " * (indent + 2)
        parts.append("\n".join([head, *(f"{pad}# {note}" for note in notes.get(name, ())), *rest]))
    return "\n\n".join(parts) + "\n"


def _into_flow(text: str, node: yaml.CollectionNode, entries: Mapping[str, Any] | Sequence[Any]) -> str:
    """As JSON, before the brace or bracket that closes it."""
    close = node.end_mark.index - 1
    inside = json.dumps(as_json(entries), indent=1, ensure_ascii=True)[1:-1].rstrip()
    before = text[:close].rstrip()
    return f"{before}{',' if node.value and not before.endswith(',') else ''}{inside}\n{text[close:]}"


def _last(text: str, node: yaml.Node) -> int:
    """Where the last line of a block ends."""
    while isinstance(node, yaml.MappingNode | yaml.SequenceNode) and node.value and not node.flow_style:
        last = node.value[-1]
        node = last[1] if isinstance(last, tuple) else last
    end = len(text[:node.end_mark.index].rstrip())
    stop = text.find("\n", end)
    return len(text) if stop < 0 else stop
