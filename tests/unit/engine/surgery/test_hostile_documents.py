"""Documents made to break what reads them: refused with a code, and nothing is written."""

from __future__ import annotations

import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from mcflow.engine import api
from mcflow.engine.options import ApplyOptions
from mcflow.engine.surgery.reading import document, read_document
from mcflow.model.diagnostic import Rejected

Tree = dict[str, Any]
NATIVE = "net/vpc"


def nested(levels: int) -> Any:
    tree: Any = 1
    for _ in range(levels):
        tree = [tree]
    return tree


def readdressed(address: str) -> Callable[[Tree], None]:
    def edit(tree: Tree) -> None:
        text = json.dumps(tree).replace(json.dumps(NATIVE), json.dumps(address))
        tree.clear()
        tree.update(json.loads(text))

    return edit


def within(path: tuple[str, ...], value: Any) -> Callable[[Tree], None]:
    def edit(tree: Tree) -> None:
        for name in path[:-1]:
            tree = tree[name]
        tree[path[-1]] = value

    return edit


EDITS: dict[str, Callable[[Tree], None]] = {
    "deep": within(("natives", NATIVE, "want"), {"cidr_block": nested(400)}),
    "an address that is none": readdressed("../../etc/passwd"),
    "an empty address": readdressed(""),
    "an address that a terminal obeys": readdressed("\x1b[2J"),
    "an address with a line end": readdressed(NATIVE + "\n"),
    "an address of two generations": readdressed(NATIVE + "@1@2"),
    "a misspelt field": within(("natives", NATIVE, "atributes"), {}),
    "a field of the state": within(("nativs",), {}),
    "a field of settings": within(("natives", NATIVE, "settings"), {"prevent_destory": True}),
    "a tag nobody knows": within(("natives", NATIVE, "want"), {"a": {"$run": "x"}}),
    "a reference to nothing": within(("natives", NATIVE, "attributes"), {"a": {"$ref": []}}),
    "a reference that is a number": within(("natives", NATIVE, "want"), {"a": [{"$ref": 5}]}),
    "a map that is a number": within(("natives", NATIVE, "want"), {"a": {"$map": 3}}),
    "a sealed number": within(("natives", NATIVE, "want"), {"a": {"$secret": 3}}),
    "an export of nothing": within(("resources", "net", "exports"), {"id": {"$export": [1]}}),
    "an unknown that says nothing": within(("resources", "net", "properties"), {"a": {"$unknown": {}}}),
    "an output": within(("outputs",), {"o": {"value": {"$derived": 5}}}),
    "a status that is none": within(("natives", NATIVE, "status"), "\x1b[2J"),
}


@pytest.mark.parametrize("edit", EDITS.values(), ids=EDITS)
@pytest.mark.parametrize("force", [False, True])
def test_what_is_no_state_is_not_pushed(applied: Any, tmp_path: Path, edit: Callable[[Tree], None], force: bool) -> None:
    tree = json.loads(api.pull_state(applied.project()))
    edit(tree)
    (tmp_path / "s").write_text(json.dumps(tree))
    before = applied.state
    with pytest.raises(Rejected, match="MC0778"):
        api.push_state(applied.project(), tmp_path / "s", ApplyOptions(), lambda proposal: True, force=force)
    assert applied.state == before


@pytest.mark.parametrize("data", [b"[" * 200_000 + b"]" * 200_000, b'{"a":' * 50_000 + b"1" + b"}" * 50_000,
                                  b'{"format_version": 1, "a": ' + b"[" * 50_000 + b"]" * 50_000 + b"}", bytes(range(256))])
def test_bytes_that_are_no_state(data: bytes) -> None:
    with pytest.raises(Rejected, match="MC0778"):
        read_document(data, "x")


def test_a_map_of_the_user_may_have_any_keys(applied: Any) -> None:
    tree = json.loads(api.pull_state(applied.project()))
    tree["natives"][NATIVE]["want"]["tags"] = {"$map": {"$ref": 5}}
    tree["natives"][NATIVE]["attributes"]["odd"] = {"$map": {"$run": {"$map": {"$x": [{"$ref": [NATIVE, "id"]}]}}}}
    state = read_document(json.dumps(tree).encode(), "x")
    assert read_document(document(state), "x") == state
