"""Types that are data: what they ask of a service, and what they make of its answers."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any, ClassVar

import pytest

from mcflow.drivers.aws.native.service import Calls, ServiceType, Tagging, Update, joined
from mcflow.drivers.aws.session import AwsSession
from mcflow.drivers.sdk import (
    Again,
    Intent,
    Natural,
    NotFound,
    NotUpdatable,
    Submitted,
    Tagged,
    UniqueName,
    anything,
    integer,
    string,
    tags,
)

INTENT = Intent("op-1", "token-1", {"mcflow-op": "op-1", "mcflow-state": "s"}, "box")


class Service(AwsSession):
    """Answers from a table, operation → answer, listing → rows; takes down what it was asked."""

    def __init__(self, **answers: Any) -> None:
        self.answers = answers
        self.asked: list[tuple[str, dict[str, Any]]] = []

    def tell(self, service: str, operation: str, **params: Any) -> dict[str, Any]:
        self.asked.append((operation, params))
        answer = self.answers.get(operation, {})
        if isinstance(answer, Exception):
            raise answer
        return {**answer, "request_id": "r"}

    def rows(self, service: str, operation: str, path: str, **params: Any) -> Iterator[Any]:
        self.asked.append((operation, params))
        answer = self.answers.get(operation, [])
        if isinstance(answer, Exception):
            raise answer
        yield from answer


class Box(ServiceType):
    """A box."""

    name = "aws.box"
    identity = Tagged()
    calls = Calls("boxes", create="create_box", read="describe_box", list="list_boxes", rows="boxes", delete="delete_box", id="box_id",
                  key="box_id", made="box", row="box", token="client_token", state="state.name", reason="state.why",
                  updates={"size": Update("resize_box", {"size": "new_size"}, fixed={"now": True}),
                           "lid": Update("put_lid", none="delete_lid")}, deleting={"force": True})
    tagging = Tagging("tag_box", "untag_box", told="tags", target="arn")
    states: ClassVar[Mapping[str, Any]] = {"there": "ready", "broken": "failed", "away": "gone"}
    paths: ClassVar[Mapping[str, str]] = {"colour": "look.colour"}
    sent: ClassVar[Mapping[str, str]] = {"colour": "paint.colour"}
    unset: ClassVar[Mapping[str, Any]] = {"note": ""}
    documents = ("content",)
    attributes: ClassVar[dict[str, Any]] = {
        "size": integer("Litres.", group="size"), "note": string("A note.", group="size"), "colour": string("Its colour."),
        "lid": string("Its lid.", group="lid"), "content": anything("A document."), "arn": string("Its ARN.", read_only=True),
        "hint": string("Kept here.", local=True), "late": string("Set later.", set_after_create=True), "tags": tags(),
    }


class Pair(ServiceType):
    """Something on a box."""

    name = "aws.pair"
    identity = Natural()
    calls = Calls("boxes", create="attach", list="list_attached", rows="attached", delete="detach", id=joined("box_id", "label"),
                  key="box_id|label", made="")
    attributes: ClassVar[dict[str, Any]] = {"box_id": string("The box."), "label": string("The label.")}


class Named(ServiceType):
    """Something with a name of its own."""

    name = "aws.named"
    identity = UniqueName(attribute="label")
    calls = Calls("boxes", create="put_named", list="list_named", rows="named", many="labels", batch=2, delete="drop", id="label",
                  key="label", made="")
    attributes: ClassVar[dict[str, Any]] = {"label": string("Its name.")}


def row(id: str = "b-1", state: str = "there", **more: Any) -> dict[str, Any]:
    tags = [{"key": "a", "value": "1"}, {"key": "mcflow-op", "value": "op-1"}, {"key": "mcflow-state", "value": "s"}]
    return {"box_id": id, "state": {"name": state, "why": "so"}, "size": 3, "look": {"colour": "red"}, "arn": "arn:b", "tags": tags, **more}


def test_a_create_sends_what_is_wanted_with_marks_and_token() -> None:
    api = Service(create_box={"box": row()})
    want = {"size": 3, "colour": "red", "content": {"b": 1, "a": 2}, "hint": "x", "late": "y", "tags": {"a": "1"}}
    assert Box().create(api, want, INTENT) == Submitted("b-1", request_id="r")
    marks = [{"key": key, "value": value} for key, value in {"a": "1", **INTENT.marks}.items()]
    assert api.asked == [("create_box", {"size": 3, "paint": {"colour": "red"}, "content": '{"a": 2, "b": 1}', "tags": marks,
                                         "client_token": "token-1"})]


def test_a_row_is_read_as_the_type_says() -> None:
    api = Service(describe_box={"box": row(content="%7B%22a%22%3A%202%7D")})
    [seen] = Box().observe(api, ["b-1"])
    assert (seen.id, seen.status) == ("b-1", "ready")
    assert seen.attributes == {"size": 3, "colour": "red", "content": {"a": 2}, "arn": "arn:b", "tags": {"a": "1"}}
    assert seen.tags["mcflow-op"] == "op-1"


@pytest.mark.parametrize(("state", "status"), [("there", "ready"), ("broken", "failed"), ("coming", "pending")])
def test_states(state: str, status: str) -> None:
    [seen] = Box().observe(Service(describe_box={"box": row(state=state)}), ["b-1"])
    assert (seen.status, seen.reason) == (status, "so")


def test_what_is_away_is_not_seen() -> None:
    assert list(Box().observe(Service(describe_box={"box": row(state="away")}), ["b-1"])) == []
    assert list(Box().observe(Service(describe_box=NotFound("no")), ["b-1"])) == []


def test_several_are_picked_from_one_listing() -> None:
    api = Service(list_boxes=[row("b-1"), row("b-2"), row("b-3")])
    assert [seen.id for seen in Box().observe(api, ["b-3", "b-1"])] == ["b-1", "b-3"]
    assert [operation for operation, _ in api.asked] == ["list_boxes"]


def test_several_are_asked_for_by_id_in_batches() -> None:
    api = Service(list_named=[{"label": "x"}])
    list(Named().observe(api, ["x", "y", "z"]))
    assert api.asked == [("list_named", {"labels": ["x", "y"]}), ("list_named", {"labels": ["z"]})]


def test_what_an_operation_made_is_found_by_its_mark() -> None:
    other = row("b-2", tags=[{"key": "mcflow-op", "value": "op-2"}, {"key": "mcflow-state", "value": "s"}])
    api = Service(list_boxes=[row("b-1"), other])
    assert [seen.id for seen in Box().find(api, {}, INTENT)] == ["b-1"]
    assert [seen.id for seen in Box().marked(api, "s")] == ["b-1", "b-2"]
    assert list(Box().marked(api, "t")) == []


def test_a_name_is_looked_for_by_itself() -> None:
    api = Service(list_named=[{"label": "x"}])
    assert [seen.id for seen in Named().find(api, {"label": "x"}, INTENT)] == ["x"]
    assert [seen.id for seen in Named().match(api, {"label": "x"})] == ["x"]
    assert list(Named().match(api, {})) == []


def test_the_id_of_a_pair_is_both_its_ends() -> None:
    api = Service(list_attached=[{"box_id": "b-1", "label": "x"}, {"box_id": "b-1", "label": "y"}])
    want = {"box_id": "b-1", "label": "y"}
    assert Pair().create(api, want, INTENT).id == "b-1|y"
    assert [seen.id for seen in Pair().find(api, want, INTENT)] == ["b-1|y"]
    assert [seen.id for seen in Pair().match(api, want)] == ["b-1|y"]
    Pair().delete(api, "b-1|y", {})
    assert [each for each in api.asked if each[0] != "list_attached"] == [("attach", want), ("detach", want)]


def test_a_group_is_changed_by_its_call() -> None:
    api = Service()
    Box().update(api, "b-1", {"size": 5}, {}, "size")
    Box().update(api, "b-1", {"lid": "oak"}, {}, "lid")
    Box().update(api, "b-1", {}, {"lid": "oak"}, "lid")
    assert api.asked == [("resize_box", {"box_id": "b-1", "new_size": 5, "note": "", "now": True}),
                         ("put_lid", {"box_id": "b-1", "lid": "oak"}), ("delete_lid", {"box_id": "b-1"})]
    with pytest.raises(NotUpdatable):
        Box().update(api, "b-1", {}, {}, "taste")


def test_tags_are_settled_one_call_at_a_time() -> None:
    api = Service(describe_box={"box": row()})
    answer = Box().update(api, "b-1", {"tags": {"b": "2"}}, {"tags": {"a": "1"}}, "tags")
    assert isinstance(answer, Again)
    assert api.asked[-1] == ("tag_box", {"resource_arn": "arn:b", "tags": [{"key": "b", "value": "2"}]})
    api.answers["describe_box"]["box"]["tags"].append({"key": "b", "value": "2"})
    assert isinstance(Box().update(api, "b-1", {"tags": {"b": "2"}}, {"tags": {"a": "1"}}, "tags"), Again)
    assert api.asked[-1] == ("untag_box", {"resource_arn": "arn:b", "tag_keys": ["a"]})
    assert isinstance(Box().update(api, "b-1", {"tags": {"b": "2"}}, {"tags": {"b": "2"}}, "tags"), Submitted)
    with pytest.raises(NotFound):
        Box().update(Service(describe_box=NotFound("no")), "b-1", {"tags": {}}, {}, "tags")


def test_a_delete_says_what_it_must() -> None:
    api = Service()
    assert Box().delete(api, "b-1", {}) == Submitted("b-1", request_id="r")
    assert api.asked == [("delete_box", {"box_id": "b-1", "force": True})]


def test_amazons_own_tags_stay_out_of_blueprints() -> None:
    assert Box().portray({"size": 3, "tags": {"aws:x": "1", "a": "2"}}) == {"size": 3, "tags": {"a": "2"}}
    assert Box().portray({"tags": {"aws:x": "1"}}) == {}
