"""What happened: to the natives behind an address, or in a whole connection."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass

from mcflow.drivers.sdk import DriverError, Happening, Subject
from mcflow.drivers.sdk.selecting import in_short
from mcflow.engine.calls.asking import ask, refusal
from mcflow.engine.operate.target import Able, is_known, observed, targets
from mcflow.engine.project import Project
from mcflow.engine.sessions import Live, Sessions
from mcflow.engine.surgery.locate import nearest
from mcflow.model.diagnostic import Diagnostic, reject
from mcflow.state.records import State

_LONGEST = 300

__all__ = ["Happened", "Happening", "events"]


@dataclass(frozen=True)
class Happened:
    """Events, oldest first. ``addresses``: id of an object → its address in the state. ``findings``: sources that could not be read."""

    events: tuple[Happening, ...]
    addresses: Mapping[str, str]
    findings: tuple[Diagnostic, ...] = ()
    asked: int = 0
    """How many sources were asked."""
    refused: int = 0

    @property
    def ok(self) -> bool:
        """True if any source answered."""
        return self.refused < self.asked or not self.asked


def events(project: Project, about: str, *, since: float, until: float | None = None) -> Happened:
    """``about`` is a connection's name or an address of the state; times are seconds since the epoch. Takes no lease.

    A source that refuses becomes a finding (MC1036, or MC1032 where a permission is lacking); the others are told. Raises Rejected.
    """
    reading = project.workspace.read()
    state = reading.state
    sessions = project.sessions(state)
    until = project.ports.clock.now() if until is None else until
    try:
        asked = list(_whole(state, sessions, about) if about in sessions.names() else _named(project, state, sessions, about))
        told, refused = _ask(project, asked, since, until)
    finally:
        sessions.close()
    unique = {(each.source, each.key or (each.at, each.what, each.object)): each for each in told}
    ordered = sorted(unique.values(), key=lambda each: each.at)
    addresses = {record.id: record.address for record in state.natives.values() if record.id}
    return Happened(tuple(ordered), addresses, (*reading.findings, *refused), sum(len(sources) for _, sources, _ in asked), len(refused))


Question = tuple[Live, Sequence[str], list[Subject] | None]


def _whole(state: State, sessions: Sessions, connection: str) -> Iterator[Question]:
    live = sessions.get(connection)
    if live.driver.telemetry is None or not live.driver.telemetry.sources:
        raise reject("MC1033", driver=live.driver.name, what="events")
    yield live, live.driver.telemetry.sources, None


def _named(project: Project, state: State, sessions: Sessions, address: str) -> Iterator[Question]:
    known = [*state.natives, *state.resources]
    if not is_known(state, address) and (near := nearest(address, [*sessions.names(), *known])):
        raise reject("MC1038", name=address, suggestion=near)
    tells: Able = lambda driver, _type: driver.telemetry is not None and bool(driver.telemetry.sources)  # noqa: E731 - it is named by its type
    groups: dict[str, tuple[Live, list[Subject]]] = {}
    for each in targets(project, state, sessions, [address], "tell of events", tells):
        record = each.record
        subject = Subject(record.address, record.type, record.id, observed(project, state, record))
        groups.setdefault(each.live.name, (each.live, []))[1].append(subject)
    for live, subjects in groups.values():
        assert live.driver.telemetry is not None
        yield live, live.driver.telemetry.sources, subjects


def _ask(project: Project, asked: Iterable[Question], since: float, until: float) -> tuple[list[Happening], list[Diagnostic]]:
    told: list[Happening] = []
    refused: list[Diagnostic] = []
    for live, sources, subjects in asked:
        telemetry = live.driver.telemetry
        assert telemetry is not None
        for source in sources:
            try:
                told += ask(live, project.ports,
                            lambda: list(telemetry.events(live.session, source, subjects, since, until)))  # noqa: B023 - asked now
            except DriverError as error:
                refused.append(_unread(live, source, error))
    return told, refused


def _unread(live: Live, source: str, error: DriverError) -> Diagnostic:
    told = refusal(error, about=live.name, type=source, action="read")
    if told.code == "MC1032":
        return told
    reason = in_short(error)[:_LONGEST]
    return Diagnostic("MC1036", {"source": source, "connection": live.name, "reason": reason}, request_id=error.request_id or None)


