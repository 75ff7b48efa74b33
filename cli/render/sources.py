"""Source lines for diagnostics, read once per file."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

SourceLine = Callable[[str, int], str | None]
"""(path, line counted from 1) → the line's text, None if it cannot be shown."""

_LARGEST = 16_000_000


class Sources:
    """Reads files when a diagnostic points at them. A file that cannot be read only costs the excerpt, never the diagnostic."""

    def __init__(self) -> None:
        self._files: dict[str, list[str]] = {}

    def line(self, path: str, number: int) -> str | None:
        """One line of a file without its end."""
        lines = self._files.get(path)
        if lines is None:
            lines = self._files[path] = _read(path)
        return lines[number - 1] if 0 < number <= len(lines) else None


def _read(path: str) -> list[str]:
    file = Path(path)
    try:
        if not file.is_file() or file.stat().st_size > _LARGEST:
            return []
        # Not splitlines: YAML and the reader end a line at a newline only, not at form feeds or U+2028.
        return [line.rstrip("\r") for line in file.read_text("utf-8", errors="replace").split("\n")]
    except (OSError, ValueError):
        return []
