"""Replacements that only apply can decide, and what waits for values inside texts."""

from __future__ import annotations

from pathlib import Path

import pytest
from tests.unit.engine.plan.shop import Shop

from mcflow.engine import api
from mcflow.engine.options import ApplyOptions, PlanOptions

GROUP = """
resources:
  source: {type: mock.document, properties: {content: aaa}}
  net: {type: vpc, properties: {cidr: 10.0.0.0/16}}
  group: {type: security_group, properties: {vpc: "{{ resources.net }}", description: "at TEXT", tags: {team: one}}}
"""
CHAIN = """
resources:
  one: {type: mock.document, properties: {content: aaa}}
  two: {type: mock.document, properties: {content: aaa}}
  same: {type: mock.document, properties: {title: "{{ resources.one.digest | length }}!"}}
  other: {type: mock.document, properties: {title: "of {{ resources.two.digest }}"}}
  user: {type: mock.document, properties: {source_ids: ["{{ resources.same.id }}", "{{ resources.other.id }}"]}}
  end: {type: mock.document, properties: {source_ids: ["{{ resources.user.id }}"]}}
"""


@pytest.fixture
def shop(tmp_path: Path) -> Shop:
    return Shop(tmp_path)


def ids(shop: Shop) -> dict[str, str]:
    return {address: record.id for address, record in api.read_state(shop.project()).state.natives.items()}


def replaced(before: dict[str, str], after: dict[str, str]) -> set[str]:
    assert before.keys() == after.keys()
    return {address for address in before if before[address] != after[address]}


def test_what_turns_out_to_be_the_same_is_changed_in_place(shop: Shop) -> None:
    text = GROUP.replace("TEXT", "{{ resources.source.digest | length }}")
    shop.write(text)
    shop.apply()
    before = ids(shop)
    shop.write(text.replace("aaa", "bbb").replace("team: one", "team: two"))
    shop.apply()
    assert ids(shop) == before
    assert shop.native("group/group").attributes["tags"] == {"team": "two"}
    assert shop.plan().empty


def test_a_text_waits_for_the_update_of_what_it_names(shop: Shop) -> None:
    text = GROUP.replace("TEXT", "{{ resources.source.digest }}")
    shop.write(text)
    shop.apply()
    before = ids(shop)
    shop.write(text.replace("aaa", "bbb"))
    shop.apply()
    assert replaced(before, ids(shop)) == {"group/group"}
    assert shop.plan().empty


def test_a_text_in_a_tag_waits_for_the_update_of_what_it_names(shop: Shop) -> None:
    text = GROUP.replace("TEXT", "home").replace("team: one", 'team: "of {{ resources.source.digest }}"')
    shop.write(text)
    shop.apply()
    shop.write(text.replace("aaa", "bbb"))
    shop.apply()
    assert shop.plan().empty


def test_what_is_protected_is_not_replaced_by_a_late_decision(shop: Shop) -> None:
    text = GROUP.replace("TEXT", "{{ resources.source.digest }}").replace("team: one}}", "team: one}}, lifecycle: {prevent_destroy: true}")
    shop.write(text)
    shop.apply()
    before = ids(shop)
    shop.write(text.replace("aaa", "bbb"))
    outcome = api.apply(shop.project(), None, PlanOptions(), ApplyOptions(), lambda plan: True)
    assert [finding.code for _, finding in outcome.failed] == ["MC0630"]
    assert ids(shop) == before


@pytest.mark.parametrize("first", ["", ", lifecycle: {create_before_destroy: true}"])
def test_a_chain_of_maybes_is_settled_by_every_link(shop: Shop, first: str) -> None:
    text = CHAIN.replace("}}\n", f"}}{first}}}\n")
    shop.write(text)
    shop.apply()
    before = ids(shop)
    shop.write(text.replace("aaa", "bbb"))
    conditional = {change.address for change in shop.plan().resource_changes if change.conditional}
    assert conditional == {"same", "other", "user", "end"}
    shop.apply()
    assert replaced(before, ids(shop)) == {"other", "user", "end"}
    assert shop.plan().empty


def test_a_replaced_source_comes_first_if_it_decides(shop: Shop) -> None:
    text = """
    resources:
      ip: {type: public_ip}
      net: {type: vpc, properties: {cidr: 10.0.0.0/16}}
      group: {type: security_group, properties: {vpc: "{{ resources.net }}", description: "at {{ resources.ip.address }}"}}
    """
    shop.write(text)
    shop.apply()
    before = ids(shop)
    shop.apply(replace=("ip",))
    assert replaced(before, ids(shop)) == {"ip/address", "group/group"}
    assert shop.plan().empty


def test_a_source_that_must_go_first_leaves_no_maybe(shop: Shop) -> None:
    """Of a load balancer named by the user old and new cannot exist at once, so its user has to go before anything is known."""
    text = """
    resources:
      net: {type: vpc, properties: {cidr: 10.0.0.0/16}}
      app: {type: subnet, properties: {vpc: "{{ resources.net }}", cidr: 10.0.1.0/24}}
      front: {type: mock.load_balancer, properties: {name: front, scheme: internal, subnet_ids: ["{{ resources.app.id }}"]}}
      user: {type: mock.document, properties: {title: "at {{ resources.front.private_ip }}"}}
    """
    shop.write(text)
    shop.apply()
    plan = shop.plan(replace=("front",))
    assert not any(change.conditional for change in plan.resource_changes)
    before = ids(shop)
    shop.apply(replace=("front",))
    assert replaced(before, ids(shop)) == {"front", "user"}
    assert shop.plan().empty


def test_an_address_of_another_type_leaves_nothing_behind(shop: Shop) -> None:
    shop.write("\nresources:\n  x: {type: mock.address}\n")
    shop.apply()
    shop.write("\nresources:\n  x: {type: mock.note, properties: {text: hello}}\n")
    plan = shop.plan()
    assert [step.type for step in plan.steps if step.verb == "delete"] == ["mock.address"]
    shop.apply()
    assert shop.plan().empty
    project = shop.project()
    cloud = project.sessions(project.workspace.read().state).get("cloud").session.cloud
    assert cloud.search("address") == []


def test_what_merely_comes_after_does_not_make_the_new_one_come_first(shop: Shop) -> None:
    """The new subnet overlaps the old: they cannot exist at once, and the bucket needs neither."""
    text = """
    resources:
      net: {type: vpc, properties: {cidr: 10.0.0.0/16}}
      app: {type: subnet, properties: {vpc: "{{ resources.net }}", cidr: 10.0.1.0/24}}
      notes: {type: bucket, depends_on: [app]}
    """
    shop.write(text)
    shop.apply()
    shop.write(text.replace("10.0.1.0/24", "10.0.0.0/23"))
    shop.apply()
    assert shop.plan().empty


def test_a_secret_that_is_taken_away_is_a_change(shop: Shop) -> None:
    text = """
    resources:
      net: {type: vpc, properties: {cidr: 10.0.0.0/16}}
      app: {type: subnet, properties: {vpc: "{{ resources.net }}", cidr: 10.0.1.0/24}}
      vm: {type: vm, properties: {subnet: "{{ resources.app }}", image: {os: ubuntu}, spec: {vcpus: 2}, user_data: hello}}
    """
    shop.write(text)
    shop.apply()
    shop.write(text.replace(", user_data: hello", ""))
    assert shop.actions(shop.plan()) == {"vm/instance": ("delete", "create")}
    shop.apply()
    assert shop.plan().empty


def test_a_text_waits_for_what_it_names_also_where_that_is_needed_anyway(shop: Shop) -> None:
    text = """
    resources:
      one: {type: mock.document, properties: {content: aaa}}
      two: {type: mock.document, properties: {title: "of {{ resources.one.digest }}", source_ids: ["{{ resources.one.id }}"]}}
    """
    shop.write(text)
    shop.apply()
    shop.write(text.replace("aaa", "bbb"))
    shop.apply()
    assert shop.plan().empty
