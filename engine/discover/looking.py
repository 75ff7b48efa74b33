"""Discovering a connection of a project: list, compare, choose what was asked for. Reads only."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from fnmatch import fnmatchcase
from typing import Any

from mcflow.drivers.sdk import NativeType
from mcflow.engine.discover.comparing import Mine, compare
from mcflow.engine.discover.findings import Discovery, Found
from mcflow.engine.discover.listing import Listed, list_types, look_again
from mcflow.engine.options import DiscoverOptions
from mcflow.engine.ports import Ports
from mcflow.engine.project import Project
from mcflow.engine.sessions import Live, Sessions
from mcflow.model.diagnostic import Diagnostic, Rejected, reject
from mcflow.model.record import ConnectionRecord
from mcflow.state.records import State


def discover(project: Project, options: DiscoverOptions) -> Discovery:
    """What there is in the connection, whose it is, how it differs from the state. Takes no lease, writes nothing. Raises Rejected."""
    reading = project.workspace.read()
    check_connection(project, reading.state, options.connection)
    sessions = project.sessions(reading.state)
    try:
        found = look(project, reading.state, sessions, options, whole=False)
    finally:
        sessions.close()
    return Discovery(found.connection, found.items, found.every, found.unlisted, found.unread, (*reading.findings, *found.findings))


def check_connection(project: Project, state: State, name: str) -> None:
    """Raises Rejected (MC0680) for a connection that neither the blueprint nor the state knows."""
    known = sorted({*project.blueprint.connections, *state.connections})
    if name not in known:
        from rapidfuzz import process

        near = process.extractOne(name, known, score_cutoff=60)
        raise reject("MC0680", connection=name, known=", ".join(known) or "none", suggestion=near[0] if near else None)


def look(project: Project, state: State, sessions: Sessions, options: DiscoverOptions, *, whole: bool) -> Discovery:
    """As `discover`, over a state that was read. ``whole``: list every type, whatever is asked for: others may refer to it."""
    live = sessions.get(options.connection)
    types = dict(sorted(live.driver.natives.items()))
    wanted = _wanted(types, options.types, live.driver.name)
    # A part's owner shows only in what it joins.
    listed_types = types.values() if whole or not all(types[name].identity.marked for name in wanted) else [types[name] for name in wanted]
    listed = list_types(live, list(listed_types), project.ports, options.parallelism)
    mine = _mine(project, state, live)
    _look_for_absent(mine, listed, live, project.ports, options.parallelism)
    every = tuple(compare(mine, listed.found))
    items = tuple(item for item in every if item.type in wanted and _asked(item, options))
    unlisted = tuple(name for name in listed.unlisted if name in wanted)
    unread = {name: finding for name, finding in listed.unread.items() if whole or name in wanted}
    findings = [*unread.values(), *([Diagnostic("MC0682", {"types": ", ".join(unlisted), "driver": live.driver.name})] if unlisted else [])]
    _check_ids(options, items, every)
    findings += _doubtful(options, items, whole)
    return Discovery(options.connection, items, every, unlisted, tuple(unread), tuple(findings))


def _wanted(types: Iterable[str], patterns: Sequence[str], driver: str) -> frozenset[str]:
    """Names of types that a pattern means, with or without the driver's name before it. Raises Rejected (MC0685)."""
    known = list(types)
    if not patterns:
        return frozenset(known)
    found: set[str] = set()
    findings = []
    for pattern in patterns:
        meant = {name for name in known if fnmatchcase(name, pattern) or fnmatchcase(name, f"{driver}.{pattern}")}
        found |= meant
        if not meant:
            from rapidfuzz import process

            spelled = known if "." in pattern else [name.partition(".")[2] for name in known]
            near = process.extractOne(pattern, spelled, score_cutoff=60)
            args = {"pattern": pattern, "driver": driver, "known": ", ".join(known)}
            findings.append(Diagnostic("MC0685", args, suggestion=near[0] if near else None))
    if findings:
        raise Rejected(findings)
    return frozenset(found)


def _asked(item: Found, options: DiscoverOptions) -> bool:
    if options.ids and item.id not in options.ids:
        return False
    if options.managed and item.managed not in options.managed:
        return False
    return all(_tagged(item, tag) for tag in options.tags)


def _tagged(item: Found, tag: str) -> bool:
    key, equals, value = tag.partition("=")
    return key in item.tags and (not equals or fnmatchcase(item.tags[key], value))


def _check_ids(options: DiscoverOptions, items: Sequence[Found], every: Sequence[Found]) -> None:
    shown = {item.id for item in items}
    missing = [id for id in options.ids if id not in shown]
    if missing:
        known = [item.id for item in every]
        from rapidfuzz import process

        near = process.extractOne(missing[0], known, score_cutoff=75)
        raise reject("MC0686", ids=", ".join(missing), connection=options.connection, suggestion=near[0] if near else None)


def _doubtful(options: DiscoverOptions, items: Sequence[Found], whole: bool) -> list[Diagnostic]:
    """A finding for each id asked for that objects of several types have. Raises Rejected (MC0693) where they are to be taken
    (``whole``): one of them may not be meant."""
    findings = []
    for id in dict.fromkeys(options.ids):
        types = [item.type for item in items if item.id == id]
        if len(types) > 1:
            findings.append(Diagnostic("MC0693" if whole else "MC0694", {"id": id, "types": ", ".join(types), "type": types[0]}))
    if findings and whole:
        raise Rejected(findings)
    return findings


def _mine(project: Project, state: State, live: Live) -> Mine:
    same = {name for name, record in state.connections.items() if _same_account(record, live)} | {live.name}
    records = {(record.type, record.id): record for record in state.natives.values() if record.id and record.connection in same}
    types: dict[str, NativeType[Any]] = dict(live.driver.natives)
    return Mine(state, project.sealer, records, types)


def _same_account(record: ConnectionRecord, live: Live) -> bool:
    """Two names may lead to one account and region."""
    now = live.identity
    return (record.driver, record.account, record.region, record.endpoint) == (now.driver, now.account, now.region, now.endpoint)


def _look_for_absent(mine: Mine, listed: Listed, live: Live, ports: Ports, parallelism: int) -> None:
    """What the state has and a listing did not show is looked for by its id before it is called missing."""
    absent: dict[str, list[Any]] = {}
    for (type, id), record in mine.records.items():
        if type in listed.found and id not in listed.found[type]:
            absent.setdefault(type, []).append(record)
    for type, records in absent.items():
        listed.found[type].update(look_again(live, mine.types[type], records, ports, parallelism))
