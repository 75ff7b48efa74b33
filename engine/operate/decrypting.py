"""A machine's first password: encrypted by the cloud with the key pair's public half, opened here and nowhere else."""

from __future__ import annotations

from pathlib import Path
from typing import Any

from mcflow.model.diagnostic import reject
from mcflow.model.values import Secret

_LARGEST = 1 << 20
_SHORTEST = 8
"""Characters of a password that a cloud makes; what a wrong key opens is nearly always shorter, or no text."""


def private_key(path: Path) -> Any:
    """The RSA key in a file, in PEM or OpenSSH's own form. Raises Rejected (MC1047)."""
    from cryptography.exceptions import UnsupportedAlgorithm
    from cryptography.hazmat.primitives.asymmetric.rsa import RSAPrivateKey
    from cryptography.hazmat.primitives.serialization import load_pem_private_key, load_ssh_private_key

    data = _bytes(path)
    load = load_ssh_private_key if b"OPENSSH PRIVATE KEY" in data else load_pem_private_key
    try:
        key = load(data, None)
    except TypeError as locked:
        raise reject("MC1047", file=path, reason="it is protected by a passphrase; decrypt a copy of it first") from locked
    except (ValueError, UnsupportedAlgorithm) as wrong:
        raise reject("MC1047", file=path, reason="it holds no private key that can be read") from wrong
    if not isinstance(key, RSAPrivateKey):
        raise reject("MC1047", file=path, reason="it is no RSA key, and clouds encrypt passwords with RSA only")
    return key


def decrypted(sealed: bytes, key: Any, path: Path) -> Secret:
    """The password. Raises Rejected (MC1048) where the key is not the machine's."""
    from cryptography.hazmat.primitives.asymmetric.padding import PKCS1v15

    try:
        text = key.decrypt(sealed, PKCS1v15()).decode()
    except (ValueError, UnicodeDecodeError) as wrong:
        raise reject("MC1048", file=path) from wrong
    # OpenSSL answers a wrong key with random bytes rather than telling an attacker that it is wrong.
    if len(text) < _SHORTEST or not text.isprintable():
        raise reject("MC1048", file=path)
    return Secret(text)


def _bytes(path: Path) -> bytes:
    try:
        if path.stat().st_size > _LARGEST:
            raise reject("MC1047", file=path, reason="it is far too large for a key")
        return path.read_bytes()
    except OSError as fault:
        raise reject("MC1047", file=path, reason=fault.strerror or str(fault)) from fault
