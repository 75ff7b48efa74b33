"""Checking values against schemas: a fast validator says whether, jsonschema says what is wrong and is the oracle in the tests.

Without jsonschema-rs installed jsonschema does both. Validators are made once for each schema object and kept for the next time.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from functools import cache
from typing import TYPE_CHECKING, Any

from mcflow.schemas.formats import FORMATS
from mcflow.schemas.opening import Opening, is_open, opened
from mcflow.schemas.walking import Path, kind_of

if TYPE_CHECKING:
    from jsonschema import FormatChecker, ValidationError
    from jsonschema.protocols import Validator


@dataclass(frozen=True, slots=True)
class Problem:
    """What is wrong with the value at ``path``.

    ``keyword`` is JSON Schema's: ``type``, ``enum``, ``format``, … ; ``unknown`` for a key that is not allowed and ``missing`` for one that
    is not there (``path`` ends with the key), ``key`` for a key that may not be written so. ``schema`` is what was asked of the value,
    ``value`` what is there (the object around a key), ``expected`` the keyword's own value: the types, the enum, the limit, the known keys.
    """

    path: Path
    keyword: str
    expected: Any
    value: Any
    schema: Mapping[str, Any] = field(default_factory=dict)


Check = Callable[[Any], bool]
Skip = Callable[[Path], bool]


def is_valid(schema: Mapping[str, Any], value: Any, *, opening: Opening = "") -> bool:
    """True if ``value`` follows ``schema``; `opening` says what is accepted in place of any value."""
    return _check(schema, opening)(value)


def problems(schema: Mapping[str, Any], value: Any, *, opening: Opening = "", skip: Skip | None = None) -> list[Problem]:
    """Everything that is wrong with ``value``, in the order of the document; empty if it follows ``schema``.

    ``opening`` says what is accepted in place of any value; values at paths for which ``skip`` is true are not looked at.
    """
    if is_valid(schema, value, opening=opening):
        return []
    found = explained(schema, value, opening=opening, skip=skip)
    # The two validators are proven to agree on our formats and keywords; if they ever do not, the stricter one counts.
    return found or ([Problem((), "schema", None, value, schema)] if skip is None else [])


def explained(schema: Mapping[str, Any], value: Any, *, opening: Opening = "", skip: Skip | None = None) -> list[Problem]:
    """What jsonschema alone finds, as `problems`."""
    left_out = _left_out(opening, skip)
    errors = _oracle(schema).iter_errors(value)
    return _distinct(problem for error in errors for problem in _explain(error, (), left_out))


_MOST_KEPT = 2048
"""Schemas come and go with the variables of blueprints; a process that lives long must not keep them all."""

_kept: dict[tuple[int, Opening], tuple[Mapping[str, Any], Check]] = {}
_kept_oracles: dict[int, tuple[Mapping[str, Any], Validator]] = {}


def _check(schema: Mapping[str, Any], opening: Opening) -> Check:
    kept = _kept.get((id(schema), opening))
    if kept is None or kept[0] is not schema:
        if len(_kept) >= _MOST_KEPT:
            _kept.clear()
        kept = (schema, _fast(schema, opening) or _slow(schema, opening))
        _kept[id(schema), opening] = kept
    return kept[1]


def _fast(schema: Mapping[str, Any], opening: Opening) -> Check | None:
    try:
        from jsonschema_rs import Draft202012Validator
    except ImportError:
        return None
    formats = {name: known.check for name, known in FORMATS.items()}
    validator = Draft202012Validator(opened(schema, opening), formats=formats, validate_formats=True)
    slow = None

    def check(value: Any) -> bool:
        nonlocal slow
        try:
            return bool(validator.is_valid(value))
        except (ValueError, TypeError, OverflowError):
            # Numbers beyond what it can hold, keys that are no strings: rare, and jsonschema can judge them.
            slow = slow or _slow(schema, opening)
            return slow(value)

    return check


def _slow(schema: Mapping[str, Any], opening: Opening) -> Check:
    validator: Validator = _validators()(opened(schema, opening), format_checker=_formats())
    return validator.is_valid


def _oracle(schema: Mapping[str, Any]) -> Validator:
    kept = _kept_oracles.get(id(schema))
    if kept is None or kept[0] is not schema:
        if len(_kept_oracles) >= _MOST_KEPT:
            _kept_oracles.clear()
        kept = (schema, _validators()(schema, format_checker=_formats()))
        _kept_oracles[id(schema)] = kept
    return kept[1]


_PATTERN_SECONDS = 0.1
"""What one search for a pattern may take, in the blueprint as in a driver's schema: some patterns would search for ever."""


@cache
def _validators() -> Any:
    """jsonschema's validators, their patterns searched within a limit of time."""
    from jsonschema import Draft202012Validator
    from jsonschema.validators import extend

    return extend(Draft202012Validator, {"pattern": _pattern})  # type: ignore[no-untyped-call]


def _pattern(validator: Validator, pattern: str, value: Any, schema: Mapping[str, Any]) -> Iterator[ValidationError]:
    import regex
    from jsonschema import ValidationError

    if not validator.is_type(value, "string"):
        return
    try:
        found = regex.search(pattern, value, regex.V0, timeout=_PATTERN_SECONDS)
    except TimeoutError:
        found = None
    if found is None:
        yield ValidationError(f"{value!r} does not match {pattern!r}")


@cache
def _formats() -> FormatChecker:
    from jsonschema import FormatChecker

    checker = FormatChecker(formats=())
    for name, known in FORMATS.items():
        checker.checks(name)(_of_strings(known.check))
    return checker


def _of_strings(check: Callable[[str], bool]) -> Callable[[object], bool]:
    return lambda value: not isinstance(value, str) or check(value)


def _distinct(found: Iterable[Problem]) -> list[Problem]:
    kept: dict[tuple[Path, str], Problem] = {}
    for problem in found:
        kept.setdefault((problem.path, problem.keyword), problem)
    return list(kept.values())


LeftOut = Callable[[Path, Any, Mapping[str, Any]], bool]


def _left_out(opening: Opening, skip: Skip | None) -> LeftOut:
    """Whether the value at a path, checked against a schema, is not to be looked at."""
    return lambda path, value, schema: (
        (bool(path) and is_open(value, opening) and not schema.get("static")) or (skip is not None and skip(path))
    )


def _explain(error: ValidationError, prefix: Path, left_out: LeftOut) -> Iterator[Problem]:
    path = (*prefix, *error.relative_path)
    keyword, schema, asked = str(error.validator), _schema_of(error), _asked(error)
    value: Any = error.instance
    if "propertyNames" in error.relative_schema_path:
        yield Problem((*path, str(value)), "key", asked, value, schema)
    elif left_out(path, value, schema):
        return
    elif keyword in ("anyOf", "oneOf") and error.context:
        yield from _explain_branches(error, path, left_out)
    elif keyword == "additionalProperties":
        known = sorted(schema.get("properties", ()))
        yield from (Problem((*path, key), "unknown", known, value, schema) for key in value if key not in known)
    elif keyword == "required":
        yield from (Problem((*path, key), "missing", key, value, schema) for key in asked if key not in value)
    else:
        yield Problem(path, keyword, asked, value, schema)


def _explain_branches(error: ValidationError, path: Path, left_out: LeftOut) -> Iterator[Problem]:
    """Of several alternatives, what is wrong with the one that was most likely meant; nothing if one of them is satisfied."""
    written, schema = _asked(error), _schema_of(error)
    branches: dict[int, list[Problem]] = {index: [] for index in range(len(written))}
    for inner in error.context or ():
        branches[int(inner.relative_schema_path[0])] += _explain(inner, path, left_out)
    if not all(branches.values()):
        return
    if all(set(branch) == {"required"} for branch in written):
        wanted = [name for branch in written for name in branch["required"]]
        yield Problem(path, "anyOf", wanted, error.instance, schema)
        return
    meant = [found for found in branches.values() if not any(_is_other_kind(problem, path) for problem in found)]
    kinds = [kind for branch in written for kind in _listed(branch.get("type"))]
    if len(meant) == 1:
        yield from meant[0]
    elif kinds and kind_of(error.instance) not in kinds:
        yield Problem(path, "type", kinds, error.instance, schema)
    else:
        yield Problem(path, "anyOf", [branch.get("description", "") for branch in written], error.instance, schema)


def _schema_of(error: ValidationError) -> Mapping[str, Any]:
    return error.schema if isinstance(error.schema, Mapping) else {}


def _asked(error: ValidationError) -> Any:
    return error.validator_value


def _is_other_kind(problem: Problem, path: Path) -> bool:
    """True for a problem that says: this alternative was not meant at all."""
    return problem.path == path and problem.keyword in ("type", "const", "enum")


def _listed(kind: Any) -> list[str]:
    return [] if kind is None else [kind] if isinstance(kind, str) else list(kind)
