"""What a cloud says is never an instruction: tags, names and ids made to break out of the text they are written into."""

from __future__ import annotations

from typing import Any

import pytest
import yaml
from tests.unit.engine.discover.yard import Yard

from mcflow.drivers.sdk.registry import load_driver
from mcflow.engine.discover.blueprint_text import with_portraits
from mcflow.engine.discover.findings import Found
from mcflow.engine.discover.portrait import Portrait

HOSTILE = {
    "expression": "{{ vars.secret }}", "call": "{{ file('/etc/passwd') }}", "block": "{% raw %}x{% endraw %}", "comment": "{# x #}",
    "unclosed": "{{", "braces": "{{{{{{", "half": "a {", "closing": "}} %} #}", "its own escape": "{{ '{' }}{ x }}", "trimmed": "{{- x -}}",
    "line end after": "{{ x }}\n", "line statement": "# for x in y", "carriage": "a\r\nb\rc\n",
    "lines": "\n\nresources:\n  evil: {type: vpc}\n",
    "key": "yes: no", "item": "- a", "anchor": "&a *a", "tag": "!!python/object/apply:os.system [id]",
    "merge": "<<", "document": "---\na: 1\n...",
    "quotes": "it's \"quoted\" \\ back`tick`", "controls": "\x00\x01\x07\x1b[31m\x7f\x85\u2028\u2029\ufeff\u202e",
    "number": "0x10", "float": "1e3",
    "sexagesimal": "12:30:45", "date": "2020-01-01", "underscore": "1_000",
    "word": "No", "null": "~", "dollar": "${x} $env", "empty": "",
    "blanks": "  both  ", "tabs": "\tx\t", "hash": "a #b", "digits": "\u0663.\u0663.\u0663.\u0663",
    "emoji": "\U0001f600", "long": "x" * 10240,
    "long of braces": "{{ " * 3413, "long lines": "a\n" * 5120, "private": "\U0010ffff", "comma": "a, b]}",
    "percent": "%YAML 1.2", "at": "@x",
}


@pytest.mark.parametrize("text", HOSTILE.values(), ids=HOSTILE)
def test_a_tag_is_a_literal_and_read_back_equal(yard: Yard, text: str) -> None:
    yard.make("vpc", {"Name": text, "note": text}, cidr_block="10.7.0.0/16")
    made = yard.adopt()
    assert list(made.ignored.values()) == []
    (name,) = made.resources
    found = yard.project("found.yaml").blueprint
    assert list(found.resources) == [name]
    want = yard.state().natives[name].want
    assert want["tags"] == {"Name": text, "note": text}
    assert {change.actions for change in yard.plan().resource_changes} == {("no-op",)}


@pytest.mark.parametrize("key", [text for text in HOSTILE.values() if text])
def test_a_tag_with_a_hostile_key_does_no_harm(yard: Yard, key: str) -> None:
    yard.make("vpc", {key: "v"}, cidr_block="10.7.0.0/16")
    made = yard.adopt()
    found = yard.project("found.yaml").blueprint
    assert list(found.resources) == list(made.resources)
    assert {change.actions for change in yard.plan().resource_changes} == {("no-op",)}


IDS = ["a\nresources: {evil: {type: vpc}}", "a\n      evil: 1", "a\r\u2028\x85b", "{{ x }}", "#", "\x1b]0;title\x07", "a\x00b"]


@pytest.mark.parametrize("id", IDS)
@pytest.mark.parametrize("before", ["mcflow: 1\nname: x\n", "mcflow: 1\nresources:\n  old: {type: vpc}\n", '{"mcflow": 1}'])
def test_an_id_stays_in_its_comment(id: str, before: str) -> None:
    native = load_driver("mock").natives["mock.vpc"]
    made = Portrait("a", Found("mock.vpc", id, "nobody", id, native=native), {}, {"cidr_block": "10.0.0.0/16"}, asked={"ipv6": "a_ipv6"})
    text = with_portraits(before, [made], None)
    read: dict[str, Any] = yaml.safe_load(text)
    assert read["resources"]["a"] == {"type": "mock.vpc", "properties": {"cidr_block": "10.0.0.0/16"}}
    assert set(read["resources"]) <= {"a", "old"}
    assert all(char == "\n" or char.isprintable() for char in text)


def test_names_that_collide_are_kept_apart(yard: Yard) -> None:
    for name in ("net", "Net", "NET!", "n-e-t", "net", "net_vpc", "net vpc 2"):
        yard.make("vpc", {"Name": name}, cidr_block="10.7.0.0/16")
    made = yard.adopt()
    assert len(made.resources) == 7
    assert len({id for _, id in made.resources.values()}) == 7
    assert {change.actions for change in yard.plan().resource_changes} == {("no-op",)}
