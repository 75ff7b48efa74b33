"""A secret that is not today's is one too: where the want or the last observation has a secret, what is seen there is sealed."""

from __future__ import annotations

from typing import Any

import pytest

from mcflow.drivers.sdk import Observed
from mcflow.drivers.sdk.registry import load_driver
from mcflow.engine.apply.trees import observed_wire, sealed
from mcflow.engine.refresh.drift import compared
from mcflow.model.record import NativeRecord
from mcflow.model.values import Secret
from mcflow.state.sealing import Sealer

SEALER = Sealer(bytes(32))
DOCUMENT = load_driver("mock").natives["mock.document"]
OLD = "an-earlier-password"


@pytest.mark.parametrize(("want", "seen"), [
    ({"content": Secret("new")}, {"content": OLD}),
    ({"tags": {"a": Secret("new")}}, {"tags": {"a": OLD, "b": "shown"}}),
    ({"tags": Secret({"a": "new"})}, {"tags": {"a": OLD}}),
    ({"source_ids": ["x", Secret("new")]}, {"source_ids": [OLD]}),
])
def test_what_stands_where_a_secret_belongs_is_sealed(want: Any, seen: Any) -> None:
    assert OLD not in repr(observed_wire(DOCUMENT, seen, (), SEALER, want))
    assert OLD in repr(observed_wire(DOCUMENT, seen, (), SEALER, {"title": "x"})), "elsewhere it is shown"


@pytest.mark.parametrize("place", ["want", "attributes"])
def test_a_drift_to_an_unknown_secret_is_neither_shown_nor_kept_in_clear(place: str) -> None:
    tree = sealed({"content": Secret("new")}, SEALER)
    trees = {"want": {"content": "x"}, "attributes": {"content": "x"}, place: tree}
    record = NativeRecord(address="n", type="mock.document", connection="c", driver="mock", id="d-1", **trees)
    found, drift = compared(DOCUMENT, record, Observed("d-1", "ready", {"content": OLD}), SEALER)
    assert drift is not None
    assert OLD not in repr((found, drift))
    assert compared(DOCUMENT, found, Observed("d-1", "ready", {"content": OLD}), SEALER) == (found, None)
