"""Files made to hurt: each is refused (or read) quickly, without a traceback, and never crashes the process."""

from __future__ import annotations

import contextlib
import time
from collections.abc import Callable

import pytest

from mcflow.engine.reading import limits, read_yaml
from mcflow.model.diagnostic import Diagnostic, Rejected


def _laughs(width: int, levels: int) -> str:
    lines = ["a0: &a0 [" + ", ".join("x" * width) + "]"]
    lines += [f"a{n}: &a{n} [" + ", ".join([f"*a{n - 1}"] * width) + "]" for n in range(1, levels)]
    return "\n".join(lines)


HOSTILE: dict[str, tuple[Callable[[], str], str | None]] = {
    "deep list": (lambda: "[" * 1_000_000, "MC0130"),
    "deep mapping": (lambda: "{a: " * 1_000_000, "MC0130"),
    "deep braces": (lambda: "{" * 1_000_000, "MC0125"),
    "deep block": (lambda: "\n".join(" " * n + "a:" for n in range(2_000)), "MC0130"),
    "deep dashes": (lambda: "- " * 100_000, "MC0130"),
    "deep keys": (lambda: "? " * 100_000, "MC0122"),
    "deep after closing": (lambda: "[" * 63 + "]" * 63, None),
    "billion laughs": (lambda: _laughs(9, 12), "MC0131"),
    "quadratic aliases": (lambda: "a: &a [" + "x, " * 5_000 + "x]\nb: [" + "*a, " * 5_000 + "*a]", "MC0131"),
    "many anchors": (lambda: "".join(f"k{n}: &a{n} v\n" for n in range(20_000)), None),
    "nested anchors": (lambda: "".join(f"&a{n} [" for n in range(60)) + "x" + "]" * 60, None),
    "anchors in a bomb": (lambda: "&a [&b [*a, *b], *b, *b]", "MC0127"),
    "merge bomb": (lambda: "a: &a {k: 1}\n" + "".join(f"b{n}: {{<<: *a}}\n" for n in range(100)), "MC0121"),
    "long scalar": (lambda: "a: " + "x" * (limits.SCALAR_CHARACTERS + 1), "MC0132"),
    "long key": (lambda: "? '" + "x" * (limits.SCALAR_CHARACTERS + 1) + "'\n: 1", "MC0132"),
    "long number": (lambda: "a: " + "9" * 1_000_000, "MC0129"),
    "many duplicates": (lambda: "a: 1\n" * 5_000, "MC0120"),
    "NUL": (lambda: "a: x\0y", "MC0105"),
    "escape character": (lambda: "a: \x1b[31m", "MC0105"),
    "surrogate": (lambda: "a: \ud800", "MC0105"),
    "line separator": (lambda: "a: x\u2028b: y", "MC0105"),
    "mark in the middle": (lambda: "a: \ufeff", "MC0105"),
    "right to left": (lambda: "a: \u202egnp.exe", "MC0106"),
    "isolate": (lambda: "# \u2066 note\na: 1", "MC0106"),
    "many control characters": (lambda: "\x01" * 100_000, "MC0105"),
    "python object": (lambda: "!!python/object/apply:os.system ['id']", "MC0123"),
    "python name": (lambda: "a: !!python/name:os.system", "MC0123"),
    "own tag": (lambda: "%TAG ! tag:x,2000:\n---\na: !b c", "MC0134"),
    "many documents": (lambda: "---\na: 1\n" * 10_000, "MC0124"),
    "unclosed quotes": (lambda: "a: \"" + "b: 'x\n" * 20_000, "MC0114"),
    "colons": (lambda: ":" * 50_000, None),
    "quotes": (lambda: "'" * 50_001, "MC0114"),
    "commas": (lambda: "[" + "," * 100_000, "MC0137"),
    "questions": (lambda: "{" + "?," * 50_000, None),
    "unquoted expression, long": (lambda: "a: {{ " + "x" * 100_000 + "\n", "MC0125"),
    "blank lines": (lambda: "\n" * 500_000 + "a: [", "MC0137"),
}


@pytest.mark.parametrize("name", HOSTILE)
def test_hostile_text_is_read_or_refused_quickly(name: str) -> None:
    make, code = HOSTILE[name]
    text = make()
    start = time.process_time()
    findings: tuple[Diagnostic, ...] = ()
    try:
        read_yaml(text, "f")
    except Rejected as verdict:
        findings = verdict.diagnostics
    # Under a second where nothing else runs; here only what hangs is to be found out, growth is measured below.
    assert time.process_time() - start < 5
    assert all(len(finding.message) < 5_000 and len(finding.suggestion or "") < 1_000 for finding in findings)
    if code is not None:
        assert code in [finding.code for finding in findings]


def _resources(count: int) -> str:
    return "".join(f"r{n}:\n  type: vm\n  properties: {{size: {n}, name: 'x{n}'}}\n" for n in range(count))


@pytest.mark.parametrize("make", [
    _resources, lambda count: "{" + "?," * count + "}", lambda count: "a: 1\n" * count,
    lambda count: "".join(f"k{n}: &a{n} v\n" for n in range(count)),
    lambda count: "a: &a x\n" + "".join(f"k{n}: *a\n" for n in range(count)), lambda count: "'" * count, lambda count: "[" + "," * count,
], ids=["resources", "questions", "duplicates", "anchors", "aliases", "quotes", "commas"])
@pytest.mark.slow
def test_reading_grows_with_the_size_only(make: Callable[[int], str]) -> None:
    def seconds(count: int) -> float:
        text = make(count)
        best = 100.0
        for _ in range(3):
            start = time.process_time()
            with contextlib.suppress(Rejected):
                read_yaml(text, "f")
            best = min(best, time.process_time() - start)
        return best

    # Eight times the text takes eight times as long; work that grew with the square would take sixty-four times.
    assert seconds(16_000) < 24 * seconds(2_000) + 0.1
