"""openstack.key_pair: the public half of an SSH key. The private half never comes here."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any

from mcflow.drivers.openstack.native.rest import Noun, RestType
from mcflow.drivers.openstack.session import OpenStackSession
from mcflow.drivers.sdk import Intent, Observed, UniqueName, native_type, string


@native_type
class KeyPair(RestType):
    """A user's, not a project's: its name, which is also its id, is unique among the keys of whoever is logged in.
    https://docs.openstack.org/api-ref/compute/#keypairs-keypairs"""

    name = "openstack.key_pair"
    identity = UniqueName(attribute="name", marked=False, max_length=255, pattern="[A-Za-z0-9 _-]")
    noun = Noun("compute", "/os-keypairs", "keypair", "keypairs", marks="", id="name")
    seconds = 1.0
    matched_by = ("name",)
    attributes = {
        "name": string("Its name."),
        "public_key": string("The public key in OpenSSH's form, or a certificate."),
        "type": string("ssh or x509.", enum=["ssh", "x509"], default="ssh"),
        "fingerprint": string("The fingerprint.", read_only=True),
    }
    required = ("name", "public_key")

    def listed(self, api: OpenStackSession, params: Mapping[str, Any],
               parents: Mapping[str, Any] | None = None) -> Iterator[dict[str, Any]]:
        return (row["keypair"] for row in super().listed(api, {}, parents))

    def find(self, api: OpenStackSession, want: Mapping[str, Any], intent: Intent) -> Iterator[Observed]:
        row = self.row(api, str(want["name"]))
        return self.shown(api, [row] if row is not None else [], {})

    def normalise(self, attribute: str, value: Any) -> Any:
        return value.strip() if attribute == "public_key" and isinstance(value, str) else value
