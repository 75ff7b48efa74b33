"""Progress: what stays, what is redrawn, what a log gets."""

from __future__ import annotations

import io
import re
from typing import Any

import pytest

from mcflow.cli.progress import Progress
from mcflow.cli.render.board import Board, heartbeats, region, sentence
from mcflow.cli.render.paint import columns, plain
from mcflow.cli.terminal import Terminal
from mcflow.model.event import Event


def event(kind: Any, /, address: str = "net/vpc", step: str = "s1", **data: Any) -> Event:
    return Event(kind, 0.0, address=address, step=step, data=data)


def screen(width: int | None, *, encoding: str = "utf-8", quiet: bool = False) -> Terminal:
    err = io.TextIOWrapper(io.BytesIO(), encoding=encoding, write_through=True)
    return Terminal(out=io.StringIO(), err=err, answers=io.StringIO(), width_err=width, live=width is not None, rows=24, quiet=quiet)


def shown(terminal: Terminal) -> str:
    data: bytes = terminal.err.buffer.getvalue()  # type: ignore[attr-defined]
    return data.decode(terminal.err.encoding)


def emulate(text: str) -> list[str]:
    """What a terminal shows in the end: cursor up and clear to the end of the screen understood, nothing else expected."""
    rows = [""]
    for piece in re.split(r"(\x1b\[\d+A\r\x1b\[J|\n)", text):
        if piece == "\n":
            rows.append("")
        elif piece.startswith("\x1b["):
            up = int(re.match(r"\x1b\[(\d+)A", piece)[1])  # type: ignore[index]
            rows = [*rows[:len(rows) - 1 - up], ""]
        else:
            assert "\x1b" not in piece
            rows[-1] += piece
    return rows


class Time:
    def __init__(self) -> None:
        self.now = 0.0

    def __call__(self) -> float:
        return self.now


@pytest.mark.parametrize("width", [80, 120])
def test_a_live_region_is_redrawn_in_place(width: int) -> None:
    clock, terminal = Time(), screen(width)
    progress = Progress(terminal, monotonic=clock)
    progress.expect(3)
    progress(event("apply_start", action="create", type="mock.vpc"))
    progress(event("apply_start", '웹서버["0"]/instance', "s2", action="delete", type="mock.instance"))
    progress.draw()
    clock.now = 4.0
    progress(event("apply_progress", '웹서버["0"]/instance', "s2", action="delete", elapsed_seconds=4.0, status="shutting-down"))
    progress(event("apply_complete", action="create", id="vpc-1", elapsed_seconds=3.9))
    progress.draw()
    rows = emulate(shown(terminal))
    assert rows == [
        "net/vpc: created in 3.9s  vpc-1",
        '  웹서버["0"]/instance  destroying   4.0s  shutting-down',
        "  ━━━━━━━━──────────────── 1/3 done, 1 running, 0.2/s, 4.0s",
        "",
    ]
    assert max(map(columns, rows)) < width


def test_at_the_end_the_region_is_gone_and_what_was_said_stays() -> None:
    terminal = screen(80)
    with Progress(terminal, monotonic=Time()) as progress:
        progress(event("apply_start", action="create"))
        progress.draw()
        progress(event("apply_errored", action="create", elapsed_seconds=2.0, diagnostic={"code": "MC0910", "args": {"name": "x",
            "known": "-"}}))
    assert emulate(shown(terminal)) == ["net/vpc: creation failed after 2.0s: there is no output `x`", ""]


def test_nothing_is_drawn_while_something_else_writes() -> None:
    terminal = screen(80)
    progress = Progress(terminal, monotonic=Time())
    progress(event("apply_start", action="create"))
    progress.draw()
    with progress.paused():
        before = shown(terminal)
        progress.draw()
        assert shown(terminal) == before
    assert emulate(before)[-1] == ""


def test_a_log_gets_plain_lines_and_heartbeats() -> None:
    clock, terminal = Time(), screen(None)
    progress = Progress(terminal, monotonic=clock)
    progress.expect(2)
    progress(event("refresh_start", "", "", done=0, total=12))
    progress(event("apply_start", action="create"))
    clock.now = 9.0
    progress.draw()
    clock.now = 10.0
    progress.draw()
    clock.now = 15.0
    progress.draw()
    progress(event("apply_retry", action="create", code="Throttled", message="slow\x1b[2J down", attempt=2, wait_seconds=3))
    clock.now = 20.5
    progress.draw()
    progress(event("apply_complete", action="create", id="vpc-1", elapsed_seconds=20.6))
    assert shown(terminal) == """\
Looking at 12 objects …
net/vpc: creating …
net/vpc: still creating … [10s elapsed]
net/vpc: slow\\x1b[2J down; again in 3.0s (attempt 2)
net/vpc: still creating … [20s elapsed, Throttled, again in 3.0s]
net/vpc: created in 21s  vpc-1
"""


def test_many_running_steps_share_one_heartbeat() -> None:
    board = Board(total=100)
    for number in range(30):
        board.take(event("apply_start", f"web{number}", f"s{number}", action="update"), 0.0)
    assert [plain(line) for line in heartbeats(board, 12.0)] == [
        "still running: 0 of 100 done, 30 steps, longest web0 (changing, 12s)"]
    assert list(heartbeats(board, 13.0)) == []


def test_the_region_never_outgrows_the_screen() -> None:
    board = Board(total=5000)
    for number in range(500):
        board.take(event("apply_start", f"web{number}", f"s{number}", action="create"), 0.0)
    for rows in (6, 24, 50):
        assert len(region(board, 1.0, rows=rows, width=79)) < rows
    assert any("more running" in plain(line) for line in region(board, 1.0, rows=24, width=79))


def test_quiet_says_nothing_and_old_encodings_get_ascii() -> None:
    quiet = screen(None, quiet=True)
    progress = Progress(quiet, monotonic=Time())
    progress(event("apply_start", action="create"))
    assert shown(quiet) == ""
    board = Board(total=2)
    board.take(event("apply_start", action="create"), 0.0)
    assert all(plain(line).isascii() for line in region(board, 1.0, rows=24, width=79, ascii_only=True))


def test_a_terminal_that_has_gone_does_not_end_the_run() -> None:
    terminal = screen(None)
    terminal.err.close()
    Progress(terminal, monotonic=Time())(event("apply_start", action="create"))


@pytest.mark.parametrize(("happened", "said"), [
    (event("recovery", action="create", outcome="adopted", id="i-1", found_by="token"),
    "Left open earlier: create of net/vpc i-1: found and taken over (by token)"),
    (event("apply_start", action="record"), None), (event("state_saved"), None),
    (event("log", message="hello"), None),
])
def test_sentences(happened: Event, said: str | None) -> None:
    line = sentence(happened, live=False)
    assert (None if line is None else plain(line)) == said
