"""A key in an environment variable, base64."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path

from mcflow.model.diagnostic import reject


def read(place: str, environ: Mapping[str, str], user_config: Path | None) -> str:
    """The variable's text. Rejected (MC0733) if it is not set or empty."""
    text = environ.get(place, "")
    if not text:
        raise reject("MC0733", source=f"the environment variable {place}")
    return text
