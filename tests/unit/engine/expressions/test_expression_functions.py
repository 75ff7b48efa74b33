"""The function library: every example of its table, and what each function refuses."""

# ruff: noqa: E501 - a table of cases reads best with one a line
from __future__ import annotations

from typing import Any

import pytest
import yaml
from hypothesis import given
from hypothesis import strategies as st

from mcflow.engine.expressions import ExpressionError, evaluate, functions_table, parse
from mcflow.engine.reading import read_yaml
from mcflow.model.values import Ref, Secret, Unknown

PROMISED = ["cidrsubnet", "cidrhost", "cidrmask", "cidrcontains", "merge", "keys", "values", "items", "lookup", "flatten", "zipmap", "join", "split", "regex", "regex_all", "replace", "upper", "lower", "title", "trim", "json", "from_json", "yaml", "from_yaml", "b64", "from_b64", "sh", "file", "sha256", "range", "format", "length", "min", "max", "sum", "sort", "unique", "reverse", "first", "last", "default", "coalesce", "contains", "startswith", "endswith", "int", "float", "string", "bool", "abs", "round", "ceil", "floor", "concat", "slice", "distinct", "index", "map", "select", "reject", "list"]
TABLE = {row["name"]: row for row in functions_table()}


def value(expression: str, **variables: Any) -> Any:
    template = parse("{{ " + expression + " }}")
    assert template is not None
    return evaluate(template, {"vars": variables, "run": {}})


def test_the_library_is_what_was_promised() -> None:
    assert set(PROMISED) <= set(TABLE)


@pytest.mark.parametrize("name", [name for name in TABLE if name != "file"])
def test_every_example_gives_its_result(name: str) -> None:
    row = TABLE[name]
    assert row["doc"]
    assert row["signature"].startswith(name + "(")
    found = value(row["example"])
    assert found == row["result"]
    assert type(found) is type(row["result"])


@pytest.mark.parametrize("name", sorted(set(TABLE) - {"file", "map", "select", "reject", "selectattr", "rejectattr"}))
def test_every_function_is_defined_on_unknown_and_secret_arguments(name: str) -> None:
    count = max(1, TABLE[name]["signature"].count(",") + 1 - TABLE[name]["signature"].count("="))
    unknown = value(f"{name}({', '.join(['vars.u'] * count)})", u=Unknown(Ref("a/b")))
    assert isinstance(unknown, Unknown)
    shown = ""
    secret: Any = Secret("")
    try:
        secret = value(f"{name}({', '.join(['vars.s'] * count)})", s=Secret("sentinel-7"))
    except ExpressionError as refused:
        shown = f"{refused} {refused.suggestion}"
    assert isinstance(secret, Secret)
    assert "sentinel-7" not in shown


@pytest.mark.parametrize(
    ("expression", "result"),
    [
        ("cidrsubnet('fd00::/48', 16, 1)", "fd00:0:0:1::/64"), ("cidrsubnet('10.0.0.0/16', 0, 0)", "10.0.0.0/16"), ("cidrhost('10.0.0.0/24', -1)", "10.0.0.255"),
        ("cidrcontains('10.0.0.0/16', '10.1.0.1')", False), ("cidrcontains('10.0.0.0/16', 'fd00::1')", False), ("cidrcontains('fd00::/8', 'fd00::1')", True),
        ("'a b' | split", ["a", "b"]), ("'x' | format", "x"), ("format('%5s|%x|%.1f|%%', 'ab', 255, 1.25)", "   ab|ff|1.2|%"), ("regex('abc', 'z')", None),
        ("regex('abc', 'b')", "b"), ("regex('k=v', '(\\\\w)=(\\\\w)')", ["k", "v"]), ("join([1, true, 'x'], ',')", "1,true,x"), ("int('-7')", -7), ("int(2.9)", 2),
        ("int(true)", 1), ("float(2)", 2.0), ("bool('FALSE')", False), ("round(2.5)", 3), ("round(-2.5)", -3), ("min(['b', 'a'])", "a"), ("sum([])", 0),
        ("unique([1, true, '1', 1.0])", [1, True, "1"]), ("[3, 1] | sort(reverse=true)", [3, 1]), ("range(5, 0, -2)", [5, 3, 1]), ("merge({'a': 1}, null)", {"a": 1}),
        ("'web' | slice(1, 2)", "e"), ("contains('web', 'e')", True), ("contains({'a': 1}, 'a')", True), ("sh(['a b', 'c'])", "'a b' c"), ("'$(id)' | sh", "'$(id)'"),
        ("from_yaml('a: NO')", {"a": "NO"}), ("from_json('\"{{ vars.x }}\"')", "{{ vars.x }}"), ("trim('--a--', '-')", "a"), ("lookup({'a': null}, 'a', 1)", None),
        ("coalesce(vars.nothing, 'x')", "x"), ("json('é')", '"é"'), ("{'b': 1, 'a': 2} | json", '{"b": 1, "a": 2}'), ("flatten([])", []),
    ],
)
def test_what_functions_give(expression: str, result: object) -> None:
    found = value(expression, nothing=None)
    assert found == result
    assert type(found) is type(result)


@pytest.mark.parametrize(
    "expression",
    ["cidrsubnet('10.0.0.0/30', 8, 0)", "cidrsubnet('10.0.0.0/16', 2, 4)", "cidrhost('10.0.0.0/30', 4)", "cidrmask('x')", "merge([1])", "zipmap(['a'], [])",
     "first([])", "last('abc')", "lookup({}, 'a')", "split('a', '')", "replace('a', '', 'b')", "format('%s')", "format('a', 1)", "format('%q', 1)", "format('50%')",
     "regex('a', '(')", "int('1.5')", "int('x')", "bool('maybe')", "float('x')", "sort([1, 'a'])", "min([])", "min([1, 'a'])", "sum(['a'])", "upper(1)", "range(1, 2, 0)",
     "from_json('{')", "from_yaml('a: [')", "from_b64('?')", "round('a')", "index([1], 2)", "coalesce(null)", "join('abc')", "join([[1]])", "keys([1])", "length(1)",
     "json([1], 100)", "contains(1, 1)", "abs(true)"],
)
def test_what_functions_refuse(expression: str) -> None:
    with pytest.raises(ExpressionError) as caught:
        value(expression)
    assert caught.value.code == "MC0427"
    assert len(caught.value.arguments["problem"]) > 5


JSON = st.recursive(
    st.one_of(st.none(), st.booleans(), st.integers(-10**12, 10**12), st.text(st.characters(blacklist_categories=("Cs",)), max_size=12),
              st.sampled_from(["NO", "1e3", "0o17", "012", "~", "", " ", "null", "2024-01-01", "a: b", "- x", "#", "x\ny\n", "\n", "22:22", "=", "<<"])),
    lambda inner: st.one_of(st.lists(inner, max_size=3), st.dictionaries(st.text(st.characters(blacklist_categories=("Cs",)), max_size=5), inner, max_size=3)),
    max_leaves=8,
)


@given(JSON)
def test_json_and_base64_come_back(data: Any) -> None:
    assert value("vars.x | json | from_json", x=data) == data
    assert value("vars.x | json | b64 | from_b64 | from_json", x=data) == data


@given(st.one_of(st.lists(JSON, max_size=3), st.dictionaries(st.sampled_from(["a", "no", "1", "x y"]), JSON, max_size=3)))
def test_yaml_reads_back_the_same_with_old_and_new_readers(data: Any) -> None:
    text = value("yaml(vars.x)", x=data)
    assert yaml.safe_load(text) == data
    if text.isprintable() or text.isascii():
        assert read_yaml(text, "f").value == data


def test_files_are_read_below_the_folder_only(tmp_path: Any) -> None:
    (tmp_path / "in").mkdir()
    (tmp_path / "in" / "a.txt").write_text("{{ vars.x }} é")
    (tmp_path / "out.txt").write_text("outside")
    (tmp_path / "in" / "link").symlink_to("a.txt")
    (tmp_path / "in" / "away").symlink_to("../out.txt")
    scope = {"vars": {}, "run": {"directory": str(tmp_path / "in")}}
    for name in ("a.txt", "./a.txt", "link"):
        template = parse("{{ file('" + name + "') }}")
        assert template is not None
        assert evaluate(template, scope) == "{{ vars.x }} é"
    for name in ("../out.txt", "away", "none.txt", ".", "/etc/hostname"):
        template = parse("{{ file('" + name + "') }}")
        assert template is not None
        with pytest.raises(ExpressionError) as caught:
            evaluate(template, scope)
        assert caught.value.code == "MC0427"
