"""security_group and key_pair."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from typing import Any

from mcflow.drivers.aws.portable.ports import ranges
from mcflow.drivers.aws.portable.wants import each, identify, label, tagged
from mcflow.drivers.sdk import Chosen, Lowering, Unsuitable, Want, chooses, lowers
from mcflow.model.values import Handle, Secret, Value

ANYWHERE = ("0.0.0.0/0", "::/0")
EVERYTHING = [{"protocol": "all"}]
DESCRIPTION = re.compile(r"[A-Za-z0-9 ._\-:/()#,@\[\]+=&;{}!$*]{1,255}")


@lowers("security_group")
def lower_security_group(want: Want, out: Lowering) -> None:
    """security_group → aws.security_group with its rules, set after all groups exist, so that groups may name each other."""
    if isinstance(want.name, str) and want.name.startswith("sg-"):
        raise Unsuitable("name", "AWS keeps names that start with sg- for itself", "choose another name")
    description = want.description or "managed by mcflow"
    if isinstance(description, str) and not DESCRIPTION.fullmatch(description):
        raise Unsuitable("description", "AWS takes letters, digits, spaces and ._-:/()#,@[]+=&;{}!$* in a group's description",
                         "write it with those, at most 255")
    outbound = EVERYTHING if want.outbound is None else want.outbound
    # AWS refuses names that start with sg-, which a resource called sg would give.
    group = out.native("group", "aws.security_group", vpc_id=identify(want.vpc), group_name=want.name, stem=f"mcflow-{label(want)}",
                       description=description, inbound=_rules(want, want.inbound or []), outbound=_rules(want, outbound),
                       tags=tagged(want))
    out.export(id=group.id, name=group.group_name)


def _rules(want: Want, rules: list[dict[str, Any]]) -> list[dict[str, Any]]:
    flat: list[dict[str, Any]] = []
    for rule in rules:
        for first, last in ranges(rule["protocol"], rule.get("ports")):
            for side in _sides(want, rule):
                protocol = "-1" if rule["protocol"] == "all" else rule["protocol"]
                plain = {"ip_protocol": protocol, "from_port": first, "to_port": last, **side, "description": rule.get("description")}
                flat.append({name: value for name, value in plain.items() if value is not None})
    return flat


def _sides(want: Want, rule: Mapping[str, Any]) -> Iterator[dict[str, Value]]:
    """The other sides of a rule: groups, ranges, or anywhere in both IP versions."""
    if rule.get("security_group") is not None:
        for group in each(rule["security_group"]):
            itself = group == "self" if isinstance(group, str) else isinstance(group, Handle) and group.address == want.address
            yield {"group_id": "self" if itself else identify(group)}
        return
    cidrs = rule.get("cidrs")
    if cidrs is None:
        cidrs = ANYWHERE if rule.get("cidr") is None else [rule["cidr"]]
    for cidr in cidrs:
        yield {"cidr_ipv6" if isinstance(cidr, str) and ":" in cidr else "cidr_ip": cidr}


@lowers("key_pair")
def lower_key_pair(want: Want, out: Lowering) -> None:
    """key_pair → aws.key_pair. The public half is imported; a private half made here goes nowhere but into the state, sealed."""
    pair = want.public_key if isinstance(want.public_key, dict) else {"public_key": want.public_key, "private_key": None}
    key = out.native("key", "aws.key_pair", key_name=want.name, stem=f"mcflow-{label(want)}", public_key_material=pair["public_key"],
                     tags=tagged(want))
    out.export(id=key.id, name=key.key_name, public_key=pair["public_key"], private_key=pair["private_key"],
               fingerprint=key.key_fingerprint)


@chooses("key_pair", "public_key")
def choose_key(api: Any, selector: Any, want: Want) -> Chosen:
    """A new ed25519 pair in OpenSSH's forms, where no public key is given."""
    from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey
    from cryptography.hazmat.primitives.serialization import Encoding, NoEncryption, PrivateFormat, PublicFormat

    private = Ed25519PrivateKey.generate()
    public = private.public_key().public_bytes(Encoding.OpenSSH, PublicFormat.OpenSSH).decode()
    text = private.private_bytes(Encoding.PEM, PrivateFormat.OpenSSH, NoEncryption()).decode()
    return Chosen({"public_key": public, "private_key": Secret(text)}, "live", "a new ed25519 pair")
