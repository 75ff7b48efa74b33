"""Importing a whole connection: the text is valid, the state knows it, the next plan is empty, and it can be destroyed from there."""

from __future__ import annotations

from pathlib import Path

import pytest
import yaml
from tests.unit.engine.discover.yard import Yard, environment

from mcflow.drivers.sdk import NativeType, Natural
from mcflow.engine.discover import adoption
from mcflow.model.diagnostic import Rejected
from mcflow.state.records import Run

BRACES = ["{{ x }}", "{{{", "{% if %}", "{# no #}", "a {{", "}} b", "${{ x }}", "{{ '{' }}", "\u200b", "a\nb", "yes", "-", "\\", '"']


def codes(rejected: pytest.ExceptionInfo[Rejected]) -> list[str]:
    return [finding.code for finding in rejected.value.diagnostics]


def test_a_whole_environment_becomes_a_blueprint_and_a_state(yard: Yard) -> None:
    ids = environment(yard)
    made = yard.adopt()
    assert made.outcome is not None
    assert made.outcome.ok
    assert {id for _, id in made.resources.values()} == set(ids.values())
    assert not made.ignored
    plan = yard.plan()
    assert plan.empty
    assert not plan.steps
    assert not plan.resource_drift
    assert set(yard.whose(file="found.yaml").values()) == {"here"}
    state = yard.state()
    assert state.natives["web"].edges.soft == ("db",)
    assert state.natives["web_1"].edges.hard == ("front", "ops", "web")
    assert "hidden" not in yard.text()
    assert yard.apply("found.yaml", mode="destroy").status == "done"
    assert not yard.objects()
    assert not yard.state().natives


def test_outputs_stay_and_the_audit_log_tells_of_it(yard: Yard) -> None:
    yard.write(yard.text("mcflow.yaml") + "outputs: {kept: {value: 1}}\n")
    yard.apply()
    environment(yard)
    yard.adopt()
    assert yard.state().outputs["kept"].value == 1
    runs = [entry.record for entry in yard.project().workspace.audit() if isinstance(entry.record, Run)]
    assert (runs[-1].mode, runs[-1].reason) == ("import", "import from cloud into found.yaml")


def test_the_text_refers_instead_of_repeating_ids(yard: Yard) -> None:
    ids = environment(yard)
    yard.adopt()
    resources = yaml.safe_load(yard.text())["resources"]
    assert resources["front"]["properties"]["vpc_id"] == "{{ resources.legacy_vpc.id }}"
    assert resources["web_1"]["properties"]["key_name"] == "{{ resources.ops.key_name }}"
    assert resources["orders"]["properties"]["subnet_ids"] == ["{{ resources.front.id }}", "{{ resources.legacy_vpc_subnet.id }}"]
    assert resources["db"]["properties"]["outbound"] == []
    assert "private_ip_address" not in resources["web_1"]["properties"]
    body = yaml.safe_dump(resources)
    assert not [id for role, id in ids.items() if id in body and role != "key"]
    names = list(resources)
    assert names.index("legacy_vpc") < names.index("front") < names.index("web_1")


def test_what_the_cloud_does_not_tell_is_asked_for(yard: Yard) -> None:
    environment(yard)
    made = yard.adopt()
    document = yaml.safe_load(yard.text())
    assert made.variables == ("orders_master_password",)
    assert document["variables"]["orders_master_password"]["sensitive"] is True
    assert document["resources"]["orders"]["lifecycle"] == {"ignore_changes": ["master_password"]}
    assert "does not tell user_data, admin_password" in yard.text()
    given = yard.project("found.yaml", variables=("orders_master_password=other",))
    from mcflow.engine import api
    from mcflow.engine.options import PlanOptions

    assert api.plan(given, PlanOptions()).empty


def test_texts_of_all_kinds_survive(yard: Yard) -> None:
    for index, text in enumerate(BRACES):
        yard.make("vpc", {"Name": f"net {index}", "odd": text, text: "key"}, cidr_block=f"10.{index}.0.0/16")
    yard.adopt()
    assert yard.plan().empty
    assert yard.apply("found.yaml").status == "nothing"


def test_what_is_in_the_blueprint_already_is_kept_and_referred_to(yard: Yard) -> None:
    block = "resources:\n  # ours\n  net:\n    type: mock.vpc\n    properties: {cidr_block: 10.0.0.0/16}\n"
    yard.write(yard.text("mcflow.yaml") + block)
    yard.apply()
    vpc = yard.state().natives["net"].id
    yard.make("subnet", {"Name": "net"}, vpc_id=vpc, cidr_block="10.0.1.0/24")
    made = yard.adopt()
    assert made.left == "1 managed by this state already"
    assert list(made.resources) == ["net_subnet"]
    assert block in yard.text()
    assert yaml.safe_load(yard.text())["resources"]["net_subnet"]["properties"]["vpc_id"] == "{{ resources.net.id }}"
    assert yard.plan().empty


def test_default_tags_that_are_not_on_it_are_left_alone(yard: Yard) -> None:
    yard.write(yard.text("mcflow.yaml") + "tags: {team: core}\n")
    yard.make("vpc", {"Name": "net"}, cidr_block="10.0.0.0/16")
    made = yard.adopt()
    assert made.ignored == {"net": ("tags",)}
    assert yard.plan().empty


def test_filters_choose(yard: Yard) -> None:
    environment(yard)
    made = yard.adopt(types=("vpc", "internet*"))
    assert {type for type, _ in made.resources.values()} == {"mock.vpc", "mock.internet_gateway", "mock.internet_gateway_attachment"}
    assert yard.plan().empty
    again = yard.adopt("more.yaml", tags=("Name=web*",))
    assert list(again.resources) == ["web_1"]


def test_a_file_is_never_written_over(yard: Yard) -> None:
    environment(yard)
    yard.write("mine: 1\n", "found.yaml")
    with pytest.raises(Rejected) as rejected:
        yard.adopt()
    assert codes(rejected) == ["MC0684"]
    assert yard.text() == "mine: 1\n"
    assert not yard.state().natives
    with pytest.raises(Rejected) as rejected:
        yard.adopt(into="../found.yaml")
    assert codes(rejected) == ["MC0688"]


def test_a_folder_that_takes_no_file_is_told(yard: Yard, monkeypatch: pytest.MonkeyPatch) -> None:
    environment(yard)

    def full(*args: object, **options: object) -> None:
        raise OSError(28, "No space left on device")

    monkeypatch.setattr(adoption.tempfile, "mkstemp", full)
    with pytest.raises(Rejected) as rejected:
        yard.adopt()
    assert rejected.value.diagnostics[0].message.endswith("cannot be written: No space left on device")
    assert not yard.state().natives


def test_nothing_is_written_where_the_answer_is_no(yard: Yard) -> None:
    environment(yard)
    made = yard.adopt(approve=lambda made: False)
    assert made.outcome is not None
    assert made.outcome.status == "declined"
    assert sorted(path.name for path in yard.folder.iterdir() if path.suffix == ".yaml") == ["mcflow.yaml"]
    assert not yard.state().natives


def test_an_import_killed_between_text_and_state_goes_on(yard: Yard, monkeypatch: pytest.MonkeyPatch) -> None:
    environment(yard)
    publish = adoption._publish

    def killed(text: str, file: Path) -> None:
        publish(text, file)
        raise KeyboardInterrupt

    with monkeypatch.context() as patch:
        patch.setattr(adoption, "_publish", killed)
        with pytest.raises(KeyboardInterrupt):
            yard.adopt()
    before = yard.text()
    assert not yard.state().natives
    made = yard.adopt()
    assert made.outcome is not None
    assert made.outcome.ok
    assert yard.text() == before
    assert yard.plan().empty


def test_there_may_be_nothing_to_import(yard: Yard) -> None:
    with pytest.raises(Rejected) as rejected:
        yard.adopt()
    assert codes(rejected) == ["MC0687"]


def test_what_another_state_manages_is_left_to_it_unless_taken_over(yard: Yard) -> None:
    other = yard.stranger("other")
    other.write(other.text("mcflow.yaml") + "resources:\n  net:\n    type: vpc\n    properties: {cidr: 10.0.0.0/16}\n")
    other.apply()
    with pytest.raises(Rejected) as rejected:
        yard.adopt()
    assert "managed by another mcflow state" in rejected.value.diagnostics[0].message
    made = yard.adopt(take_over=True)
    assert [finding.code for finding in made.findings] == ["MC0690"]
    assert yard.plan().empty


def test_an_object_whose_plan_is_never_empty_is_refused(yard: Yard, monkeypatch: pytest.MonkeyPatch) -> None:
    yard.make("vpc", {"Name": "net"}, cidr_block="10.0.0.0/16")
    from mcflow.drivers.sdk.registry import load_driver

    native = load_driver("mock").natives["mock.vpc"]
    monkeypatch.setattr(type(native), "portray", lambda self, attributes: {"cidr_block": "10.1.0.0/16", "tags": {"Name": "x"}})
    made = yard.adopt(approve=lambda made: False)
    assert made.ignored == {"net": ("cidr_block", "tags")}
    monkeypatch.setattr(adoption, "_differing", lambda plan, portraits: {"net": ["cidr_block"]})
    with pytest.raises(Rejected) as rejected:
        yard.adopt()
    assert codes(rejected) == ["MC0683"]
    assert not (yard.folder / "found.yaml").exists()


def test_every_type_that_can_be_listed_says_what_it_is(yard: Yard) -> None:
    from mcflow.drivers.sdk.registry import load_driver

    for name in ("mock", "aws", "openstack"):
        for native in load_driver(name).natives.values():
            # Relations of OpenStack are told with what they lie in: a server's ports, a router's routes, a floating IP's port.
            assert native.offers("discover") or (name == "openstack" and isinstance(native.identity, Natural)), native.name
            assert isinstance(native, NativeType)
            assert not native.portray(dict.fromkeys(native.attributes) | {"outbound": None}).get("tags")
