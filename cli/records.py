"""What the state has, in short or of one address."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator
from typing import Any

import msgspec

from mcflow.cli.codes import OK
from mcflow.cli.invocation import Invocation
from mcflow.cli.render.paint import Line, Span
from mcflow.cli.render.text import plural
from mcflow.cli.render.values import short
from mcflow.engine.options import StateView
from mcflow.model.diagnostic import reject

SEALED = "(sensitive)"


def show_state_or_address(invocation: Invocation, address: str | None) -> int:
    """Answer `show` and `state show`."""
    from mcflow.engine import api

    view = api.read_state(invocation.project())
    invocation.diagnose(view.findings)
    document = state_document(view) if address is None else address_document(view, address)
    form = invocation.settings.output
    if form == "json":
        from mcflow.cli.render.documents import pretty

        invocation.terminal.raw(pretty(document))
    elif form == "yaml":
        from mcflow.cli.render.tables import yaml_text

        invocation.terminal.raw(yaml_text(document))
    else:
        invocation.terminal.result(_summary(view) if address is None else _page(document))
    return OK


def outward(wire: Any) -> Any:
    """A tree of the wire form for people: sealed values masked, references by name."""
    if isinstance(wire, list):
        return [outward(item) for item in wire]
    if not isinstance(wire, dict):
        return wire
    if len(wire) == 1:
        (tag, body), = wire.items()
        if tag == "$secret":
            return SEALED
        if tag == "$map":
            return {key: outward(item) for key, item in body.items()}
        if tag == "$ref":
            return "${" + ".".join(map(str, body)) + "}"
        if tag in ("$unknown", "$derived", "$export"):
            return "(derived)"
    return {key: outward(item) for key, item in wire.items()}


def state_document(view: StateView) -> dict[str, Any]:
    """The state for programs: natives with what was last seen of them, portable resources, outputs. Secrets masked."""
    state = view.state
    return {
        "format_version": "1.0", "name": state.name, "environment": state.environment, "lineage": state.lineage, "serial": state.serial,
        "holder": view.holder or None, "open": [outward(msgspec.to_builtins(item.intent))["op"] for item in state.open.values()],
        "natives": [native_document(view, address) for address in state.natives],
        "resources": [
            {"address": record.address, "type": record.type, "connection": record.connection, "natives": list(record.natives)}
            for record in state.resources.values()
        ],
        "outputs": {name: {"value": SEALED if item.sensitive else outward(item.value), "sensitive": item.sensitive}
                    for name, item in state.outputs.items()},
    }


def native_document(view: StateView, address: str) -> dict[str, Any]:
    """One native."""
    record = view.state.natives[address]
    return {
        "address": record.address, "mode": "managed", "type": record.type, "id": record.id, "connection": record.connection,
        "driver": record.driver, "status": record.status, "ownership": record.ownership, "resource": record.origin,
        "generation": record.generation, "values": outward(record.attributes), "want": outward(record.want),
        "depends_on": sorted({*record.edges.hard, *record.edges.soft, *record.edges.order}),
    }


def address_document(view: StateView, address: str) -> dict[str, Any]:
    """A native, or a portable resource with its natives. Raises Rejected (MC0911)."""
    state = view.state
    if address in state.natives:
        return native_document(view, address)
    record = state.resources.get(address)
    if record is None:
        from difflib import get_close_matches

        near = get_close_matches(address, [*state.resources, *state.natives], n=1)
        raise reject("MC0911", address=address, suggestion=near[0] if near else None)
    from mcflow.cli.render.documents import timestamp

    return {
        "address": record.address, "type": record.type, "connection": record.connection, "properties": outward(record.properties),
        "choices": {
            name: {"value": pin.value, "for": pin.selector, "at": timestamp(pin.at), "note": pin.note} for name, pin in record.pins.items()
        },
        "natives": [native_document(view, native) for native in record.natives if native in state.natives],
    }


def _summary(view: StateView) -> Iterator[Line]:
    state = view.state
    known = f"  serial {state.serial}, lineage {state.lineage}" if state.serial else ""
    yield (Span(f"{state.name}, environment {state.environment}", "bold"), known)
    if view.holder:
        yield (Span(f"In use by {view.holder}", "yellow"),)
    if state.open:
        yield (Span(f"{plural(len(state.open), 'operation')} left open; the next apply settles them", "yellow"),)
    if not state.natives:
        yield ("Nothing exists.",)
        return
    yield (f"{plural(len(state.natives), 'native')} of {plural(len(state.resources), 'resource')}:",)
    for type, count in sorted(Counter(record.type for record in state.natives.values()).items()):
        yield (f"  {count:>6,}  {type}",)
    yield (Span("`mcflow state list` names them; `mcflow show ADDRESS` shows one.", "dim"),)


def _page(document: dict[str, Any]) -> Iterator[Line]:
    yield (Span(document["address"], "bold"), f"  {document['type']}")
    for key, value in document.items():
        if key in ("address", "type", "mode", "natives") or value in (None, "", [], {}):
            continue
        if isinstance(value, dict):
            yield (f"  {key}:",)
            for name, item in value.items():
                yield (f"    {name}: ", short(item))
        else:
            yield (f"  {key}: ", value if isinstance(value, str) else short(value))
    for native in document.get("natives", ()):
        yield ()
        yield from _page(native)
