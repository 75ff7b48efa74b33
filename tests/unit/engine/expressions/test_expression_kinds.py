"""Unknown, secret and handle values in expressions."""

# ruff: noqa: E501 - a table of cases reads best with one a line
from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import pytest

from mcflow.engine.expressions import ExpressionError, evaluate, finish_template, parse
from mcflow.model.values import Derived, Export, Handle, Ref, Secret, Unknown, Value

NET_ID = Unknown(Ref("net/vpc"), {"type": "string"})
TOKEN = Unknown(Ref("net/vpc", ("token",)), sensitive=True)


class Target:
    """A resource as handles see it."""

    def __init__(self, **exports: Value) -> None:
        self.values = exports

    @property
    def properties(self) -> Mapping[str, Value]:
        return {"cidr": "10.0.0.0/16", "later": NET_ID}

    def export(self, name: str) -> Value:
        return self.values[name]

    def private(self, name: str) -> Value:
        raise AssertionError(f"expressions read no private exports, {name}")

    def native(self, role: str, attribute: str) -> Value:
        return {"gateway": {"id": "igw-1", "later": Ref("net/gateway", ("later",))}}[role][attribute]

    def exports(self) -> tuple[str, ...]:
        return tuple(self.values)


def make(**exports: Value) -> dict[str, Any]:
    net = Handle("net", "vpc", "c", Target(**{"id": NET_ID, "cidr": "10.0.0.0/16", "token": TOKEN, "early": Export("net", "early"), **exports}))
    web = {key: Handle(f'web["{key}"]', "vm", "c", Target(id=f"i-{key}", ip=f"10.0.0.{n}"), key=key) for n, key in enumerate("ab")}
    return {
        "vars": {"pw": Secret("hunter2"), "creds": Secret({"user": "u", "pass": "p"}), "name": "web", "i": "a", "list": [1], "unknown": NET_ID},
        "locals": {"net": net, "pair": {"a": NET_ID, "b": 1}}, "env": {}, "run": {},
        "resources": {"net": net, "web": web, "gone": None, "given": Handle("", "vpc", "c", None, literal="vpc-9")},
        "each": {"key": "a", "value": net},
    }


SCOPE = make()


def value(text: str, scope: Mapping[str, Any] = SCOPE) -> Any:
    template = parse(text)
    assert template is not None
    return evaluate(template, scope)


def error(text: str) -> ExpressionError:
    with pytest.raises(ExpressionError) as caught:
        value(text)
    return caught.value


# unknown


@pytest.mark.parametrize("expression", ["resources.net.id", "vars.unknown", "each.value.id", "locals.net.id", "resources.net.inputs.later",
                                        "resources.net['id']", "resources.net.id | default('x')", "resources.net.id if true else 1",
                                        "first([resources.net.id])", "locals.pair.a", "coalesce(null, vars.unknown)"])
def test_a_path_to_an_unknown_is_that_unknown(expression: str) -> None:
    assert value("{{ " + expression + " }}") is NET_ID


def test_what_is_bound_later_is_unknown() -> None:
    found = value("{{ resources.net.early }}")
    assert isinstance(found, Unknown)
    assert found.source == Export("net", "early")
    assert value("{{ resources.net.native.gateway.later }}").source == Ref("net/gateway", ("later",))


def test_lists_and_mappings_keep_unknowns_inside() -> None:
    found = value("{{ {'a': [resources.net.id, 1], 'b': vars.name} }}")
    assert found["a"][0] is NET_ID
    assert found["a"][1] == 1
    assert found["b"] == "web"


@pytest.mark.parametrize(
    ("expression", "result"),
    [("length([resources.net.id])", 1), ("keys(locals.pair)", ["a", "b"]), ("merge(locals.pair, {'b': 2}).b", 2), ("lookup(locals.pair, 'b')", 1),
     ("[resources.net.id, 5] | last", 5), ("locals.pair is mapping", True), ("resources.net.id is defined", True), ("concat([vars.unknown], [1])[1]", 1),
     ("zipmap(['x'], [vars.unknown]) | keys", ["x"]), ("resources.gone is none", True), ("resources.net is none", False)],
)
def test_structure_is_known_where_values_are_not(expression: str, result: object) -> None:
    assert value("{{ " + expression + " }}") == result


@pytest.mark.parametrize(
    "text",
    ["a {{ resources.net.id }}", "{{ resources.net.id ~ 'x' }}", "{{ resources.net.id == 'x' }}", "{{ 1 if resources.net.id else 2 }}", "{{ not resources.net.id }}",
     "{{ resources.net.id | upper }}", "{{ resources.net.id and 1 }}", "{{ resources.net.id.x }}", "{{ resources.net.id[0] }}", "{{ vars.list[resources.net.id] }}",
     "{{ resources.net.id in ['a'] }}", "{{ [resources.net.id] | join }}", "{{ json({'a': resources.net.id}) }}", "{{ [upper(resources.net.id), 1] }}",
     "{{ resources.net.id is none }}", "{{ {resources.net.id: 1} }}", "{{ [1] | select('==', resources.net.id) }}", "{{ length(resources.net.id) }}",
     "{{ resources.net.id | map('upper') }}", "{{ zipmap([resources.net.id], [1]) }}", "{{ [vars.unknown] | map('string') }}", "{{ slice([1], 0, vars.unknown) }}"],
)
def test_computing_with_an_unknown_makes_the_scalar_unknown(text: str) -> None:
    found = value(text)
    assert isinstance(found, Unknown)
    assert isinstance(found.source, Derived)
    assert found.source.op == "template"
    assert found.source.args[0] == text
    assert not found.sensitive


def test_a_waiting_scalar_keeps_what_it_reads_and_no_more() -> None:
    text = "{{ resources.net.id ~ vars.name ~ resources.web[vars.i].ip ~ locals.pair.b ~ each.value.cidr ~ (vars.nothing if false else '') }}"
    found = value(text.replace("vars.nothing", "vars.list"))
    _, scope, uses = found.source.args
    assert scope == {"vars": {"name": "web", "i": "a", "list": [1]}, "locals": {"pair": {"b": 1}}, "each": {"value": {"$handle": ["net", None]}}}
    assert uses == ["net", "web"]


def test_a_resource_in_a_branch_that_may_be_taken_is_noted() -> None:
    found = value("{{ resources.web[vars.i].ip if resources.net.id == 'x' else resources.web['b'].ip }}")
    assert found.source.args[2] == ["net", "web"]


def test_all_resources_are_noted_where_any_may_be_read() -> None:
    names = sorted(SCOPE["resources"])
    assert value("{{ length(resources.keys()) ~ resources.net.id }}").source.args[2] == names
    assert value("{{ resources | length ~ resources.net.id }}").source.args[2] == names


def test_errors_behind_an_unknown_are_found() -> None:
    assert error("{{ resources.net.id ~ vars.nope }}").code == "MC0411"
    assert error("{{ resources.net.id ~ (1 / 0) }}").code == "MC0423"


def test_a_waiting_scalar_is_finished_with_the_real_values() -> None:
    text = "{{ resources.net.id ~ '/' ~ vars.name ~ '/' ~ each.value.cidr ~ '/' ~ locals.net.id }}"
    waiting = value(text)
    assert isinstance(waiting.source, Derived)
    after = make(id="vpc-1")
    assert finish_template(waiting.source.args, after["resources"]) == "vpc-1/web/10.0.0.0/16/vpc-1"
    still = finish_template(waiting.source.args, SCOPE["resources"])
    assert isinstance(still, Unknown)


def test_a_finished_scalar_keeps_type_and_secrecy() -> None:
    waiting = value("{{ [resources.net.id ~ '', {'a': 1}] }}")
    assert finish_template(waiting.source.args, make(id="x")["resources"]) == ["x", {"a": 1}]
    hidden = value("{{ resources.net.id ~ vars.pw }}")
    assert hidden.sensitive
    assert finish_template(hidden.source.args, make(id="x")["resources"]) == Secret("xhunter2")


def test_files_are_kept_for_apply(tmp_path: Any) -> None:
    (tmp_path / "a.txt").write_text("{{ not evaluated }}")
    scope = {**SCOPE, "run": {"directory": str(tmp_path)}}
    waiting = value("{{ file('a.txt') ~ resources.net.id }}", scope)
    (tmp_path / "a.txt").write_text("changed")
    assert finish_template(waiting.source.args, make(id="x")["resources"]) == "{{ not evaluated }}x"


# secret


@pytest.mark.parametrize(
    ("expression", "clear"),
    [("vars.pw", "hunter2"), ("vars.pw | upper", "HUNTER2"), ("vars.pw ~ 'x'", "hunter2x"), ("vars.pw == 'x'", False), ("vars.creds.user", "u"),
     ("vars.creds['pass']", "p"), ("json(vars.creds)", '{"user": "u", "pass": "p"}'), ("json([vars.pw])", '["hunter2"]'), ("length(vars.pw)", 7),
     ("1 if vars.pw == 'hunter2' else 2", 1), ("not vars.pw", False), ("vars.pw and 5", 5), ("keys(vars.creds)", ["user", "pass"]),
     ("[vars.pw] | map('upper') | join", "HUNTER2"), ("[1, 2] | select('==', length(vars.pw))", []), ("{'hunter2': 7}[vars.pw]", 7), ("vars.pw is string", True),
     ("b64(vars.pw)", "aHVudGVyMg=="), ("sha256(vars.pw) | length", 64), ("vars.pw | default('x')", "hunter2"), ("vars.pw[:2]", "hu")],
)
def test_what_comes_from_a_secret_is_secret(expression: str, clear: object) -> None:
    found = value("{{ " + expression + " }}")
    if expression == "[vars.pw] | map('upper') | join":
        assert isinstance(found, Secret)
    assert isinstance(found, Secret), found
    assert found.reveal() == clear


def test_secrets_stay_inside_lists_and_mappings() -> None:
    found = value("{{ {'a': vars.pw, 'b': [1, vars.name]} }}")
    assert isinstance(found["a"], Secret)
    assert found["b"] == [1, "web"]
    assert value("{{ merge({'x': 1}, {'a': vars.pw}).x }}") == 1
    assert value("{{ length([vars.pw]) }}") == 1


def test_text_with_a_secret_is_secret() -> None:
    found = value("a {{ vars.name }} {{ vars.pw }}")
    assert isinstance(found, Secret)
    assert found.reveal() == "a web hunter2"


@pytest.mark.parametrize("text", ["a {{ vars.pw }} {{ resources.net.id }}", "{{ resources.net.token ~ '' }}", "a {{ resources.net.token }}",
                                  "{{ vars.creds.user if resources.net.id else 1 }}", "{{ [resources.net.token] | join }}"])
def test_an_unknown_made_with_a_secret_will_be_one(text: str) -> None:
    found = value(text)
    assert isinstance(found, Unknown)
    assert found.sensitive


def test_an_unknown_chosen_by_a_secret_is_one() -> None:
    found = value("{{ resources.net.id if vars.pw == 'hunter2' else 1 }}")
    assert isinstance(found, Unknown)
    assert found.sensitive
    assert found.source == NET_ID.source


@pytest.mark.parametrize("expression", ["vars.pw + 1", "vars.pw.x", "vars.pw | int", "vars.pw | cidrmask", "vars.pw < 1", "from_json(vars.pw)", "{vars.pw: 1}", "{'a': 1}[vars.pw]", "vars[vars.pw]", "[1][vars.pw]", "vars.list[vars.pw] | default(1)", "{'a': 1}[vars.pw].x", "resources[vars.pw]", "resources.net[vars.pw]",
                                        "vars.creds.nope", "vars.creds ~ ''", "regex('a', vars.pw ~ '(')", "lookup({}, vars.pw)", "bool(vars.pw)", "float(vars.pw)",
                                        "file(vars.pw)", "from_yaml(vars.pw ~ ': [')", "format(vars.pw ~ '%q')", "zipmap([vars.pw], [1])"])
def test_errors_tell_no_secret(expression: str) -> None:
    found = error("{{ " + expression + " }}")
    assert "hunter2" not in str(found)
    assert "hunter2" not in repr(found.arguments)
    assert "hunter2" not in (found.suggestion or "")


# handle


def test_a_reference_is_a_handle_and_for_each_a_mapping_of_them() -> None:
    assert value("{{ resources.net }}") is SCOPE["resources"]["net"]
    assert value("{{ locals.net }}") is SCOPE["resources"]["net"]
    found = value("{{ resources.web }}")
    assert list(found) == ["a", "b"]
    assert found["a"] is SCOPE["resources"]["web"]["a"]
    assert value("{{ values(resources.web) }}")[1] is SCOPE["resources"]["web"]["b"]
    assert value("{{ [resources.net, resources.web['a']] }}")[0] is SCOPE["resources"]["net"]
    assert value("{{ resources.gone | default(resources.net) }}") is SCOPE["resources"]["net"]
    assert value("{{ resources.web | length }}") == 2


@pytest.mark.parametrize(
    ("expression", "result"),
    [("resources.net.cidr", "10.0.0.0/16"), ("resources.net.inputs.cidr", "10.0.0.0/16"), ("resources.net.native.gateway.id", "igw-1"),
     ("resources.web['b'].ip", "10.0.0.1"), ("resources.web[vars.i].ip", "10.0.0.0"), ("resources.given.id", "vpc-9"),
     ("resources.web.values() | map(attribute='ip') | list", ["10.0.0.0", "10.0.0.1"])],
)
def test_attributes_of_handles(expression: str, result: object) -> None:
    assert value("{{ " + expression + " }}") == result


@pytest.mark.parametrize(
    ("text", "code"),
    [("x {{ resources.net }}", "MC0420"), ("{{ resources.net ~ '' }}", "MC0420"), ("{{ resources.net == 'x' }}", "MC0420"),
     ("{{ 1 if resources.net else 2 }}", "MC0419"), ("{{ not resources.net }}", "MC0419"), ("{{ upper(resources.net) }}", "MC0427"),
     ("{{ json([resources.net]) }}", "MC0427"), ("{{ resources.net + 1 }}", "MC0420"), ("{{ resources.net.nope }}", "MC0411"),
     ("{{ resources.net.native.gateway }}", "MC0420"), ("{{ resources.net.native.nope.id }}", "MC0411"), ("{{ resources.given.cidr }}", "MC0417"),
     ("{{ resources.given.inputs.cidr }}", "MC0417"), ("{{ {resources.net: 1} }}", "MC0418"), ("{{ resources.net | length }}", "MC0427"),
     ("{{ resources.net in [1] }}", "MC0420"), ("{{ resources.nets }}", "MC0411"), ("{{ resources.net.cidrs }}", "MC0411")],
)
def test_a_handle_used_as_data_is_an_error_that_names_an_attribute(text: str, code: str) -> None:
    found = error(text)
    assert found.code == code
    assert ".id" in found.diagnostic().help + (found.suggestion or "") + str(found) or code in ("MC0411", "MC0417", "MC0418", "MC0419", "MC0427")
