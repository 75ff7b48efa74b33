"""How a value is written in quotes, for suggestions; and where an expression that lacks them begins and ends."""

from __future__ import annotations

import re

_KEY_BEFORE = re.compile(r"""^[ \t]*(?:-[ \t]+)*(?:(?:[^\s#'"{}\[\],&*!|>%@`-][^#'"{}]*?|"[^"]*"|'[^']*'):[ \t]+|-[ \t]+)?(?=\{\{)""")
_COMMENT = re.compile(r"[ \t]+#.*$")
_LONGEST_SUGGESTION = 300


def quoted(text: str) -> str | None:
    """The text as a quoted YAML scalar, in single quotes where double ones would need escapes. None if too long to show."""
    if len(text) > _LONGEST_SUGGESTION or "\n" in text:
        return None
    if '"' not in text and "\\" not in text:
        return f'"{text}"'
    return "'" + text.replace("'", "''") + "'"


def expression_span(text: str, start: int) -> tuple[str, str]:
    """The expression that begins at ``start`` up to its ``}}``, and the whole value of that line."""
    line_end = text.find("\n", start)
    line = text[start:] if line_end < 0 else text[start:line_end]
    line = line[:_LONGEST_SUGGESTION]
    close = line.find("}}")
    expression = line if close < 0 else line[: close + 2]
    return expression.rstrip(), _COMMENT.sub("", line).rstrip()


def unquoted_expression(line: str) -> int | None:
    """The column (from 0) at which a line's value begins with an expression that is not quoted; None if it does not."""
    found = _KEY_BEFORE.match(line[:2000])
    return found.end() if found else None
