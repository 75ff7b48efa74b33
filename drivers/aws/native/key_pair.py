"""Key pairs. The private half never comes here: pairs are made by mcflow and only the public half is imported."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import replace
from typing import Any

from mcflow.drivers.aws.native.ec2 import Ec2Type, Noun, request_id, where
from mcflow.drivers.aws.session import AwsSession
from mcflow.drivers.sdk import Intent, Observed, Submitted, UniqueName, native_type, string, tags


@native_type
class KeyPair(Ec2Type):
    """One imported key pair.  https://docs.aws.amazon.com/AWSEC2/latest/APIReference/API_ImportKeyPair.html"""

    name = "aws.key_pair"
    identity = UniqueName(attribute="key_name", max_length=255, pattern="[A-Za-z0-9._-]")
    noun = Noun("import_key_pair", "describe_key_pairs", "delete_key_pair", "KeyPairs", "KeyPairId", "key-pair-id", "key-pair")
    matched_by = {"key_name": "key-name"}
    attributes = {
        "key_name": string("Its name, unique in the region."),
        "public_key_material": string("The public key in OpenSSH's form.", write_only=True),
        "key_fingerprint": string("The fingerprint.", read_only=True),
        "key_type": string("rsa or ed25519.", read_only=True),
        "tags": tags(),
    }
    required = ("key_name", "public_key_material")
    seconds = 1.0

    def request(self, api: AwsSession, want: Mapping[str, Any]) -> dict[str, Any]:
        return {"KeyName": want["key_name"], "PublicKeyMaterial": want["public_key_material"].encode()}

    def discover(self, api: AwsSession) -> Iterator[Observed]:
        told = api.pages(self.noun.describe, self.noun.rows, IncludePublicKey=True)
        keys = {row["KeyPairId"]: row["PublicKey"].strip() for row in told if row.get("PublicKey")}
        for seen in self.look(api):
            key = {"public_key_material": keys[seen.id]} if seen.id in keys else {}
            yield replace(seen, attributes={**seen.attributes, **key})

    def portray(self, attributes: Mapping[str, Any]) -> dict[str, Any]:
        key = attributes.get("public_key_material")
        return {**super().portray(attributes), **({"public_key_material": key} if key else {})}

    def find(self, api: AwsSession, want: Mapping[str, Any], intent: Intent) -> Iterator[Observed]:
        return self.look(api, where("key-name", want["key_name"]))

    def delete(self, api: AwsSession, id: str, last: Mapping[str, Any]) -> Submitted:
        # By name: not every endpoint takes the id, and the engine has looked that the name is still this id's.
        return Submitted(id, request_id=request_id(api.call("delete_key_pair", KeyName=last["key_name"])))
