"""Variables as they are given from outside: MCFLOW_VAR_<name>, then --var-file, then --var; the last one counts."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path as FilePath
from typing import Any

from mcflow.engine.blueprint.declarations import Declaration
from mcflow.engine.blueprint.findings import Findings
from mcflow.engine.blueprint.scalars import settle_scalars
from mcflow.engine.blueprint.sources import read_quietly
from mcflow.engine.blueprint.suggest import closest, listed
from mcflow.engine.reading import Document, Path, read_yaml
from mcflow.model.diagnostic import Rejected

PREFIX = "MCFLOW_VAR_"
_BOOLEANS = {"true": True, "false": False}


@dataclass(frozen=True, slots=True)
class Given:
    """A value given for a variable: where from (for sentences), and its place if it came in a file."""

    value: Any
    source: str
    document: Document | None = None
    path: Path = ()


def given_values(
    declarations: Mapping[str, Declaration], environ: Mapping[str, str], var_files: Sequence[FilePath], texts: Sequence[str],
    findings: Findings,
) -> dict[str, Given]:
    """The values given for declared variables. What is not declared, and text that cannot be read as the declared type, is noted."""
    given: dict[str, Given] = {}
    folded = {name.casefold(): name for name in declarations}
    for key in sorted(environ):
        if key.startswith(PREFIX):
            name = key.removeprefix(PREFIX)
            name = name if name in declarations else folded.get(name.casefold(), name)
            # The environment is shared with other blueprints: a variable that this one does not declare is no mistake.
            if name in declarations:
                _take(given, declarations[name], environ[key], f"the environment variable {key}", findings)
    for file in var_files:
        _read_file(given, declarations, file, findings)
    for text in texts:
        name, equals, value = text.partition("=")
        if not equals or not name:
            findings.add("MC0327", None, text=_name_only(text))
        elif name not in declarations:
            findings.add("MC0320", None, name=name, source="--var", known=listed(declarations), suggestion=closest(name, declarations))
        else:
            _take(given, declarations[name], value, "--var", findings)
    return given


def _read_file(given: dict[str, Given], declarations: Mapping[str, Declaration], file: FilePath, findings: Findings) -> None:
    if not file.exists():
        findings.add("MC0329", None, file=file)
        return
    document = read_quietly(file, findings)
    if document is None or document.value is None:
        return
    if not isinstance(document.value, dict):
        findings.at(document, (), "MC0328", file=file)
        return
    settle_scalars(document, lambda path: (declarations[str(path[0])].schema, path[1:]) if path and path[0] in declarations else None)
    for name, value in document.value.items():
        if name in declarations:
            given[name] = Given(value, str(file), document, (name,))
        else:
            findings.at(document, (name,), "MC0320", on_key=True, name=name, source=file, known=listed(declarations),
                        suggestion=closest(name, declarations))


def _take(given: dict[str, Given], declaration: Declaration, text: str, source: str, findings: Findings) -> None:
    try:
        given[declaration.name] = Given(_typed(text, declaration), source)
        return
    except ValueError as error:
        reason = str(error)
    except Rejected as rejected:
        reason = "it is not YAML" if declaration.sensitive else rejected.diagnostics[0].message
    shown = "(sensitive)" if declaration.sensitive else text
    findings.add("MC0322", None, name=declaration.name, source=source, type=declaration.type, text=shown, reason=reason)


def _typed(text: str, declaration: Declaration) -> Any:
    """The value that a text means for the declared type. Raises ValueError or Rejected."""
    nullable = "null" in declaration.schema.get("type", ())
    if nullable and text == "null":
        return None
    if declaration.type == "string":
        return text
    if declaration.type == "integer":
        return _number(text, int)
    if declaration.type == "number":
        return _number(text, int) if text.strip().lstrip("+-").isdigit() else _number(text, float)
    if declaration.type == "boolean":
        if text not in _BOOLEANS:
            raise ValueError("write true or false")
        return _BOOLEANS[text]
    if declaration.type == "any" and text[:1] not in "[{\"'":
        return text
    document = read_yaml(text, f"--var {declaration.name}")
    settle_scalars(document, lambda path: (declaration.schema, path) if path else None)
    return document.value


def _number(text: str, kind: type[int] | type[float]) -> int | float:
    if not text.isascii() or "_" in text:
        raise ValueError("digits only")
    try:
        return kind(text)
    except ValueError as error:
        raise ValueError("write a whole number" if kind is int else "write a number") from error


def _name_only(text: str) -> str:
    """Of ``name value`` the name: what follows may be a secret."""
    return text.split()[0] if text.split() else text
