"""Secrets in files: refused where they are written out, hidden where they were computed."""

from __future__ import annotations

import re
from collections.abc import Mapping
from typing import Any

from mcflow.engine.blueprint.findings import Findings
from mcflow.engine.reading import Document, Path
from mcflow.model.values import Secret, Value

_SECRET_NAME = re.compile(r"secret|passw(or)?d|passphrase|token|access_?key|private_?key|api_?key|credential", re.IGNORECASE)
_NOT_A_SECRET = re.compile(r"(_file|_path|_name|_url|_lifetime|_ttl|_seconds|_timeout)$", re.IGNORECASE)
_REFERENCE = re.compile(r"(env|file|keyring):.+", re.DOTALL)


def is_secret_name(name: str) -> bool:
    """True if something of that name is a secret: password, secret_key, token, access_key …"""
    return _SECRET_NAME.search(name) is not None and _NOT_A_SECRET.search(name) is None


def is_secret_reference(text: str) -> bool:
    """True for ``env:NAME``, ``file:PATH`` and ``keyring:SERVICE/NAME``: where a secret is, not the secret."""
    return _REFERENCE.fullmatch(text) is not None


def note_literal_secrets(document: Document, tree: Any, path: Path, findings: Findings) -> None:
    """Note every secret that is written out in a connection."""
    if isinstance(tree, Mapping):
        for name, value in tree.items():
            at = (*path, name)
            if isinstance(value, str) and is_secret_name(name) and "{{" not in value and value and not is_secret_reference(value):
                findings.at(document, at, "MC0504", name=name, suggestion=f"env:{name.upper()}")
            else:
                note_literal_secrets(document, value, at, findings)
    elif isinstance(tree, list):
        for index, item in enumerate(tree):
            note_literal_secrets(document, item, (*path, index), findings)


def hide_secrets(tree: Value, name: str = "") -> Value:
    """The tree with every text that has a secret's name as a Secret, but references to secrets as they are."""
    if isinstance(tree, Mapping):
        return {key: hide_secrets(value, key) for key, value in tree.items()}
    if isinstance(tree, list):
        return [hide_secrets(item, name) for item in tree]
    if isinstance(tree, str) and is_secret_name(name) and not is_secret_reference(tree):
        return Secret(tree)
    return tree
