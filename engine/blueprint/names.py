"""Names: how they may be written, and that no two differ in case only."""

from __future__ import annotations

import re
from collections.abc import Iterable

from mcflow.engine.blueprint.findings import Findings
from mcflow.engine.reading import Document, Path
from mcflow.model.address import NAME_PATTERN
from mcflow.model.diagnostic import Related

_NAME = re.compile(NAME_PATTERN.rstrip("$") + r"\Z")
_MOST = 128


def check_names(kind: str, names: Iterable[str], document: Document, path: Path, findings: Findings) -> None:
    """Note names that cannot be one and names that are equal but for their case. ``kind`` says what is named (``resource``)."""
    first: dict[str, str] = {}
    for name in names:
        if not _NAME.match(name) or len(name) > _MOST:
            findings.at(document, (*path, name), "MC0303", on_key=True, kind=kind, name=name, suggestion=_mended(name))
        other = first.setdefault(name.casefold(), name)
        if other != name:
            related = (Related(f"the first {kind} of that name", document.position((*path, other), key=True)),)
            findings.at(document, (*path, name), "MC0304", on_key=True, kind=kind, name=name, other=other, related=related)


def _mended(name: str) -> str | None:
    mended = re.sub(r"[^A-Za-z0-9_-]+", "_", name).strip("_")[:_MOST]
    return f"_{mended}" if mended[:1].isdigit() or mended[:1] == "-" else mended or None
