"""Lists in the form asked for: an aligned table, names alone, JSON or YAML."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from typing import Any

from mcflow.cli.render.paint import Line, Span
from mcflow.cli.render.text import columns, pad, safe

Row = Mapping[str, Any]


def table(rows: Sequence[Row], headings: Mapping[str, str]) -> Iterator[Line]:
    """An aligned table: ``headings`` maps the rows' keys to column titles, in order. Nothing for no rows."""
    if not rows:
        return
    cells = [[safe(_cell(row.get(key))) for key in headings] for row in rows]
    titles = [title.upper() for title in headings.values()]
    widths = [max(columns(text) for text in column) for column in zip(titles, *cells, strict=True)]
    yield (Span("  ".join(pad(title, width) for title, width in zip(titles, widths, strict=True)).rstrip(), "bold"),)
    for row_cells in cells:
        yield ("  ".join(pad(text, width) for text, width in zip(row_cells, widths, strict=True)).rstrip(),)


def _cell(value: Any) -> str:
    if value is None:
        return "-"
    if isinstance(value, bool):
        return "yes" if value else "no"
    if isinstance(value, list | tuple):
        return ", ".join(map(str, value)) or "-"
    return str(value) or "-"


def yaml_text(document: Any) -> str:
    """The document as YAML."""
    import yaml

    text: str = yaml.safe_dump(document, allow_unicode=True, sort_keys=False)
    return text.removesuffix("...\n")
