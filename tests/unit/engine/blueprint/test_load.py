"""Good blueprints: scalars, variables, locals, connections, the graph."""

from __future__ import annotations

import json
import random
import time
from pathlib import Path

import pytest
from tests.unit.engine.blueprint.loading import caret, loaded, refused

from mcflow.engine.blueprint import LoadOptions, load
from mcflow.engine.blueprint.secrets import hide_secrets
from mcflow.engine.expressions import evaluate, parse
from mcflow.engine.ports import Ports
from mcflow.model.diagnostic import Rejected
from mcflow.model.values import Secret

TIER = """
resources:
  late: {type: vm, properties: {subnet: "{{ resources.app }}", security_groups: ["{{ resources.web }}"]}, depends_on: [key]}
  key: {type: key_pair}
  web:
    type: security_group
    properties:
      vpc: "{{ resources.net }}"
      inbound:
        - {protocol: tcp, ports: 80, security_group: "{{ resources.store }}"}
        - {protocol: tcp, ports: 22, cidr: "{{ resources.ip.address }}/32"}
  store:
    type: security_group
    properties: {vpc: "{{ resources.net }}", inbound: [{protocol: tcp, security_group: "{{ resources.web }}"}]}
  app: {type: subnet, properties: {vpc: "{{ locals.net }}", cidr: 10.0.1.0/24}}
  ip: {type: public_ip}
  net: {type: vpc, properties: {cidr: 10.0.0.0/16}}
locals:
  net: "{{ locals.inner }}"
  inner: "{{ resources.net }}"
"""


def test_the_graph_is_topological_and_equals_stand_as_written(tmp_path: Path) -> None:
    graph = loaded(tmp_path, TIER).graph
    assert graph.order == ["key", "ip", "net", "web", "store", "app", "late"]
    assert graph.hard["late"] == {"app", "web"}
    assert graph.after["late"] == {"key"}
    assert graph.soft["web"] == {"store"}
    assert graph.hard["web"] == {"net", "ip"}
    assert graph.soft["store"] == {"web"}
    assert graph.hard["app"] == {"net"}


def test_loading_twice_gives_the_same(tmp_path: Path) -> None:
    first, second = loaded(tmp_path, TIER), loaded(tmp_path, TIER)
    assert first.graph == second.graph
    assert first.digest == second.digest
    assert first.variables_digest == second.variables_digest
    assert loaded(tmp_path, TIER + "# a comment\n").digest == first.digest
    assert loaded(tmp_path, TIER.replace("80", "81")).digest != first.digest


def test_where_a_string_is_asked_for_the_source_text_counts(tmp_path: Path) -> None:
    text = """
    variables:
      version: {type: string, default: 1.10}
      codes: {type: list, items: {type: string}, default: [012345, NO, 22:22, 1e3]}
      table: {type: object, properties: {zip: {type: string}, size: {type: integer}}, default: {zip: 01234, size: 20.0}}
    resources:
      net: {type: vpc, properties: {cidr: 10.0.0.0/16, name: 0012, tags: {zip: 012345, country: NO, time: 22:22, v: 1.10, on: true}}}
      app: {type: subnet, properties: {vpc: "{{ resources.net }}", cidr: 10.0.1.0/24, zone: ~}}
      vm:
        type: vm
        properties: {subnet: "{{ resources.app }}", image: {os: ubuntu, version: 24.04}, spec: {vcpus: 2.0, memory_gib: 4}}
    outputs: {all: "{{ [vars.version, vars.codes, vars.table] }}"}
    """
    blueprint = loaded(tmp_path, text)
    net = blueprint.resources["net"].properties
    assert net["name"] == "0012"
    assert net["tags"] == {"zip": "012345", "country": "NO", "time": "22:22", "v": "1.10", "on": "true"}
    assert "zone" not in blueprint.resources["app"].properties
    vm = blueprint.resources["vm"].properties
    assert vm["image"]["version"] == "24.04"
    assert (vm["spec"]["vcpus"], type(vm["spec"]["vcpus"])) == (2, int)
    assert blueprint.variables == {"version": "1.10", "codes": ["012345", "NO", "22:22", "1e3"], "table": {"zip": "01234", "size": 20}}


VARIABLES = """
variables:
  size: {type: integer, default: 2}
  names: {type: list, items: {type: string}, default: []}
  ready: {type: boolean, default: false}
  label: {type: string, default: "{{ vars.size }}-{{ env.WHO }}"}
  secret: {type: string, sensitive: true, default: x}
  maybe: {type: string, nullable: true, default: null}
outputs: {o: "{{ [vars.size, vars.names, vars.ready, vars.label, vars.secret, vars.maybe] }}"}
"""


def test_variables_come_from_four_places_and_are_typed(tmp_path: Path) -> None:
    plain = loaded(tmp_path, VARIABLES, environ={"WHO": "me"}).variables
    assert plain["label"] == "2-me"
    assert plain["secret"] == Secret("x")
    assert plain["maybe"] is None
    (tmp_path / "a.yaml").write_text("size: 3\nnames: [01, b]\n", "utf-8")
    (tmp_path / "b.json").write_text(json.dumps({"size": 4}), "utf-8")
    environ = {"WHO": "me", "MCFLOW_VAR_size": "9", "MCFLOW_VAR_ready": "true", "MCFLOW_VAR_other": "x"}
    files = (tmp_path / "a.yaml", tmp_path / "b.json")
    given = loaded(tmp_path, VARIABLES, environ=environ, var_files=files, variables=("label=a=b",)).variables
    assert (given["size"], given["names"], given["ready"], given["label"]) == (4, ["01", "b"], True, "a=b")
    assert loaded(tmp_path, VARIABLES, environ={"WHO": "me"}, variables=("size=5", "names=[1, b]")).variables["names"] == ["1", "b"]


@pytest.mark.parametrize(
    ("variables", "code", "suggestion"),
    [
        (("sise=3",), "MC0320", "size"), (("size=three",), "MC0322", None), (("ready=yes",), "MC0322", None), (("size",), "MC0327", None),
        (("names=[a",), "MC0322", None), (("names={a: 1}",), "MC0205", None), (("size=1_0",), "MC0322", None),
    ],
)
def test_wrong_values_from_the_command_line(tmp_path: Path, variables: tuple[str, ...], code: str, suggestion: str | None) -> None:
    found = refused(tmp_path, VARIABLES, variables=variables, environ={"WHO": "me"})
    assert [one.code for one in found] == [code]
    assert suggestion is None or found[0].suggestion == suggestion


def test_wrong_files_of_variables(tmp_path: Path) -> None:
    (tmp_path / "list.yaml").write_text("- a\n", "utf-8")
    (tmp_path / "stray.yaml").write_text("size: 3\nsise: 3\n", "utf-8")
    (tmp_path / "unfit.yaml").write_text("size: three\n", "utf-8")
    env = {"WHO": "me"}
    assert [one.code for one in refused(tmp_path, VARIABLES, var_files=(tmp_path / "none.yaml",), environ=env)] == ["MC0329"]
    assert [one.code for one in refused(tmp_path, VARIABLES, var_files=(tmp_path / "list.yaml",), environ=env)] == ["MC0328"]
    stray = refused(tmp_path, VARIABLES, var_files=(tmp_path / "stray.yaml",), environ=env)
    assert [one.code for one in stray] == ["MC0320"]
    assert caret(tmp_path, stray[0], "stray.yaml") == "sise"
    unfit = refused(tmp_path, VARIABLES, var_files=(tmp_path / "unfit.yaml",), environ=env)
    assert [one.code for one in unfit] == ["MC0205"]
    assert caret(tmp_path, unfit[0], "unfit.yaml") == "three"


def test_locals_are_evaluated_when_they_are_read_and_see_later_roots(tmp_path: Path) -> None:
    text = """
    variables: {a: {default: 1}}
    locals: {two: "{{ vars.a + 1 }}", four: "{{ locals.two * 2 }}", id: "{{ resources.k.id }}"}
    resources: {k: {type: key_pair, properties: {name: "k{{ locals.four }}"}}}
    outputs: {id: "{{ locals.id }}"}
    """
    scope = loaded(tmp_path, text).scope()
    template = parse("{{ locals.four }}")
    assert template is not None
    assert evaluate(template, scope) == 4
    scope["resources"] = {"k": {"id": "key-1"}}
    later = parse("{{ locals.id }}")
    assert later is not None
    assert evaluate(later, scope) == "key-1"


def test_what_is_wrong_with_a_local_is_told_where_it_is_written(tmp_path: Path) -> None:
    found = refused(tmp_path, "locals: {a: '{{ 1 / 0 }}', b: '{{ locals.a }}'}\noutputs: {o: '{{ locals.b }}'}\n")
    assert len(found) == 1
    assert found[0].position is not None
    assert found[0].position.line == 4


def test_connections_come_from_three_files(tmp_path: Path) -> None:
    user = tmp_path / "user"
    user.mkdir()
    (user / "connections.yaml").write_text("connections: {mine: {driver: mock}, far: {driver: nothing}, lab: {driver: aws}}\n", "utf-8")
    (tmp_path / "connections.yaml").write_text("connections: {side: {driver: mock, region: mock-west}}\n", "utf-8")
    found = loaded(tmp_path, "resources: {k: {type: key_pair, connection: side}}\n", user=user)
    assert {name: block.driver for name, block in found.connections.items()} == {"lab": "mock", "side": "mock", "mine": "mock"}
    assert found.connections["side"].connection.region == "mock-west"
    assert found.default_connection is None
    wrong = refused(tmp_path, "resources: {k: {type: key_pair, connection: far}}\n", user=user)
    assert [one.code for one in wrong] == ["MC0502"]
    assert caret(tmp_path, wrong[0], "user/connections.yaml") == "nothing"


def test_one_connection_is_the_default_whatever_the_user_has(tmp_path: Path) -> None:
    user = tmp_path / "user"
    user.mkdir()
    (user / "connections.yaml").write_text("connections: {mine: {driver: mock}}\n", "utf-8")
    assert loaded(tmp_path, "resources: {k: {type: key_pair}}\n", user=user).default_connection == "lab"
    (tmp_path / "mcflow.yaml").write_text("mcflow: 1\nname: shop\nresources: {k: {type: key_pair}}\n", "utf-8")
    assert load(LoadOptions(None, tmp_path), Ports(user_config=user)).default_connection == "mine"


def test_a_connections_file_without_its_section(tmp_path: Path) -> None:
    (tmp_path / "connections.yaml").write_text("side: {driver: mock}\n", "utf-8")
    assert [one.code for one in refused(tmp_path, "")] == ["MC0510"]


def test_a_secret_of_a_connection_may_be_computed_and_is_hidden() -> None:
    plain = {"access_key": "env:ID", "token_lifetime": "1h", "tokens": 3}
    config = hide_secrets({"secret_key": "SENTINEL", "inner": {"token": "SENTINEL"}, **plain})
    assert config == {"secret_key": Secret("SENTINEL"), "inner": {"token": Secret("SENTINEL")}, **plain}


def test_warnings_go_with_a_good_blueprint(tmp_path: Path) -> None:
    text = """
    variables: {unused: {default: 1}, checked: {default: 1, validation: [{check: "{{ vars.checked > 0 }}", message: m}]}}
    locals: {left: 1}
    resources:
      net: {type: vpc, properties: {cidr: 10.0.0.0/16}}
      app: {type: subnet, properties: {vpc: "{{ resources.net.id }}", cidr: 10.0.1.0/24}, aws: {subnet: {}}}
    """
    found = loaded(tmp_path, text).warnings
    assert [one.code for one in found] == ["MC0319", "MC0319", "MC0339", "MC0229", "MC0513"]


def test_there_is_no_blueprint(tmp_path: Path) -> None:
    (tmp_path / "mcflow.yml").write_text("mcflow: 1\nname: shop\n", "utf-8")
    with pytest.raises(Rejected) as missing:
        load(LoadOptions(None, tmp_path), Ports())
    assert [(one.code, one.suggestion) for one in missing.value.diagnostics] == [("MC0201", "mcflow.yml")]
    with pytest.raises(Rejected) as odd:
        load(LoadOptions(Path("mcflow.yml"), tmp_path, environment="../up"), Ports())
    assert [one.code for one in odd.value.diagnostics] == ["MC0338"]


def test_a_native_type_has_the_drivers_attributes(tmp_path: Path) -> None:
    head = "mcflow: 1\nname: shop\nconnections: {a: {driver: aws, region: x}}\n"
    text = "resources: {net: {type: aws.vpc, properties: {cidr_block: 10.0.0.0/16, tags: {a: 1}}}}\n"
    text += "outputs: {o: '{{ resources.net.id }}'}\n"
    assert loaded(tmp_path, text, head=head).resources["net"].properties == {"cidr_block": "10.0.0.0/16", "tags": {"a": "1"}}
    wrong = refused(tmp_path, text.replace("cidr_block", "cidr_blok"), head=head)
    assert {one.code for one in wrong} == {"MC0203", "MC0204"}


@pytest.mark.slow
def test_ten_thousand_resources_load_in_linear_time(tmp_path: Path) -> None:
    def cost(count: int) -> float:
        order = list(range(count))
        random.Random(1).shuffle(order)
        lines = [
            f'  s{i}: {{type: subnet, properties: {{vpc: "{{{{ resources.net }}}}", cidr: 10.0.0.0/24, tags: {{n: {i}}}}}}}' for i in order
        ]
        text = "resources:\n  net: {type: vpc, properties: {cidr: 10.0.0.0/8}}\n" + "\n".join(lines) + "\n"
        began = time.process_time()
        assert len(loaded(tmp_path, text).resources) == count + 1
        return time.process_time() - began

    cost(100)
    small, large = cost(1000), cost(4000)
    assert large < 4 * 2.5 * small


@pytest.mark.parametrize("field", ["region", "path"])
def test_what_the_state_remembers_of_a_connection_is_no_secret(tmp_path: Path, field: str) -> None:
    head = f"mcflow: 1\nname: shop\nconnections: {{lab: {{driver: mock, {field}: '{{{{ vars.place }}}}'}}}}\n"
    findings = refused(tmp_path, "variables: {place: {type: string, sensitive: true, default: hidden-place}}\n", head=head)
    assert [one.code for one in findings] == ["MC0514"]
    assert "hidden-place" not in str(findings)
