"""Internal errors: a short diagnostic, and a report on disk that holds no data of the user."""

from __future__ import annotations

import os
import sys
import tempfile
import time
import traceback
from collections.abc import Mapping
from pathlib import Path

from mcflow.model.diagnostic import Diagnostic


def crash_diagnostic(failure: BaseException, environ: Mapping[str, str], folder: Path | None = None) -> Diagnostic:
    """The diagnostic for a failure nobody foresaw; writes the report beside it. With MCFLOW_DEBUG the traceback is printed too."""
    if environ.get("MCFLOW_DEBUG", "0") not in ("", "0"):
        traceback.print_exception(failure, file=sys.stderr)
    path = _write(report(failure), folder)
    said = f"a crash report is in {path}" if path else "no crash report could be written; MCFLOW_DEBUG=1 shows the traceback"
    return Diagnostic("MC0904", {"error": where(failure), "report": said})


def where(failure: BaseException) -> str:
    """``KeyError in mcflow/engine/plan/walk.py:88``. The message is left out: it may quote anything, a secret too."""
    frames = traceback.extract_tb(failure.__traceback__)
    own = [frame for frame in frames if "mcflow" in Path(frame.filename).parts] or frames
    return f"{type(failure).__name__} in {_place(own[-1])}" if own else type(failure).__name__


def report(failure: BaseException) -> str:
    """The report: versions, the command's name without its arguments, and where the failure and its causes came from. No messages, no
    values of variables."""
    from mcflow import __version__

    verbs = [word for word in sys.argv[1:3] if word.replace("-", "").isalpha() and not word.startswith("-")][:1]
    lines = [
        f"mcflow {__version__}, Python {sys.version.split()[0]}, {sys.platform}", f"command: mcflow {' '.join(verbs)} …",
        f"at: {time.strftime('%Y-%m-%dT%H:%M:%SZ', time.gmtime())}", "messages and values are left out: they may hold secrets", "",
    ]
    seen: set[int] = set()
    current: BaseException | None = failure
    while current is not None and id(current) not in seen:
        seen.add(id(current))
        lines.append(f"{type(current).__module__}.{type(current).__qualname__}")
        lines += [f"  {_place(frame)} in {frame.name}" for frame in traceback.extract_tb(current.__traceback__)]
        current = current.__cause__ or current.__context__
    return "\n".join(lines) + "\n"


def _place(frame: traceback.FrameSummary) -> str:
    parts = Path(frame.filename).parts
    start = len(parts) - 1 - parts[::-1].index("mcflow") if "mcflow" in parts else max(0, len(parts) - 3)
    return f"{'/'.join(parts[start:])}:{frame.lineno}"


def _write(text: str, folder: Path | None) -> Path | None:
    name = f"crash-{time.strftime('%Y%m%dT%H%M%S', time.gmtime())}-{os.getpid()}.txt"
    for place in (folder or _state_folder(), Path(tempfile.gettempdir())):
        try:
            place.mkdir(mode=0o700, parents=True, exist_ok=True)
            handle = os.open(place / name, os.O_WRONLY | os.O_CREAT | os.O_EXCL | os.O_NOFOLLOW, 0o600)
        except OSError:
            continue
        with os.fdopen(handle, "w", encoding="utf-8") as file:
            file.write(text)
        return place / name
    return None


def _state_folder() -> Path:
    from platformdirs import user_state_path

    return user_state_path("mcflow")
