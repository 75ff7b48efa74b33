"""``moved`` and ``removed`` in a blueprint: the same things under other names, and things left alone."""

from __future__ import annotations

from pathlib import Path

import pytest
from tests.unit.engine.plan.shop import Shop

from mcflow.engine import api
from mcflow.engine.options import ApplyOptions, PlanOptions
from mcflow.engine.saved import plan_from

NET = """
resources:
  {net}: {{type: vpc, properties: {{cidr: 10.0.0.0/16}}}}
  {app}: {{type: subnet, properties: {{vpc: "{{{{ resources.{net} }}}}", cidr: 10.0.1.0/24}}}}
"""
BUCKETS = """
resources:
  site:
    type: mock.bucket
    for_each: [{keys}]
    properties: {{name: "bucket-of-{{{{ each.key }}}}"}}
"""
NOTES = """
resources:
  one: {type: mock.document, properties: {content: same}}
  two: {type: mock.document, properties: {content: same}}
"""


@pytest.fixture
def shop(tmp_path: Path) -> Shop:
    return Shop(tmp_path)


def ids(shop: Shop) -> dict[str, str]:
    return {address: record.id for address, record in api.read_state(shop.project()).state.natives.items()}


def moves(*pairs: tuple[str, str]) -> str:
    lines = "".join(f"  - {{from: '{old}', to: '{new}'}}\n" for old, new in pairs)
    return f"\nmoved:\n{lines}"


def test_a_renamed_network_keeps_everything(shop: Shop) -> None:
    shop.write(NET.format(net="net", app="app"))
    shop.apply()
    before = ids(shop)
    shop.write(NET.format(net="lan", app="front") + moves(("net", "lan"), ("app", "front")))
    plan = shop.plan()
    assert shop.actions(plan) == {}
    assert not plan.empty
    assert {change.address: change.previous_address for change in plan.resource_changes}["lan/vpc"] == "net/vpc"
    assert plan.moved["app/subnet"] == "front/subnet"
    shop.apply()
    assert ids(shop) == {address.replace("net/", "lan/").replace("app/", "front/"): id for address, id in before.items()}
    again = shop.plan()
    assert again.empty
    assert again.steps == []
    shop.write(NET.format(net="lan", app="front"))
    assert shop.plan().empty


def test_a_saved_plan_carries_its_moves(shop: Shop, tmp_path: Path) -> None:
    shop.write(NET.format(net="net", app="app"))
    shop.apply()
    shop.write(NET.format(net="lan", app="app") + moves(("net", "lan")))
    project = shop.project()
    made = shop.plan()
    api.save_plan(project, made, tmp_path / "plan")
    shop.apply(api.load_plan(project, tmp_path / "plan"))
    assert "lan/vpc" in ids(shop)
    assert shop.plan().empty


def test_a_chain_ends_where_the_blueprint_has_it(shop: Shop) -> None:
    shop.write(NOTES)
    shop.apply()
    was = ids(shop)["one"]
    shop.write(NOTES.replace("one:", "three:") + moves(("one", "second"), ("second", "three")))
    assert shop.plan().moved == {"one": "three"}
    shop.apply()
    assert ids(shop)["three"] == was


def test_a_swap_is_made_once(shop: Shop) -> None:
    shop.write(NOTES)
    shop.apply()
    before = ids(shop)
    shop.write(NOTES + moves(("one", "two"), ("two", "one")))
    for _ in range(2):
        shop.apply()
        assert ids(shop) == {"one": before["two"], "two": before["one"]}
        assert shop.plan().empty
    shop.write(NOTES)
    shop.apply()
    shop.write(NOTES + moves(("one", "two"), ("two", "one")))
    shop.apply()
    assert ids(shop) == before


def test_keys_of_for_each_are_renamed_and_left(shop: Shop) -> None:
    shop.write(BUCKETS.format(keys='"0", "1"'))
    shop.apply()
    before = ids(shop)
    text = BUCKETS.format(keys='"a", "1"').replace("bucket-of-{{ each.key }}", "bucket-of-{{ '0' if each.key == 'a' else each.key }}")
    shop.write(text + moves(('site["0"]', 'site["a"]')))
    assert shop.actions(shop.plan()) == {}
    shop.apply()
    assert ids(shop) == {'site["a"]': before['site["0"]'], 'site["1"]': before['site["1"]']}
    lone = "\nresources:\n  site: {type: mock.bucket, properties: {name: bucket-of-1}}\n"
    shop.write(lone + moves(('site["1"]', "site")))
    plan = shop.apply()
    assert shop.actions(plan) == {'site["a"]': ("delete",)}
    assert ids(shop) == {"site": before['site["1"]']}


def test_a_lone_one_moves_into_for_each(shop: Shop) -> None:
    shop.write("\nresources:\n  site: {type: mock.bucket, properties: {name: bucket-of-a}}\n")
    shop.apply()
    before = ids(shop)
    shop.write(BUCKETS.format(keys='"a", "b"') + moves(("site", 'site["a"]')))
    assert shop.actions(shop.apply()) == {'site["b"]': ("create",)}
    assert ids(shop)['site["a"]'] == before["site"]
    assert shop.plan().empty


def test_targets_move_everything_all_the_same(shop: Shop) -> None:
    shop.write(NET.format(net="net", app="app") + "  note: {type: mock.document}\n")
    shop.apply()
    shop.write(NET.format(net="lan", app="app") + "  memo: {type: mock.document}\n" + moves(("net", "lan"), ("note", "memo")))
    shop.apply(targets=("lan",))
    assert {"lan/vpc", "memo"} <= set(ids(shop))
    assert shop.plan().empty


@pytest.mark.parametrize(("text", "pairs", "code"), [
    (NOTES.replace("one:", "three:"), [("one", "two")], "MC0652"),
    (NOTES.replace("one: {type: mock.document, properties: {content: same}}", "net: {type: vpc, properties: {cidr: 10.0.0.0/8}}"),
     [("one", "net")], "MC0651"),
])
def test_moves_that_cannot_be_are_refused_with_both_names(shop: Shop, text: str, pairs: list[tuple[str, str]], code: str) -> None:
    shop.write(NOTES)
    shop.apply()
    shop.write(text + moves(*pairs))
    found = shop.rejected().diagnostics
    assert code in [each.code for each in found]
    assert all(name in found[0].message for name in pairs[0])
    assert found[0].position is not None


def test_an_instance_that_is_still_wanted_cannot_have_moved(shop: Shop) -> None:
    shop.write(BUCKETS.format(keys='"a", "b"'))
    shop.apply()
    shop.write(BUCKETS.format(keys='"a", "c"') + moves(('site["a"]', 'site["c"]')))
    assert [each.code for each in shop.rejected().diagnostics] == ["MC0246"]
    shop.write(BUCKETS.format(keys='"a", "c"') + moves(('site["b"]', 'site["x"]')))
    assert [each.code for each in shop.rejected().diagnostics] == ["MC0247"]


class Killed(BaseException):
    """The process ends here."""


def test_a_kill_after_the_moves_leaves_them_made(shop: Shop) -> None:
    shop.write(NOTES)
    shop.apply()
    before = ids(shop)
    shop.write(NOTES + "  more: {type: mock.document}\n" + moves(("one", "two"), ("two", "one")))

    def die(point: str, step: str) -> None:
        raise Killed

    for _ in range(2):
        with pytest.raises(Killed):
            api.apply(shop.project(), None, PlanOptions(), ApplyOptions(probe=die), lambda plan: True)
        now = ids(shop)
        assert (now["one"], now["two"]) == (before["two"], before["one"])
    shop.apply()
    assert shop.plan().empty


def test_what_is_removed_stays_in_the_cloud(shop: Shop) -> None:
    shop.write(NET.format(net="net", app="app"))
    shop.apply()
    before = ids(shop)
    shop.write("\nremoved:\n  - {from: net, destroy: false}\n  - {from: app, destroy: false}\n")
    plan = shop.apply()
    assert set(shop.actions(plan).values()) == {("forget",)}
    assert ids(shop) == {}
    project = shop.project()
    cloud = project.sessions(project.workspace.read().state).get("cloud").session.cloud
    assert cloud.describe("vpc", [before["net/vpc"]])
    assert shop.plan().empty


def test_what_is_removed_aloud_is_destroyed_and_one_native_may_stay(shop: Shop) -> None:
    shop.write(NOTES)
    shop.apply()
    shop.write(NOTES.replace("  one: {type: mock.document, properties: {content: same}}\n", "")
               + "\nremoved: [{from: one, destroy: true}]\n")
    assert shop.actions(shop.apply()) == {"one": ("delete",)}
    shop.write("\nremoved: [{from: two, destroy: false}]\n")
    assert shop.actions(shop.apply(mode="destroy")) == {"two": ("forget",)}


def test_an_instance_that_is_removed_must_be_gone(shop: Shop) -> None:
    shop.write(BUCKETS.format(keys='"a", "b"') + "\nremoved: [{from: 'site[\"a\"]', destroy: false}]\n")
    assert [each.code for each in shop.rejected().diagnostics] == ["MC0246"]


def test_moves_survive_the_plan_file(shop: Shop) -> None:
    from mcflow.engine.saved import plan_bytes

    shop.write(NOTES)
    shop.apply()
    shop.write(NOTES.replace("one:", "uno:") + moves(("one", "uno")))
    project = shop.project()
    made = shop.plan()
    assert plan_from(plan_bytes(made, project.sealer.seal), project.sealer.unseal).moved == {"one": "uno"}


def test_a_rename_that_was_not_said_is_told_and_converges_at_once(shop: Shop) -> None:
    """The new subnet has the place of the old one, so it comes after it."""
    shop.write(NET.format(net="net", app="app"))
    shop.apply()
    shop.write(NET.format(net="net", app="front"))
    plan = shop.plan()
    told = [each for each in plan.diagnostics if each.code == "MC0655"]
    assert [each.help for each in told] == ["If it was only renamed, keep it: moved: [{from: app, to: front}]"]
    create = next(step for step in plan.steps if step.id == "front/subnet:create")
    assert "app/subnet:delete" in create.needs
    shop.apply()
    assert shop.plan().empty


def test_renamed_instances_are_told_by_their_block(shop: Shop) -> None:
    shop.write(BUCKETS.format(keys='"a", "b"'))
    shop.apply()
    shop.write(BUCKETS.format(keys='"a", "b"').replace("site:", "place:"))
    told = [each.args for each in shop.plan().diagnostics if each.code == "MC0655"]
    assert [(each["source"], each["target"]) for each in told] == [("site", "place")]
    shop.write(BUCKETS.format(keys='"a", "b"').replace("site:", "place:") + moves(("site", "place")))
    assert not [each for each in shop.plan().diagnostics if each.code == "MC0655"]


def test_what_nobody_can_decide_does_not_move(shop: Shop) -> None:
    """Recovery finds an open operation by its address."""
    from mcflow.model.plan import Recovery

    shop.write(NOTES)
    shop.apply()
    shop.write(NOTES.replace("one:", "uno:") + moves(("one", "uno")))
    from mcflow.engine.plan.make import make_plan
    from mcflow.engine.plan.walk import Ground
    from mcflow.model.diagnostic import Rejected

    project = shop.project()
    state = project.workspace.read().state
    ground = Ground(project.blueprint, state, project.sessions(state), project.sealer, project.ports, PlanOptions())
    open_one = Recovery(op="o", address="one", type="mock.document", action="update", outcome="quarantined")
    with pytest.raises(Rejected) as refused:
        make_plan(ground, recovered=[open_one], refreshed={}, drift=[], version="0")
    assert [each.code for each in refused.value.diagnostics] == ["MC0653"]


def test_a_release_that_comes_with_a_move_still_replaces_nothing(shop: Shop) -> None:
    """What an address is called is no input of a lowering: the user changed nothing that the subnet reads."""
    from mcflow.conformance import Lowered
    from mcflow.conformance.scenes import _released

    shop.write(NET.format(net="net", app="app"))
    shop.apply()
    shop.write(NET.format(net="lan", app="app") + moves(("net", "lan")))
    with _released("mock", Lowered("subnet", "subnet", "zone", "mock-east-b")):
        plan = shop.plan()
        held = [change.address for change in plan.resource_changes if change.held]
        assert "app/subnet" in held
        assert set(held) == set(shop.actions(plan))
        shop.apply()
    assert shop.native("app/subnet").attributes["zone"] == "mock-east-a"
    assert shop.plan().empty


def test_a_native_does_not_move_to_where_its_resource_has_none(shop: Shop) -> None:
    """There it would be something that nobody wants, and be destroyed."""
    net = (
        "resources:\n  net: {type: vpc, properties: {cidr: 10.0.0.0/16}}\n"
        "  app: {type: subnet, properties: {vpc: '{{ resources.net }}', cidr: 10.0.1.0/24}}\n")
    shop.write(net)
    shop.apply()
    shop.write(net + "moved: [{from: net/vpc, to: app/vpc}]\n")
    found, = shop.rejected().diagnostics
    assert (found.code, found.args["role"]) == ("MC0662", "vpc")
    assert "subnet" in found.help
