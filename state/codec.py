"""The codec: how records and documents of a state lie in its store, in clear or encrypted with AES-256-GCM.

Encrypted, each is bound to where it belongs: a record to its state and to all records before it (the hash chain runs over what is in
the files, so it needs no key), a document to its state and its name. Framing, checksums and chain are as without encryption.
"""

from __future__ import annotations

import binascii
import os
import re
from dataclasses import dataclass, field
from hashlib import sha256
from typing import TYPE_CHECKING

from msgspec.structs import replace

from mcflow.model.diagnostic import Diagnostic, Rejected, reject
from mcflow.state.keyfile import read_keys, write_keys
from mcflow.state.keys.chain import Chain
from mcflow.state.keys.document import KeysDocument, Wrapped
from mcflow.state.sealing import NONCE_BYTES, KeyUse, Sealer
from mcflow.state.snapshot import DamagedError
from mcflow.state.stores.store import Store

if TYPE_CHECKING:
    from cryptography.hazmat.primitives.ciphers.aead import AESGCM

_MAGIC = b"mcflow-sealed 1 "
_HEAD = re.compile(rb"mcflow-sealed 1 ([0-9a-f]{64}) ([0-9a-f]{8}) ([A-Za-z0-9-]{1,64})\n")
_RECORD = re.compile(rb"~([0-9a-f]{8})\.")
_RECORD_HEAD = 10


@dataclass(slots=True)
class Codec:
    """Reads whatever it has a key for; writes encrypted if ``encrypt``. ``document`` is what the store's keys document says.

    A state that is encrypted as a whole takes nothing in clear any more: somebody without the key would have put it there.
    """

    sealer: Sealer
    encrypt: bool = False
    document: KeysDocument = field(default_factory=KeysDocument)
    findings: tuple[Diagnostic, ...] = ()
    seen: bool = False
    """Something encrypted was read."""
    leaving: bool = False
    """The state is about to be written in clear, on purpose."""
    _stale: bool = False
    _ciphers: dict[tuple[str, str], AESGCM] = field(default_factory=dict)
    _current: dict[str, tuple[str, AESGCM]] = field(default_factory=dict)

    @property
    def strict(self) -> bool:
        """True if everything in the store is encrypted."""
        return bool(self.document.sealed)

    def attach(self, store: Store) -> None:
        """Read the store's keys document: before anything else is read from it. Rejected (MC0769) if it is damaged beyond repair."""
        document, findings, self._stale = read_keys(store)
        self.seen = False
        self.findings = tuple(findings)
        self._settle(document)

    def _settle(self, document: KeysDocument) -> None:
        self.document = document
        keys = self.sealer.keys
        if isinstance(keys, Chain) and keys.settle(document):
            self.sealer.forget()
            self._current.clear()

    def born(self, lineage: str) -> None:
        """Data keys made from now on are bound to this lineage."""
        if isinstance(self.sealer.keys, Chain):
            self.sealer.keys.lineage = lineage

    def renew(self) -> None:
        """A fresh data key from now on, where a key service makes such."""
        if isinstance(self.sealer.keys, Chain):
            self.sealer.keys.renew()
            self.sealer.forget()
            self._current.clear()

    @property
    def keyed(self) -> bool:
        """True if what leaves the state can be given proof that somebody with its key made it."""
        return not isinstance(self.sealer.keys, Chain) or self.sealer.keys.at_hand

    @property
    def wrapped(self) -> tuple[Wrapped, ...]:
        """Wrapped keys in use that the store does not have yet."""
        made = self.sealer.keys.made if isinstance(self.sealer.keys, Chain) else None
        return () if made is None else (made,)

    def bring(self, wrapped: tuple[Wrapped, ...]) -> None:
        """Keys that came with something made for a state that has none of its own yet; they open that, and seal nothing."""
        if isinstance(self.sealer.keys, Chain) and not self.document.keys:
            self.sealer.keys.brought = wrapped

    @property
    def pending(self) -> bool:
        """True if the store must learn of a key before anything that it sealed is written."""
        return self._stale or bool(self.wrapped)

    def persist(self, store: Store, fence: int) -> None:
        """Put what is pending into the store. Raises OSError, LeaseLost."""
        if self.pending:
            self.declare(store, fence, replace(self.document, keys=(*self.document.keys, *self.wrapped)))

    def declare(self, store: Store, fence: int, document: KeysDocument) -> None:
        """Replace the store's keys document. Raises OSError, LeaseLost."""
        write_keys(store, document, fence)
        self._stale = False
        self._settle(document)

    def seal_record(self, payload: bytes, lineage: str, sequence: int, chain: bytes) -> bytes:
        """A record as the journal holds it; ``sequence`` records and the hash chain ``chain`` come before it."""
        if not self.encrypt:
            return payload
        key_id, cipher = self._sealing(lineage)
        nonce = os.urandom(NONCE_BYTES)
        sealed = nonce + cipher.encrypt(nonce, payload, _place_of(lineage, sequence, chain))
        return b"~%s.%s" % (key_id.encode(), binascii.b2a_base64(sealed, newline=False))

    def open_record(self, payload: bytes, lineage: str, sequence: int, chain: bytes, place: str) -> bytes:
        """The record's JSON. Rejected: MC0736 (another key), MC0766 (not what the key's owner wrote there)."""
        found = _RECORD.match(payload)
        if found is None:
            if self.strict:
                raise reject("MC0766", place=place, number=sequence + 1)
            return payload
        self.seen = True
        cipher = self._opening(found[1].decode(), lineage, place)
        from cryptography.exceptions import InvalidTag

        try:
            sealed = binascii.a2b_base64(payload[_RECORD_HEAD:], strict_mode=True)
            return cipher.decrypt(sealed[:NONCE_BYTES], sealed[NONCE_BYTES:], _place_of(lineage, sequence, chain))
        except (ValueError, InvalidTag) as fault:
            raise reject("MC0766", place=place, number=sequence + 1) from fault

    def seal_document(self, name: str, lineage: str, data: bytes) -> bytes:
        """A document as the store holds it under ``name``."""
        if not self.encrypt:
            return data
        key_id, cipher = self._sealing(lineage)
        nonce = os.urandom(NONCE_BYTES)
        head = b"%s %s\n" % (key_id.encode(), lineage.encode())
        body = head + nonce + cipher.encrypt(nonce, data, _name_of(name, lineage))
        return _MAGIC + sha256(body).hexdigest().encode() + b" " + body

    def open_document(self, name: str, data: bytes) -> bytes:
        """The document. Raises DamagedError if it is not what was written under this name, Rejected (MC0736) if the key is another."""
        found = _HEAD.match(data)
        if found is None:
            if self.strict or data.startswith(_MAGIC):
                raise DamagedError(f"{name} is not what was written")
            return data
        self.seen = True
        if sha256(memoryview(data)[found.start(2):]).hexdigest().encode() != found[1]:
            raise DamagedError(f"{name} is not what was written")
        lineage = found[3].decode()
        cipher = self._opening(found[2].decode(), lineage, name)
        from cryptography.exceptions import InvalidTag

        sealed = memoryview(data)[found.end():]
        try:
            return cipher.decrypt(sealed[:NONCE_BYTES], sealed[NONCE_BYTES:], _name_of(name, lineage))
        except (ValueError, InvalidTag) as fault:
            raise DamagedError(f"{name} is not what was written") from fault

    def _sealing(self, lineage: str) -> tuple[str, AESGCM]:
        current = self._current.get(lineage)
        if current is None:
            use = self.sealer.current
            current = self._current[lineage] = use.id, self._cipher(use, lineage)
        return current

    def _opening(self, key_id: str, lineage: str, place: str) -> AESGCM:
        known = self._ciphers.get((key_id, lineage))
        if known is not None:
            return known
        use = self.sealer.find(key_id)
        if use is None:
            keys = self.sealer.keys
            raise reject("MC0736", wanted=key_id, known=keys.describe() if isinstance(keys, Chain) else "one key", place=place)
        return self._cipher(use, lineage)

    def _cipher(self, use: KeyUse, lineage: str) -> AESGCM:
        from cryptography.hazmat.primitives.ciphers.aead import AESGCM

        known = self._ciphers.get((use.id, lineage))
        if known is None:
            # A key of its own for each state: random nonces may then be used 2^32 times for each, not for all together.
            key = use.of(f"mcflow documents {self.sealer.context} {lineage}".encode())
            known = self._ciphers[use.id, lineage] = AESGCM(key)
        return known


def is_sealed(data: bytes) -> bool:
    """True if a document's bytes are those of an encrypted one."""
    return data.startswith(_MAGIC)


def in_clear(sealer: Sealer) -> Codec:
    """A codec that encrypts nothing."""
    return Codec(sealer)


def refuse_downgrade(codec: Codec, place: str) -> None:
    """Rejected (MC0768) if the state is encrypted and the configuration does not say that it shall be."""
    if not codec.encrypt and not codec.leaving and (codec.strict or codec.seen):
        raise Rejected([Diagnostic("MC0768", {"place": place})])


def _place_of(lineage: str, sequence: int, chain: bytes) -> bytes:
    return b"record %s %d " % (lineage.encode(), sequence) + chain


def _name_of(name: str, lineage: str) -> bytes:
    return f"document {lineage} {name}".encode()
