"""A lock's holder, for people and programs."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any

from mcflow.cli.render.documents import timestamp
from mcflow.cli.render.paint import Line, Span
from mcflow.cli.render.text import seconds

_TIMES = ("since", "heartbeat", "expires")


def holder_document(found: Mapping[str, Any] | None) -> dict[str, Any]:
    """``held``, and who: times as text."""
    if found is None:
        return {"held": False}
    return {"held": True, **{key: timestamp(value) if key in _TIMES and value else value for key, value in found.items()}}


def holder_lines(found: Mapping[str, Any] | None, now: float) -> Iterator[Line]:
    """Who holds it, since when, what its last sign of life was."""
    if found is None:
        yield (Span("Nobody", "bold green"), " holds the lock.")
        return
    yield (Span(found.get("who") or "Somebody", "bold"), f" holds the lock (process {found.get('pid', '?')} on {found.get('host', '?')}).")
    facts = {"since": _since(found.get("since"), now), "sign of life": _since(found.get("heartbeat"), now),
             "expires": _until(found.get("expires"), now), "run": found.get("run"), "CI": found.get("ci"),
             "epoch": found.get("epoch"), "place": found.get("place")}
    yield from ((f"  {name}: ", str(fact)) for name, fact in facts.items() if fact)


def _since(at: float | None, now: float) -> str:
    return f"{timestamp(at)}, {seconds(max(now - at, 0.0))} ago" if at else ""


def _until(at: float | None, now: float) -> str:
    if not at:
        return ""
    return f"{timestamp(at)}, " + (f"in {seconds(at - now)}" if at > now else f"{seconds(now - at)} ago")
