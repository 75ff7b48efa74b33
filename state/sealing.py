"""Sealing: secrets leave the process as text that only the key can open, and are compared by keyed fingerprints."""

from __future__ import annotations

import base64
import hashlib
import hmac
import json
import os
import re
from collections.abc import Callable
from typing import Any

from mcflow.model.diagnostic import Diagnostic, Rejected

KEY_BYTES = 32
_NONCE_BYTES = 12
_VERSION = "v1"
_SEALED = re.compile(r"v1\.([0-9a-f]{8})\.([A-Za-z0-9_=-]+)")


class SealError(Rejected):
    """A sealed value cannot be opened: another key, another context, or damage. The text itself is in no message."""

    def __init__(self, code: str, **args: str) -> None:
        super().__init__([Diagnostic(code, args)])


class Sealer:
    """Seals JSON values with AES-256-GCM, bound to a context (a value copied to another state does not open there).

    ``key`` is 32 bytes, or a function that gives them, asked on first use only: who has no secrets needs no key.
    Sealed text: ``v1.<key id>.<nonce and ciphertext, base64url>``.
    """

    def __init__(self, key: bytes | Callable[[], bytes], context: str = "") -> None:
        self._source = key
        self._context = context
        self._keys: tuple[str, bytes, bytes] | None = None

    def within(self, context: str) -> Sealer:
        """A sealer of the same key for another context."""
        return Sealer(self._source, context)

    @property
    def key_id(self) -> str:
        """Names the key without telling it: 8 hex digits."""
        return self._derived()[0]

    def seal(self, value: Any) -> str:
        """A JSON value as sealed text; never the same twice."""
        from cryptography.hazmat.primitives.ciphers.aead import AESGCM

        key_id, sealing, _ = self._derived()
        nonce = os.urandom(_NONCE_BYTES)
        sealed = nonce + AESGCM(sealing).encrypt(nonce, _canonical(value), self._bound(key_id))
        return f"{_VERSION}.{key_id}.{base64.urlsafe_b64encode(sealed).decode()}"

    def unseal(self, text: str) -> Any:
        """The value that `seal` was given. Raises SealError."""
        from cryptography.exceptions import InvalidTag
        from cryptography.hazmat.primitives.ciphers.aead import AESGCM

        parts = _SEALED.fullmatch(text) if isinstance(text, str) else None
        if parts is None:
            raise SealError("MC0731")
        key_id, sealing, _ = self._derived()
        if parts[1] != key_id:
            raise SealError("MC0730", wanted=parts[1], key=key_id)
        try:
            sealed = base64.b64decode(parts[2], altchars=b"-_", validate=True)
            if base64.urlsafe_b64encode(sealed).decode() != parts[2]:
                raise ValueError("not the one way to write these bytes")
            clear = AESGCM(sealing).decrypt(sealed[:_NONCE_BYTES], sealed[_NONCE_BYTES:], self._bound(key_id))
        except (ValueError, InvalidTag) as fault:
            raise SealError("MC0731") from fault
        return json.loads(clear)

    def fingerprint(self, value: Any) -> str:
        """Equal for equal JSON values under the same key, and tells nothing about them: HMAC-SHA256 over canonical JSON."""
        key_id, _, marking = self._derived()
        return f"{key_id}.{hmac.new(marking, _canonical(value), hashlib.sha256).hexdigest()}"

    def _derived(self) -> tuple[str, bytes, bytes]:
        if self._keys is None:
            key = self._source() if callable(self._source) else self._source
            if len(key) != KEY_BYTES:
                raise SealError("MC0732", found=str(len(key)), source="the key given")
            # One key, three purposes: none of the three tells anything about another.
            purposes = (b"mcflow name", b"mcflow seal", b"mcflow mark")
            named, sealing, marking = (hmac.new(key, purpose, hashlib.sha256).digest() for purpose in purposes)
            self._keys = named.hex()[:8], sealing, marking
        return self._keys

    def _bound(self, key_id: str) -> bytes:
        return f"{_VERSION}.{key_id}.{self._context}".encode()


def _canonical(value: Any) -> bytes:
    return json.dumps(value, sort_keys=True, separators=(",", ":"), allow_nan=False).encode()
