"""A key in a private file: base64 text, or the 32 bytes themselves."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path

from mcflow.model.diagnostic import reject
from mcflow.state.files import Files, UnsafeFileError, read_private


def read(place: str, environ: Mapping[str, str], user_config: Path | None) -> bytes:
    """The file's bytes. Rejected: MC0733 if there is none, MC0735 if it is not a private plain file or cannot be read."""
    data = read_key_file(Path(place).expanduser())
    if data is None:
        raise reject("MC0733", source=place)
    return data


def read_key_file(path: Path) -> bytes | None:
    """The bytes of a key file; None if there is none. Rejected (MC0735)."""
    try:
        return read_private(Files(), path)
    except UnsafeFileError as fault:
        raise reject("MC0735", source=path, problem=fault.problem) from fault
    except OSError as fault:
        raise reject("MC0735", source=path, problem=fault.strerror or fault) from fault
