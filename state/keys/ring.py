"""A key in the system's keyring, ``SERVICE/NAME``, base64. Needs the extra ``mcflow[keyring]``."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path

from mcflow.model.diagnostic import reject


def read(place: str, environ: Mapping[str, str], user_config: Path | None) -> str:
    """The entry's text. Rejected: MC0733 if there is none, MC0735 if there is no keyring."""
    try:
        import keyring
        from keyring.errors import KeyringError
    except ImportError as fault:
        problem = "the package keyring is not installed (pip install 'mcflow[keyring]')"
        raise reject("MC0735", source=f"keyring:{place}", problem=problem) from fault
    service, _, name = place.rpartition("/")
    try:
        text = keyring.get_password(service or "mcflow", name)
    except KeyringError as fault:
        raise reject("MC0735", source=f"keyring:{place}", problem=str(fault) or type(fault).__name__) from fault
    if not text:
        raise reject("MC0733", source=f"the keyring, entry {place}")
    return text
