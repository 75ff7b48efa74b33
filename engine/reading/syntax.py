"""Syntax errors of the YAML parser in plain words: what was expected, and how to write it."""

from __future__ import annotations

import re
from typing import Any

import yaml

from mcflow.engine.reading.quoting import expression_span, quoted, unquoted_expression
from mcflow.model.diagnostic import Diagnostic, Related
from mcflow.model.position import Position

_PROBLEMS: tuple[tuple[str, str], ...] = (
    ("tab character", "MC0111"),
    ("mapping values are not allowed", "MC0112"),
    ("could not find expected ':'", "MC0113"),
    ("unknown escape character", "MC0115"),
    ("hexdecimal number", "MC0115"),
    ("hexadecimal number", "MC0115"),
    ("unicode character escape", "MC0115"),
    ("quoted scalar", "MC0114"),
    ("',' or ']'", "MC0116"),
    ("',' or '}'", "MC0116"),
    ("cannot start any token", "MC0117"),
    ("block sequence entries are not allowed", "MC0119"),
    ("mapping keys are not allowed", "MC0119"),
    ("expected key", "MC0118"),
    ("expected '-' indicator", "MC0118"),
    ("<block end>", "MC0118"),
    ("node content", "MC0137"),
    ("a directive", "MC0134"),
    ("directive", "MC0134"),
    ("incompatible yaml document", "MC0134"),
    ("<document start>", "MC0138"),
    ("document indicator", "MC0138"),
    ("a tag", "MC0123"),
    ("tag handle", "MC0123"),
    ("an anchor", "MC0139"),
    ("an alias", "MC0139"),
    ("block scalar", "MC0136"),
)
_PLAIN_WITH_COLON = re.compile(r"^(\s*(?:- +)*[^\s:#][^:]*:\s+)(.*\S)\s*$")
_ESCAPES = r"\\ \" \/ \n \t \r \0 \a \b \e \f \v \N \_ \L \P \xHH \uHHHH \UHHHHHHHH"


def explain_syntax(error: yaml.YAMLError, text: str, path: str) -> Diagnostic:
    """The finding behind an error of the parser, with its place."""
    if not isinstance(error, yaml.MarkedYAMLError) or error.problem_mark is None:
        return Diagnostic("MC0110", {"problem": str(error)}, Position(path, 1, 1, 1, 1))
    mark, context = error.problem_mark, error.context_mark
    template = _unquoted(text, path, mark, context)
    if template is not None:
        return template
    code = _code(error)
    line = _line(text, mark.line)
    at = Position(path, mark.line + 1, mark.column + 1, mark.line + 1, min(mark.column + 2, len(line) + 2))
    args = {"problem": error.problem or "", "found": _found(line, mark.column)}
    related: tuple[Related, ...] = ()
    if context is not None and (context.line, context.column) != (mark.line, mark.column):
        begins = Position(path, context.line + 1, context.column + 1, context.line + 1, context.column + 2)
        related = (Related(_context_words(error), begins),)
    return _refine(Diagnostic(code, args, at, related=related), text, path, error)


def _code(error: yaml.MarkedYAMLError) -> str:
    problem = (error.problem or "").lower()
    said = f"{problem} {(error.context or '').lower()}"
    for part, code in _PROBLEMS:
        if part in problem:
            return code
    for part, code in _PROBLEMS:
        if part in said:
            return code
    return "MC0110"


def _refine(finding: Diagnostic, text: str, path: str, error: yaml.MarkedYAMLError) -> Diagnostic:
    """Findings whose place or advice is better than the parser's own."""
    mark, context = error.problem_mark, error.context_mark
    assert mark is not None
    line = _line(text, mark.line)
    if finding.code == "MC0117":
        character = line[mark.column:mark.column + 1]
        if character == "\t":
            return _at("MC0111", path, mark.line, mark.column, 1, finding)
        value = line[mark.column:].split(" #")[0].rstrip()
        return Diagnostic("MC0117", {"character": character}, finding.position, suggestion=quoted(value))
    if finding.code == "MC0114" and context is not None:
        return _at("MC0114", path, context.line, context.column, 1, finding)
    if finding.code == "MC0115":
        escape = line[mark.column - 1:mark.column + 1] if line[mark.column:mark.column + 1] != "\\" else line[mark.column:mark.column + 2]
        return Diagnostic("MC0115", {"escape": escape, "known": _ESCAPES}, finding.position)
    if finding.code == "MC0112":
        return _forgotten_colon(text, path, mark) or _second_colon(finding, line)
    if finding.code == "MC0113" and context is not None:
        return _without_colon(finding, text, path, context)
    if finding.code == "MC0116":
        closing = "]" if "']'" in (error.problem or "") else "}"
        return Diagnostic("MC0116", {**finding.args, "closing": closing}, finding.position, related=finding.related)
    if finding.code == "MC0118" and line[:mark.column].rstrip()[-1:] in ("'", '"'):
        return Diagnostic("MC0140", finding.args, finding.position)
    if finding.code == "MC0118" and "\t" in line[: len(line) - len(line.lstrip())]:
        return _at("MC0111", path, mark.line, line.index("\t"), 1, finding)
    return finding


def _second_colon(finding: Diagnostic, line: str) -> Diagnostic:
    found = _PLAIN_WITH_COLON.match(line)
    value = quoted(found[2]) if found and ": " in found[2] + " " and found[2][0] not in "\"'[{|>" else None
    suggestion = found[1].lstrip() + value if found and value else None
    return Diagnostic("MC0112", finding.args, finding.position, suggestion=suggestion)


def _forgotten_colon(text: str, path: str, mark: Any) -> Diagnostic | None:
    """A key whose line above lacks its colon, or the blank behind it, is taken for the rest of that line."""
    if not mark.line or ": " in _line(text, mark.line)[:mark.column + 1]:
        return None
    line, above = _line(text, mark.line), _line(text, mark.line - 1)
    word = above.strip()
    if len(line) - len(line.lstrip()) != len(above) - len(above.lstrip()):
        return None
    if not word or word.endswith(":") or re.search(r":\s|^#|^[-\"'\[{|>&*]", word):
        return None
    column = above.index(word)
    position = Position(path, mark.line, column + 1, mark.line, column + 1 + len(word))
    return Diagnostic("MC0113", {"word": word[:60]}, position, suggestion=_with_colon(word))


def _without_colon(finding: Diagnostic, text: str, path: str, context: Any) -> Diagnostic:
    line = _line(text, context.line)
    word = line[context.column:].split(" #")[0].rstrip()
    position = Position(path, context.line + 1, context.column + 1, context.line + 1, context.column + 1 + len(word))
    return Diagnostic("MC0113", {"word": word[:60]}, position, suggestion=_with_colon(word))


def _with_colon(word: str) -> str | None:
    key, colon, rest = word.partition(":")
    if colon and rest and not rest[0].isspace() and re.fullmatch(r"[\w.-]+", key):
        return f"{key}: {rest}"
    return f"{word}:" if re.fullmatch(r"[\w.-]+", word) else None


def _unquoted(text: str, path: str, *marks: Any) -> Diagnostic | None:
    """A syntax error on a line whose value is an expression without quotes is about those quotes."""
    for mark in marks:
        if mark is None:
            continue
        line = _line(text, mark.line)
        column = unquoted_expression(line)
        if column is not None:
            expression, whole = expression_span(line, column)
            position = Position(path, mark.line + 1, column + 1, mark.line + 1, column + 1 + len(expression))
            return Diagnostic("MC0125", {"text": expression}, position, suggestion=quoted(whole))
    return None


def _at(code: str, path: str, line: int, column: int, length: int, finding: Diagnostic) -> Diagnostic:
    position = Position(path, line + 1, column + 1, line + 1, column + 1 + length)
    return Diagnostic(code, finding.args, position, suggestion=finding.suggestion)


def _context_words(error: yaml.MarkedYAMLError) -> str:
    context = (error.context or "").replace("while parsing ", "").replace("while scanning ", "")
    return f"{context} begins here" if context else "it begins here"


def _found(line: str, column: int) -> str:
    rest = line[column:].strip()
    return rest.split()[0][:40] if rest else "the end of the line"


def _line(text: str, number: int) -> str:
    start = 0
    for _ in range(number):
        start = text.find("\n", start) + 1
        if not start:
            return ""
    end = text.find("\n", start)
    return text[start:] if end < 0 else text[start:end]
