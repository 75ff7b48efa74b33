"""Resource blocks: from the document's trees to data, with everything noted that a look at one resource shows."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from mcflow.drivers.sdk.registry import DriverUnavailableError, UnknownDriverError, known_drivers
from mcflow.engine.blueprint.blocks import ResourceBlock
from mcflow.engine.blueprint.expansion import ForEachError, instances
from mcflow.engine.blueprint.findings import Findings
from mcflow.engine.blueprint.structure import check_properties_as_written, check_resource_frame
from mcflow.engine.blueprint.suggest import closest, listed
from mcflow.engine.blueprint.types import ResourceType, UnknownTypeError, resource_type
from mcflow.engine.reading import Document, Path

_MOST_WRONG = 100
"""Of so many wrong resources every problem is explained; of the rest only their number is told."""


def find_types(document: Document, section: Mapping[str, Any], findings: Findings) -> dict[str, ResourceType]:
    """The type of every resource whose type there is."""
    found: dict[str, ResourceType] = {}
    for name, body in section.items():
        written = body.get("type") if isinstance(body, dict) else None
        if not isinstance(written, str) or "{{" in written:
            continue
        path: Path = ("resources", name, "type")
        try:
            found[name] = resource_type(written)
        except UnknownTypeError as unknown:
            code = "MC0342" if unknown.driver else "MC0301"
            findings.at(document, path, code, address=name, type=written, driver=unknown.driver or "", known=listed(unknown.known),
                        suggestion=closest(written, unknown.known))
        except UnknownDriverError as unknown:
            findings.at(document, path, "MC0302", address=name, type=written, driver=unknown.name, known=listed(unknown.known),
                        suggestion=closest(unknown.name, unknown.known))
        except DriverUnavailableError as unavailable:
            findings.at(document, path, "MC0503", address=name, driver=unavailable.name, reason=unavailable.reason,
                        suggestion=unavailable.install or None)
    return found


def read_resources(
    document: Document, section: Mapping[str, Any], types: Mapping[str, ResourceType], findings: Findings
) -> dict[str, ResourceBlock]:
    """The resources that could be read, in the order of the blueprint."""
    blocks: dict[str, ResourceBlock] = {}
    wrong = 0
    for name, body in section.items():
        before = len(findings)
        if wrong < _MOST_WRONG:
            block = _read_resource(document, name, body, types.get(name), findings)
        else:
            hidden = Findings()
            block = _read_resource(document, name, body, types.get(name), hidden)
            before -= len(hidden)
        if block is not None:
            blocks[name] = block
        wrong += len(findings) > before
    if wrong > _MOST_WRONG:
        findings.add("MC0239", document.position(("resources",), True), count=wrong - _MOST_WRONG)
    return blocks


def _read_resource(
    document: Document, name: str, body: Any, type: ResourceType | None, findings: Findings
) -> ResourceBlock | None:
    path: Path = ("resources", name)
    if not isinstance(body, dict):
        findings.at(document, path, "MC0237", on_key=not isinstance(body, list), address=name, name=name)
        return None
    check_resource_frame(document, name, body, type, findings)
    properties = body.get("properties")
    properties = properties if isinstance(properties, dict) else {}
    if type is not None:
        check_properties_as_written(document, name, properties, type, findings)
        _check_marks(document, name, properties, type, findings)
        _check_ignored(document, name, body, type, findings)
    _check_for_each(document, name, body.get("for_each"), findings)
    depends_on = body.get("depends_on")
    connection = body.get("connection")
    return ResourceBlock(
        name=name, type=str(body.get("type")), path=path, position=document.position(path, key=True),
        connection=connection if isinstance(connection, str) else None, properties=properties, for_each=body.get("for_each"),
        when=body.get("when"), depends_on=tuple(one for one in depends_on if isinstance(one, str)) if isinstance(depends_on, list) else (),
        lifecycle=_mapping(body, "lifecycle"), timeouts=_mapping(body, "timeouts"), retry=_mapping(body, "retry"),
        overrides={key: body[key] for key in known_drivers() if isinstance(body.get(key), dict)},
    )


def _mapping(body: Mapping[str, Any], key: str) -> dict[str, Any]:
    found = body.get(key)
    return found if isinstance(found, dict) else {}


def _check_marks(document: Document, name: str, properties: Mapping[str, Any], type: ResourceType, findings: Findings) -> None:
    """Properties that may not be written: what only the cloud sets, and secrets in clear."""
    for key, value in properties.items():
        about = type.properties.get(key, {})
        path: Path = ("resources", name, "properties", key)
        if about.get("read_only"):
            findings.at(document, path, "MC0230", on_key=True, address=name, property=key, type=type.name)
        if about.get("sensitive") and isinstance(value, str) and "{{" not in value:
            findings.at(document, path, "MC0234", address=name, property=key, type=type.name, suggestion=f'"{{{{ vars.{key} }}}}"')


def _check_ignored(document: Document, name: str, body: Mapping[str, Any], type: ResourceType, findings: Findings) -> None:
    ignored = _mapping(body, "lifecycle").get("ignore_changes")
    for index, item in enumerate(ignored if isinstance(ignored, list) else ()):
        if isinstance(item, str) and item.partition(".")[0].partition("[")[0] not in type.properties:
            path = ("resources", name, "lifecycle", "ignore_changes", index)
            findings.at(document, path, "MC0335", address=name, property=item, type=type.name, known=listed(type.properties),
                        suggestion=closest(item, type.properties))


def _check_for_each(document: Document, name: str, value: Any, findings: Findings) -> None:
    if value is None or isinstance(value, str) or (isinstance(value, list) and any(isinstance(one, str) and "{{" in one for one in value)):
        return
    try:
        instances(value)
    except ForEachError as wrong:
        # A value that is no map and no list at all is the schema's to note.
        if isinstance(value, list):
            findings.at(document, ("resources", name, "for_each"), wrong.code, address=name, about=wrong.arguments)
