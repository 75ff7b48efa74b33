"""Constant references are read without a syntax tree: the same values and errors, much faster."""

# ruff: noqa: E501 - a table of cases reads best with one a line
from __future__ import annotations

import time
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from mcflow.engine.expressions import ExpressionError, evaluate, parse
from mcflow.engine.expressions.template import Chain, Template, Tree, parse_afresh
from mcflow.model.values import Handle, Ref, Secret, Unknown

UNKNOWN = Unknown(Ref("a/b"))
LEAVES = st.one_of(
    st.none(), st.booleans(), st.integers(), st.floats(allow_nan=False, allow_infinity=False), st.text(max_size=5), st.just(UNKNOWN),
    st.builds(Secret, st.text(max_size=3)), st.just(Handle("n", "vpc", "c", None, literal="vpc-1")),
)
NAMES = st.sampled_from(["a", "b", "id", "x1", "not", "in", "if", "is", "none", "_u", "0", "a-b", "a b", "é", "keys"])
TREES = st.recursive(LEAVES, lambda inner: st.one_of(st.lists(inner, max_size=3), st.dictionaries(NAMES, inner, max_size=3)), max_leaves=12)
STEPS = st.one_of(
    NAMES.map(lambda name: f".{name}"), NAMES.map(lambda name: f"['{name}']"), NAMES.map(lambda name: f'["{name}"]'), st.integers(0, 3).map(lambda n: f"[{n}]"),
    st.integers(0, 2).map(lambda n: f".{n}"),
)
ROOTS = st.sampled_from(["vars", "locals", "env", "resources", "each", "run", "data", "variables"])
BLANKS = st.sampled_from(["", " ", "  ", "\n", "-"])


@st.composite
def texts(draw: Any) -> str:
    chain = draw(ROOTS) + "".join(draw(st.lists(STEPS, max_size=3)))
    before, after = draw(st.sampled_from(["", "", "x ", "{"])), draw(st.sampled_from(["", "", " y", "\n", "}"]))
    left = draw(BLANKS)
    right = draw(st.sampled_from(["", " ", "\t"]))
    return before + "{{" + left + chain + right + "}}" + after


def _outcome(text: str, scope: dict[str, Any], fast: bool) -> tuple[Any, ...]:
    try:
        template = parse_afresh(text, fast)
        if template is None:
            return ("plain",)
        found = evaluate(template, scope)
    except ExpressionError as error:
        return ("error", error.code, error.arguments.get("name"), error.offset)
    references = [(one.root, one.path, one.dynamic, one.offset, one.length) for one in template.references]
    shown = (type(found.source), getattr(found.source, "args", None)) if isinstance(found, Unknown) else repr(found)
    return ("value", type(found), shown, found.reveal() if isinstance(found, Secret) else None, references, template.whole)


@pytest.mark.slow
@settings(max_examples=600, deadline=None)
@given(texts(), st.dictionaries(NAMES, TREES, max_size=4))
def test_both_ways_of_reading_a_reference_agree(text: str, inside: dict[str, Any]) -> None:
    scope = dict.fromkeys(("vars", "locals", "env", "resources", "each", "run"), inside)
    assert _outcome(text, scope, fast=True) == _outcome(text, scope, fast=False)


def test_constant_references_need_no_tree() -> None:
    template = parse("a {{ resources.net.id }} {{ vars['x-y'][0] }}")
    assert isinstance(template, Template)
    assert [type(part) for part in template.parts] == [str, Chain, str, Chain]
    computed = parse("{{ vars.a + 1 }}")
    assert computed is not None
    assert isinstance(computed.parts[0], Tree)


def test_templates_are_kept_by_their_text() -> None:
    assert parse("{{ vars.kept }}") is parse("{{ vars." + "kept }}")


def test_ten_thousand_references_are_quick() -> None:
    texts_ = [f"{{{{ resources.quick_{n}.id }}}}" for n in range(10_000)]
    scope = {"resources": {f"quick_{n}": {"id": n} for n in range(10_000)}}
    best = 10.0
    for _ in range(3):
        start = time.process_time()
        for text in texts_:
            template = parse_afresh(text)
            assert template is not None
            evaluate(template, scope)
        best = min(best, time.process_time() - start)
    assert best < 0.5
