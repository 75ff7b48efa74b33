"""Regular expressions, with limits on pattern, text and time."""

from __future__ import annotations

from typing import Any

from mcflow.engine.expressions import limits
from mcflow.engine.expressions.errors import FunctionError, TooMuchError
from mcflow.engine.expressions.functions import arguments as take
from mcflow.engine.expressions.functions.function import Library

LIBRARY = Library()


@LIBRARY.add("regex", "regex('web-12', '([a-z]+)-([0-9]+)')", ["web", "12"])
def regex(value: Any, pattern: Any) -> Any:
    """The first match of a pattern: its groups as a list, its text if it has none; null where nothing matches."""
    found = _search(value, pattern, all=False)
    return found[0] if found else None


@LIBRARY.add("regex_all", "regex_all('a1 b22', '[0-9]+')", ["1", "22"])
def regex_all(value: Any, pattern: Any) -> list[Any]:
    """Every match of a pattern, each as `regex` gives it."""
    return _search(value, pattern, all=True)


def _search(value: Any, pattern: Any, all: bool) -> list[Any]:
    import regex as engine

    text, wanted = take.text(value), take.strict_text(pattern, "the pattern")
    if len(wanted) > limits.PATTERN_CHARACTERS:
        raise TooMuchError(f"a pattern of more than {limits.PATTERN_CHARACTERS} characters")
    if len(text) > limits.PATTERN_INPUT:
        raise TooMuchError(f"more than {limits.PATTERN_INPUT} characters to search")
    found: list[Any] = []
    try:
        for match in engine.compile(wanted, engine.V0).finditer(text, timeout=limits.PATTERN_SECONDS):
            found.append(list(match.groups()) if match.re.groups else match[0])
            if not all:
                break
            take.room(len(found))
    except TimeoutError as error:
        raise TooMuchError(f"more than {limits.PATTERN_SECONDS} seconds to search: the pattern can match in too many ways") from error
    except (engine.error, ValueError, OverflowError, RecursionError, MemoryError) as error:
        raise FunctionError(f"the pattern cannot be read: {error}") from error
    return found
