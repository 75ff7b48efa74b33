"""The terminal as commands see it: where lines go, how wide, whether colours and redrawing are understood, whether anybody answers."""

from __future__ import annotations

import os
import select
import sys
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import TextIO

from mcflow.cli.render.paint import Line, paint_all

_ASCII = str.maketrans({"→": "->", "…": "...", "━": "#", "─": "-"})

TEXT_WIDTH = 100
"""Columns for wrapped text where the output is not a terminal."""


@dataclass
class Terminal:
    """Streams and what they can do. Results go to ``out``; progress, questions and diagnostics to ``err``."""

    out: TextIO
    err: TextIO
    answers: TextIO
    colour_out: bool = False
    colour_err: bool = False
    width_out: int | None = None
    """Columns of ``out`` if it is a terminal, else None: nothing is cut."""
    width_err: int | None = None
    live: bool = False
    """True if ``err`` is a terminal on which lines can be redrawn."""
    interactive: bool = False
    """True if a question can be asked and answered."""
    rows: int = 24
    quiet: bool = False
    gone: bool = False
    """True once a write found that nobody reads ``out`` any more."""

    @property
    def text_width(self) -> int:
        """Columns to wrap diagnostics at."""
        return min(self.width_err or TEXT_WIDTH, 140)

    def result(self, lines: Iterable[Line], *, cut: bool = False) -> None:
        """Lines that are the answer of the command; ``cut`` to the width of the terminal where what is cut can be had otherwise."""
        self._answer(paint_all(lines, colour=self.colour_out, limit=self.width_out if cut else None))

    def raw(self, text: str) -> None:
        """Text for programs: written as it is, ended by one newline."""
        self._answer(text if text.endswith("\n") else text + "\n")

    def exact(self, text: str) -> None:
        """Text for a script: nothing added."""
        self._answer(text)

    def _answer(self, text: str) -> None:
        """A reader that has gone (``| head``) ends nothing: what was approved is still done, the exit code still true."""
        try:
            self.out.write(spelled(text, self.out))
            self.out.flush()
        except BrokenPipeError:
            self.gone = True
            silence(self.out)

    def abandoned(self) -> bool:
        """True if nobody reads ``out`` any more; a pipe says so before anything is written to it. For commands that never end."""
        if self.gone:
            return True
        try:
            watch = select.poll()
            watch.register(self.out.fileno(), 0)
            return bool(watch.poll(0))
        except (OSError, ValueError, AttributeError):
            return False

    def tell(self, lines: Iterable[Line]) -> None:
        """Lines beside the answer. Diagnostics are wrapped by their renderer, so nothing is cut here."""
        try:
            self.err.write(spelled(paint_all(lines, colour=self.colour_err), self.err))
            self.err.flush()
        except OSError:
            silence(self.err)

    def note(self, *pieces: str) -> None:
        """One remark, unless --quiet."""
        if not self.quiet:
            self.tell([tuple(pieces)])


def spelled(text: str, stream: TextIO) -> str:
    """The text in characters that the stream's encoding has: our own signs in ASCII, anything else as an escape."""
    encoding = getattr(stream, "encoding", None) or "utf-8"
    if encoding.lower().replace("-", "").startswith("utf"):
        return text
    return text.translate(_ASCII).encode(encoding, "backslashreplace").decode(encoding)


def silence(stream: TextIO) -> None:
    """Send a stream whose reader has gone to nowhere, so that nobody (the interpreter at exit neither) trips over it again."""
    try:
        nowhere = os.open(os.devnull, os.O_WRONLY)
        os.dup2(nowhere, stream.fileno())
        os.close(nowhere)
    except (OSError, ValueError):
        return


def _stream(stream: TextIO | None, mode: str) -> TextIO:
    """The process may have been started with a stream closed."""
    return stream if stream is not None else Path(os.devnull).open(mode, encoding="utf-8")  # type: ignore[return-value]


def real_terminal(color: str, no_input: bool, quiet: bool, environ: Mapping[str, str]) -> Terminal:
    """The process's own streams."""
    dumb = environ.get("TERM") == "dumb"
    out, err, answers = _stream(sys.stdout, "w"), _stream(sys.stderr, "w"), _stream(sys.stdin, "r")
    out_tty, err_tty = _is_terminal(out), _is_terminal(err)
    size = _size(err) if err_tty else _size(out) if out_tty else None
    columns = _columns(environ) or (size.columns if size else None)
    return Terminal(
        out=out, err=err, answers=answers,
        colour_out=wants_colour(color, out_tty, environ), colour_err=wants_colour(color, err_tty, environ),
        width_out=columns if out_tty else None, width_err=columns if err_tty else None,
        live=err_tty and not dumb and not quiet, rows=size.lines if size and size.lines else 24,
        interactive=not no_input and err_tty and _is_terminal(answers), quiet=quiet,
    )


def wants_colour(choice: str, is_terminal: bool, environ: Mapping[str, str]) -> bool:
    """--color first, then NO_COLOR, FORCE_COLOR, CLICOLOR_FORCE, CLICOLOR, TERM=dumb, then whether it is a terminal."""
    if choice != "auto":
        return choice == "always"
    if environ.get("NO_COLOR"):
        return False
    if environ.get("FORCE_COLOR", "0") not in ("", "0") or environ.get("CLICOLOR_FORCE", "0") not in ("", "0"):
        return True
    return is_terminal and environ.get("CLICOLOR") != "0" and environ.get("TERM") != "dumb"


def _is_terminal(stream: TextIO) -> bool:
    try:
        return stream.isatty()
    except (AttributeError, ValueError):
        return False


def _columns(environ: Mapping[str, str]) -> int | None:
    text = environ.get("COLUMNS", "")
    return int(text) if text.isdigit() and int(text) >= 20 else None


def _size(stream: TextIO) -> os.terminal_size | None:
    try:
        size = os.get_terminal_size(stream.fileno())
    except (OSError, ValueError):
        return None
    return size if size.columns else None
