"""Events of a cloud as lines and as documents."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from typing import TYPE_CHECKING, Any

from mcflow.cli.render.documents import timestamp
from mcflow.cli.render.paint import Line, Span
from mcflow.cli.render.text import columns, pad, safe

if TYPE_CHECKING:
    from mcflow.engine.operate.events import Happening

_STYLES = {"warning": "yellow", "error": "red"}


def event_lines(events: Sequence[Happening], addresses: Mapping[str, str]) -> Iterator[Line]:
    """Time, kind, what, on what, by whom; aligned."""
    rows = [(timestamp(each.at), each.kind, safe(each.what), safe(_object(each, addresses)), safe(each.who), _STYLES.get(each.severity, ""))
            for each in events]
    sizes = [max((columns(row[at]) for row in rows), default=0) for at in range(4)]
    for at, kind, what, thing, who, style in rows:
        yield (Span(pad(at, sizes[0]), "dim"), "  ", pad(kind, sizes[1]), "  ", Span(pad(what, sizes[2]), style), "  ",
               pad(thing, sizes[3]), "  ", Span(who, "dim"))


def _object(event: Happening, addresses: Mapping[str, str]) -> str:
    return addresses.get(event.object, event.object) or "-"


def event_document(event: Happening, addresses: Mapping[str, str]) -> dict[str, Any]:
    """For programs. ``address`` is null for what is not in the state."""
    return {"at": timestamp(event.at), "kind": event.kind, "severity": event.severity, "what": event.what, "who": event.who or None,
            "object": event.object or None, "address": addresses.get(event.object), "source": event.source}
