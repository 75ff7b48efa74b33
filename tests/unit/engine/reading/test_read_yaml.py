"""What YAML means to mcflow, and what it refuses, with its place."""

# ruff: noqa: E501 - a table of cases reads best with one a line
from __future__ import annotations

import pytest

from mcflow.engine.reading import Document, read_file, read_yaml
from mcflow.engine.reading.scalars import NumberError, resolve
from mcflow.model.codes import CODES
from mcflow.model.diagnostic import Diagnostic, Rejected


def rejected(text: str) -> list[Diagnostic]:
    with pytest.raises(Rejected) as caught:
        read_yaml(text, "f.yaml")
    return list(caught.value.diagnostics)


@pytest.mark.parametrize(
    ("text", "value"),
    [
        ("NO", "NO"), ("no", "no"), ("off", "off"), ("y", "y"), ("22:22", "22:22"), ("12:30:45", "12:30:45"), ("1_000", "1_000"),
        ("2024-01-01", "2024-01-01"), ("0x1F", 31), ("0o17", 15), ("012345", 12345), ("+12", 12), ("1e3", 1000.0), ("1.10", 1.1), (".5", 0.5),
        ("-0", 0), ("true", True), ("True", True), ("tRue", "tRue"), ("null", None), ("~", None), ("", None), ("=", "="), ("0x", "0x"),
        ("1.2.3", "1.2.3"), ("-", "-"), ("+", "+"), (".", "."), ("e3", "e3"), ("10.0.0.0/16", "10.0.0.0/16"), ("Null", None), ("NuLL", "NuLL"),
    ],
)
def test_plain_scalars_follow_the_core_schema(text: str, value: object) -> None:
    found = resolve(text)
    assert found == value
    assert type(found) is type(value)


@pytest.mark.parametrize("text", [".inf", "-.INF", ".nan", "1e999", "9" * 401, "0x" + "f" * 500])
def test_numbers_that_json_has_not_are_refused(text: str) -> None:
    with pytest.raises(NumberError):
        resolve(text)
    (finding,) = rejected(f"a: {text}")
    assert finding.code == "MC0129"


def test_values_keep_their_types_and_plain_scalars_their_text() -> None:
    document = read_yaml("a: 012345\nb: '012345'\nc: NO\nd: [1.10, x]\ne:\nf: true\n", "f.yaml")
    assert document.value == {"a": 12345, "b": "012345", "c": "NO", "d": [1.1, "x"], "e": None, "f": True}
    assert document.raw == {("a",): "012345", ("d", 0): "1.10", ("e",): "", ("f",): "true"}


def test_keys_are_text() -> None:
    assert read_yaml("1: a\ntrue: b\nno: c\n'<<': d\n1.10: e\n", "f").value == {"1": "a", "true": "b", "no": "c", "<<": "d", "1.10": "e"}


def test_an_empty_file_is_null_and_a_byte_order_mark_is_ignored() -> None:
    assert read_yaml("", "f").value is None
    assert read_yaml("# nothing\n", "f").value is None
    document = read_yaml("\ufeffa: 1\n", "f")
    assert document.value == {"a": 1}
    assert document.keys[("a",)].column == 1


def test_line_endings_of_every_system() -> None:
    for ending in ("\n", "\r\n", "\r"):
        document = read_yaml(ending.join(["a: 1", "b:", "  - x", ""]), "f")
        assert document.value == {"a": 1, "b": ["x"]}
        assert document.positions[("b", 0)].line == 3


def test_aliases_are_read_as_if_their_text_stood_there() -> None:
    document = read_yaml("a: &x {n: 012, l: [1]}\nb: *x\nc: [*x, *x]\nd: &y text\ne: *y\n", "f")
    assert document.value["b"] == document.value["a"] == {"n": 12, "l": [1]}
    assert document.value["b"] is not document.value["a"]
    assert document.raw[("c", 1, "n")] == "012"
    assert document.value["e"] == "text"
    assert document.positions[("b", "n")].line == 1


WRONG = [
    ("a: {{ x.y }}\n", "MC0125", (1, 4, 13), '"{{ x.y }}"'),
    ("- {{ x.y }}-z\n", "MC0125", (1, 3, 12), '"{{ x.y }}-z"'),
    ('a: {{ f("x", 1) }}\n', "MC0125", (1, 4, 19), "'{{ f(\"x\", 1) }}'"),
    ("a: {{ x }} # note\n", "MC0125", (1, 4, 11), '"{{ x }}"'),
    ("{{ x }}: 1\n", "MC0125", (1, 1, 8), None),
    ("a:\n\tb: 1", "MC0111", (2, 1, 2), None),
    ("\ta: 1", "MC0111", (1, 1, 2), None),
    ("a: b: c", "MC0112", (1, 5, 6), 'a: "b: c"'),
    ("a: 1\nb\nc: 2\n", "MC0113", (2, 1, 2), "b:"),
    ("a:\n  x: 1\n  type:vpc\n", "MC0113", (3, 3, 11), "type: vpc"),
    ('x: "abc\ny: 1', "MC0114", (1, 4, 5), None),
    ("x: 'abc\ny: 1", "MC0114", (1, 4, 5), None),
    ('x: "\\d"', "MC0115", (1, 5, 6), None),
    ("x: [1, 2\ny: 3", "MC0116", (2, 2, 3), None),
    ("x: {a: 1\n", "MC0116", (2, 1, 2), None),
    ("x: @foo # c", "MC0117", (1, 4, 5), '"@foo"'),
    ("x: `foo`", "MC0117", (1, 4, 5), '"`foo`"'),
    ("x: %foo", "MC0117", (1, 4, 5), '"%foo"'),
    ("a:\n    b: 1\n  c: 2", "MC0118", (3, 3, 4), None),
    ("a: - 1", "MC0119", (1, 4, 5), None),
    ("a: 1\nb: 2\na: 3\n", "MC0120", (3, 1, 2), None),
    ('1: a\n"1": b\n', "MC0120", (2, 1, 4), None),
    ("x: {a: 1, a: 2}", "MC0120", (1, 11, 12), None),
    ("a: &x {k: 1}\nb:\n  <<: *x\n", "MC0121", (3, 3, 5), None),
    ("? [a]\n: 1", "MC0122", (1, 3, 4), None),
    ("a: &x 1\n*x : 2\n", "MC0122", (2, 1, 3), None),
    ("a: !!python/object/apply:os.system [id]", "MC0123", (1, 4, 36), None),
    ("a: !!str 01", "MC0123", (1, 4, 12), '"01"'),
    ("!!map {a: 1}", "MC0123", (1, 1, 8), None),
    ("a: 1\n---\nb: 1", "MC0124", (2, 1, 4), None),
    ("a: *x", "MC0126", (1, 4, 6), None),
    ("a: &x [*x]", "MC0127", (1, 8, 10), None),
    ("%YAML 1.1\n---\na: 1\n", "MC0134", (1, 1, 4), None),
    ("a: &x 1\nb: &x 2\n", "MC0135", (2, 4, 8), None),
    ("a: | foo\n  bar", "MC0136", (1, 6, 7), None),
    ("a: [, 1]", "MC0137", (1, 5, 6), None),
    ("[1, 2]]", "MC0138", (1, 7, 8), None),
    ("a: *.example.com", "MC0139", (1, 5, 6), None),
    ("a: 'x' y", "MC0140", (1, 8, 9), None),
    ("x: 'it's'\n", "MC0140", (1, 8, 9), None),
    ("a:b\nc: d", "MC0113", (1, 1, 4), "a: b"),
    ("type:vpc\nname: x", "MC0113", (1, 1, 9), "type: vpc"),
    ("x\ny: 1", "MC0113", (1, 1, 2), "x:"),
    ("a: 1\n  b: 2\n", "MC0112", (2, 4, 5), None),
    ("日本: {{ x }}", "MC0125", (1, 5, 12), '"{{ x }}"'),
]


@pytest.mark.parametrize(("text", "code", "span", "suggestion"), WRONG, ids=[f"{code}-{n}" for n, (_, code, _, _) in enumerate(WRONG)])
def test_a_wrong_file_is_explained(text: str, code: str, span: tuple[int, int, int], suggestion: str | None) -> None:
    findings = rejected(text)
    assert [finding.code for finding in findings] == [code]
    finding = findings[0]
    assert finding.position is not None
    assert (finding.position.line, finding.position.column) == span[:2]
    if code not in ("MC0134", "MC0123"):
        assert finding.position.end_column == span[2]
    assert finding.suggestion == suggestion
    assert "<" not in finding.message.replace("<<", "")
    assert CODES[code].explain


def test_every_finding_is_told_not_only_the_first() -> None:
    found = rejected("a: 1\na: 2\nb: !t x\nc: {{ x }}\nd: *y\n")
    assert [finding.code for finding in found] == ["MC0120", "MC0123", "MC0125", "MC0126"]
    assert found[0].related[0].position is not None
    assert found[0].related[0].position.line == 1


def test_findings_before_a_syntax_error_are_kept() -> None:
    assert [finding.code for finding in rejected("a: 1\na: 2\nb: [\n")] == ["MC0120", "MC0137"]


def test_files_that_cannot_be_read(tmp_path: object) -> None:
    from pathlib import Path

    folder = Path(str(tmp_path))
    (folder / "latin.yaml").write_bytes(b"a: 1\nb: caf" + b"\xe9\n")
    (folder / "wide.yaml").write_bytes("a: 1".encode("utf-16"))
    for name, code in (("none.yaml", "MC0101"), ("", "MC0101"), ("latin.yaml", "MC0104"), ("wide.yaml", "MC0104")):
        with pytest.raises(Rejected) as caught:
            read_file(folder / name)
        assert [finding.code for finding in caught.value.diagnostics] == [code]
    position = _position(folder / "latin.yaml")
    assert position == (2, 7)


def _position(path: object) -> tuple[int, int]:
    with pytest.raises(Rejected) as caught:
        read_file(str(path))
    position = caught.value.diagnostics[0].position
    assert position is not None
    return position.line, position.column


def test_a_pipe_is_refused_without_waiting(tmp_path: object) -> None:
    import os

    pipe = f"{tmp_path}/pipe"
    os.mkfifo(pipe)
    with pytest.raises(Rejected) as caught:
        read_file(pipe)
    assert caught.value.diagnostics[0].code == "MC0102"


def test_the_pure_parser_reads_the_same(monkeypatch: pytest.MonkeyPatch) -> None:
    import yaml

    from mcflow.engine.reading import reader

    text = "a: [1, {b: 'x'}]\nc: |\n  t\n  {{ x }}\nd: &x NO\ne: *x\n"
    quick: Document = read_yaml(text, "f")
    monkeypatch.setattr(reader, "_PARSER", yaml.SafeLoader)
    slow = read_yaml(text, "f")
    assert (slow.value, slow.positions, slow.keys, slow.raw) == (quick.value, quick.positions, quick.keys, quick.raw)
