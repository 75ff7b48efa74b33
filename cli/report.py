"""Diagnostics to the terminal."""

from __future__ import annotations

from collections.abc import Sequence

from mcflow.cli.render.diagnostics import diagnostic_lines
from mcflow.cli.render.sources import Sources
from mcflow.cli.terminal import Terminal
from mcflow.model.diagnostic import Diagnostic


def show_diagnostics(findings: Sequence[Diagnostic], terminal: Terminal) -> None:
    """Print findings on the side of progress; with --quiet errors only."""
    shown = [finding for finding in findings if not terminal.quiet or finding.severity == "error"]
    if shown:
        terminal.tell(diagnostic_lines(shown, Sources().line, width=terminal.text_width))
