"""What is going on in a run, gathered from its events; and how that looks as lines."""

from __future__ import annotations

from collections import deque
from collections.abc import Iterator
from dataclasses import dataclass, field

import msgspec

from mcflow.cli.render.paint import Line, Span
from mcflow.cli.render.text import clip, columns, pad, plural, seconds
from mcflow.model.diagnostic import Diagnostic
from mcflow.model.event import Event

DOING = {"create": "creating", "update": "changing", "delete": "destroying", "forget": "forgetting", "record": "recording",
         "decide": "deciding"}
_PURPOSES = {"finish": ("finishing", "finished"), "release": ("releasing", "released"), "prepare": ("preparing", "prepared"),
             "restore": ("restoring", "restored")}
DONE = {"create": "created", "update": "changed", "delete": "destroyed", "forget": "forgotten", "record": "recorded", "decide": "decided"}
OUTCOMES = {
    "adopted": ("found and taken over", "cyan"), "finished": ("had ended as wanted", "cyan"), "failed": ("had never happened", "cyan"),
    "unfinished": ("will be sent again", "yellow"), "in-progress": ("its run is alive", "yellow"),
    "quarantined": ("needs a decision", "bold red"),
}
"""What became of an operation that an earlier run left open."""
_NOUNS = {"create": "creation", "update": "change", "delete": "destruction"}
_COLOURS = {"create": "green", "update": "yellow", "delete": "red"}
_QUIET_VERBS = ("record", "decide")
_RATE_WINDOW = 10.0


def words(action: str, purpose: str = "") -> tuple[str, str]:
    """What a step is doing, and what it has done."""
    return _PURPOSES.get(purpose) or (DOING.get(action, action), DONE.get(action, action))


@dataclass
class Running:
    """A step under way. ``since`` and ``told`` are the board's seconds."""

    address: str
    action: str
    since: float
    purpose: str = ""
    status: str = ""
    told: float = 0.0


@dataclass
class Board:
    """The state of a run as seen by its events. Not thread-safe: its owner locks."""

    total: int = 0
    """Steps of the plan; 0 while unknown."""
    started: float = 0.0
    running: dict[str, Running] = field(default_factory=dict)
    done: int = 0
    failed: int = 0
    looked: tuple[int, int] | None = None
    """(done, total) while existing objects are looked at."""
    kinds: str = ""
    """`` types`` where they are counted by type."""
    finished_at: deque[float] = field(default_factory=deque)

    def take(self, event: Event, now: float) -> None:
        """Account for one event."""
        key = event.step or event.address
        action = str(event.data.get("action", ""))
        if event.type == "apply_start":
            self.running[key] = Running(event.address, action, now, str(event.data.get("purpose") or ""), told=now)
        elif event.type == "apply_progress" and key in self.running:
            self.running[key].status = str(event.data.get("status") or "")
        elif event.type == "apply_retry" and key in self.running:
            wait = float(event.data.get("wait_seconds") or 0)
            self.running[key].status = f"{event.data.get('code') or 'refused'}, again in {seconds(wait)}"
        elif event.type in ("apply_complete", "apply_errored"):
            self.running.pop(key, None)
            self.done += event.type == "apply_complete"
            self.failed += event.type == "apply_errored"
            self.finished_at.append(now)
        elif event.type in ("refresh_start", "refresh_progress"):
            self.looked = (int(event.data.get("done") or 0), int(event.data.get("total") or 0))
            self.kinds = " types" if event.data.get("types") else ""
        elif event.type == "refresh_complete":
            self.looked = None

    def rate(self, now: float) -> float:
        """Steps that ended per second, lately."""
        while self.finished_at and self.finished_at[0] < now - _RATE_WINDOW:
            self.finished_at.popleft()
        span = min(_RATE_WINDOW, max(now - self.started, 1.0))
        return len(self.finished_at) / span


def region(board: Board, now: float, *, rows: int, width: int, ascii_only: bool = False) -> list[Line]:
    """The lines redrawn at the bottom of a terminal: what runs, longest first, and one line of figures. Empty when nothing goes on."""
    if board.looked is not None:
        done, total = board.looked
        return [(Span("  Looking at what exists: ", "dim"), f"{done:,} of {total:,}{board.kinds}" if total else "…")]
    if not board.running and not board.done and not board.failed:
        return []
    room = max(1, min(12, rows - 4))
    longest = sorted(board.running.values(), key=lambda item: item.since)
    shown = longest[:room]
    name_width = min(max((columns(item.address) for item in shown), default=0), max(16, width // 2))
    lines = [_running_line(item, now, name_width) for item in shown]
    if len(longest) > room:
        lines.append((Span(f"  … and {len(longest) - room:,} more running", "dim"),))
    lines.append(_figures(board, now, width, ascii_only))
    return lines


def _running_line(item: Running, now: float, name_width: int) -> Line:
    name = pad(clip(item.address, name_width), name_width)
    status = Span(f"  {item.status}", "dim") if item.status else ""
    return ("  ", name, "  ", Span(pad(words(item.action, item.purpose)[0], 10), _COLOURS.get(item.action, "")),
            f" {seconds(now - item.since):>6}", status)


def _figures(board: Board, now: float, width: int, ascii_only: bool) -> Line:
    ended = board.done + board.failed
    pieces: list[Span | str] = ["  "]
    if board.total and width >= 60:
        size = 24
        full = min(size, size * ended // board.total)
        blocks = ("#", "-") if ascii_only else ("━", "─")
        pieces += [Span(blocks[0] * full, "green"), Span(blocks[1] * (size - full), "dim"), " "]
    pieces.append(f"{ended:,}/{board.total:,} done" if board.total else f"{ended:,} done")
    if board.failed:
        pieces.append(Span(f", {board.failed:,} failed", "red"))
    pieces.append(f", {len(board.running):,} running, {board.rate(now):.1f}/s, {seconds(now - board.started)}")
    return tuple(pieces)


def sentence(event: Event, *, live: bool, verbose: int = 0) -> Line | None:
    """The line that stays for an event; None if it deserves none. On a live terminal what merely starts is in the region instead."""
    action = str(event.data.get("action", ""))
    if event.type.startswith("apply_"):
        # What follows a create to complete it is told as a part of it; what only records, not at all.
        bookkeeping = (action in _QUIET_VERBS and verbose < 2) or (event.data.get("purpose") == "finish" and not verbose)
        return None if bookkeeping and event.type != "apply_errored" else _step_sentence(event, action, live, verbose)
    if event.type == "refresh_start" and not live:
        what = plural(int(event.data.get("total") or 0), "type" if event.data.get("types") else "object")
        return (f"Looking at {what} …",) if event.data.get("total") else None
    if event.type == "recovery":
        found = f" (by {event.data['found_by']})" if event.data.get("found_by") not in (None, "", "id") else ""
        what = f"{action} of {event.address} {event.data.get('id') or ''}".strip()
        said, colour = OUTCOMES.get(str(event.data.get("outcome")), ("", ""))
        return (Span("Left open earlier: ", "cyan"), f"{what}: ", Span(said, colour), found)
    if event.type == "rollback_start":
        return (Span("Undoing what this run did …", "yellow"),)
    if event.type == "lease":
        wait = seconds(float(event.data.get("wait_seconds") or 0))
        ci = f", {event.data['ci']}" if event.data.get("ci") else ""
        return (Span(f"Waiting up to {wait} for ", "yellow"), f"{event.data.get('holder') or 'another run'}{ci}")
    if event.type == "log":
        wanted = event.level in ("warn", "error") or verbose > (event.level == "debug")
        return (f"{event.address}: " if event.address else "", str(event.data.get("message", ""))) if wanted else None
    return None


def _step_sentence(event: Event, action: str, live: bool, verbose: int) -> Line | None:
    took = seconds(float(event.data.get("elapsed_seconds") or 0))
    colour = _COLOURS.get(action, "")
    doing, done = words(action, str(event.data.get("purpose") or ""))
    if event.type == "apply_start":
        return None if live else (f"{event.address}: {doing} …",)
    if event.type == "apply_complete":
        id = f"  {event.data['id']}" if event.data.get("id") and action == "create" else ""
        return (f"{event.address}: ", Span(done, colour), f" in {took}", Span(id, "dim"))
    if event.type == "apply_errored":
        return (f"{event.address}: ", Span(f"{_NOUNS.get(action, action)} failed", "bold red"), f" after {took}", _why(event))
    if event.type == "apply_retry" and (not live or verbose):
        wait = seconds(float(event.data.get("wait_seconds") or 0))
        said = str(event.data.get("message") or event.data.get("code") or "refused").rstrip(".")
        return (f"{event.address}: {said}; again in {wait} (attempt {event.data.get('attempt', '?')})",)
    return None


def _why(event: Event) -> str:
    found = event.data.get("diagnostic")
    return f": {msgspec.convert(found, Diagnostic).message}" if found else ""


def heartbeats(board: Board, now: float, every: float = 10.0, most: int = 5) -> Iterator[Line]:
    """For logs: one line for each step that has run ``every`` seconds since it was last spoken of, or one for all if they are many."""
    due = [item for item in board.running.values() if now - item.told >= every]
    for item in due:
        item.told = now
    if len(due) > most:
        slowest = min(due, key=lambda item: item.since)
        figures = f"{board.done + board.failed:,} of {board.total:,} done, " if board.total else ""
        yield (f"still running: {figures}{len(board.running):,} steps, longest {slowest.address} "
               f"({words(slowest.action, slowest.purpose)[0]}, {seconds(now - slowest.since)})",)
        return
    for item in due:
        status = f", {item.status}" if item.status else ""
        yield (f"{item.address}: still {words(item.action, item.purpose)[0]} … [{seconds(now - item.since)} elapsed{status}]",)
