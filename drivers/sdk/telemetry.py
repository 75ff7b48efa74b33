"""Telemetry: how busy objects are, and what happened to them. A driver that can tell has a `Telemetry`.

Reads only. Nothing here waits, retries or keeps anything; what raises DriverError is told or tried again by the engine.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any, ClassVar, Generic, Literal, TypeVar

S = TypeVar("S")

Severity = Literal["info", "warning", "error"]


@dataclass(frozen=True, slots=True)
class Subject:
    """A native that is asked about: its address and id, and what was last observed of it."""

    address: str
    type: str
    id: str
    attributes: Mapping[str, Any] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class Window:
    """Which time: from ``start`` to ``end`` (seconds since the epoch), one value for every ``step`` seconds."""

    start: float
    end: float
    step: int


@dataclass(frozen=True, slots=True)
class Series:
    """One measured quantity of one subject. ``metric`` is the name people ask by (``cpu``, ``network_in``); ``unit`` is ``%``, ``B/s``,
    ``/s``, ``B``, ``s`` or empty for a count. ``points``: (seconds since the epoch, value), oldest first; none where nothing was measured.
    ``step``: the seconds between two points, where the cloud could not give what was asked for."""

    subject: str
    metric: str
    title: str
    unit: str
    points: Sequence[tuple[float, float]]
    step: int = 0


@dataclass(frozen=True, slots=True)
class Happening:
    """One event. ``at``: seconds since the epoch; ``kind``: ``call``, ``status``, ``maintenance``, ``alarm`` …; ``who`` did it
    (empty: the cloud); ``what`` in one line; ``object``: an id; ``source``: one of the driver's; ``key`` tells it from others."""

    at: float
    kind: str
    who: str
    what: str
    object: str = ""
    severity: Severity = "info"
    source: str = ""
    key: str = ""


class Telemetry(Generic[S]):
    """What a cloud measures and remembers. Both halves are optional: a driver without metrics has no ``measures``, one without events no
    ``sources``."""

    sources: ClassVar[Sequence[str]] = ()
    """The services that tell of events, each asked by itself: one that refuses does not hide the others."""

    def measures(self, type: str) -> Sequence[str]:
        """The metrics that objects of this native type have; none for a type that nothing is measured of."""
        return ()

    def metrics(self, api: S, subjects: Sequence[Subject], metrics: Sequence[str], window: Window) -> Iterator[Series]:
        """The series of all subjects, in as few calls as the cloud allows. ``metrics``: only these; empty: all."""
        raise NotImplementedError

    def events(self, api: S, source: str, subjects: Sequence[Subject] | None, since: float, until: float) -> Iterator[Happening]:
        """What a source knows of the subjects, or (None) of everything in the connection. In any order."""
        raise NotImplementedError
