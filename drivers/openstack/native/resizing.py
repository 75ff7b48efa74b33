"""Another size for a server, in rounds: the resize, then the word that it shall stay so."""

from __future__ import annotations

from datetime import UTC, datetime
from email.utils import parsedate_to_datetime
from typing import Any

from mcflow.drivers.openstack.native.flavor import flavor_id
from mcflow.drivers.openstack.native.rest import RestType
from mcflow.drivers.openstack.session import OpenStackSession
from mcflow.drivers.sdk import Again, QuotaExceeded, Submitted

WAITING = " (to be confirmed)"
RECENT = 60.0
"""Seconds for which a resize that Nova gave up counts as the answer to this one."""


def unconfirmed(flavor: str) -> str:
    """What is shown as the size of a server that has it, but may go back: it is no size that anybody asks for, so it is settled."""
    return f"{flavor}{WAITING}"


def resize(server: RestType, api: OpenStackSession, id: str, flavor: str) -> Submitted | Again:
    """One round. A resize that somebody else left unconfirmed is confirmed first: Nova begins no other before.
    https://docs.openstack.org/api-ref/compute/#resize-server-resize-action"""
    row = server.present(api, id)
    present: Any = (row.get("flavor") or {}).get("original_name")
    if str(row.get("status")).upper() == "VERIFY_RESIZE":
        reply = server.ask(api, "POST", f"{server.place(id)}/action", {"confirmResize": None})
        return Submitted(id, request_id=reply.request_id) if present == flavor else Again("the resize before it is confirmed")
    if present == flavor:
        return Submitted(id)
    _check_last(api, id, flavor)
    server.ask(api, "POST", f"{server.place(id)}/action", {"resize": {"flavorRef": flavor_id(api, flavor)}})
    return Again("resizing")


def _check_last(api: OpenStackSession, id: str, flavor: str) -> None:
    """Nova accepts a resize before it looks for a host. Where it finds none, the server is what it was, and only the list of what was done
    with it tells. Raises QuotaExceeded, so that it is not asked again and again.
    https://docs.openstack.org/api-ref/compute/#list-actions-for-server"""
    reply = api.call("compute", "GET", f"/servers/{id}/os-instance-actions", params={"limit": 1})
    latest = next(iter(reply.body["instanceActions"]), None)
    if latest is None or latest["action"] != "resize" or latest["message"] != "Error":
        return
    date = reply.headers.get("date")
    now = parsedate_to_datetime(date) if date else datetime.now(UTC)
    began = datetime.fromisoformat(latest["start_time"]).replace(tzinfo=UTC)
    if (now - began).total_seconds() < RECENT:
        raise QuotaExceeded(f"Nova found no place for the server with flavor {flavor}, or failed to move it there", code="ResizeError",
                            request_id=str(latest["request_id"]))
