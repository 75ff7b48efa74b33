"""The blueprint's ``state:``: which store, with which settings; evaluated and checked. Secrets in it are refused where they stand."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from typing import Any
from urllib.parse import parse_qs, urlsplit

from mcflow.engine.blueprint.expression import evaluate_noted, written_in
from mcflow.engine.blueprint.findings import Findings
from mcflow.engine.blueprint.reports import Subject, reports
from mcflow.engine.blueprint.secrets import is_secret_name, is_secret_reference
from mcflow.engine.expressions import Reference
from mcflow.engine.reading import Document, Path
from mcflow.model.values import Secret, Value, contains_secret, reveal
from mcflow.schemas import Schema
from mcflow.schemas import document as document_schema
from mcflow.schemas.checking import problems
from mcflow.schemas.formats import is_duration, parse_duration
from mcflow.state.stores.store import OBJECTS

KINDS = tuple(OBJECTS)
"""The remote stores; a state that names none is in files."""
SHORTEST_LEASE = 5.0

_SECRET = ("password", "url")
"""Settings that may be sensitive: they are shown nowhere."""
_KEY_NAME = re.compile(r"account_key|access_key|sas|signature", re.IGNORECASE)


def settle_state(
    document: Document, section: Mapping[str, Any], scope: Mapping[str, Value], broken: frozenset[tuple[str, str]], findings: Findings
) -> dict[str, Any]:
    """What ``state:`` says, every expression evaluated: plain values, but a sensitive ``password`` or ``url`` stays a Secret.

    ``broken`` names variables and locals, as (root, name), that have no value.
    """
    before = len(findings)
    _check_kinds(document, section, findings)
    for path in _written_secrets(section):
        findings.at(document, ("state", *path), "MC0351", name=path[-1], suggestion=_instead(path))
    uses = [ref for each in written_in(document, section, ("state",), Findings()) for ref in each.template.references]
    if len(findings) > before or any(_is_noted(ref, scope, broken) for ref in uses):
        return {}
    value, evaluated = evaluate_noted(document, section, ("state",), scope, findings)
    if not evaluated:
        return {}
    for path, inside in _leaves(value):
        if contains_secret(inside) and path[-1] not in _SECRET:
            findings.at(document, ("state", *path), "MC0352", name=path[-1])
    plain = reveal(value)
    subject = Subject("state", lambda path, key: document.position(("state", *path), key), hidden=_hidden)
    already = {(each.code, each.position) for each in findings.errors}
    findings.extend(each for each in reports(problems(_schema(), plain), subject) if (each.code, each.position) not in already)
    for path in _written_secrets(plain):
        if not contains_secret(_at(value, path)) and path != ("password",):
            findings.at(document, ("state", *path), "MC0351", name=path[-1], suggestion=_instead(path))
    _check_lease(document, plain, findings)
    return {name: _kept(value[name], plain[name]) for name in plain}


def check_typed(block: Mapping[str, Any]) -> None:
    """Look at a ``state:`` block that stands in no blueprint; an expression in it means nothing. Raises Rejected with every finding."""
    subject = Subject("state", lambda path, key: None, hidden=_hidden)
    findings = Findings()
    findings.extend(reports(problems(_schema(), dict(block)), subject))
    named = [name for name in block if name in (*KINDS, "path")]
    for name in named[1:]:
        findings.add("MC0350", None, first=named[0], second=name)
    for path in _written_secrets(block):
        findings.add("MC0351", None, name=path[-1], suggestion=_instead(path))
    findings.stop()


def _schema() -> Schema:
    whole = document_schema("blueprint")
    return {**whole["properties"]["state"], "$defs": whole["$defs"]}


def _is_noted(reference: Reference, scope: Mapping[str, Value], broken: frozenset[tuple[str, str]]) -> bool:
    """Whether it is known already that the reference has no value here."""
    if reference.root not in ("vars", "locals") or not reference.path:
        return reference.root == "resources"
    name = reference.path[0]
    return (reference.root, name) in broken or name not in set(scope[reference.root])


def _check_kinds(document: Document, section: Mapping[str, Any], findings: Findings) -> None:
    named = [name for name in section if name in (*KINDS, "path")]
    for name in named[1:]:
        findings.at(document, ("state", name), "MC0350", on_key=True, first=named[0], second=name)


def _check_lease(document: Document, plain: Mapping[str, Any], findings: Findings) -> None:
    written = plain.get("lease")
    if isinstance(written, str) and is_duration(written) and parse_duration(written) < SHORTEST_LEASE:
        findings.at(document, ("state", "lease"), "MC0353", written=written, suggestion="30s")


def _written_secrets(tree: Any, path: tuple[str, ...] = ()) -> Iterator[tuple[str, ...]]:
    """Paths of texts that are secrets: by their name, or with a password inside an address."""
    for name, value in tree.items() if isinstance(tree, Mapping) else ():
        at = (*path, str(name))
        if isinstance(value, Mapping):
            yield from _written_secrets(value, at)
        elif path and isinstance(value, str) and value and "{{" not in value and _is_secret(str(name), value):
            yield at


def _is_secret(name: str, value: str) -> bool:
    if name in ("url", "endpoint"):
        return _has_secret(value)
    named = name != "credentials" and (is_secret_name(name) or _KEY_NAME.search(name) is not None)
    return named and not is_secret_reference(value)


def _has_secret(text: str) -> bool:
    try:
        parts = urlsplit(text)
        return bool(parts.password) or not {"password", "sig", "sslpassword"}.isdisjoint(parse_qs(parts.query)) or "password=" in text
    except ValueError:
        return False


def _instead(path: tuple[str, ...]) -> str | None:
    return "env:PGPASSWORD" if path[-1] == "password" else None


def _leaves(value: Any, path: tuple[str, ...] = ()) -> Iterator[tuple[tuple[str, ...], Any]]:
    if isinstance(value, Mapping):
        for name, inside in value.items():
            yield from _leaves(inside, (*path, str(name)))
    elif path:
        yield path, value


def _at(value: Any, path: tuple[str, ...]) -> Any:
    for name in path:
        value = value[name]
    return value


def _hidden(path: Path) -> bool:
    return any(str(step) in (*_SECRET, "key", "previous_keys") or is_secret_name(str(step)) for step in path)


def _kept(value: Any, plain: Any) -> Any:
    if isinstance(plain, Mapping) and isinstance(value, Mapping):
        return {name: _kept(value[name], plain[name]) for name in plain}
    return value if isinstance(value, Secret) else plain
