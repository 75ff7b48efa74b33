"""What can be done to machines of the rehearsal cloud."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from datetime import UTC, datetime
from hashlib import sha256
from typing import Any

from mcflow.drivers.mock.cloud import catalog
from mcflow.drivers.mock.session import MockSession
from mcflow.drivers.sdk import Login, NotFound, Operations, Progress, Submitted, Unsupported
from mcflow.drivers.sdk.operations import Verb

MACHINE = "mock.instance"
_POWER = {"start": "running", "stop": "stopped"}
_TOLD = {"create": "first boot", "restart": "rebooting", "modify": "changed"}


class MockOperations(Operations[MockSession]):
    """Machines: power, console, the first password of Windows."""

    def verbs(self, type: str) -> Sequence[Verb]:
        return ("start", "stop", "reboot") if type == MACHINE else ()

    def perform(self, api: MockSession, type: str, id: str, verb: Verb) -> Submitted:
        if verb == "reboot":
            api.cloud.restart("instance", id)
        else:
            api.cloud.modify("instance", id, {"power": _POWER[verb]})
        return Submitted(id)

    def progress(self, api: MockSession, type: str, ids: Sequence[str], verb: Verb) -> Iterator[Progress]:
        seen = {view.id: view for view in api.cloud.describe("instance", ids)}
        for id in ids:
            view = seen.get(id)
            if view is None or view.status in ("deleting", "gone"):
                yield Progress(id, "failed", "it is gone")
                continue
            there = view.attributes["power"] == _POWER.get(verb, "running") and view.status == "ready"
            yield Progress(id, "done" if there else "running", view.attributes["power"] if view.status == "ready" else view.status)

    def console(self, api: MockSession, type: str, id: str) -> str:
        lines = [f"[{_stamp(entry.time)}] {id}: {_TOLD.get(entry.verb, entry.verb)}" for entry in api.cloud.ledger()
                 if entry.object_id == id and entry.outcome == "ok"]
        return "".join(f"{line}\n" for line in lines)

    def password(self, api: MockSession, type: str, id: str) -> bytes:
        from cryptography.hazmat.primitives.asymmetric.padding import PKCS1v15
        from cryptography.hazmat.primitives.asymmetric.rsa import RSAPublicKey
        from cryptography.hazmat.primitives.serialization import load_ssh_public_key

        machine = _machine(api, id)
        if not machine["image_id"].startswith("img-windows"):
            return b""
        pairs = api.cloud.search("key_pair", where={"key_name": machine.get("key_name") or ""})
        if not pairs:
            raise Unsupported(f"{id} has no key pair to encrypt its password with")
        public = load_ssh_public_key(pairs[0].attributes["public_key"].encode())
        if not isinstance(public, RSAPublicKey):
            raise Unsupported(f"the key pair of {id} is no RSA key, and a password is encrypted with RSA only")
        return public.encrypt(sha256(f"password of {id}".encode()).hexdigest()[:16].encode(), PKCS1v15())

    def login(self, api: MockSession, type: str, id: str, attributes: Mapping[str, Any]) -> Login:
        machine = _machine(api, id)
        image = catalog.image(machine["image_id"])
        return Login(image.user if image else "root", machine.get("public_ip_address") or "", machine.get("private_ip_address") or "",
                     machine.get("key_name") or "")


def _machine(api: MockSession, id: str) -> dict[str, Any]:
    for view in api.cloud.describe("instance", [id]):
        return view.attributes
    raise NotFound(f"there is no instance {id}")


def _stamp(at: float) -> str:
    return datetime.fromtimestamp(at, UTC).isoformat(timespec="seconds")
