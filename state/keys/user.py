"""The user's own key file, made on first use: good for states on this machine only."""

from __future__ import annotations

import base64
import os
from collections.abc import Mapping
from pathlib import Path

from mcflow.model.diagnostic import reject
from mcflow.state.files import Files, write_all
from mcflow.state.keys.file import read_key_file
from mcflow.state.sealing import KEY_BYTES

NAME = "state.key"


def read(place: str, environ: Mapping[str, str], user_config: Path | None) -> bytes:
    """The key in ``<user configuration>/state.key``. Rejected: MC0733 without a user configuration, MC0735 if the file cannot be used."""
    if user_config is None:
        raise reject("MC0733", source="the user's configuration (there is none here)")
    path = user_config / NAME
    return read_key_file(path) or _make(path)


def _make(path: Path) -> bytes:
    """Make the file as a whole before it gets its name; of two processes that do, the first one's key counts."""
    files = Files()
    temporary = path.with_name(f".{NAME}.{os.getpid()}.{os.urandom(4).hex()}")
    try:
        files.make_folder(path.parent)
        fd = files.open(temporary, os.O_WRONLY | os.O_CREAT | os.O_EXCL)
        try:
            write_all(files, fd, base64.b64encode(os.urandom(KEY_BYTES)) + b"\n")
            files.sync(fd)
        finally:
            os.close(fd)
        try:
            os.link(temporary, path, follow_symlinks=False)
        except FileExistsError:
            pass
        finally:
            files.unlink(temporary)
        files.sync_folder(path.parent)
        # A key that a power cut takes away takes every secret with it.
        files.keep_folder(path.parent)
    except OSError as fault:
        raise reject("MC0735", source=path, problem=fault.strerror or fault) from fault
    made = read_key_file(path)
    if not made:
        raise reject("MC0735", source=path, problem="is empty")
    return made
