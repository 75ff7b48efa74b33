"""What was measured of servers, load balancers and containers, and what Nova, Cinder and Manila say happened."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from datetime import UTC, datetime
from typing import Any, ClassVar

from mcflow.drivers.openstack.measures import MEASURED, SERVER, series
from mcflow.drivers.openstack.session import OpenStackSession
from mcflow.drivers.sdk import Happening, NotFound, Series, Subject, Telemetry, Window

MOST_SERVERS = 200
"""Servers whose actions one look at a whole connection asks for: each takes a request."""
MOST_FAILURES = 20
"""Failed actions of a server that are looked at one by one for what went wrong."""
ACTIONS_VERSION = "2.58"
"""The microversion in which actions can be asked for since a time."""


class OpenStackTelemetry(Telemetry[OpenStackSession]):
    """Gnocchi or diagnostics; server actions; messages about volumes and shares."""

    sources: ClassVar[Sequence[str]] = ("Nova actions", "Cinder messages", "Manila messages")

    def measures(self, type: str) -> Sequence[str]:
        return MEASURED.get(type, ())

    def metrics(self, api: OpenStackSession, subjects: Sequence[Subject], metrics: Sequence[str], window: Window) -> Iterator[Series]:
        return series(api, subjects, metrics, window)

    def events(self, api: OpenStackSession, source: str, subjects: Sequence[Subject] | None, since: float, until: float,
               ) -> Iterator[Happening]:
        return (each for each in SOURCES[source](api, subjects, since) if since <= each.at <= until)


def actions(api: OpenStackSession, subjects: Sequence[Subject] | None, since: float) -> Iterator[Happening]:
    """What was done with servers, those that were deleted since included.
    https://docs.openstack.org/api-ref/compute/#servers-actions-servers-os-instance-actions"""
    if not api.offers("compute"):
        return
    if subjects is not None:
        for subject in subjects:
            if subject.type == SERVER:
                yield from _actions(api, subject.id, since)
        return
    rows = list(api.rows("compute", "/servers", "servers", params={"changes-since": _moment(since)}))
    for row in rows[:MOST_SERVERS]:
        yield from _actions(api, str(row["id"]), since)
    if len(rows) > MOST_SERVERS:
        cut = f"{len(rows) - MOST_SERVERS} more servers changed and were not asked about; ask for one of them, or for a shorter time"
        yield Happening(since, "cut", "", cut, "", "warning", "Nova actions")


def _actions(api: OpenStackSession, server: str, since: float) -> Iterator[Happening]:
    path = f"/servers/{server}/os-instance-actions"
    try:
        rows = list(api.rows("compute", path, "instanceActions", params={"changes-since": _moment(since)}, microversion=ACTIONS_VERSION))
    except NotFound:
        return
    failures = 0
    for row in rows:
        failed = bool(row.get("message"))
        failures += failed
        why = _why(api, f"{path}/{row['request_id']}") if failed and failures <= MOST_FAILURES else ""
        what = str(row.get("action", "")).replace("_", " ") + (f": {why or row.get('message')}" if failed else "")
        yield Happening(_seconds(row["start_time"]), "call", _who(api, str(row.get("user_id") or "")), what, server,
                        "error" if failed else "info", "Nova actions", f"{server} {row['request_id']} {row.get('action')}")


def _why(api: OpenStackSession, path: str) -> str:
    """The steps of an action that failed, and what they told."""
    try:
        told = api.get("compute", path, microversion=ACTIONS_VERSION)["instanceAction"]
    except NotFound:
        return ""
    steps = [each for each in told.get("events") or () if str(each.get("result", "")).lower() == "error"]
    return ", ".join(" ".join(filter(None, (str(each.get("event", "")), "failed", str(each.get("details") or "")))) for each in steps)


def _who(api: OpenStackSession, user: str) -> str:
    """The name of the connection's own user; others are told by their ids, as only administrators may look names up."""
    def ask() -> tuple[str, str]:
        access = api.cloud.session.auth.get_access(api.cloud.session)
        return str(access.user_id), str(access.username or access.user_id)

    own, name = api.remember("caller", ask)[0]
    return name if user == own else user


def volume_messages(api: OpenStackSession, subjects: Sequence[Subject] | None, since: float) -> Iterator[Happening]:
    """Why something did not work with volumes. https://docs.openstack.org/api-ref/block-storage/v3/#messages

    Cinder lists the messages of all projects and does not say whose they are: those about what the project has are its own."""
    if not api.offers("block-storage"):
        return iter(())
    if subjects is None:
        ids = {str(row["id"]) for kind in ("volumes", "snapshots") for row in api.rows("block-storage", f"/{kind}", kind)}
    else:
        ids = _ids(subjects, ("openstack.volume",))
    return _messages(api, "block-storage", "resource_uuid", "Cinder messages", ids)


def share_messages(api: OpenStackSession, subjects: Sequence[Subject] | None, since: float) -> Iterator[Happening]:
    """Why something did not work with shares. https://docs.openstack.org/api-ref/shared-file-system/#user-messages-since-api-v2-37"""
    if not api.offers("shared-file-system"):
        return iter(())
    ids = None if subjects is None else _ids(subjects, ("openstack.share",))
    return _messages(api, "shared-file-system", "resource_id", "Manila messages", ids)


def _ids(subjects: Sequence[Subject], types: tuple[str, ...]) -> set[str]:
    return {each.id.split("|")[-1] for each in subjects if each.type.startswith(types)}


def _messages(api: OpenStackSession, service: str, about: str, source: str, ids: set[str] | None) -> Iterator[Happening]:
    """Those about these ids; None: all."""
    if ids == set():
        return
    for row in api.rows(service, "/messages", "messages"):
        id = str(row.get(about) or "")
        if ids is None or id in ids:
            severe: Any = "error" if str(row.get("message_level")) == "ERROR" else "warning"
            kind = str(row.get("resource_type") or "").lower().replace("_", " ")
            what = " ".join(filter(None, (kind, str(row.get("user_message") or ""))))
            yield Happening(_seconds(row["created_at"]), "status", "", what, id, severe, source, str(row["id"]))


def _moment(at: float) -> str:
    return datetime.fromtimestamp(at, UTC).strftime("%Y-%m-%dT%H:%M:%SZ")


def _seconds(text: str) -> float:
    made = datetime.fromisoformat(text.replace("Z", "+00:00"))
    return (made if made.tzinfo else made.replace(tzinfo=UTC)).timestamp()


SOURCES: Mapping[str, Callable[[OpenStackSession, Sequence[Subject] | None, float], Iterator[Happening]]] = {
    "Nova actions": actions, "Cinder messages": volume_messages, "Manila messages": share_messages,
}
TELEMETRY = OpenStackTelemetry()
