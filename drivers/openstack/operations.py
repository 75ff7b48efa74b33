"""What can be done to servers by hand, and how clusters know their caller."""

from __future__ import annotations

import base64
import binascii
import ipaddress
from collections.abc import Iterator, Mapping, Sequence
from typing import Any

from mcflow.drivers.openstack.catalog.systems import user
from mcflow.drivers.openstack.certificates import client_certificate
from mcflow.drivers.openstack.native.server import STARTS, root_volume
from mcflow.drivers.openstack.session import OpenStackSession
from mcflow.drivers.sdk import Busy, DriverError, InvalidRequest, Login, NotFound, Operations, Progress, Submitted, Unsupported
from mcflow.drivers.sdk.operations import ClusterToken, Verb

MACHINE = "openstack.server"
WANTED: Mapping[str, str] = {"start": "ACTIVE", "stop": "SHUTOFF", "reboot": "ACTIVE"}
GONE = ("DELETED", "SOFT_DELETED")
BROKEN = ("ERROR", "PAUSED", "SUSPENDED")
"""States from which only a hard reboot leads."""
NO_CONSOLE = "console"
"""What Nova's refusal says of a machine that has not written any yet; that of one that is not there speaks of an instance."""


class OpenStackOperations(Operations[OpenStackSession]):
    """Nova's servers: power, console, the first password of Windows, whom the image lets in. Magnum's clusters: certificates."""

    def verbs(self, type: str) -> Sequence[Verb]:
        return ("start", "stop", "reboot") if type == MACHINE else ()

    def perform(self, api: OpenStackSession, type: str, id: str, verb: Verb) -> Submitted:
        """What is so already is no error. Raises Busy while Nova does something else with it."""
        row = _row(api, id)
        task, status = row.get("OS-EXT-STS:task_state"), str(row.get("status"))
        if task:
            raise Busy(f"Nova is busy with it ({task})", code="task_state")
        if verb != "reboot" and status == WANTED[verb]:
            return Submitted(id)
        reply = api.call("compute", "POST", f"/servers/{id}/action", json=action(verb, status))
        return Submitted(id, request_id=reply.request_id)

    def progress(self, api: OpenStackSession, type: str, ids: Sequence[str], verb: Verb) -> Iterator[Progress]:
        """Nova notes its task before it answers, so a machine without one is done, or was given up."""
        rows: Iterator[Mapping[str, Any]] | list[dict[str, Any]]
        rows = [_row(api, ids[0])] if len(ids) == 1 else api.rows("compute", "/servers/detail", "servers")
        return (_progress(row, verb) for row in rows if row["id"] in ids)

    def console(self, api: OpenStackSession, type: str, id: str) -> str:
        """https://docs.openstack.org/api-ref/compute/#show-console-output-os-getconsoleoutput-action"""
        try:
            told = api.call("compute", "POST", f"/servers/{id}/action", json={"os-getConsoleOutput": {}}).body
        except NotFound as error:
            if NO_CONSOLE in error.message.lower():
                return ""
            raise
        except Busy:
            # It is being built: nothing has started yet that could write.
            return ""
        return str((told or {}).get("output") or "")

    def password(self, api: OpenStackSession, type: str, id: str) -> bytes:
        """https://docs.openstack.org/api-ref/compute/#servers-password-servers-os-server-password"""
        told = str(api.get("compute", f"/servers/{id}/os-server-password").get("password") or "")
        try:
            return base64.b64decode(told, validate=True)
        except binascii.Error as wrong:
            raise Unsupported("what the machine left as its password is not encrypted with a key pair") from wrong

    def login(self, api: OpenStackSession, type: str, id: str, attributes: Mapping[str, Any]) -> Login:
        row = _row(api, id)
        if row.get("status") in GONE:
            raise NotFound(f"{id} is not there")
        public, private = addresses(row)
        return Login(user(_image(api, row)), public or _floating(api, id), private, str(row.get("key_name") or ""))

    def cluster_token(self, api: OpenStackSession, cluster: str) -> ClusterToken:
        return client_certificate(api, cluster)


def action(verb: Verb, status: str) -> dict[str, Any]:
    """What asks Nova for it in that state. https://docs.openstack.org/api-ref/compute/#servers-run-an-action-servers-action Raises
    InvalidRequest."""
    if status in GONE:
        raise NotFound(f"the server is {status}")
    if verb == "start":
        return dict(STARTS.get(status, {"os-start": None}))
    if verb == "stop":
        if status in STARTS:
            raise InvalidRequest(f"a server that is {status} cannot be stopped; start it first")
        return {"os-stop": None}
    if status not in ("ACTIVE", *BROKEN):
        raise InvalidRequest(f"a server that is {status} cannot be rebooted; start it")
    return {"reboot": {"type": "HARD" if status in BROKEN else "SOFT"}}


def _progress(row: Mapping[str, Any], verb: Verb) -> Progress:
    task, status = row.get("OS-EXT-STS:task_state"), str(row.get("status"))
    if task:
        return Progress(str(row["id"]), "running", str(task))
    if status == WANTED[verb]:
        return Progress(str(row["id"]), "done", status)
    return Progress(str(row["id"]), "failed", str((row.get("fault") or {}).get("message") or status))


def addresses(row: Mapping[str, Any]) -> tuple[str, str]:
    """The address that the world reaches a server by, and its own; of each the first of IPv4, else of IPv6."""
    told = sorted((each for rows in (row.get("addresses") or {}).values() for each in rows), key=lambda each: int(each.get("version") or 4))
    floating = [str(each["addr"]) for each in told if each.get("OS-EXT-IPS:type") == "floating"]
    fixed = [str(each["addr"]) for each in told if each.get("OS-EXT-IPS:type") != "floating"]
    outside = [*floating, *(addr for addr in fixed if ipaddress.ip_address(addr).is_global)]
    return outside[0] if outside else "", fixed[0] if fixed else ""


def _floating(api: OpenStackSession, server: str) -> str:
    """The floating address as Neutron knows it; Nova hears of it some seconds later."""
    ports = [row["id"] for row in api.rows("network", "/ports", "ports", params={"device_id": server})]
    found = api.rows("network", "/floatingips", "floatingips", params={"port_id": ports}) if ports else iter(())
    return next((str(row["floating_ip_address"]) for row in found if row.get("port_id") in ports), "")


def _row(api: OpenStackSession, id: str) -> dict[str, Any]:
    return dict(api.get("compute", f"/servers/{id}")["server"])


def _image(api: OpenStackSession, row: Mapping[str, Any]) -> Mapping[str, Any]:
    """The properties of what a server started from; nothing where that is not there any more, or shown to nobody."""
    try:
        if row.get("image"):
            return dict(api.get("image", f"/images/{row['image']['id']}"))
        volume = root_volume(api, row)
        found = dict(api.get("block-storage", f"/volumes/{volume}")["volume"].get("volume_image_metadata") or {}) if volume else {}
    except DriverError as refused:
        if isinstance(refused, NotFound | Unsupported):
            return {}
        raise
    return {**found, "name": found.get("image_name")}


OPERATIONS = OpenStackOperations()
