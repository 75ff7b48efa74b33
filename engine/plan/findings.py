"""Collecting what is wrong while the walk goes on, with places in the blueprint."""

from __future__ import annotations

from mcflow.engine.blueprint.blocks import Blueprint
from mcflow.engine.expressions import ExpressionError
from mcflow.engine.reading import Path, place
from mcflow.model.diagnostic import Diagnostic
from mcflow.model.position import Position


class Findings:
    """Errors and warnings of one planning. Equal findings (a loop over a thousand instances) are kept once."""

    def __init__(self, blueprint: Blueprint | None) -> None:
        self._blueprint = blueprint
        self._seen: set[tuple[str, str, str]] = set()
        self.diagnostics: list[Diagnostic] = []
        self.exit_code = 1

    @property
    def errors(self) -> list[Diagnostic]:
        return [each for each in self.diagnostics if each.severity == "error"]

    def add(self, diagnostic: Diagnostic) -> None:
        key = (diagnostic.code, str(diagnostic.position or diagnostic.address), diagnostic.message)
        if key not in self._seen:
            self._seen.add(key)
            self.diagnostics.append(diagnostic)

    def say(self, code: str, path: Path | None = None, *, address: str | None = None, suggestion: str | None = None, key: bool = False,
            **args: object) -> None:
        """A finding about a place of the blueprint (``path``) and/or a native or resource (``address``)."""
        texts = {name: str(value) for name, value in args.items()}
        self.add(Diagnostic(code, texts, self.position(path, key=key), address, suggestion))

    def expression(self, path: Path, error: ExpressionError, address: str) -> None:
        """A finding inside a scalar."""
        where = place(self._blueprint.document, path, error.offset, error.length) if self._blueprint else None
        self.add(error.diagnostic(where, address))

    def position(self, path: Path | None, *, key: bool = False) -> Position | None:
        """Where a path of the blueprint stands."""
        return self._blueprint.document.position(path, key=key) if self._blueprint is not None and path is not None else None
