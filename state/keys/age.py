"""age: a data key encrypted to recipients. ``age:IDENTITY_FILE``, ``age:IDENTITY_FILE?recipients=FILE``. Needs ``mcflow[age]``."""

from __future__ import annotations

import base64
import os
from collections.abc import Mapping
from pathlib import Path
from typing import TYPE_CHECKING, Any
from urllib.parse import parse_qsl

from mcflow.model.diagnostic import reject
from mcflow.state.keys.file import read_key_file
from mcflow.state.keys.service import Context, KeyService, bound
from mcflow.state.sealing import KEY_BYTES

if TYPE_CHECKING:
    from pyrage import x25519

_BOUND = 32


def open_service(place: str, environ: Mapping[str, str], user_config: Path | None) -> KeyService:
    """The service for the identities in a file; it encrypts to their own recipients and to those of another file. Rejected (MC0734)."""
    path, _, query = place.partition("?")
    options = dict(parse_qsl(query, keep_blank_values=True))
    recipients = options.pop("recipients", "")
    if not path or options or (query and not recipients):
        raise reject("MC0734", reference="age", known="age:IDENTITY_FILE, age:IDENTITY_FILE?recipients=FILE")
    return Age(Path(path).expanduser(), Path(recipients).expanduser() if recipients else None)


class Age:
    """Each of the recipients can open the data key with its own identity; the next `rekey` is when a new list counts."""

    def __init__(self, identities: Path, recipients: Path | None) -> None:
        self.source = f"age:{identities}"
        self._path = identities
        self._recipients = recipients
        self._read: list[x25519.Identity] | None = None

    def make(self, context: Context) -> tuple[bytes, dict[str, str]]:
        age = self._age()
        key = os.urandom(KEY_BYTES)
        recipients = [identity.to_public() for identity in self._identities()] + self._others()
        # age has no associated data: what the key is bound to is encrypted with it.
        wrapped = age.encrypt(key + _digest(context), recipients)
        listed = " ".join(sorted({str(recipient) for recipient in recipients}))
        return key, {"wrapped": base64.b64encode(wrapped).decode(), "recipients": listed}

    def unwrap(self, parts: Mapping[str, str], context: Context) -> bytes | None:
        age = self._age()
        identities = self._identities()
        try:
            clear = age.decrypt(base64.b64decode(parts["wrapped"], validate=True), identities)
        except (KeyError, ValueError, age.DecryptError):
            return None
        key, found = clear[:KEY_BYTES], clear[KEY_BYTES:]
        return key if found == _digest(context) else None

    def _age(self) -> Any:
        try:
            import pyrage
        except ImportError as fault:
            raise reject("MC0738", source=self.source, problem="the package pyrage is not installed (pip install 'mcflow[age]')") from fault
        return pyrage

    def _identities(self) -> list[x25519.Identity]:
        if self._read is None:
            age = self._age()
            data = read_key_file(self._path)
            if data is None:
                raise reject("MC0733", source=self._path)
            try:
                self._read = [age.x25519.Identity.from_str(line) for line in _lines(data)]
            except (age.IdentityError, ValueError):
                raise reject("MC0738", source=self.source, problem="it holds something else than identities of age") from None
            if not self._read:
                raise reject("MC0733", source=self._path)
        return self._read

    def _others(self) -> list[x25519.Recipient]:
        if self._recipients is None:
            return []
        age = self._age()
        try:
            lines = _lines(self._recipients.read_bytes())
            return [age.x25519.Recipient.from_str(line) for line in lines]
        except OSError as fault:
            raise reject("MC0738", source=self._recipients, problem=fault.strerror or fault) from fault
        except (age.RecipientError, ValueError) as fault:
            raise reject("MC0738", source=self._recipients, problem="it holds something else than age1… recipients") from fault


def _lines(data: bytes) -> list[str]:
    lines = [line.strip() for line in data.decode("utf-8", "replace").splitlines()]
    return [line for line in lines if line and not line.startswith("#")]


def _digest(context: Context) -> bytes:
    from hashlib import sha256

    return sha256(bound(context)).digest()[:_BOUND]
