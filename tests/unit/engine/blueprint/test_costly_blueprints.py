"""Small blueprints that ask for a lot of work: refused or read with work that grows as their size does."""

from __future__ import annotations

import contextlib
import time
from collections.abc import Callable
from pathlib import Path

import pytest
from tests.unit.engine.blueprint.loading import loaded, refused

from mcflow.engine.blueprint.reports import show
from mcflow.model.diagnostic import Rejected

TEXT = "x" * 1_000_000


def _doubling(text: str, levels: int) -> str:
    first = f"locals:\n  l0: [{text}]\n"
    return first + "".join(f"  l{n}: ['{{{{ locals.l{n - 1} }}}}', '{{{{ locals.l{n - 1} }}}}']\n" for n in range(1, levels))


@pytest.mark.slow
def test_locals_that_double_are_refused_where_they_become_too_large(tmp_path: Path) -> None:
    findings = refused(tmp_path, _doubling("x", 60))
    assert findings[0].code == "MC0405"
    assert len(findings) < 60


def test_locals_of_long_texts_double_to_the_limit_only(tmp_path: Path) -> None:
    assert refused(tmp_path, _doubling("x" * 10_000, 60))[0].code == "MC0405"


@pytest.mark.parametrize("text", [
    f"locals:\n  a: &a {TEXT}\n  b: [{'*a, ' * 1_000}]\n",
    f"locals:\n  a: &a [{TEXT}, {TEXT}]\n  b: [{'*a, ' * 1_000}]\n",
    f"variables:\n  v: {{type: any, default: [&a {TEXT}, {'*a, ' * 1_000}]}}\n",
])
def test_aliases_do_not_repeat_text_without_end(tmp_path: Path, text: str) -> None:
    assert [one.code for one in refused(tmp_path, text)] == ["MC0131"]


@pytest.mark.parametrize("pattern", ["^(a+)+$", "^(a|aa)+$", "^(?=.*a)(a|aa)+$", "(x+x+)+y"])
def test_a_pattern_that_would_search_for_ever_refuses_the_value(tmp_path: Path, pattern: str) -> None:
    value = ("x" if "x" in pattern else "a") * 5_000 + "!"
    findings = refused(tmp_path, f"variables:\n  v: {{type: string, pattern: '{pattern}', default: '{value}'}}\n")
    assert [one.code for one in findings] == ["MC0217"]


def test_only_the_beginning_of_a_large_value_is_written() -> None:
    touched = 0

    class Long(list[int]):
        def __iter__(self):  # type: ignore[no-untyped-def]
            nonlocal touched
            for item in range(100_000):
                touched += 1
                yield item

    assert show(Long([1])) == "[0, 1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12, 13, 14, 15, 16, …"
    assert touched < 100


def _chain(count: int) -> str:
    return "locals:\n  l0: 1\n" + "".join(f"  l{n}: '{{{{ locals.l{n - 1} }}}}'\n" for n in range(1, count))


def _backwards(count: int) -> str:
    body = "".join(f"  l{n}: '{{{{ locals.l{n + 1} }}}}'\n" for n in range(count))
    return f"locals:\n{body}  l{count}: '{{{{ vars.missing }}}}'\n"


def _unset(count: int) -> str:
    return "variables:\n" + "".join(f"  v{n}: {{type: string}}\n" for n in range(count))


def _unknown(count: int) -> str:
    return "".join(f"k{n}: 1\n" for n in range(count))


@pytest.mark.parametrize("make", [_chain, _backwards, _unset, _unknown])
def test_work_grows_as_the_blueprint_does(tmp_path: Path, make: Callable[[int], str]) -> None:
    def seconds(count: int) -> float:
        start = time.process_time()
        with contextlib.suppress(Rejected):
            loaded(tmp_path, make(count))
        return time.process_time() - start

    seconds(100)
    small = seconds(1_000)
    # Eight times as much takes eight times as long; work that grew with the square would take sixty-four times.
    assert seconds(8_000) < 24 * small + 0.5
