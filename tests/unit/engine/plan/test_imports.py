"""Importing: objects that exist become resources of a blueprint, by blocks and by hand, and the plan after it is empty."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest
from tests.unit.engine.plan.shop import Shop

from mcflow.drivers.mock.cloud.backdoor import alter
from mcflow.drivers.sdk.native import MARK_OP, MARK_STATE
from mcflow.engine import api
from mcflow.engine.options import ApplyOptions, Import, PlanOptions
from mcflow.engine.plan.select import block_of
from mcflow.model.diagnostic import Rejected

NET = """
resources:
  net: {type: vpc, properties: {cidr: 10.0.0.0/16, tags: {team: one}}}
  app: {type: subnet, properties: {vpc: "{{ resources.net }}", cidr: 10.0.1.0/24}}
"""
DOC = "\nresources:\n  doc: {type: mock.document, properties: {content: hello}}\n"


@pytest.fixture
def shop(tmp_path: Path) -> Shop:
    return Shop(tmp_path)


def cloud(shop: Shop) -> Any:
    project = shop.project()
    return project.sessions(project.workspace.read().state).get("cloud").session.cloud


def ids(shop: Shop) -> dict[str, str]:
    return {address: record.id for address, record in api.read_state(shop.project()).state.natives.items()}


def imports(**ids: str) -> str:
    return "\nimport:\n" + "".join(f"  - {{to: {to}, id: {id}}}\n" for to, id in ids.items())


def forgotten(shop: Shop, text: str) -> dict[str, str]:
    """Make everything, then forget it all; returns what there was."""
    shop.write(text)
    shop.apply()
    before = ids(shop)
    names = {block_of(each.partition("/")[0]) for each in before}
    shop.write("\nremoved:\n" + "".join(f"  - {{from: {name}, destroy: false}}\n" for name in names))
    shop.apply()
    assert ids(shop) == {}
    return before


def test_a_network_is_imported_by_one_id_each(shop: Shop) -> None:
    before = forgotten(shop, NET)
    shop.write(NET + imports(net=before["net/vpc"], app=before["app/subnet"]))
    plan = shop.plan()
    assert set(shop.actions(plan)) == set(before)
    assert set(shop.actions(plan).values()) == {("adopt",)}
    assert plan.steps == []
    shop.apply()
    assert ids(shop) == before
    again = shop.plan()
    assert again.empty
    assert again.steps == []
    shop.write(NET)
    assert shop.plan().empty
    shop.apply(mode="destroy")
    assert ids(shop) == {}


def test_what_nobody_marked_gets_our_mark_and_a_change_is_made_behind_it(shop: Shop) -> None:
    shop.write(DOC)
    made = cloud(shop).create("document", {"content": "theirs"}, tags={"team": "x"})
    shop.write(DOC + imports(doc=made.id))
    plan = shop.plan()
    assert shop.actions(plan) == {"doc": ("adopt", "update")}
    assert plan.resource_changes[0].importing == made.id
    assert [change.path for change in plan.resource_changes[0].attributes] == ["content"]
    shop.apply()
    view, = cloud(shop).describe("document", [made.id])
    lineage = api.read_state(shop.project()).state.lineage
    assert view.attributes["content"] == "hello"
    assert view.tags[MARK_STATE] == lineage
    assert view.tags["team"] == "x"
    assert shop.native("doc").op == view.tags[MARK_OP]
    assert shop.plan().empty


def test_one_command_records_and_marks_and_changes_nothing_else(shop: Shop) -> None:
    shop.write(DOC + "  other: {type: mock.document}\noutputs: {x: 1}\n")
    made = cloud(shop).create("document", {"content": "theirs"})
    outcome = api.adopt(shop.project(), [Import("doc", {"": made.id})], ApplyOptions(), lambda plan: True)
    assert outcome.status == "done"
    view, = cloud(shop).describe("document", [made.id])
    assert view.attributes["content"] == "theirs"
    assert MARK_STATE in view.tags
    assert ids(shop) == {"doc": made.id}
    assert shop.actions(shop.plan()) == {"doc": ("update",), "other": ("create",)}


def test_an_import_by_for_each_and_expressions(shop: Shop) -> None:
    text = """
variables:
  known: {type: map, default: {a: A, b: B}}
resources:
  doc: {type: mock.document, for_each: [a, b], properties: {content: "{{ each.key }}"}}
import:
  - {for_each: "{{ vars.known }}", to: 'doc["{{ each.key }}"]', id: "{{ each.value }}"}
"""
    shop.write(DOC)
    made = {key: cloud(shop).create("document", {"content": key}).id for key in "ab"}
    shop.write(text.replace("A", made["a"]).replace("B", made["b"]))
    assert set(shop.actions(shop.plan()).values()) == {("adopt",)}
    shop.apply()
    assert ids(shop) == {f'doc["{key}"]': id for key, id in made.items()}


def test_what_nothing_matches_is_created(shop: Shop) -> None:
    shop.write(NET)
    vpc = cloud(shop).create("vpc", {"cidr_block": "10.0.0.0/16"})
    shop.write("\nresources:\n  net: {type: vpc, properties: {cidr: 10.0.0.0/16}}\n" + imports(net=vpc.id))
    assert shop.actions(shop.plan()) == {"net/vpc": ("adopt",), "net/gateway": ("create",), "net/attachment": ("create",)}
    shop.apply()
    assert shop.plan().empty


def test_a_machine_keeps_the_size_and_image_it_has_if_they_fit(shop: Shop) -> None:
    machine = NET + """
  box: {type: vm, properties: {subnet: "{{ resources.app }}", image: {os: ubuntu}, spec: SPEC}}
"""
    before = forgotten(shop, machine.replace("SPEC", "m1.xlarge"))
    named = imports(net=before["net/vpc"], app=before["app/subnet"], box=before["box/instance"])
    shop.write(machine.replace("SPEC", "{vcpus: 2}") + named)
    assert set(shop.actions(shop.plan()).values()) == {("adopt",)}
    shop.write(machine.replace("SPEC", "{vcpus: 8}") + named)
    plan = shop.plan()
    assert shop.actions(plan)["box/instance"] == ("adopt", "update")
    assert "MC0665" in [each.code for each in plan.diagnostics]
    shop.write(machine.replace("SPEC", "{vcpus: 2}") + named)
    shop.apply()
    assert shop.plan().empty


def refused(shop: Shop, text: str) -> str:
    shop.write(text)
    found = [each for each in shop.rejected().diagnostics if each.severity == "error"]
    assert found[0].position is not None
    return found[0].code


def test_what_is_refused(shop: Shop) -> None:
    before = forgotten(shop, NET)
    vpc = before["net/vpc"]
    assert refused(shop, NET + imports(net="vpc-none")) == "MC0656"
    assert refused(shop, NET + imports(net=before["app/subnet"])) == "MC0656"
    assert "It is a mock.subnet" in shop.rejected().diagnostics[0].help
    assert refused(shop, NET + f"\nimport: [{{to: net, ids: {{vpc: {vpc}, door: x}}}}]\n") == "MC0662"
    assert refused(shop, NET.replace("10.0.", "10.9.") + imports(net=vpc)) == "MC0660"
    table = before["app/table"]
    assert refused(shop, NET + f"\nimport: [{{to: net, id: {vpc}}}, {{to: app, ids: {{table: {table}, subnet: nothing}}}}]") == "MC0656"
    one = "{type: mock.vpc, properties: {cidr_block: 10.0.0.0/16}}\n"
    assert refused(shop, f"\nresources:\n  a: {one}  b: {one}" + imports(a=vpc, b=vpc)) == "MC0669"
    shop.write(NET + imports(net=vpc, app=before["app/subnet"]))
    shop.apply()
    assert refused(shop, NET + imports(net="vpc-another")) == "MC0658"
    assert refused(shop, NET + "  more: {type: vpc, properties: {cidr: 10.0.0.0/16}}\n" + imports(more=vpc)) == "MC0657"


def test_what_another_state_made_is_taken_only_by_force(shop: Shop) -> None:
    shop.write(DOC)
    made = cloud(shop).create("document", {"content": "hello"}, tags={MARK_STATE: "somebody-else", MARK_OP: "x"})
    assert refused(shop, DOC + imports(doc=made.id)) == "MC0659"
    shop.write(DOC + f"\nimport: [{{to: doc, id: {made.id}, force: true}}]\n")
    shop.apply()
    view, = cloud(shop).describe("document", [made.id])
    assert view.tags[MARK_STATE] == api.read_state(shop.project()).state.lineage
    assert shop.plan().empty


def test_several_that_fit_are_listed(shop: Shop) -> None:
    shop.write(NET)
    here = cloud(shop)
    vpc = here.create("vpc", {"cidr_block": "10.0.0.0/16"})
    gateways = [here.create("internet_gateway", {}) for _ in range(2)]
    # The cloud allows one gateway a network; this is one that does not.
    for gateway in gateways:
        made = here.create("internet_gateway_attachment", {"internet_gateway_id": gateway.id, "vpc_id": vpc.id})
        alter(here.store, made.id, {"vpc_id": "elsewhere"})
    for made in here.search("internet_gateway_attachment"):
        alter(here.store, made.id, {"vpc_id": vpc.id})
    assert refused(shop, NET + imports(net=vpc.id)) == "MC0661"


def test_an_address_that_is_not_in_the_blueprint(shop: Shop) -> None:
    shop.write(DOC)
    with pytest.raises(Rejected) as failed:
        api.adopt(shop.project(), [Import("dok", {"": "x"})], ApplyOptions(), lambda plan: True)
    assert [each.code for each in failed.value.diagnostics] == ["MC0666"]


class Killed(BaseException):
    """The process ends here."""


@pytest.mark.slow
@pytest.mark.parametrize("at", range(5))
def test_killed_anywhere_an_import_goes_on(shop: Shop, at: int) -> None:
    """Both objects are recorded, marked once, and never made again."""
    shop.write(NET)
    here = cloud(shop)
    vpc = here.create("vpc", {"cidr_block": "10.0.0.0/16"})
    subnet = here.create("subnet", {"vpc_id": vpc.id, "cidr_block": "10.0.1.0/24"})
    text = NET.replace("app:", "apps:") + imports(net=vpc.id, apps=subnet.id)
    shop.write(text)
    left = [at]

    def die(point: str, step: str) -> None:
        left[0] -= 1
        if left[0] < 0:
            raise Killed

    with pytest.raises(Killed):
        api.apply(shop.project(), None, PlanOptions(), ApplyOptions(probe=die, parallelism=1), lambda plan: True)
    shop.apply()
    assert shop.plan().empty
    assert (ids(shop)["net/vpc"], ids(shop)["apps/subnet"]) == (vpc.id, subnet.id)
    lineage = api.read_state(shop.project()).state.lineage
    for kind, id in (("vpc", vpc.id), ("subnet", subnet.id)):
        view, = here.describe(kind, [id])
        assert view.tags[MARK_STATE] == lineage
    assert len(here.search("vpc")) == 1
    assert len(here.search("subnet")) == 1
    shop.apply(mode="destroy")
    assert here.search("vpc") == []


def test_what_a_cloud_refuses_to_tell_is_told(shop: Shop, monkeypatch: pytest.MonkeyPatch) -> None:
    from mcflow.drivers.mock.native.kind import MockType
    from mcflow.drivers.sdk import AccessDenied

    def observe(self: Any, api: Any, ids: Any) -> Any:
        raise AccessDenied("you may not look")

    monkeypatch.setattr(MockType, "observe", observe)
    assert refused(shop, DOC + imports(doc="doc-1")) == "MC0663"
    assert "you may not look" in shop.rejected().diagnostics[0].message


def test_what_cannot_be_read_back_is_taken_at_its_word(shop: Shop) -> None:
    text = NET + """
  box:
    type: vm
    properties: {subnet: "{{ resources.app }}", image: {os: ubuntu}, spec: m1.small, password: "{{ vars.word }}"}
variables:
  word: {type: string, sensitive: true, default: "{{ ['Se', 'cret-1'] | join('') }}"}
"""
    before = forgotten(shop, text)
    shop.write(text + imports(net=before["net/vpc"], app=before["app/subnet"], box=before["box/instance"]))
    plan = shop.plan()
    assert set(shop.actions(plan).values()) == {("adopt",)}
    assert [each.address for each in plan.diagnostics if each.code == "MC0664"] == ["box/instance"]
    shop.apply()
    assert shop.plan().empty


def test_more_natives_may_be_named_than_the_main_one(shop: Shop) -> None:
    before = forgotten(shop, NET)
    shop.write(NET + f"""
import:
  - to: net
    ids: {{vpc: {before["net/vpc"]}, gateway: {before["net/gateway"]}}}
  - {{to: app, id: {before["app/subnet"]}}}
  - {{to: app/table, id: {before["app/table"]}}}
""")
    assert set(shop.actions(shop.plan()).values()) == {("adopt",)}
    shop.apply()
    assert ids(shop) == before


def test_what_would_be_replaced_is_replaced_by_force(shop: Shop) -> None:
    before = forgotten(shop, "\nresources:\n  net: {type: mock.vpc, properties: {cidr_block: 10.0.0.0/16}}\n")
    text = "\nresources:\n  net: {type: mock.vpc, properties: {cidr_block: 10.9.0.0/16}}\n"
    shop.write(text + f"\nimport: [{{to: net, id: {before['net']}, force: true}}]\n")
    assert shop.actions(shop.plan()) == {"net": ("adopt", "delete", "create")}
    shop.apply()
    assert len(cloud(shop).search("vpc")) == 1
    shop.write(text)
    assert shop.plan().empty


def test_a_saved_plan_imports(shop: Shop, tmp_path: Path) -> None:
    before = forgotten(shop, NET)
    shop.write(NET + imports(net=before["net/vpc"], app=before["app/subnet"]))
    project = shop.project()
    api.save_plan(project, shop.plan(), tmp_path / "plan")
    shop.apply(api.load_plan(project, tmp_path / "plan"))
    assert ids(shop) == before
    assert shop.plan().empty


def test_instances_that_hang_on_what_is_known_only_in_the_walk(shop: Shop) -> None:
    text = """
resources:
  first: {type: mock.document, properties: {content: a}}
  more: {type: mock.document, for_each: "{{ [resources.first.content] }}", properties: {content: "{{ each.key }}"}}
"""
    before = forgotten(shop, text)
    shop.write(text + f"""
import:
  - {{to: 'more["a"]', id: {before['more["a"]']}}}
  - {{to: first, id: {before["first"]}}}
""")
    assert set(shop.actions(shop.plan()).values()) == {("adopt",)}
    shop.write(text + f"\nimport: [{{to: 'more[\"b\"]', id: {before['first']}}}]\n")
    assert "MC0666" in [each.code for each in shop.rejected().diagnostics]
