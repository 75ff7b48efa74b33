"""A passphrase: a data key wrapped with what Argon2id makes of it. ``passphrase:env:NAME``, ``:file:PATH``, ``:keyring:SERVICE/NAME``."""

from __future__ import annotations

import base64
import os
from collections.abc import Mapping
from importlib import import_module
from pathlib import Path

from mcflow.model.diagnostic import reject
from mcflow.state.keys.service import Context, KeyService, bound
from mcflow.state.sealing import KEY_BYTES, NONCE_BYTES

SHORTEST = 12
"""Characters; anything shorter is guessed in no time."""
MEMORY, PASSES, LANES = 65536, 3, 4
"""KiB, rounds and threads of Argon2id: the second recommendation of RFC 9106. Kept with each wrapped key."""
_MOST_MEMORY, _MOST_PASSES, _MOST_LANES = 1024 * 1024, 16, 64

_PLACES = {"env": "mcflow.state.keys.variable", "file": "mcflow.state.keys.file", "keyring": "mcflow.state.keys.ring"}


def open_service(place: str, environ: Mapping[str, str], user_config: Path | None) -> KeyService:
    """The service for a passphrase kept at ``place``. Rejected (MC0734)."""
    kind, _, where = place.partition(":")
    if kind not in _PLACES or not where:
        raise reject("MC0734", reference="passphrase", known="passphrase:env:NAME, passphrase:file:PATH, passphrase:keyring:SERVICE/NAME")
    return Passphrase(kind, where, environ, user_config)


class Passphrase:
    """Wraps with AES-256-GCM under Argon2id of the passphrase, so that a wrong one is told from damage nowhere and never opens."""

    def __init__(self, kind: str, where: str, environ: Mapping[str, str], user_config: Path | None) -> None:
        self.source = f"passphrase:{kind}:{where}"
        self._kind, self._where, self._environ, self._user_config = kind, where, environ, user_config
        self._made: dict[tuple[bytes, int, int, int], bytes] = {}

    def make(self, context: Context) -> tuple[bytes, dict[str, str]]:
        from cryptography.hazmat.primitives.ciphers.aead import AESGCM

        salt, nonce, key = os.urandom(16), os.urandom(NONCE_BYTES), os.urandom(KEY_BYTES)
        wrapped = AESGCM(self._stretch(salt, MEMORY, PASSES, LANES)).encrypt(nonce, key, bound(context))
        return key, {
            "salt": _text(salt), "memory": str(MEMORY), "passes": str(PASSES), "lanes": str(LANES), "wrapped": _text(nonce + wrapped)}

    def unwrap(self, parts: Mapping[str, str], context: Context) -> bytes | None:
        from cryptography.exceptions import InvalidTag
        from cryptography.hazmat.primitives.ciphers.aead import AESGCM

        try:
            salt, wrapped = base64.b64decode(parts["salt"], validate=True), base64.b64decode(parts["wrapped"], validate=True)
            memory, passes, lanes = int(parts["memory"]), int(parts["passes"]), int(parts["lanes"])
            # What is kept in the open may be forged: it must not make us fill the memory.
            if not (8 * lanes <= memory <= _MOST_MEMORY and 0 < passes <= _MOST_PASSES and 0 < lanes <= _MOST_LANES):
                return None
            stretched = self._stretch(salt, memory, passes, lanes)
            return AESGCM(stretched).decrypt(wrapped[:NONCE_BYTES], wrapped[NONCE_BYTES:], bound(context))
        except (KeyError, ValueError, InvalidTag):
            return None

    def _stretch(self, salt: bytes, memory: int, passes: int, lanes: int) -> bytes:
        from cryptography.hazmat.primitives.kdf.argon2 import Argon2id

        cost = (salt, memory, passes, lanes)
        if cost not in self._made:
            phrase = self._phrase()
            self._made[cost] = Argon2id(salt=salt, length=KEY_BYTES, iterations=passes, lanes=lanes, memory_cost=memory).derive(phrase)
        return self._made[cost]

    def _phrase(self) -> bytes:
        found: str | bytes = import_module(_PLACES[self._kind]).read(self._where, self._environ, self._user_config)
        # A file or a variable often ends with a line end that nobody means.
        phrase = (found if isinstance(found, bytes) else found.encode("utf-8", "surrogateescape")).rstrip(b"\r\n")
        if len(phrase.decode("utf-8", "replace")) < SHORTEST:
            raise reject("MC0739", source=self.source, least=SHORTEST)
        return phrase


def _text(data: bytes) -> str:
    return base64.b64encode(data).decode()
