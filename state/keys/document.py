"""The keys document of a state: which key its documents are under, and data keys wrapped by a key service.

No key is in it that could be used without the service. Two copies are kept: without it, what a wrapped key sealed is lost.
"""

from __future__ import annotations

from hashlib import sha256
from typing import Literal

import msgspec

from mcflow.model.diagnostic import reject

NAMES = ("keys.json", "keys.copy.json")
FORMAT_VERSION = 1

_PREFIX = b'{"sha256":"'
_HEX = 64
_BODY = len(_PREFIX) + _HEX + 2


class Wrapped(msgspec.Struct, frozen=True, omit_defaults=True, kw_only=True):
    """A data key as a key service gave it out: ``id`` names the key, ``service`` opens it, ``parts`` are what the service needs for
    that, ``lineage`` is the state it was made for (part of what it is bound to).
    """

    id: str
    service: str
    parts: dict[str, str]
    lineage: str = ""


class KeysDocument(msgspec.Struct, frozen=True, omit_defaults=True, kw_only=True):
    """``sealed``: the id of the key that every document of the state is encrypted with; empty while some may not be.

    ``intent`` says what is under way, or done, while ``sealed`` is empty: encrypting, or writing everything in clear.
    """

    format_version: int = FORMAT_VERSION
    sealed: str = ""
    intent: Literal["", "encrypt", "clear"] = ""
    keys: tuple[Wrapped, ...] = ()

    @property
    def empty(self) -> bool:
        """True if it says nothing: a state without wrapped keys, never encrypted."""
        return self == KeysDocument()


def encode_keys(document: KeysDocument) -> bytes:
    """The bytes, their own SHA-256 first."""
    body = msgspec.json.encode(document)[1:] + b"\n"
    return _PREFIX + sha256(body).hexdigest().encode() + b'",' + body


def decode_keys(data: bytes) -> KeysDocument | None:
    """The document; None if a single bit is not as written. Rejected (MC0720) for a later format."""
    body = data[_BODY:]
    if data[:_BODY] != _PREFIX + sha256(body).hexdigest().encode() + b'",':
        return None
    try:
        document = msgspec.json.decode(b"{" + body, type=KeysDocument)
    except msgspec.MsgspecError:
        return None
    if document.format_version > FORMAT_VERSION:
        raise reject("MC0720", place=NAMES[0], version=document.format_version, current=FORMAT_VERSION)
    return document
