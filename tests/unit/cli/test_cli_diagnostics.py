"""Diagnostics: place, caret, related places, order, cap."""

from __future__ import annotations

from pathlib import Path

import pytest

from mcflow.cli.render.diagnostics import diagnostic_lines, in_order
from mcflow.cli.render.documents import diagnostics_document
from mcflow.cli.render.paint import paint_all
from mcflow.cli.render.sources import Sources
from mcflow.model.diagnostic import Diagnostic, Related
from mcflow.model.position import Position

SOURCE = {
    1: "mcflow: 1", 2: "resources:", 3: "  웹서버:", 4: "\ttype: {{ vars.imagee }}", 5: "    cidr: 10.0.0.0/16  # \x1b[31mred\u202e",
    6: "    " + "x" * 300 + " here " + "y" * 300,
}


def source(path: str, line: int) -> str | None:
    return SOURCE.get(line) if path == "mcflow.yaml" else None


def render(*findings: Diagnostic, width: int = 80, cap: int = 50) -> str:
    return paint_all(diagnostic_lines(findings, source, width=width, cap=cap), colour=False)


def at(line: int, column: int, end: int = 0) -> Position:
    return Position("mcflow.yaml", line, column, line if end else 0, end)


def test_a_finding_with_place_suggestion_and_related_place() -> None:
    finding = Diagnostic("MC0907", {"name": "imagee", "known": "a, b"}, at(5, 5, 9), suggestion="cidr_block",
                         related=(Related("first defined here", at(2, 1, 10)), Related("no place")), address='web["0"]', request_id="r-1")
    assert render(finding) == """\
error[MC0907]: there is no recipe `imagee`
 --> mcflow.yaml:5:5
  |
5 |     cidr: 10.0.0.0/16  # \\x1b[31mred\\u202e
  |     ^^^^ did you mean `cidr_block`?
 ::: mcflow.yaml:2:1
  |
2 | resources:
  | --------- first defined here
  = note: no place
  |
  = help: recipes: a, b
  = resource: web["0"]
  = request id: r-1
  = more: mcflow explain MC0907

"""


@pytest.mark.parametrize(("position", "marked"), [
    (at(3, 3, 6), "  웹서버:\n  |   ^^^^^^"), (at(4, 8, 25), "    type: {{ vars.imagee }}\n  |           ^^^^^^^^^^^^^^^^^"),
    (at(4, 8), "    type: {{ vars.imagee }}\n  |           ^"),
])
def test_the_caret_stands_under_what_it_means(position: Position, marked: str) -> None:
    assert marked in render(Diagnostic("MC0910", {"name": "x", "known": "-"}, position))


def test_a_long_line_is_shown_around_the_caret() -> None:
    text = render(Diagnostic("MC0910", {}, at(6, 306, 310)))
    lines = text.split("\n")
    shown = next(line for line in lines if line.startswith("6 |"))
    caret = next(line for line in lines if "^" in line)
    assert len(shown) <= 80
    assert shown[caret.index("^"):caret.rindex("^") + 1] == "here"


def test_a_span_over_several_lines_is_marked_to_the_end_of_the_first() -> None:
    text = render(Diagnostic("MC0910", {}, Position("mcflow.yaml", 2, 1, 5, 3)))
    assert "2 | resources:\n  | ^^^^^^^^^^\n" in text


def test_without_a_source_line_the_suggestion_is_still_told() -> None:
    text = render(Diagnostic("MC0910", {"name": "x", "known": "-"}, Position("gone.yaml", 3, 1), suggestion="y"))
    assert " --> gone.yaml:3:1\n" in text
    assert "  = suggestion: did you mean `y`?\n" in text


def test_hostile_names_reach_no_terminal() -> None:
    text = render(Diagnostic("MC0910", {"name": "\x1b]52;c;ZXZpbA==\x07", "known": "\x9b2J"}, address="a\u202eb"))
    assert "\x1b" not in text
    assert "\x07" not in text
    assert "\x9b" not in text
    assert "\u202e" not in text


def test_order_is_by_place_and_equal_findings_are_told_once() -> None:
    late, early = Diagnostic("MC0910", {}, at(5, 1)), Diagnostic("MC0907", {}, at(2, 1))
    nowhere, warning = Diagnostic("MC0904", {}), Diagnostic("MC0905", {})
    assert in_order([warning, late, nowhere, early, late]) == [early, late, nowhere, warning]


def test_at_most_fifty_are_shown_and_all_are_counted() -> None:
    text = render(*(Diagnostic("MC0910", {"name": str(number)}, at(number, 1)) for number in range(1, 81)), Diagnostic("MC0905", {}))
    assert text.count("error[") == 50
    assert "… and 31 more findings" in text
    assert text.endswith("80 errors, 1 warning\n")


def test_the_document_has_terraforms_fields() -> None:
    document = diagnostics_document([Diagnostic("MC0910", {"name": "x", "known": "-"}, at(5, 5, 9), suggestion="y"), Diagnostic("MC0905",
        {})], source)
    assert (document["valid"], document["error_count"], document["warning_count"]) == (False, 1, 1)
    first = document["diagnostics"][0]
    assert first["severity"] == "error"
    assert first["range"] == {"filename": "mcflow.yaml", "start": {"line": 5, "column": 5}, "end": {"line": 5, "column": 9}}
    snippet = first["snippet"]
    assert snippet["code"][snippet["highlight_start_offset"]:snippet["highlight_end_offset"]] == "cidr"
    assert first["suggestion"] == "y"


def test_sources_read_files_and_survive_those_that_cannot_be(tmp_path: Path) -> None:
    path = tmp_path / "a.yaml"
    path.write_bytes("one\r\ntwo\u2028still two\n".encode() + b"\xff")
    sources = Sources()
    assert sources.line(str(path), 1) == "one"
    assert sources.line(str(path), 2) == "two\u2028still two"
    assert sources.line(str(path), 3) == "\ufffd"
    assert sources.line(str(path), 99) is None
    assert sources.line(str(tmp_path / "none"), 1) is None
    assert sources.line(str(tmp_path), 1) is None
