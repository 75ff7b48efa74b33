"""Diagnostics: what is wrong, where, what was expected, what to do. Text is rendered at the edge from code and arguments."""

from __future__ import annotations

from collections.abc import Sequence

import msgspec

from mcflow.model.codes import CODES
from mcflow.model.position import Position


class Related(msgspec.Struct, frozen=True):
    """Another place that explains the diagnostic: the first of two equal keys, an edge of a cycle."""

    message: str
    position: Position | None = None


class Diagnostic(msgspec.Struct, frozen=True):
    """One finding. ``code`` is a key of `mcflow.model.codes.CODES`; ``args`` fill its texts; ``suggestion`` is what to write instead."""

    code: str
    args: dict[str, str] = {}
    position: Position | None = None
    address: str | None = None
    suggestion: str | None = None
    related: tuple[Related, ...] = ()
    request_id: str | None = None

    @property
    def severity(self) -> str:
        """``error``, ``warning`` or ``note``, as the table of codes says."""
        return CODES[self.code].severity

    @property
    def message(self) -> str:
        """The one-line text. Missing arguments show as their name, so that a slip in the table never hides the finding."""
        return self._fill(CODES[self.code].title)

    @property
    def help(self) -> str:
        """What to do, one or two lines; empty where the suggestion says it all."""
        return self._fill(CODES[self.code].help)

    def _fill(self, text: str) -> str:
        return text.format_map(_Args({"address": self.address or "", **self.args}))


class _Args(dict[str, str]):
    def __missing__(self, key: str) -> str:
        return f"<{key}>"


class Rejected(Exception):
    """Input that cannot be worked with. Carries every finding, never only the first."""

    def __init__(self, diagnostics: Sequence[Diagnostic], exit_code: int = 1) -> None:
        super().__init__()
        self.diagnostics = tuple(diagnostics)
        self.exit_code = exit_code

    def __str__(self) -> str:
        # Filled in when somebody asks: there may be very many.
        return "; ".join(f"{d.code} {d.message}" for d in self.diagnostics)


def reject(code: str, *, position: Position | None = None, address: str | None = None, suggestion: str | None = None,
           related: tuple[Related, ...] = (), exit_code: int = 1, request_id: str | None = None, **args: object) -> Rejected:
    """A Rejected with one diagnostic, ready to raise."""
    texts = {key: str(value) for key, value in args.items()}
    return Rejected([Diagnostic(code, texts, position, address, suggestion, related, request_id)], exit_code)
