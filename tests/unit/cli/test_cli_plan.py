"""Plans as text: readable at five and at five thousand natives."""

from __future__ import annotations

import json
from collections.abc import Callable

import pytest

from mcflow.cli.render.documents import plan_document, plan_events
from mcflow.cli.render.paint import paint_all
from mcflow.cli.render.plan import LIMIT, plan_lines
from mcflow.cli.render.text import columns
from mcflow.model.plan import Action, AttributeChange, Change, Drift, OutputChange, Plan, Recovery, Step
from mcflow.model.record import ResourceRecord
from mcflow.model.values import Ref, Secret

UPDATE: tuple[Action, ...] = ("update",)


def change(address: str, actions: tuple[Action, ...], *attributes: AttributeChange, reason: str = "", id: str = "", **more: bool) -> Change:
    resource = address.partition("/")[0]
    return Change(address=address, resource=resource, type="mock." + address.partition("/")[2], connection="seoul", actions=actions,
                  attributes=attributes, reason=reason, id=id, **more)  # type: ignore[arg-type]


def records(**types: str) -> dict[str, ResourceRecord | None]:
    return {address: ResourceRecord(address=address, type=type, connection="seoul") for address, type in types.items()}


def small() -> Plan:
    return Plan(
        name="shop", environment="prod",
        resources={**records(net="vpc", sg="security_group"), 'web["0"]': ResourceRecord(address='web["0"]', type="vm",
            connection="seoul"), "old": None},
        resource_changes=[
            change("net/vpc", ("create",)), change("net/gateway", ("create",)),
            change('web["0"]/instance', ("delete", "create"), AttributeChange("image", "a", "b", replaces=True),
                   AttributeChange("password", "x", "y", sensitive=True), reason="image cannot be changed in place", id="i-1"),
            change('web["0"]/address', UPDATE, AttributeChange("instance_id", "i-1", None, unknown=True), id="a-1"),
            change("old/disk", ("delete",), reason="no longer in the blueprint", id="d-1"),
            change("sg/group", UPDATE, AttributeChange("inbound", [{"port": 22}, {"port": 80}], [{"port": 80}, {"port": 443}]),
                   AttributeChange("tags", {"a": "1", "b": "2", "d": "4"}, {"a": "1", "b": "3", "c": "3"}), id="sg-1"),
            change("calm/vpc", ("no-op",)),
            change("net/route", ("update",), AttributeChange("ttl", 1, 2), held=True, driver_made=True),
        ],
        resource_drift=[Drift(address="net/vpc", resource="net", type="mock.vpc", id="v-1", attributes=(AttributeChange("owner", "ann",
            "bob\x1b[2J"),)),
                        Drift(address='web["1"]/instance', resource='web["1"]', type="mock.instance", id="i-3", gone=True)],
        recovered=[Recovery(op="o1", address="net/vpc", type="mock.vpc", action="create", outcome="adopted", id="v-1", found_by="token"),
                   Recovery(op="o2", address="x/y", type="mock.y", action="create", outcome="quarantined",
                       advice=("mcflow state show x/y",))],
        output_changes={"url": OutputChange(("create",), None, None, unknown=True), "key": OutputChange(("update",), "p", "q",
            sensitive=True)},
    )


def text(plan: Plan, *, full: bool = False, limit: int | None = None, colour: bool = False) -> str:
    return paint_all(plan_lines(plan, full=full), colour=colour, limit=limit)


GOLDEN = """\
mcflow would do this in shop, environment prod:

Left open by an interrupted run
  !   net/vpc  create v-1  found and taken over (by token)
  !   x/y  create  needs a decision
        mcflow state show x/y

Changed outside of mcflow since the last run
  ~   net/vpc  v-1
        ~ owner: "ann" → "bob\\u001b[2J"
  -   web["1"]/instance  i-3  is gone

Destroy or replace
  -   mock.disk old  (disk)  d-1  # no longer in the blueprint
  -/+ vm web["0"]
      -/+ instance i-1  mock.instance  # image cannot be changed in place
            ~ image: "a" → "b"  # forces replacement
            ~ password: (sensitive) → (sensitive), changed
      ~   address a-1  mock.address
            ~ instance_id: "i-1" → (known after apply)

Change in place
  ~   security_group sg
      ~   group sg-1  mock.group
            ~ inbound:
                - {"port": 22}
                + {"port": 443}
                  (1 unchanged)
            ~ tags:
                ~ b: "2" → "3"
                - d: "4"
                + c: "3"
                  (1 unchanged)

Create
  +   vpc net  (vpc, gateway)

Held back: a newer driver would do this, you changed nothing
  ~   vpc net
      ~   route  mock.route
            ~ ttl: 1 → 2

Outputs
  + url: (known after apply)
  ~ key: (sensitive) → (sensitive), changed

Plan: 2 to add, 2 to change, 1 to replace, 1 to destroy.
1 change held back, made by a newer driver: --accept-driver-changes releases them.
"""


def test_a_small_plan_says_everything() -> None:
    assert text(small()) == GOLDEN


def test_colour_is_never_the_only_carrier() -> None:
    import re

    assert re.sub(r"\x1b\[[0-9;]*m", "", text(small(), colour=True)).replace(" \n", "\n") == text(small())


@pytest.mark.parametrize("width", [80, 120])
def test_no_line_is_wider_than_the_terminal(width: int) -> None:
    plan = small()
    plan.resource_changes.append(change("웹서버/instance", UPDATE, AttributeChange("설명", "가" * 200, "나" * 200)))
    assert max(columns(line) for line in text(plan, limit=width).splitlines()) <= width


def test_nothing_to_do() -> None:
    assert text(Plan(name="shop", environment="prod")) == "No changes. What exists in shop, environment prod, is what the blueprint says.\n"
    assert "nothing to destroy" in text(Plan(name="shop", environment="prod", mode="destroy"))


def many(count: int, address: Callable[[int], str], actions: tuple[Action, ...], *, distinct: bool = False) -> Plan:
    plan = Plan(name="shop", environment="prod")
    for number in range(count // 2):
        name = address(number)
        plan.resources[name] = ResourceRecord(address=name, type="vm", connection="seoul")
        for role in ("instance", "address"):
            attributes = () if actions == ("create",) else (AttributeChange("size", number if distinct else 1,
                number + 1 if distinct else 2),)
            plan.resource_changes.append(change(f"{name}/{role}", actions, *attributes, reason=f"because {number}" if distinct else ""))
    return plan


@pytest.mark.parametrize("actions", [("create",), ("update",), ("delete",), ("delete", "create")])
@pytest.mark.parametrize("address", [lambda number: f'web["{number}"]', lambda number: f"web{number}"], ids=["for_each", "names"])
@pytest.mark.parametrize("distinct", [False, True])
def test_five_thousand_natives_stay_readable(actions: tuple[Action, ...], address: Callable[[int], str], distinct: bool) -> None:
    shown = text(many(5000, address, actions, distinct=distinct))
    assert len(shown.splitlines()) <= LIMIT
    assert "5,000 to" in shown
    assert "more" in shown


def test_instances_of_one_shape_are_told_once() -> None:
    assert text(many(76, lambda number: f'web["{number}"]', ("create",))) == """\
mcflow would do this in shop, environment prod:

Create
  +   vm web["0"]  (instance, address)
      and 37 more like it: web["1"], web["2"] … web["37"]

Plan: 76 to add, 0 to change, 0 to replace, 0 to destroy.
"""


def test_a_destroy_is_never_buried() -> None:
    plan = many(5000, lambda number: f"web{number}", ("update",), distinct=True)
    plan.resource_changes.append(change("precious/disk", ("delete",), reason="no longer in the blueprint"))
    plan.output_changes = {f"o{number}": OutputChange(("update",), number, number + 1) for number in range(500)}
    plan.resource_drift = [Drift(address=f"web{number}/instance", resource=None, type="t", id=str(number),
        gone=True) for number in range(2000)]
    lines = text(plan).splitlines()
    assert len(lines) <= LIMIT
    assert any("precious" in line and "no longer in the blueprint" in line for line in lines)
    titles = [line for line in lines if line and not line.startswith(" ")]
    assert titles.index("Destroy") < titles.index("Change in place") < titles.index("Outputs")


def test_one_object_with_thousands_of_changes_is_cut_too() -> None:
    plan = Plan(name="shop", environment="prod", resource_changes=[
        change("sg/group", UPDATE, AttributeChange("rules", list(range(3000)), list(range(5000, 8000))))])
    assert len(text(plan).splitlines()) <= LIMIT


def test_full_shows_every_native() -> None:
    shown = text(many(400, lambda number: f'web["{number}"]', ("create",)), full=True)
    assert shown.count("instance") >= 200
    assert 'web["199"]' in shown
    assert "more" not in shown


def test_a_hidden_value_is_hidden_even_if_the_plan_holds_it() -> None:
    plan = Plan(name="shop", environment="prod", resource_changes=[
        change("a/b", UPDATE, AttributeChange("old", "hunter2", None, sensitive=True), AttributeChange("new", None, "hunter3",
            sensitive=True),
               AttributeChange("list", ["hunter4"], ["hunter5"], sensitive=True), AttributeChange("map", {"k": "hunter6"}, {},
                   sensitive=True))],
        output_changes={"o": OutputChange(("update",), "hunter7", "hunter8", sensitive=True)})
    assert "hunter" not in text(plan, full=True)
    assert "hunter" not in json.dumps(plan_document(plan, lambda path, line: None))


def test_the_document_carries_terraforms_names() -> None:
    plan = small()
    plan.steps = [Step(id="s1", address="net/vpc", verb="create", type="mock.vpc", connection="seoul",
                       want={"cidr": "10.0.0.0/8", "gateway": Ref("net/gateway"), "token": Secret("hunter2")})]
    document = plan_document(plan, lambda path, line: None)
    created = next(item for item in document["resource_changes"] if item["address"] == "net/vpc")
    assert created["change"] == {
        "actions": ["create"], "before": None, "after": {"cidr": "10.0.0.0/8", "token": "(sensitive)"}, "after_unknown": {"gateway": True},
        "before_sensitive": {}, "after_sensitive": {"token": True}}
    replaced = next(item for item in document["resource_changes"] if item["address"] == 'web["0"]/instance')
    assert replaced["change"]["replace_paths"] == [["image"]]
    assert replaced["action_reason"] == "image cannot be changed in place"
    assert document["resource_drift"][1]["change"]["actions"] == ["delete"]
    assert document["output_changes"]["url"]["after_unknown"] is True
    assert {"format_version", "applyable", "complete", "errored"} <= document.keys()
    json.dumps(document)


def test_a_plan_as_events() -> None:
    events = list(plan_events(small(), 1.0))
    assert [event.type for event in events] == ["resource_drift"] * 2 + ["planned_change"] * 7 + ["change_summary", "outputs"]
    assert events[-2].data["remove"] == 1


def test_choices_are_lines_of_the_plan_and_several_connections_are_named(monkeypatch: pytest.MonkeyPatch) -> None:
    from mcflow.model.codes import CODES
    from mcflow.model.codes.code import Code
    from mcflow.model.diagnostic import Diagnostic

    monkeypatch.setitem(CODES, "MC0999", Code("`image`: {value}", "", severity="note"))
    plan = Plan(name="shop", environment="prod", resource_changes=[
        change("net/vpc", ("create",)), Change(address="far/vpc", resource="far", type="aws.vpc", connection="lab", actions=("create",))],
        resources=records(net="vpc", far="vpc"), diagnostics=[Diagnostic("MC0999", {"value": "ubuntu"}, address="web"),
            Diagnostic("MC0905", {})])
    assert text(plan) == """\
mcflow would do this in shop, environment prod:

Create
  +   vpc net  in seoul
  +   vpc far  in lab

Chosen
  web  `image`: ubuntu

Plan: 2 to add, 0 to change, 0 to replace, 0 to destroy.
"""


def test_what_recovery_and_drift_find_is_folded_and_long_lists_are_cut() -> None:
    left = [Recovery(op=str(number), address=f'web["{number}"]/instance', type="t", action="delete", outcome="unfinished", id=f"i-{number}",
                     found_by="id") for number in range(30)]
    drift = [Drift(address=f'web["{number}"]/instance', resource=None, type="t", id=f"i-{number}", gone=True) for number in range(30)]
    plan = Plan(name="shop", environment="prod", recovered=left, resource_drift=drift, output_changes={
        "list": OutputChange(("update",), list(range(40)), list(range(30, 32)))})
    shown = text(plan)
    assert len(shown.splitlines()) < 35
    assert shown.count('and 29 more like it: web["1"]/instance, web["2"]/instance … web["29"]/instance') == 2
    assert "more lines" in shown
    assert "more" not in text(plan, full=True)


def test_one_changed_key_is_one_line_and_an_interruption_is_announced() -> None:
    plan = Plan(name="shop", environment="prod", resource_changes=[
        change("web/instance", UPDATE, AttributeChange("tags", {"a": "1", "b": "2"}, {"a": "1", "b": "3"}), id="i-1")],
        steps=[Step(id="s", address="web/instance", verb="update", purpose="prepare", type="t", connection="c",
            override={"power": "stopped"})])
    assert text(plan) == """\
mcflow would do this in shop, environment prod:

Change in place
  ~   mock.instance web
      ~   instance i-1  mock.instance  # power stopped meanwhile
            ~ tags.b: "2" → "3"

Plan: 0 to add, 1 to change, 0 to replace, 0 to destroy.
"""


def test_outputs_that_do_not_fit_are_told_item_by_item() -> None:
    from mcflow.cli.showing import output_lines

    shown = paint_all(output_lines({"a": 1, "list": ["x" * 30, "y" * 30]}, 60), colour=False)
    assert shown == f'a    = 1\nlist = [\n  "{"x" * 30}",\n  "{"y" * 30}"\n]\n'
    assert paint_all(output_lines({"list": [1, 2]}, 60), colour=False) == "list = [1, 2]\n"
