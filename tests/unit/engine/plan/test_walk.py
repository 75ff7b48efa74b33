"""Planning as a user sees it: what changes, why, and what is refused."""

from __future__ import annotations

from pathlib import Path

import pytest
from tests.unit.engine.plan.shop import Shop

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


def test_a_plan_after_an_apply_is_empty(shop: Shop) -> None:
    shop.write(NET)
    shop.apply()
    assert shop.plan().empty


def test_planning_writes_nothing(shop: Shop) -> None:
    shop.write(NET)
    shop.plan()
    assert not (shop.folder / ".mcflow" / "state").exists()


def test_a_native_type_written_directly_refers_to_a_portable_one(shop: Shop) -> None:
    shop.write(NET + """
  extra: {type: mock.route_table, properties: {vpc_id: "{{ resources.net.id }}"}}
""")
    shop.apply()
    assert shop.native("extra").want["vpc_id"] == shop.native("net/vpc").id
    assert "net/vpc" in set(shop.native("extra").edges)
    assert shop.plan().empty


def test_a_text_over_unknown_values_is_finished_by_apply(shop: Shop) -> None:
    shop.write(NET + """
  group: {type: security_group, properties: {vpc: "{{ resources.net }}", description: "of {{ resources.net.id }} ({{ vars.team }})"}}
variables: {team: {type: string, default: blue}}
""")
    plan = shop.plan()
    create = next(step for step in plan.steps if step.id == "group/group:create")
    assert create.want["description"].op == "template"
    shop.apply()
    assert shop.native("group/group").attributes["description"] == f"of {shop.native('net/vpc').id} (blue)"
    assert shop.plan().empty


def test_a_create_only_change_replaces_with_a_reason(shop: Shop) -> None:
    shop.write(NET)
    shop.apply()
    shop.write(NET.replace("10.0.1.0/24", "10.0.2.0/24"))
    plan = shop.plan()
    change = next(each for each in plan.resource_changes if each.address == "app/subnet")
    assert change.actions in (("delete", "create"), ("create", "delete"))
    assert change.reason == "cidr_block cannot be changed in place"
    assert [attribute.path for attribute in change.attributes if attribute.replaces] == ["cidr_block"]


def test_what_only_a_replacement_decides_may_be_replaced(shop: Shop) -> None:
    """A create-only text made of an attribute that only apply will know: planned as a maybe, settled by apply as nothing."""
    text = NET + """
  group:
    type: security_group
    properties: {vpc: "{{ resources.net }}", description: "zone of {{ resources.app.cidr }} in {{ resources.table.vpc_id }}"}
  table: {type: mock.route_table, properties: {vpc_id: "{{ resources.net.id }}"}}
"""
    shop.write(text)
    shop.apply()
    before = shop.native("group/group").id
    plan = shop.plan(replace=("table",))
    assert "table" in shop.actions(plan)
    shop.apply(replace=("table",))
    assert shop.native("group/group").id == before
    assert shop.plan().empty


def test_prevent_destroy_refuses_replacing_and_removing(shop: Shop) -> None:
    guarded = NET.replace("cidr: 10.0.1.0/24}", "cidr: 10.0.1.0/24}, lifecycle: {prevent_destroy: true}")
    shop.write(guarded)
    shop.apply()
    shop.write(guarded.replace("10.0.1.0/24", "10.0.9.0/24"))
    refusal = shop.rejected()
    assert [found.code for found in refusal.diagnostics if found.severity == "error"] == ["MC0630"]
    assert refusal.exit_code == 6
    shop.write(NET.split("  app:")[0])
    assert shop.rejected().exit_code == 6
    assert shop.rejected(mode="destroy").exit_code == 6


def test_what_is_retained_stays_in_the_cloud(shop: Shop) -> None:
    text = """
    resources:
      notes: {type: bucket, properties: {}, lifecycle: {retain: true}}
    """
    shop.write(text)
    shop.apply()
    shop.write("\n    resources: {}\n    ")
    plan = shop.apply()
    assert set(shop.actions(plan).values()) == {("forget",)}
    assert api.read_state(shop.project()).state.natives == {}


def test_ignored_changes_are_not_made(shop: Shop) -> None:
    text = NET.replace("cidr: 10.0.1.0/24}", "cidr: 10.0.1.0/24, tags: {team: blue}}, lifecycle: {ignore_changes: [tags]}")
    shop.write(text)
    shop.apply()
    shop.write(text.replace("team: blue", "team: red"))
    assert shop.actions(shop.plan()) == {}


def test_when_false_and_for_each_make_none_and_many(shop: Shop) -> None:
    shop.write("""
    resources:
      no: {type: bucket, when: false}
      many: {type: bucket, for_each: [a, 1], properties: {tags: {key: "{{ each.key }}"}}}
    outputs:
      none: "{{ resources.no }}"
      keys: "{{ resources.many.keys() | list }}"
    """)
    plan = shop.apply()
    assert {change.resource for change in plan.resource_changes} == {'many["a"]', 'many["1"]'}
    assert api.outputs(shop.project()) == {"none": None, "keys": ["a", "1"]}


def test_removing_one_key_leaves_the_others_alone(shop: Shop) -> None:
    text = "\nresources:\n  many: {type: bucket, for_each: [a, b, c]}\n"
    shop.write(text)
    shop.apply()
    shop.write(text.replace("[a, b, c]", "[b, c]"))
    assert {change.resource for change in shop.plan().resource_changes if change.actions != ("no-op",)} == {'many["a"]'}


def test_targets_plan_a_closed_part(shop: Shop) -> None:
    shop.write(NET + "\n  notes: {type: bucket}\n")
    plan = shop.apply(targets=("app",))
    assert not plan.complete
    state = api.read_state(shop.project()).state
    assert {record.origin for record in state.natives.values()} == {"net", "app"}
    assert {change.resource for change in shop.plan().resource_changes if change.actions == ("create",)} == {"notes"}
    refusal = shop.rejected(targets=("appp",))
    assert refusal.diagnostics[0].code == "MC0634"
    assert refusal.diagnostics[0].suggestion == "app"


def test_every_mistake_is_reported_at_once_with_its_place(shop: Shop) -> None:
    shop.write("""
    resources:
      net: {type: vpc, properties: {cidr: 10.0.0.0/16, internet: false}}
      one: {type: subnet, properties: {vpc: "{{ resources.net }}", cidr: 10.0.1.0/24, public: true}}
      two: {type: subnet, properties: {vpc: "{{ resources.net }}", cidr: 10.99.0.0/24}}
    """)
    found = [each for each in shop.rejected().diagnostics if each.severity == "error"]
    assert [(each.code, each.address) for each in found] == [("MC0618", "one"), ("MC0618", "two")]
    assert [each.position.line for each in found if each.position] == [8, 9]


def test_a_saved_plan_is_refused_once_anything_moved(shop: Shop) -> None:
    shop.write(NET)
    path = shop.folder / "shop.plan"
    api.save_plan(shop.project(), shop.plan(), path)
    assert path.stat().st_mode & 0o777 == 0o600
    shop.write(NET.replace("10.0.1.0/24", "10.0.2.0/24"))
    with pytest.raises(Rejected) as moved:
        shop.apply(api.load_plan(shop.project(), path))
    assert moved.value.diagnostics[0].code == "MC0641"
    shop.write(NET)
    shop.apply(api.load_plan(shop.project(), path))
    assert shop.plan().empty
    with pytest.raises(Rejected) as again:
        shop.apply(api.load_plan(shop.project(), path))
    assert "the state" in again.value.diagnostics[0].args["moved"]


def test_a_damaged_plan_file_is_refused(shop: Shop) -> None:
    shop.write(NET)
    path = shop.folder / "shop.plan"
    api.save_plan(shop.project(), shop.plan(), path)
    for text in (path.read_text().replace("10.0.1.0", "10.0.3.0"), "", "{}", "not json"):
        path.write_text(text)
        with pytest.raises(Rejected) as refused:
            api.load_plan(shop.project(), path)
        assert refused.value.diagnostics[0].code == "MC0640"


def test_a_pin_holds_until_it_is_released(shop: Shop) -> None:
    text = NET + '  vm: {type: vm, properties: {subnet: "{{ resources.app }}", image: {os: ubuntu}, spec: {vcpus: 2}}}\n'
    shop.write(text)
    shop.apply()
    pins = api.read_state(shop.project()).state.resources["vm"].pins
    assert pins["spec"].value == shop.native("vm/instance").attributes["instance_type"]
    shop.write(text.replace("vcpus: 2", "vcpus: 8"))
    plan = shop.plan()
    assert shop.actions(plan) == {"vm/instance": ("update",)}
    prepared = [step.purpose for step in plan.steps]
    assert sorted(filter(None, prepared)) == ["prepare", "restore"]


def test_nobody_is_asked_when_there_is_nothing_to_do(shop: Shop) -> None:
    shop.write(NET)
    shop.apply()
    asked: list[object] = []
    outcome = api.apply(shop.project(), None, PlanOptions(), ApplyOptions(), lambda plan: not asked.append(plan))
    assert outcome.status == "nothing"
    assert asked == []


def test_declining_changes_nothing(shop: Shop) -> None:
    shop.write(NET)
    outcome = api.apply(shop.project(), None, PlanOptions(), ApplyOptions(), lambda plan: False)
    assert outcome.status == "declined"
    assert api.read_state(shop.project()).state.natives == {}


def test_destroy_needs_only_the_state(shop: Shop) -> None:
    shop.write(NET)
    shop.apply()
    shop.write("\nresources: {}\n")
    shop.apply(mode="destroy")
    assert api.read_state(shop.project()).state.natives == {}


def test_a_choice_outlives_a_run_that_ends_half_way(shop: Shop) -> None:
    """The generated key is pinned before anything is made: a second run must not make another one."""
    shop.write(NET + """
  admin: {type: key_pair}
""")

    class Crash(BaseException):
        pass

    def crash(point: str, step: str) -> None:
        if point == "call returned" and step == "admin/key:create":
            raise Crash

    with pytest.raises(Crash):
        api.apply(shop.project(), None, PlanOptions(), ApplyOptions(probe=crash), lambda plan: True)
    shop.apply()
    assert shop.native("admin/key").generation == 1
    assert shop.plan().empty


@pytest.mark.parametrize("value", ["20", "[20]", "true"])
@pytest.mark.parametrize("sensitive", ["true", "false"])
def test_a_timeout_of_another_kind_is_a_finding(shop: Shop, value: str, sensitive: str) -> None:
    shop.write(f"""
        variables: {{limit: {{type: any, sensitive: {sensitive}, default: {value}}}}}
        resources:
          net: {{type: vpc, properties: {{cidr: 10.0.0.0/16}}, timeouts: {{create: "{{{{ vars.limit }}}}"}}}}
    """)
    with pytest.raises(Rejected) as refused:
        shop.plan()
    assert [found.code for found in refused.value.diagnostics] == ["MC0608"]


def test_attempts_must_be_a_number(shop: Shop) -> None:
    shop.write(NET.replace("cidr: 10.0.1.0/24}", "cidr: 10.0.1.0/24}, retry: {attempts: \"{{ 'many' }}\"}"))
    assert [found.code for found in shop.rejected().diagnostics if found.severity == "error"] == ["MC0609"]


def test_two_resources_share_a_helper_whose_name_is_derived(shop: Shop) -> None:
    cluster = '{type: kubernetes_cluster, properties: {vpc: "{{ resources.net }}", subnets: ["{{ resources.app }}"]}}'
    shop.write(NET + f"  one: {cluster}\n  two: {cluster}\n")
    shop.apply()
    assert shop.plan().empty
    assert sum(address.startswith("@cloud/") for address in api.read_state(shop.project()).state.natives) == 1
