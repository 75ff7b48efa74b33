"""Loading a blueprint from text, for the tests of this folder."""

from __future__ import annotations

from pathlib import Path
from textwrap import dedent

from mcflow.engine.blueprint import Blueprint, LoadOptions, load
from mcflow.engine.ports import Ports
from mcflow.model.diagnostic import Diagnostic, Rejected

HEAD = "mcflow: 1\nname: shop\nconnections: {lab: {driver: mock, region: mock-east}}\n"


def loaded(
    folder: Path, text: str, *, head: str = HEAD, variables: tuple[str, ...] = (), environ: dict[str, str] | None = None,
    var_files: tuple[Path, ...] = (), user: Path | None = None,
) -> Blueprint:
    """The blueprint of ``head`` and the text."""
    (folder / "mcflow.yaml").write_text(head + dedent(text), "utf-8")
    return load(LoadOptions(None, folder, variables, var_files), Ports(environ=environ or {}, user_config=user))


def refused(folder: Path, text: str, **options: object) -> list[Diagnostic]:
    """The errors of a wrong blueprint, in order."""
    try:
        loaded(folder, text, **options)  # type: ignore[arg-type]
    except Rejected as rejected:
        return [one for one in rejected.diagnostics if one.severity == "error"]
    raise AssertionError("it was accepted")


def caret(folder: Path, one: Diagnostic, file: str = "mcflow.yaml") -> str:
    """The text that the finding's caret stands under."""
    assert one.position is not None
    line = (folder / file).read_text("utf-8").splitlines()[one.position.line - 1]
    return line[one.position.column - 1 : one.position.end_column - 1]
