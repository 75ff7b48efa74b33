"""Both stores answer alike; the one in memory is one per name and grows linearly."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import pytest
from tests.unit.drivers.mock.stage import Stage, create, observe

from mcflow.drivers.mock import driver
from mcflow.drivers.mock.cloud.memory import MemoryStore
from mcflow.drivers.mock.cloud.objects import Entry, Object, Operation
from mcflow.drivers.mock.cloud.sqlite import SqliteStore
from mcflow.drivers.mock.cloud.store import Store, forget_memory, open_store


@pytest.fixture(params=["memory", "sqlite"])
def store(request: pytest.FixtureRequest, tmp_path: Path) -> Store:
    return MemoryStore() if request.param == "memory" else SqliteStore(tmp_path / "cloud.db")


def thing(id: str, *terms: str) -> Object:
    return Object(id, "note", "a/r", {"text": id}, terms=terms)


def test_objects_and_their_index(store: Store) -> None:
    with store.transaction():
        store.put(thing("n-2", "x", "y"))
        store.put(thing("n-1", "x"))
    assert store.get("n-1") == thing("n-1", "x")
    assert {found.id for found in store.find("x")} == {"n-1", "n-2"}
    assert store.count("x") == 2
    store.put(thing("n-2", "y", "z"))
    assert [found.id for found in store.find("x")] == ["n-1"]
    assert [found.id for found in store.find("z")] == ["n-2"]
    store.drop("n-1")
    store.drop("n-1")
    assert store.find("x") == []
    assert [found.id for found in store.many(["n-1", "n-2"])] == ["n-2"]
    assert [found.id for found in store.everything()] == ["n-2"]


def test_the_rest_of_a_store(store: Store) -> None:
    assert [store.attempt("a", "create") for _ in range(3)] == [1, 2, 3]
    assert store.attempt("a", "delete") == 1
    assert store.token("t") is None
    store.keep_token("t", "i-1", "d")
    assert store.token("t") == ("i-1", "d")
    store.keep_operation(Operation("op-1", "cluster", "c-1", 5.0))
    assert [each.object_id for each in store.operations(["op-1", "op-2"])] == ["c-1"]
    for at in (1, 2):
        store.log(Entry(0, 1.0, 2, "create", "note", f"n-{at}", "op", "", "", "ok"))
    assert [(entry.seq, entry.object_id) for entry in store.ledger(1)] == [(2, "n-2")]
    store.set_settings({"faults": {"seed": 1}})
    assert store.settings() == {"faults": {"seed": 1}}
    store.reset()
    assert (store.ledger(), store.settings(), store.token("t"), store.everything()) == ([], {}, None, [])


def test_many_ids_at_once(store: Store) -> None:
    with store.transaction():
        for at in range(1200):
            store.put(thing(f"n-{at}", "x"))
    assert len(store.many(f"n-{at}" for at in range(1200))) == 1200


def test_a_named_store_in_memory_lives_as_long_as_the_process() -> None:
    first = open_store(":memory:", "test-named")
    try:
        assert open_store(":memory:", "test-named") is first
        assert open_store(":memory:", "test-other") is not first
        assert open_store(":memory:two", "test-named") is not first
    finally:
        for path, name in ((":memory:", "test-named"), (":memory:", "test-other"), (":memory:two", "test-named")):
            forget_memory(path, name)
    assert open_store(":memory:", "test-named") is not first
    forget_memory(":memory:", "test-named")


def test_what_is_read_is_a_copy() -> None:
    stage = Stage()
    made = create(stage, "mock.document", {"source_ids": [], "content": "a", "tags": {"k": "v"}})
    assert made.id
    seen = observe(stage, "mock.document", made.id)
    seen.attributes["tags"]["k"] = "changed"
    seen.attributes["source_ids"].append("x")
    assert observe(stage, "mock.document", made.id).attributes["source_ids"] == []
    assert observe(stage, "mock.document", made.id).attributes["tags"] == {"k": "v"}


def _work(count: int, shape: Callable[[list[str]], list[str]]) -> int:
    """How many index entries a number of documents touch, as a measure of work that no other process disturbs."""
    class Counting(MemoryStore):
        touched = 0

        def find(self, term: str) -> list[Object]:
            found = super().find(term)
            self.touched += 1 + len(found)
            return found

    store = Counting()
    stage = Stage(store)
    made: list[str] = []
    for at in range(count):
        sources = shape(made)
        made.append(str(create(stage, "mock.document", {"source_ids": sources}, op=str(at), address=str(at)).id))
    assert len(list(driver.natives["mock.document"].observe(stage.api, made))) == count
    for id in reversed(made):
        stage.cloud.delete("document", id)
    assert store.everything() == []
    return store.touched


@pytest.mark.parametrize("shape", [lambda made: [], lambda made: made[-1:], lambda made: made[-3:], lambda made: made[:1]],
                         ids=["independent", "chain", "layered", "fan"])
def test_work_grows_with_the_number_of_objects(shape: Callable[[list[str]], list[str]]) -> None:
    assert _work(800, shape) <= 2.2 * _work(400, shape)
