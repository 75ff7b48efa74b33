"""From a schema's problem to a diagnostic that says what to write instead."""

from __future__ import annotations

import json
import re
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, field
from typing import Any

from mcflow.engine.blueprint.suggest import closest, listed
from mcflow.engine.reading import Document
from mcflow.model.diagnostic import Diagnostic
from mcflow.model.position import Position
from mcflow.schemas.checking import Problem
from mcflow.schemas.formats import FORMATS, network_of
from mcflow.schemas.walking import Path, kind_of

Place = Callable[[Path, bool], Position | None]
"""The position of the value (or, with True, of the key) at a path of the checked tree."""

_WORDS = {"yes": "true", "on": "true", "y": "true", "true": "true", "no": "false", "off": "false", "n": "false", "false": "false"}
_NUMBER = re.compile(r"[+-]?[0-9]+(\.[0-9]+)?")
_WITH_UNIT = re.compile(r"([0-9]+(?:\.[0-9]+)?)\s*([A-Za-z]+)(?:/[A-Za-z]+)?")
_GIB = {"gib": 1, "gb": 1, "g": 1, "gi": 1, "tib": 1024, "tb": 1024, "t": 1024, "ti": 1024}
_SECONDS = {"s": 1, "sec": 1, "second": 1, "seconds": 1, "m": 60, "min": 60, "minute": 60, "minutes": 60, "h": 3600}
_DAYS = {"d": 1, "day": 1, "days": 1, "w": 7, "week": 7, "weeks": 7}
_UNITS = {"GiB": _GIB, "seconds": _SECONDS, "days": _DAYS}
_KINDS = {
    "null": "nothing", "boolean": "true or false", "integer": "a whole number", "number": "a number", "string": "a string",
    "array": "a list", "object": "a mapping",
}


@dataclass(frozen=True, slots=True)
class Subject:
    """What is being checked: ``what`` for sentences (``vm``, ``variable size``), ``place`` finds positions, ``address`` the resource.

    ``hidden`` says whether the value at a path must not be shown.
    """

    what: str
    place: Place
    address: str | None = None
    hidden: Callable[[Path], bool] = field(default=lambda path: False)


def place_below(document: Document, path: Path) -> Place:
    """Finds places of what is checked where it stands at ``path`` of a document."""
    return lambda inside, on_key: document.position((*path, *inside), on_key)


def reports(problems: Iterable[Problem], subject: Subject) -> list[Diagnostic]:
    """One diagnostic for each problem."""
    return [_report(problem, subject) for problem in problems]


def _report(problem: Problem, subject: Subject) -> Diagnostic:
    make = _BY_KEYWORD.get(problem.keyword, _other)
    code, args, suggestion = make(problem, subject)
    on_key = problem.keyword in ("unknown", "key")
    path = problem.path[:-1] if problem.keyword == "missing" else problem.path
    position = subject.place(path, on_key or problem.keyword == "missing")
    texts = {"what": subject.what, "property": dotted(problem.path) or subject.what, "value": show(problem.value), **args}
    if subject.hidden(problem.path):
        texts |= dict.fromkeys({"value", "actual", "item", "network"} & set(texts), "(sensitive)")
        suggestion = None
    return Diagnostic(code, texts, position, subject.address, suggestion)


_Made = tuple[str, dict[str, str], str | None]


def _unknown(problem: Problem, subject: Subject) -> _Made:
    key = str(problem.path[-1])
    inside = dotted(problem.path[:-1])
    where = f"{subject.what}.{inside}" if inside else subject.what
    return "MC0203", {"key": key, "what": where, "known": listed(problem.expected)}, closest(key, problem.expected)


def _missing(problem: Problem, subject: Subject) -> _Made:
    inside = dotted(problem.path[:-1])
    name = str(problem.path[-1])
    about = problem.schema.get("properties", {}).get(name, {})
    example = next(iter(about.get("examples", ())), None)
    written = f"{name}: {show(example)}" if example is not None and not isinstance(example, dict | list) else None
    return "MC0204", {"key": name, "what": f"{subject.what}.{inside}" if inside else subject.what}, written


def _wrong_type(problem: Problem, subject: Subject) -> _Made:
    kinds = [problem.expected] if isinstance(problem.expected, str) else list(problem.expected)
    value = problem.value
    if isinstance(value, str):
        special = _text_for_another_type(value.strip(), kinds, problem.schema)
        if special:
            return special
    if "array" in kinds and len(kinds) == 1 and not isinstance(value, dict):
        return "MC0227", {}, f"[{show(value)}]"
    if kinds == ["string"] and isinstance(value, bool | int | float):
        return "MC0205", {"expected": "a string", "actual": _kind_text(value)}, json.dumps(show(value))
    return "MC0205", {"expected": " or ".join(_KINDS[kind] for kind in kinds), "actual": _kind_text(value)}, None


def _text_for_another_type(text: str, kinds: list[str], schema: Mapping[str, Any]) -> _Made | None:
    if "boolean" in kinds and text.casefold() in _WORDS:
        return "MC0206", {}, _WORDS[text.casefold()]
    if not {"integer", "number"} & set(kinds):
        return None
    if _NUMBER.fullmatch(text) and ("number" in kinds or "." not in text):
        return "MC0207", {}, text
    found = _WITH_UNIT.fullmatch(text)
    unit = schema.get("unit")
    if not found:
        return None
    factor = _UNITS.get(unit or "", {}).get(found[2].casefold())
    amount = None if factor is None else float(found[1]) * factor
    return "MC0208", {"unit": unit or "no unit"}, None if amount is None else f"{amount:g}" if amount % 1 else str(int(amount))


def _enum(problem: Problem, subject: Subject) -> _Made:
    allowed = [show(one) for one in problem.expected]
    return "MC0209", {"allowed": listed(allowed, 20)}, closest(show(problem.value), allowed)


def _const(problem: Problem, subject: Subject) -> _Made:
    return "MC0209", {"allowed": show(problem.expected)}, show(problem.expected)


def _limit(code: str, words: str) -> Callable[[Problem, Subject], _Made]:
    def made(problem: Problem, subject: Subject) -> _Made:
        unit = problem.schema.get("unit", "")
        bound = f"{words}{problem.expected}" + (f" {unit}" if unit else "")
        return code, {"limit": bound, "actual": str(len(problem.value)) if isinstance(problem.value, str | list | dict) else ""}, None

    return made


def _format(problem: Problem, subject: Subject) -> _Made:
    name, text = str(problem.expected), str(problem.value)
    expected = {"expected": FORMATS[name].expected} if name in FORMATS else {"expected": name}
    if name == "cidr":
        network = network_of(text)
        return ("MC0213", {**expected, "network": network}, network) if network else ("MC0212", expected, None)
    return {"ip": "MC0214", "port-range": "MC0215", "duration": "MC0216", "regex": "MC0231"}.get(name, "MC0217"), expected, None


def _pattern(problem: Problem, subject: Subject) -> _Made:
    expected = problem.schema.get("expects") or f"text that matches {problem.expected}"
    return ("MC0225" if "{{" in str(problem.value) else "MC0217"), {"expected": expected}, None


def _key(problem: Problem, subject: Subject) -> _Made:
    return "MC0224", {"key": str(problem.path[-1]), "what": dotted(problem.path[:-1]) or subject.what}, None


def _not(problem: Problem, subject: Subject) -> _Made:
    return "MC0221", {"expected": problem.schema.get("expects", "another combination")}, None


def _any_of(problem: Problem, subject: Subject) -> _Made:
    expected = problem.schema.get("expects")
    if expected:
        return "MC0222", {"expected": expected}, None
    return "MC0223", {"expected": "; or: ".join(filter(None, problem.expected or ())) or "something else"}, None


def _unique(problem: Problem, subject: Subject) -> _Made:
    seen: list[Any] = []
    double = next((item for item in problem.value if item in seen or seen.append(item)), "")  # type: ignore[func-returns-value]
    return "MC0220", {"item": show(double).lstrip("\x00")}, None


def _other(problem: Problem, subject: Subject) -> _Made:
    return "MC0223", {"expected": str(problem.schema.get("description") or problem.keyword)}, None


_BY_KEYWORD: dict[str, Callable[[Problem, Subject], _Made]] = {
    "unknown": _unknown, "missing": _missing, "type": _wrong_type, "enum": _enum, "const": _const, "format": _format, "pattern": _pattern,
    "key": _key, "not": _not, "anyOf": _any_of, "oneOf": _any_of, "uniqueItems": _unique,
    "minimum": _limit("MC0210", "at least "), "exclusiveMinimum": _limit("MC0210", "more than "),
    "maximum": _limit("MC0211", "at most "), "exclusiveMaximum": _limit("MC0211", "less than "),
    "minLength": _limit("MC0218", "at least "), "minItems": _limit("MC0218", "at least "), "minProperties": _limit("MC0218", "at least "),
    "maxLength": _limit("MC0219", "at most "), "maxItems": _limit("MC0219", "at most "), "maxProperties": _limit("MC0219", "at most "),
}


def dotted(path: Path) -> str:
    """A path for people: ``inbound[0].ports``."""
    text = ""
    for step in path:
        text += f"[{step}]" if isinstance(step, int) else f".{step}" if text else step
    return text


def show(value: Any, most: int = 60) -> str:
    """A value for a sentence, as YAML would write it, cut short."""
    if isinstance(value, str):
        text = value.splitlines()[0] if value.splitlines() else value
    elif value is None or isinstance(value, bool | int | float):
        text = json.dumps(value)
    else:
        text = _begun(value, most + 1)
    return text if len(text) <= most else text[: most - 1] + "…"


def _begun(value: Any, enough: int) -> str:
    """The first characters of a collection as JSON; what follows is not even looked at, as it may be long."""
    text = ""
    for piece in json.JSONEncoder(default=str, ensure_ascii=False).iterencode(value):
        text += piece
        if len(text) >= enough:
            break
    return text


def _kind_text(value: Any) -> str:
    kind = kind_of(value)
    if kind == "string":
        return f"the string {json.dumps(show(value), ensure_ascii=False)}"
    return f"{_KINDS[kind]} ({show(value)})" if kind in ("integer", "number", "boolean") else _KINDS[kind]
