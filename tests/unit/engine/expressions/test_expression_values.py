"""What expressions give: types, text, operators, and errors with their place."""

# ruff: noqa: E501 - a table of cases reads best with one a line
from __future__ import annotations

from typing import Any

import pytest

from mcflow.engine.expressions import ExpressionError, evaluate, evaluate_tree, parse
from mcflow.model.codes import CODES

SCOPE: dict[str, Any] = {
    "vars": {
        "size": 2, "name": "web", "ratio": 1.5, "on": True, "nothing": None, "zones": ["a", "b"], "map": {"k": "v", "0": "zero"}, "my-net": 3,
        "text": "[1, 2]", "second": "{{ 7 * 7 }}", "account": "012345678901", "no": "NO", "none_text": "None", "empty": [],
    },
    "locals": {"big": {"deep": [{"x": 1}]}}, "env": {"HOME": "/root"}, "run": {"environment": "test"}, "resources": {"gone": None},
}


def value(text: str, scope: dict[str, Any] | None = None) -> Any:
    template = parse(text)
    assert template is not None
    return evaluate(template, SCOPE if scope is None else scope)


def error(text: str, scope: dict[str, Any] | None = None) -> ExpressionError:
    with pytest.raises(ExpressionError) as caught:
        value(text, scope)
    return caught.value


@pytest.mark.parametrize(
    ("expression", "result"),
    [
        ("vars.size", 2), ("vars.ratio", 1.5), ("vars.on", True), ("vars.nothing", None), ("vars.zones", ["a", "b"]), ("vars.map", {"k": "v", "0": "zero"}),
        ("vars.zones[1]", "b"), ("vars.zones[-1]", "b"), ("vars.zones.0", "a"), ("vars['my-net']", 3), ("vars.map[0]", "zero"), ("vars.map['k']", "v"),
        ("locals.big.deep[0].x", 1), ("env.HOME", "/root"), ("resources.gone", None), ("vars.size + 1", 3), ("vars.size - 3", -1), ("3 * vars.size", 6),
        ("7 / 2", 3.5), ("7 // 2", 3), ("7 % 4", 3), ("-vars.size", -2), ("1 + 2 * 3", 7), ("(1 + 2) * 3", 9), ("'a' + 'b'", "ab"), ("[1] + [2]", [1, 2]),
        ("'a' ~ 1 ~ true ~ 1.5", "a1true1.5"), ("1 < 2 < 3", True), ("1 < 2 > 5", False), ("'a' < 'b'", True), ("1 == 1.0", True), ("1 == true", False),
        ("'1' == 1", False), ("[1, {'a': 2}] == [1, {'a': 2}]", True), ("1 != 2", True), ("'a' in vars.zones", True), ("'z' not in vars.zones", True),
        ("'k' in vars.map", True), ("'e' in vars.name", True), ("not vars.on", False), ("vars.on and 5", 5), ("vars.nothing or 'x'", "x"),
        ("1 if vars.on else 2", 1), ("'a' if vars.empty else 'b'", "b"), ("[1, 'a', none, true]", [1, "a", None, True]), ("(1, 2)", [1, 2]),
        ("{'a': 1, 2: [3]}", {"a": 1, "2": [3]}), ("vars.zones[0:1]", ["a"]), ("vars.zones[1:]", ["b"]), ("vars.name[:2]", "we"),
        ("vars.nothing is none", True), ("vars.name is string", True), ("1 is number", True), ("true is number", False), ("true is boolean", True),
        ("vars.map is mapping", True), ("vars.zones is sequence", True), ("vars.map.zz is defined", False), ("vars.map.zz is not defined", True),
        ("'a' is in ['a']", True), ("vars.map.keys()", ["k", "0"]), ("vars.map.values() | list", ["v", "zero"]), ("vars.map.get('q', 5)", 5),
        ("vars.map.get('q')", None), ("vars.map.items()", [["k", "v"], ["0", "zero"]]), ("vars.zones | map('upper') | join('+')", "A+B"),
        ("[{'x': 1}, {'x': 2}] | map(attribute='x')", [1, 2]), ("[{'x': 1}, {}] | map(attribute='x', default=0)", [1, 0]),
        ("[1, 5] | select('>', 2)", [5]), ("[0, 5] | select", [5]), ("null", None), ("0x10", 16), ("1_000", 1000), ("'\\u00e9'", "é"),
        ("range(vars.size)", [0, 1]), ("vars.map.zz.yy | default('d')", "d"), ("vars.nothing | default('d')", "d"), ("vars.size | default('d')", 2),
    ],
)
def test_a_whole_expression_keeps_its_type(expression: str, result: object) -> None:
    found = value("{{ " + expression + " }}")
    assert found == result
    assert type(found) is type(result)


@pytest.mark.parametrize("text", ["NO", "012345", "22:22", "1e3", "[1,2]", "None", "True", "'quoted'", "1_000", "{'a': 1}", "0x10", "null", " 12 "])
def test_text_stays_text_whatever_it_looks_like(text: str) -> None:
    assert value("{{ vars.x }}", {"vars": {"x": text}}) == text
    assert value("{{ vars.x }}{{ vars.e }}", {"vars": {"x": text, "e": ""}}) == text
    assert value("{{ vars.x ~ '' }}", {"vars": {"x": text}}) == text
    half = len(text) // 2
    assert value("{{ vars.a }}{{ vars.b }}", {"vars": {"a": text[:half], "b": text[half:]}}) == text


@pytest.mark.parametrize(
    ("text", "result"),
    [
        ("x{{ vars.size }}y", "x2y"), ("{{ vars.on }} {{ vars.ratio }}", "true 1.5"), ("{{ vars.name }}-{{ vars.size + 1 }}", "web-3"),
        (" {{ vars.size }}", " 2"), ("{{ vars.size }}\n", 2), ("a {{- vars.size -}} b", "a2b"), ("{{ '{{' }} {{ '%}' }}", "{{ %}"),
        ("{{ '}}' }}", "}}"), ("{{ {'a': {'b': 1}}.a.b }}", 1), ("{{ {'a': {'b': 1}} }}", {"a": {"b": 1}}), ("${#list[@]} {{ vars.size }}", "${#list[@]} 2"),
        ("a {% b {{ vars.size }}", "a {% b 2"), ("line\r\n{{ vars.size }}", "line\r\n2"), ("} } {{ vars.size }} }}", "} } 2 }}"),
        ("{{ vars.\n  size }}", 2),
    ],
)
def test_text_around_expressions(text: str, result: object) -> None:
    assert value(text) == result


@pytest.mark.parametrize("text", ["", "plain", "{ x }", "{ { x } }", "}}", "${#a[@]}", "{%", "%}"])
def test_plain_text_is_no_template(text: str) -> None:
    assert parse(text) is None


def test_data_is_never_evaluated_again() -> None:
    assert value("{{ vars.second }}") == "{{ 7 * 7 }}"
    assert value("x {{ vars.second }}") == "x {{ 7 * 7 }}"
    tree, problems = evaluate_tree({"a": "{{ vars.second }}", "b": ["{{ vars.map }}", "{{ from_json('\"{{ vars.size }}\"') }}"]}, SCOPE)
    assert problems == []
    assert tree == {"a": "{{ 7 * 7 }}", "b": [{"k": "v", "0": "zero"}, "{{ vars.size }}"]}


ERRORS = [
    ("{{ vars.sizee }}", "MC0411", "sizee", "size"),
    ("{{ vars.nope | default(1) }}", "MC0411", "nope", None),
    ("a {{ vars.my-net }}", "MC0411", "my", 'vars["my-net"]'),
    ("{{ vars.map.zz }}", "MC0411", "zz", None),
    ("{{ env.HOEM }}", "MC0411", "HOEM", "HOME"),
    ("{{ foo }}", "MC0410", "foo", None),
    ("{{ zones }}", "MC0410", "zones", "vars.zones"),
    ("{{ each.key }}", "MC0412", "each", None),
    ("{{ resources.gone.id }}", "MC0413", "id", None),
    ("{{ vars.name.upper }}", "MC0414", "upper", None),
    ("{{ vars.zones.name }}", "MC0415", "name", None),
    ("{{ vars.zones[7] }}", "MC0416", "7", None),
    ("{{ vars.map[true] }}", "MC0418", "true", None),
    ("{{ length }}", "MC0421", "length", "length(…)"),
    ("{{ 1 if vars.empty }}", "MC0422", "1 if vars.empty", None),
    ("x {{ '1' + 1 }}", "MC0423", "'1' + 1", "use ~ to put values together as text"),
    ("{{ 1 / 0 }}", "MC0423", "1 / 0", None),
    ("{{ 1 < 'a' }}", "MC0423", "1 < 'a'", None),
    ("{{ 'x' * 3 }}", "MC0423", "'x' * 3", "| int"),
    ("{{ vars.name.upper() }}", "MC0424", "vars.name.upper()", "vars.name | upper"),
    ("{{ vars.name | uper }}", "MC0425", "vars.name | uper", "upper"),
    ("{{ cidrsubnet('10.0.0.0/8') }}", "MC0426", "cidrsubnet('10.0.0.0/8')", "cidrsubnet(cidr, new_bits, number)"),
    ("{{ cidrmask('10.0.0.1/8') }}", "MC0427", "cidrmask('10.0.0.1/8')", "10.0.0.0/8"),
    ("{{ vars.name is empty }}", "MC0428", None, None),
    ("x {{ vars.zones }}", "MC0430", "vars.zones", "{{ vars.zones | join(',') }}"),
    ("x {{ vars.map }}", "MC0430", "vars.map", "{{ vars.map | json }}"),
    ("x {{ vars.nothing }}", "MC0430", "vars.nothing", "{{ vars.nothing | default('') }}"),
    ("{{ 2 ** 3 }}", "MC0407", None, None),
    ("{{ vars.a + }}", "MC0401", None, None),
    ("{{ vars.size vars.name }}", "MC0401", "vars", None),
    ("{{ 'abc }}", "MC0401", "'", None),
    ("{{ (1 }}", "MC0401", "}", None),
    ("{{ 1) }}", "MC0401", ")", None),
    ("a {{ vars.size", "MC0402", "{{", None),
    ("{% if x %}a{% endif %}", "MC0403", "{% if", None),
    ("a {# note #} {{ vars.size }}", "MC0404", "{# note #}", None),
    ("{{ }}", "MC0406", "{{ }}", None),
    ("docker ps --format {{.Names}}", "MC0408", "{{.Names}}", "{{ '{{' }}.Names}}"),
]


@pytest.mark.parametrize(("text", "code", "marked", "suggestion"), ERRORS, ids=[f"{code}-{n}" for n, (_, code, _, _) in enumerate(ERRORS)])
def test_errors_name_their_place_and_what_to_write(text: str, code: str, marked: str | None, suggestion: str | None) -> None:
    found = error(text)
    assert found.code == code
    if marked is not None:
        assert text[found.offset:found.offset + found.length] == marked
    assert found.suggestion == suggestion or (suggestion is None and code in ("MC0410", "MC0411", "MC0428"))
    finding = found.diagnostic()
    for text_shown in (finding.message, finding.help):
        assert "<" not in text_shown.replace("< ", "").replace("'<'", "")


def test_every_problem_of_a_tree_is_told_with_its_path() -> None:
    value_, problems = evaluate_tree({"a": "{{ vars.q }}", "b": [1, "{{ 1 / 0 }}", "ok"], "{{ k }}": 1}, SCOPE, ("root",))
    assert value_["b"] == [1, None, "ok"]
    assert [(path, problem.code) for path, problem in problems] == [
        (("root", "{{ k }}"), "MC0409"), (("root", "a"), "MC0411"), (("root", "b", 1), "MC0423"),
    ]


def test_every_code_has_a_page_with_a_wrong_and_a_right_way() -> None:
    for code, page in CODES.items():
        if code.startswith(("MC04", "MC01")):
            assert "Wrong" in page.explain, code
            assert "Right" in page.explain, code


def test_references_are_read_from_the_tree() -> None:
    template = parse("{{ resources.net.id ~ resources['a-b'].x[vars.i].y ~ locals.l[0] ~ resources.web.values() | length ~ upper(each.key) }}")
    assert template is not None
    text = template.text
    found = [(one.root, one.path, one.dynamic, text[one.offset:one.offset + one.length]) for one in template.references]
    assert found == [
        ("resources", ("net", "id"), False, "resources.net.id"),
        ("resources", ("a-b", "x"), True, "resources['a-b'].x[vars.i].y"),
        ("vars", ("i",), False, "vars.i"),
        ("locals", ("l", "0"), False, "locals.l[0]"),
        ("resources", ("web",), False, "resources.web"),
        ("each", ("key",), False, "each.key"),
    ]
