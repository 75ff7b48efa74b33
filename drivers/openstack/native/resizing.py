"""Another size for a server, in rounds: the resize, then the word that it shall stay so."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from mcflow.drivers.openstack.session import OpenStackSession
from mcflow.drivers.sdk import Again, Submitted

if TYPE_CHECKING:
    from mcflow.drivers.openstack.native.server import Server

WAITING = " (to be confirmed)"


def unconfirmed(flavor: str) -> str:
    """What is shown as the size of a server that has it, but may go back: it is no size that anybody asks for, so it is settled."""
    return f"{flavor}{WAITING}"


def resize(server: Server, api: OpenStackSession, id: str, flavor: str) -> Submitted | Again:
    """One round. A resize that somebody else left unconfirmed is confirmed first: Nova begins no other before.
    https://docs.openstack.org/api-ref/compute/#resize-server-resize-action"""
    from mcflow.drivers.openstack.native.server import flavor_id

    row = server.present(api, id)
    present: Any = (row.get("flavor") or {}).get("original_name")
    if str(row.get("status")).upper() == "VERIFY_RESIZE":
        reply = server.act(api, id, {"confirmResize": None})
        return Submitted(id, request_id=reply.request_id) if present == flavor else Again("the resize before it is confirmed")
    if present == flavor:
        return Submitted(id)
    server.act(api, id, {"resize": {"flavorRef": flavor_id(api, flavor)}})
    return Again("resizing")
