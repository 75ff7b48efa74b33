"""What shall be imported: the blueprint's ``import`` and what was asked for beside it, evaluated and checked."""

from __future__ import annotations

from collections.abc import Callable, Collection, Iterator, Mapping
from dataclasses import dataclass, field
from typing import Any

from mcflow.engine.blueprint import ForEachError
from mcflow.engine.blueprint import instances as entries_of
from mcflow.engine.blueprint.blocks import Blueprint, ImportBlock
from mcflow.engine.options import Import
from mcflow.engine.plan.findings import Findings
from mcflow.engine.plan.select import block_of
from mcflow.engine.reading import Path
from mcflow.model.address import AddressError, parse_address
from mcflow.model.diagnostic import Diagnostic
from mcflow.model.values import Secret, Value, contains_unknown

MAIN = ""
"""Stands for the role of the native that the resource's own id is."""

Evaluate = Callable[[Any, Path, str, Mapping[str, Any] | None], Value]


@dataclass(slots=True)
class Wanted:
    """What one resource is imported from: role → id. ``force``: whatever mark it carries, whatever becomes of it; ``path``: of the
    entry; ``type``: of its block."""

    address: str
    ids: dict[str, str] = field(default_factory=dict)
    force: bool = False
    path: Path | None = None
    type: str = ""


class Imports:
    """Gathers what is imported by resource; what is wrong goes to the findings."""

    def __init__(self, blueprint: Blueprint, findings: Findings, evaluate: Evaluate) -> None:
        self._blueprint = blueprint
        self._findings = findings
        self._evaluate = evaluate
        self.wanted: dict[str, Wanted] = {}

    def add_blocks(self) -> None:
        """The blueprint's own."""
        for block in self._blueprint.imports:
            for each in self._entries(block):
                self._block(block, each)

    def add(self, imports: tuple[Import, ...]) -> None:
        """What was asked for beside it; it says the last word on its addresses."""
        for one in imports:
            self.wanted.pop(_resource(one.address), None)
        for one in imports:
            self._put(one.address, dict(one.ids), one.force, None)

    def _entries(self, block: ImportBlock) -> Iterator[Mapping[str, Any] | None]:
        if block.for_each is None:
            yield None
            return
        path = (*block.path, "for_each")
        items = self._evaluate(block.for_each, path, "import", None)
        if contains_unknown(items) and not isinstance(items, dict):
            self._findings.say("MC0601", path, what="for_each")
            return
        try:
            for key, value in entries_of(items or {}).items():
                yield {"each": {"key": key, "value": value}}
        except ForEachError as error:
            self._findings.add(Diagnostic(error.code, error.arguments, self._findings.position(path)))

    def _block(self, block: ImportBlock, each: Mapping[str, Any] | None) -> None:
        to = self._text(self._evaluate(block.to, (*block.path, "to"), "import", each), "to", block.to, block)
        if to is None:
            return
        force = self._evaluate(block.force, (*block.path, "force"), to, each)
        if not isinstance(force, bool):
            self._findings.say("MC0668", (*block.path, "force"), what="force", to=to, expected="true or false", found=type(force).__name__)
            return
        ids: dict[str, str] = {}
        if block.id is not None:
            ids[MAIN] = self._text(self._evaluate(block.id, (*block.path, "id"), to, each), "id", to, block) or ""
        elif block.ids is not None:
            value = self._evaluate(block.ids, (*block.path, "ids"), to, each)
            if not isinstance(value, dict):
                self._findings.say("MC0668", (*block.path, "ids"), what="ids", to=to, expected="a map", found=type(value).__name__)
                return
            ids = {str(role): self._text(id, f"ids.{role}", to, block) or "" for role, id in value.items()}
        ids = {role: id for role, id in ids.items() if id}
        if ids:
            self._put(to, ids, force, block.path)

    def _text(self, value: Value, what: str, to: str, block: ImportBlock) -> str | None:
        """A text; None for null, which imports nothing, and for what is none (a finding)."""
        path = (*block.path, *what.split(".", 1))
        if value is None or (isinstance(value, str) and value):
            return value
        if contains_unknown(value):
            self._findings.say("MC0601", path, what=f"{what} of the import of {to}")
        else:
            found = "secret" if isinstance(value, Secret) else "empty text" if value == "" else type(value).__name__
            self._findings.say("MC0668", path, what=what, to=to, expected="a text", found=found)
        return None

    def _put(self, text: str, ids: dict[str, str], force: bool, path: Path | None) -> None:
        try:
            address = parse_address(text)
        except AddressError as error:
            self._findings.say("MC0244", path and (*path, "to"), text=text, problem=error)
            return
        resource = str(address.resource)
        name = block_of(resource)
        if name not in self._blueprint.resources:
            self._say_missing(resource, path, self._blueprint.resources)
            return
        if address.role is not None:
            ids = {str(address.role): id for role, id in ids.items() if role == MAIN}
        wanted = self.wanted.setdefault(resource, Wanted(resource, path=path, type=self._blueprint.resources[name].type))
        if wanted.ids.keys() & ids.keys():
            self._findings.say("MC0248", path and (*path, "to"), what=text)
            return
        wanted.ids.update(ids)
        wanted.force = wanted.force or force


    def check(self, instances: Collection[str]) -> None:
        """When every block is expanded: an import of an instance that is not there."""
        for wanted in self.wanted.values():
            if wanted.address not in instances:
                alike = [each for each in instances if block_of(each) == block_of(wanted.address)]
                self._say_missing(wanted.address, wanted.path, alike or instances)

    def _say_missing(self, address: str, path: Path | None, known: Collection[str]) -> None:
        self._findings.say("MC0666", path and (*path, "to"), address=address, known=", ".join(sorted(known)) or "none")


def _resource(text: str) -> str:
    try:
        return str(parse_address(text).resource)
    except AddressError:
        return text
