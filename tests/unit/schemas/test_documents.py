"""The schemas of plan, state and event describe what is really written."""

from __future__ import annotations

import copy
from typing import Any

import msgspec
import pytest
from tests.unit.schemas.write_documents import FOLDER, STRUCTS, text_of

from mcflow.model.diagnostic import Diagnostic, Related
from mcflow.model.event import Event
from mcflow.model.plan import AttributeChange, Change, Drift, OutputChange, Plan, PlanInputs, Recovery, Step
from mcflow.model.position import Position
from mcflow.model.record import ConnectionRecord, Edges, NativeRecord, OutputRecord, Pin, ResourceRecord, Settings
from mcflow.schemas import document
from mcflow.schemas.checking import explained, problems
from mcflow.state.records import Intent, OpenIntent, State

NATIVE = NativeRecord(
    address='web["a"]/instance', type="aws.instance", connection="seoul", driver="aws", id="i-1", want={"tags": {"a": "b"}},
    edges=Edges(hard=("app/subnet",)), settings=Settings(delete_timeout=60.0, local={"force": True}), generation=2, operation="op",
)
RESOURCE = ResourceRecord(
    address="web", type="vm", connection="seoul", pins={"image": Pin({"os": "ubuntu"}, "ami-1", 1.5)}, natives=("web/instance",)
)
PLAN = Plan(
    name="shop", environment="default", inputs=PlanInputs(blueprint="d", drivers={"aws": "1"}, serial=3),
    resource_drift=[Drift(address="a", resource=None, type="t", id="i", gone=True)],
    resource_changes=[Change(
        address="a", resource="r", type="t", connection="c", actions=("delete", "create"), attributes=(AttributeChange("x", 1, None, True),)
    )],
    output_changes={"url": OutputChange(("update",), 1, 2)},
    recovered=[Recovery(op="o", address="a", type="t", action="create", outcome="adopted", record=NATIVE)],
    steps=[Step(
        id="1", address="a", verb="create", type="t", connection="c", want={"x": {"$ref": ["b", "id"]}}, needs=("0",), record=NATIVE
    )],
    refreshed={"a": NATIVE, "b": None}, resources={"web": RESOURCE}, outputs={"url": 1},
    connections={"c": ConnectionRecord(name="c", driver="aws")},
    diagnostics=[Diagnostic("MC0319", {"name": "x"}, Position("f", 1, 2), related=(Related("first"),))],
)
INTENT = Intent(op="o", run="r", step="s", address="a", type="t", action="create", connection="c")
STATE = State(
    name="shop", environment="default", lineage="l", natives={"a": NATIVE}, resources={"web": RESOURCE},
    outputs={"url": OutputRecord(1, True)}, open={"o": OpenIntent(intent=INTENT, ambiguous=True)},
)
EVENT = Event("apply_complete", 1.5, run="r", level="warn", address="a", step="1", data={"id": "i-1"})


@pytest.mark.parametrize("name", STRUCTS)
def test_the_file_is_what_the_struct_says(name: str) -> None:
    written = (FOLDER / f"{name}.json").read_text("utf-8")
    assert written == text_of(name), "run: python tests/unit/schemas/write_documents.py"


@pytest.mark.parametrize(("name", "struct"), [("plan", PLAN), ("state", STATE), ("event", EVENT)])
def test_what_is_written_follows_the_schema(name: Any, struct: msgspec.Struct) -> None:
    written = msgspec.json.decode(msgspec.json.encode(struct))
    assert problems(document(name), written) == []
    assert explained(document(name), written) == []


@pytest.mark.parametrize(
    ("name", "struct", "path", "value"),
    [
        ("plan", PLAN, ("steps", 0, "verb"), "explode"), ("plan", PLAN, ("resource_changes", 0, "actions"), "create"),
        ("state", STATE, ("natives", "a", "status"), "lost"), ("state", STATE, ("serial",), "3"), ("event", EVENT, ("type",), "surprise"),
    ],
)
def test_another_shape_does_not_follow_it(name: Any, struct: msgspec.Struct, path: tuple[str | int, ...], value: Any) -> None:
    written = copy.deepcopy(msgspec.json.decode(msgspec.json.encode(struct)))
    at = written
    for step in path[:-1]:
        at = at[step]
    at[path[-1]] = value
    assert next(problem.path for problem in problems(document(name), written))[: len(path)] == path
