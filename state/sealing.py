"""Sealing: secrets leave the process as text that only the key can open, and are compared by keyed fingerprints."""

from __future__ import annotations

import base64
import hashlib
import hmac
import json
import os
import re
from collections.abc import Callable
from dataclasses import dataclass
from functools import cached_property
from typing import Any, Protocol

from mcflow.model.diagnostic import Diagnostic, Rejected

KEY_BYTES = 32
NONCE_BYTES = 12
_VERSION = "v1"
_SEALED = re.compile(r"v1\.([0-9a-f]{8})\.([A-Za-z0-9_=-]+)")


class SealError(Rejected):
    """A sealed value cannot be opened: another key, another context, or damage. The text itself is in no message."""

    def __init__(self, code: str, **args: str) -> None:
        super().__init__([Diagnostic(code, args)])


class Keys(Protocol):
    """The key in use and those before it."""

    def current(self) -> bytes:
        """The 32 bytes that seal. Rejected if they cannot be had."""

    def find(self, key_id: str) -> bytes | None:
        """The key of that id, whichever it is; None if none of those configured is it. Rejected if it cannot be had."""


@dataclass(frozen=True)
class OneKey:
    """A key that has no others beside it: 32 bytes, or a function that gives them."""

    source: bytes | Callable[[], bytes]

    def current(self) -> bytes:
        return self.source() if callable(self.source) else self.source

    def find(self, key_id: str) -> bytes | None:
        key = self.current()
        return key if KeyUse(key).id == key_id else None


class KeyUse:
    """One key, a subkey for each purpose: none of them tells anything about another, or about the key.

    ``id`` names the key without telling it: 8 hex digits.
    """

    def __init__(self, key: bytes) -> None:
        if len(key) != KEY_BYTES:
            raise SealError("MC0732", found=str(len(key)), source="the key given")
        self._key = key

    @cached_property
    def id(self) -> str:
        return self.of(b"mcflow name").hex()[:8]

    @cached_property
    def sealing(self) -> bytes:
        return self.of(b"mcflow seal")

    @cached_property
    def marking(self) -> bytes:
        return self.of(b"mcflow mark")

    def of(self, purpose: bytes) -> bytes:
        """The subkey for a purpose, 32 bytes."""
        return hmac.new(self._key, purpose, hashlib.sha256).digest()


class Sealer:
    """Seals JSON values with AES-256-GCM, bound to a context (a value copied to another state does not open there).

    ``key`` is 32 bytes, a function that gives them, or `Keys`; asked on first use only: who has no secrets needs no key.
    Sealed text: ``v1.<key id>.<nonce and ciphertext, base64url>``.
    """

    def __init__(self, key: bytes | Callable[[], bytes] | Keys, context: str = "") -> None:
        self.keys: Keys = OneKey(key) if isinstance(key, bytes) or callable(key) else key
        self.context = context
        self._current: KeyUse | None = None
        self._known: dict[str, KeyUse] = {}

    def within(self, context: str) -> Sealer:
        """A sealer of the same key for another context."""
        return Sealer(self.keys, context)

    @property
    def key_id(self) -> str:
        """Names the key in use without telling it: 8 hex digits."""
        return self.current.id

    @property
    def current(self) -> KeyUse:
        """The key in use."""
        if self._current is None:
            self._current = KeyUse(self.keys.current())
            self._known[self._current.id] = self._current
        return self._current

    def find(self, key_id: str) -> KeyUse | None:
        """The key of that id, in use or from before; None if it is not configured."""
        known = self._known.get(key_id)
        if known is not None:
            return known
        key = self.keys.find(key_id)
        use = None if key is None else KeyUse(key)
        if use is None or use.id != key_id:
            return None
        self._known[key_id] = use
        return use

    def forget(self) -> None:
        """Ask for the keys again: what is known of them has changed."""
        self._current = None
        self._known.clear()

    def seal(self, value: Any) -> str:
        """A JSON value as sealed text; never the same twice."""
        from cryptography.hazmat.primitives.ciphers.aead import AESGCM

        use = self.current
        nonce = os.urandom(NONCE_BYTES)
        sealed = nonce + AESGCM(use.sealing).encrypt(nonce, _canonical(value), self._bound(use.id))
        return f"{_VERSION}.{use.id}.{base64.urlsafe_b64encode(sealed).decode()}"

    def unseal(self, text: str) -> Any:
        """The value that `seal` was given. Raises SealError."""
        from cryptography.exceptions import InvalidTag
        from cryptography.hazmat.primitives.ciphers.aead import AESGCM

        parts = _SEALED.fullmatch(text) if isinstance(text, str) else None
        if parts is None:
            raise SealError("MC0731")
        use = self._opening(parts[1])
        try:
            sealed = base64.b64decode(parts[2], altchars=b"-_", validate=True)
            if base64.urlsafe_b64encode(sealed).decode() != parts[2]:
                raise ValueError("not the one way to write these bytes")
            clear = AESGCM(use.sealing).decrypt(sealed[:NONCE_BYTES], sealed[NONCE_BYTES:], self._bound(use.id))
        except (ValueError, InvalidTag) as fault:
            raise SealError("MC0731") from fault
        return json.loads(clear)

    def _opening(self, key_id: str) -> KeyUse:
        try:
            use = self.find(key_id)
        except SealError:
            raise
        except Rejected as refused:
            # The planner goes on without a value it cannot open, whyever.
            raise SealError(refused.diagnostics[0].code, **refused.diagnostics[0].args) from refused
        if use is None:
            raise SealError("MC0730", wanted=key_id, key=self.key_id)
        return use

    def fingerprint(self, value: Any, like: str = "") -> str:
        """Equal for equal JSON values under the same key, and tells nothing about them: HMAC-SHA256 over canonical JSON.

        ``like``: a fingerprint to compare with; made with the key that made that one, if it is still configured.
        """
        earlier = like.partition(".")[0]
        use = self.find(earlier) if re.fullmatch("[0-9a-f]{8}", earlier) else None
        use = use or self.current
        return f"{use.id}.{hmac.new(use.marking, _canonical(value), hashlib.sha256).hexdigest()}"

    def _bound(self, key_id: str) -> bytes:
        return f"{_VERSION}.{key_id}.{self.context}".encode()


def sealed_with(text: str) -> str:
    """The id of the key that sealed a text; empty if it is not sealed text."""
    parts = _SEALED.fullmatch(text)
    return parts[1] if parts else ""


def _canonical(value: Any) -> bytes:
    return json.dumps(value, sort_keys=True, separators=(",", ":"), allow_nan=False).encode()
