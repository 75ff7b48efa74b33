"""Diagnostics as text: code, message, place, source line with a caret, what to do."""

from __future__ import annotations

from collections.abc import Generator, Iterable, Iterator, Sequence

from mcflow.cli.render.paint import Line, Span
from mcflow.cli.render.sources import SourceLine
from mcflow.cli.render.text import clip, columns, plural, safe, wrap
from mcflow.model.diagnostic import Diagnostic
from mcflow.model.position import Position

CAP = 50
"""How many findings are shown; the rest is counted."""

_COLOURS = {"error": "bold red", "warning": "bold yellow", "note": "bold blue"}
_SEVERITIES = {"error": 0, "warning": 1, "note": 2}


def diagnostic_lines(findings: Sequence[Diagnostic], source: SourceLine, *, width: int = 100, cap: int = CAP) -> Iterator[Line]:
    """All findings, by file and line, at most ``cap``, and how many of each kind there are."""
    ordered = in_order(findings)
    for finding in ordered[:cap]:
        yield from one_diagnostic(finding, source, width)
        yield ()
    if len(ordered) > cap:
        yield (Span(f"… and {plural(len(ordered) - cap, 'more finding')}; these are the first {cap} by file and line", "dim"),)
        yield ()
    if len(ordered) > 1:
        yield (Span(tally(ordered), "bold"),)


def in_order(findings: Iterable[Diagnostic]) -> list[Diagnostic]:
    """Findings by file, line and column; those without a place last, errors before warnings. Equal ones once."""
    distinct = list({repr(finding): finding for finding in findings}.values())
    return sorted(distinct, key=_key)


def _key(finding: Diagnostic) -> tuple[bool, str, int, int, int, str]:
    at = finding.position
    place = (at is None, at.path if at else "", at.line if at else 0, at.column if at else 0)
    return (*place, _SEVERITIES[finding.severity], finding.code)


def tally(findings: Sequence[Diagnostic]) -> str:
    """``3 errors, 1 warning``."""
    counts = {severity: sum(finding.severity == severity for finding in findings) for severity in _SEVERITIES}
    return ", ".join(plural(count, severity) for severity, count in counts.items() if count)


def one_diagnostic(finding: Diagnostic, source: SourceLine, width: int) -> Iterator[Line]:
    """One finding, as the manual shows it."""
    colour = _COLOURS[finding.severity]
    first, *more = wrap(safe_lines(finding.message), max(40, width - len(finding.severity) - len(finding.code) - 4))
    yield (Span(f"{finding.severity}[{finding.code}]", colour), Span(f": {first}", "bold"))
    for text in more:
        yield (Span(f"  {text}", "bold"),)
    gutter = _gutter(finding)
    blank: Line = (" " * gutter + " ", Span("|", "blue"))
    shown = False
    if finding.position:
        label = _advice(finding.suggestion)
        shown = yield from _place(finding.position, label, source, gutter, width, arrow="-->", mark="^", style=colour)
    for related in finding.related:
        if related.position:
            yield from _place(related.position, related.message, source, gutter, width, arrow=":::", mark="-", style="blue")
        else:
            yield from _note(gutter, "note", related.message, width)
    if shown:
        yield blank
    if finding.suggestion and not shown:
        yield from _note(gutter, "suggestion", _advice(finding.suggestion), width)
    if finding.help:
        yield from _note(gutter, "help", finding.help, width)
    if finding.address:
        yield from _note(gutter, "resource", finding.address, width)
    if finding.request_id:
        yield from _note(gutter, "request id", finding.request_id, width)
    yield from _note(gutter, "more", f"mcflow explain {finding.code}", width)


def _advice(suggestion: str | None) -> str:
    """A word is what was perhaps meant; anything longer is what to write."""
    if not suggestion:
        return ""
    return f"write `{suggestion}`" if " " in suggestion or ":" in suggestion else f"did you mean `{suggestion}`?"


def safe_lines(text: str) -> str:
    """Safe text whose newlines still break lines."""
    return "\n".join(safe(part) for part in text.split("\n"))


def _gutter(finding: Diagnostic) -> int:
    places = [finding.position, *(related.position for related in finding.related)]
    return max([1, *(len(str(place.line)) for place in places if place)])


def _place(
    at: Position, label: str, source: SourceLine, gutter: int, width: int, *, arrow: str, mark: str, style: str
) -> Generator[Line, None, bool]:
    """Where, the line, the caret. Returns (to ``yield from``) whether a source line could be shown."""
    yield (" " * gutter, Span(arrow, "blue"), f" {at}")
    text = source(at.path, at.line)
    if text is None:
        if label and mark == "-":
            yield from _note(gutter, "note", label, width)
        return False
    start, length = at.column - 1, _length(at, text)
    shown, offset, size = _window(text, start, length, max(20, width - gutter - 3))
    bar = Span("|", "blue")
    yield (" " * gutter + " ", bar)
    yield (Span(f"{at.line:>{gutter}} ", "blue"), bar, f" {shown}")
    head = (" " * gutter + " ", bar, " " * (offset + 1), Span(mark * size, style))
    room = width - gutter - 4 - offset - size
    if label and columns(label) + 1 > room:
        yield head
        for part in wrap(safe_lines(label), max(20, width - gutter - 5)):
            yield (" " * gutter + " ", bar, "   ", Span(part, style))
    else:
        yield (*head, Span(f" {label}" if label else "", style))
    return True


def _length(at: Position, text: str) -> int:
    if at.end_line and at.end_line > at.line:
        return max(1, len(text.rstrip()) - at.column + 1)
    return max(1, at.end_column - at.column) if at.end_column else 1


def _window(text: str, start: int, length: int, room: int) -> tuple[str, int, int]:
    """The part of a source line that fits, the caret's column in it and its width; tabs take four columns."""
    before, marked, after = (_flat(part) for part in (text[:start], text[start:start + length], text[start + length:]))
    if columns(before) > room // 2 and columns(before) + columns(marked) + columns(after) > room:
        keep = room // 3
        while columns(before) > keep:
            before = before[max(1, len(before) - keep - 1):] if len(before) > 2 * keep else before[1:]
        before = "…" + before
    return clip(before + marked + after, room), columns(before), max(1, min(columns(marked), room - columns(before)))


def _flat(text: str) -> str:
    return safe(text.replace("\t", "    "))


def _note(gutter: int, name: str, text: str, width: int) -> Iterator[Line]:
    indent = gutter + 4 + len(name)
    first, *more = wrap(safe_lines(text), max(30, width - indent - 1))
    yield (" " * gutter + " ", Span("=", "blue"), Span(f" {name}:", "bold"), f" {first}")
    for part in more:
        yield (" " * (indent + 1) + part,)
