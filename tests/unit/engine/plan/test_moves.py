"""Things that move under a state: connections, names, selections, and what the records say afterwards."""

from __future__ import annotations

from pathlib import Path

import pytest
from tests.unit.engine.plan.shop import Shop

from mcflow.drivers.mock.cloud.backdoor import alter
from mcflow.engine import api
from mcflow.engine.options import ApplyOptions, PlanOptions
from mcflow.model.diagnostic import Rejected

NET = """
resources:
  net: {type: vpc, properties: {cidr: 10.0.0.0/16}}
  app: {type: subnet, properties: {vpc: "{{ resources.net }}", cidr: 10.0.1.0/24}}
"""


@pytest.fixture
def shop(tmp_path: Path) -> Shop:
    return Shop(tmp_path)


def change_header(shop: Shop, old: str, new: str) -> None:
    file = shop.folder / "mcflow.yaml"
    text = file.read_text()
    assert old in text
    file.write_text(text.replace(old, new))


@pytest.mark.parametrize("refresh", ["all", "none"])
def test_a_connection_that_means_another_region_is_refused_before_anything_is_looked_at(shop: Shop, refresh: str) -> None:
    """A look in the wrong place would take everything for gone, and an apply would make it all again."""
    shop.write(NET)
    shop.apply()
    change_header(shop, "driver: mock,", "driver: mock, region: mock-west,")
    assert [found.code for found in shop.rejected(refresh=refresh).diagnostics] == ["MC0633"]
    with pytest.raises(Rejected) as refused:
        api.refresh(shop.project(), ApplyOptions())
    assert refused.value.diagnostics[0].code == "MC0633"
    assert set(api.read_state(shop.project()).state.natives) >= {"net/vpc", "app/subnet"}


def test_a_saved_plan_names_the_account_of_what_it_is_to_make(shop: Shop) -> None:
    shop.write(NET)
    assert set(shop.plan().inputs.connections) == {"cloud"}


def test_a_renamed_resource_gets_its_name_when_the_old_one_is_gone(shop: Shop) -> None:
    text = "\nresources:\n  old: {type: mock.bucket, properties: {name: one-of-a-kind}}\n"
    shop.write(text)
    shop.apply()
    shop.write(text.replace("old:", "new:"))
    shop.apply()
    assert shop.plan().empty


def test_a_soft_edge_is_the_same_in_every_plan(shop: Shop) -> None:
    shop.write("""
    resources:
      one: {type: mock.document}
      two: {type: mock.document, properties: {related_ids: ["{{ resources.one.id }}"]}}
    """)
    shop.apply()
    for _ in range(2):
        assert shop.plan().steps == []
        shop.apply()


def test_a_destroyed_part_leaves_no_record(shop: Shop) -> None:
    shop.write(NET + "  notes: {type: bucket}\n")
    shop.apply()
    shop.apply(mode="destroy", targets=("notes",))
    assert set(api.read_state(shop.project()).state.resources) == {"net", "app"}
    shop.apply(mode="destroy", excludes=("net",))
    assert set(api.read_state(shop.project()).state.resources) == {"net"}


def test_what_is_ignored_is_ignored_under_the_names_it_is_lowered_to(shop: Shop) -> None:
    shop.write(NET + """
  vm:
    type: vm
    properties: {subnet: "{{ resources.app }}", image: {os: ubuntu}, spec: {vcpus: 2}, tags: {a: b}}
    lifecycle: {ignore_changes: [spec]}
""")
    shop.apply()
    project = shop.project()
    store = project.sessions(project.workspace.read().state).get("cloud").session.cloud.store
    alter(store, shop.native("vm/instance").id, {"instance_type": "resized.by-hand"}, {"a": "changed"})
    plan = shop.plan()
    assert [change.path for each in plan.resource_changes for change in each.attributes] == ["tags"]
    shop.apply()
    assert shop.plan().empty
    assert store.get(shop.native("vm/instance").id).attributes["instance_type"] == "resized.by-hand"


@pytest.mark.parametrize("first", ["", ", lifecycle: {create_before_destroy: true}"])
def test_groups_that_name_each_other_are_replaced_together(shop: Shop, first: str) -> None:
    """Their old halves name each other too, and have to let go before either can be deleted."""
    rule = '[{protocol: tcp, ports: [80], security_group: "{{ resources.OTHER }}"}]'
    group = 'type: security_group, properties: {vpc: "{{ resources.net }}", inbound: '
    one = "one: {" + group + rule.replace("OTHER", "two") + ", description: first"
    two = "two: {" + group + rule.replace("OTHER", "one") + ", description: other"
    text = NET + f"  {one}}}{first}}}\n  {two}}}{first}}}\n"
    shop.write(text)
    shop.apply()
    shop.write(text.replace("first", "second").replace("other", "another"))
    shop.apply()
    assert shop.plan().steps == []
    shop.apply(mode="destroy")
    assert api.read_state(shop.project()).state.natives == {}


def test_what_never_was_made_is_planned_as_new(shop: Shop) -> None:
    """A run died before its call, and meanwhile somebody else took the name: there is nothing of ours to replace or delete."""
    class Killed(BaseException):
        pass

    def die(point: str, step: str) -> None:
        if point == "intent durable":
            raise Killed

    shop.write("\nresources:\n  one: {type: mock.bucket, properties: {name: taken-name}}\n")
    with pytest.raises(Killed):
        api.apply(shop.project(), None, PlanOptions(), ApplyOptions(probe=die), lambda plan: True)
    project = shop.project()
    project.sessions(project.workspace.read().state).get("cloud").session.cloud.create("bucket", {"name": "taken-name"})
    assert shop.actions(shop.plan()) == {"one": ("create",)}
    assert shop.actions(shop.plan(mode="destroy")) == {}
