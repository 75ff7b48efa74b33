"""Where values and keys stand, and where a part of a scalar does."""

from __future__ import annotations

import pytest

from mcflow.engine.reading import Document, Path, place, read_yaml
from mcflow.model.position import Position

TEXT = """\
mcflow: 1
resources:
  net:
    type: vpc
    properties: {cidr: 10.0.0.0/16, tags: [a, "b c"]}
  日本: 'x'   # a note
list:
- one
-   two: 2
    three: 3
"""


def _cut(document: Document, position: Position) -> str:
    lines = document.text.split("\n")
    if position.line == position.end_line:
        return lines[position.line - 1][position.column - 1:position.end_column - 1]
    middle = lines[position.line:position.end_line - 1]
    return "\n".join([lines[position.line - 1][position.column - 1:], *middle, lines[position.end_line - 1][:position.end_column - 1]])


@pytest.mark.parametrize(
    ("path", "key", "value"),
    [
        (("mcflow",), "mcflow", "1"),
        (("resources", "net", "type"), "type", "vpc"),
        (("resources", "net", "properties"), "properties", '{cidr: 10.0.0.0/16, tags: [a, "b c"]}'),
        (("resources", "net", "properties", "cidr"), "cidr", "10.0.0.0/16"),
        (("resources", "net", "properties", "tags", 1), None, '"b c"'),
        (("resources", "日本"), "日本", "'x'"),
        (("list", 0), None, "one"),
        (("list", 1, "three"), "three", "3"),
        (("list", 1), None, "two: 2\n    three: 3"),
        (("resources", "net"), "net", 'type: vpc\n    properties: {cidr: 10.0.0.0/16, tags: [a, "b c"]}'),
    ],
)
def test_every_value_and_key_has_its_span(path: Path, key: str | None, value: str) -> None:
    document = read_yaml(TEXT, "f.yaml")
    assert _cut(document, document.positions[path]) == value
    if key is not None:
        assert _cut(document, document.keys[path]) == key
        assert document.position(path, key=True) == document.keys[path]


def test_what_is_not_there_stands_at_its_nearest_ancestor() -> None:
    document = read_yaml(TEXT, "f.yaml")
    assert document.position(("resources", "net", "nothing", 3)) == document.positions[("resources", "net")]
    assert document.position(("nothing",)) == document.positions[()]
    assert str(document.position(("mcflow",))) == "f.yaml:1:9"
    assert document.line(4) == "    type: vpc"


SCALARS = [
    "a: plain {x} text",
    "a: 'it''s {x}'",
    'a: "tab\\t\\u00e9 \\x41 {x}"',
    'a: "long \\\n  line {x}"',
    'a: "long\n\n  line {x}"',
    "a: 'two\n  lines {x}'",
    "a: one\n  two\n\n  three {x} four",
    "a: |\n  first\n\n  second {x}\n",
    "a: |-\n\n    first\n      more {x}\n",
    "a: |2\n    first\n   more {x}\n",
    "a: >\n  folded\n  line {x}\n\n  para {x}\n    more {x}\n  end\n",
    "a: >-\n  {x}\n",
    "a: &anchor 'x {x}'",
    "a: &anchor\n  x {x}",
    "日本: '日本 {x}'",
    "a: # note\n  'x {x}'",
    "- - a: |\n      deep {x}\n",
]


@pytest.mark.parametrize("text", [scalar.replace("{x}", "{{ name }}").replace("a: plain {{", "a: plain {{") for scalar in SCALARS])
def test_a_part_of_a_scalar_is_found_in_its_file(text: str) -> None:
    document = read_yaml(text, "f.yaml")
    path = next(at for at, _ in sorted(document.positions.items(), key=lambda item: -len(item[0])))
    value = document.value
    for step in path:
        value = value[step]
    start = 0
    found = 0
    while (at := value.find("{{ name }}", start)) >= 0:
        position = place(document, path, at + 3, 4)
        assert _cut(document, position) == "name"
        start = at + 1
        found += 1
    assert found


def test_what_cannot_be_matched_stands_at_the_whole_scalar() -> None:
    document = read_yaml("a: short\nb: 1\n", "f.yaml")
    assert place(document, ("a",), 100, 5) == document.positions[("a",)]
    assert place(document, ("c", 0), 0, 1) == document.positions[()]
    assert _cut(document, place(document, ("a",), 3, 100)) == "rt"
