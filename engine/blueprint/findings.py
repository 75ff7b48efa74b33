"""Collecting findings: all of them, each once, in the order of the files."""

from __future__ import annotations

from collections.abc import Iterable, Mapping

from mcflow.engine.reading import Document, Path
from mcflow.model.diagnostic import Diagnostic, Rejected, Related
from mcflow.model.position import Position

_UNKNOWN_NAME = "MC0410"


class Findings:
    """What was found so far. Errors reject the blueprint in the end; warnings go with it."""

    def __init__(self) -> None:
        self._found: list[Diagnostic] = []

    def add(
        self, code: str, position: Position | None, *, address: str | None = None, suggestion: str | None = None,
        related: tuple[Related, ...] = (), about: Mapping[str, object] | None = None, **args: object,
    ) -> None:
        """Note a finding; ``about`` and ``args`` fill the code's texts."""
        texts = {key: str(value) for key, value in {**(about or {}), **args}.items()}
        self._found.append(Diagnostic(code, texts, position, address, suggestion, related))

    def at(
        self, document: Document, path: Path, code: str, *, on_key: bool = False, address: str | None = None, suggestion: str | None = None,
        related: tuple[Related, ...] = (), about: Mapping[str, object] | None = None, **args: object,
    ) -> None:
        """Note a finding about the value (or the key) at ``path`` of a document."""
        self.add(code, document.position(path, on_key), address=address, suggestion=suggestion, related=related, about=about, **args)

    def extend(self, found: Iterable[Diagnostic]) -> None:
        """Take over findings made elsewhere."""
        self._found.extend(found)

    @property
    def errors(self) -> list[Diagnostic]:
        """The errors, in the order of the files, none twice."""
        return _ordered(one for one in self._found if one.severity == "error")

    @property
    def warnings(self) -> tuple[Diagnostic, ...]:
        """Warnings and notes, in the order of the files."""
        return tuple(_ordered(one for one in self._found if one.severity != "error"))

    def __len__(self) -> int:
        return len(self._found)

    def stop(self) -> None:
        """Raise Rejected with everything found (warnings after errors) if there is an error."""
        errors = self.errors
        if errors:
            raise Rejected([*errors, *self.warnings])


def _ordered(found: Iterable[Diagnostic]) -> list[Diagnostic]:
    distinct = {(one.code, one.position, tuple(sorted(one.args.items()))): one for one in found}
    explained = {_place(one)[:3] for one in distinct.values() if one.code != _UNKNOWN_NAME}
    # Why a root cannot be read here is said better by whoever checked the reference than by its evaluation.
    kept = (one for one in distinct.values() if one.code != _UNKNOWN_NAME or _place(one)[:3] not in explained)
    return sorted(kept, key=_place)


def _place(one: Diagnostic) -> tuple[str, int, int, str]:
    at = one.position
    return (at.path, at.line, at.column, one.code) if at else ("", 0, 0, one.code)
