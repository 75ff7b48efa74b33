"""Wrong blueprints: the code, the caret, and what to write instead."""
# ruff: noqa: E501 - a case stands in a line, as in the blueprint

from __future__ import annotations

from pathlib import Path

import pytest
from tests.unit.engine.blueprint.loading import HEAD, caret, refused

from mcflow.drivers.sdk.registry import load_driver

NET = "net: {type: vpc, properties: {cidr: 10.0.0.0/16}}"
APP = 'app: {type: subnet, properties: {vpc: "{{ resources.net }}", cidr: 10.0.1.0/24}}'


def _in(*resources: str) -> str:
    return "resources:\n" + "\n".join(f"  {one}" for one in resources) + "\n"


def _net(properties: str) -> str:
    return _in(f"net: {{type: vpc, properties: {{{properties}}}}}")


CASES = [
    # structure and types
    (_net("cdir: 10.0.0.0/16, cidr: 10.0.0.0/16"), "MC0203", "cdir", "cidr"),
    (_net("internet: true"), "MC0204", "properties", "cidr: 10.0.0.0/16"),
    (_in("net: {type: vpc}"), "MC0204", "net", "cidr: 10.0.0.0/16"),
    (_net("cidr: [10.0.0.0/16]"), "MC0205", "[10.0.0.0/16]", None),
    (_net("cidr: 10.0.0.0/16, internet: no"), "MC0206", "no", "false"),
    (_net("cidr: 10.0.0.0/16, internet: 'true'"), "MC0206", "'true'", "true"),
    (_in('d: {type: disk, properties: {size_gib: "20"}}'), "MC0207", '"20"', "20"),
    (_in("d: {type: disk, properties: {size_gib: 20GB}}"), "MC0208", "20GB", "20"),
    (_in("d: {type: disk, properties: {size_gib: 2TiB}}"), "MC0208", "2TiB", "2048"),
    (_in(NET, APP, "v: {type: vm, properties: {subnet: '{{ resources.app }}', power: runing}}"), "MC0209", "runing", "running"),
    (_in("d: {type: disk, properties: {size_gib: 0}}"), "MC0210", "0", None),
    (_in("d: {type: disk, properties: {size_gib: 99999999}}"), "MC0211", "99999999", None),
    (_net("cidr: 10.0.0.0/33"), "MC0212", "10.0.0.0/33", None),
    (_net("cidr: 10.0.0.5/16"), "MC0213", "10.0.0.5/16", "10.0.0.0/16"),
    (_in(NET, APP, "v: {type: vm, properties: {subnet: '{{ resources.app }}', private_ip: 10.0.1.300}}"), "MC0214", "10.0.1.300", None),
    (_in(NET, "g: {type: security_group, properties: {vpc: '{{ resources.net }}', inbound: [{protocol: tcp, ports: 9-8}]}}"), "MC0215", "9-8", None),
    (_in("net: {type: vpc, timeouts: {create: 20 minutes}, properties: {cidr: 10.0.0.0/16}}"), "MC0216", "20 minutes", None),
    (_in("k: {type: key_pair, properties: {public_key: nonsense}}"), "MC0217", "nonsense", None),
    (_in("s: {type: subnet, properties: {vpc: '', cidr: 10.0.0.0/24}}"), "MC0218", "''", None),
    (_in(NET, APP, "v: {type: vm, properties: {subnet: '{{ resources.app }}', user: " + "u" * 33 + "}}"), "MC0219", "u" * 33, None),
    (_in(NET, APP, "v: {type: vm, properties: {subnet: '{{ resources.app }}', security_groups: [a, a]}}"), "MC0220", "[a, a]", None),
    (_in(NET, "g: {type: security_group, properties: {vpc: '{{ resources.net }}', inbound: [{protocol: tcp, cidr: 0.0.0.0/0, security_group: self}]}}"),
     "MC0221", "{protocol: tcp, cidr: 0.0.0.0/0, security_group: self}", None),
    (_in("d: {type: disk, properties: {type: ssd}}"), "MC0222", "{type: ssd}", None),
    (_net("cidr: 10.0.0.0/16, tags: {mcflow-op: x}"), "MC0224", "mcflow-op", None),
    (_in(NET, "v: {type: key_pair, depends_on: ['{{ resources.net }}']}"), "MC0225", "'{{ resources.net }}'", "net"),
    (_in(NET, "g: {type: security_group, properties: {vpc: '{{ resources.net }}', inbound: tcp}}"), "MC0227", "tcp", "[tcp]"),
    (_in("v: {type: vm, properties: {subnet: '{{ resources.net }}'}}", NET), "MC0228", "resources.net", None),
    (_in("net: {type: vpc, cidr: 10.0.0.0/16, properties: {cidr: 10.0.0.0/16}}"), "MC0233", "cidr", None),
    (_in(NET, APP, "v: {type: vm, properties: {subnet: '{{ resources.app }}', password: hunter2222}}"), "MC0234", "hunter2222", '"{{ vars.password }}"'),
    (_in(NET, "k: {type: key_pair, properties: {name: '{{ resources.net }}'}}"), "MC0235", "resources.net", "{{ resources.net.id }}"),
    (_in("net: vpc"), "MC0237", "net", None),
    (_in("net: {type: vpc, properties: {cidr: 10.0.0.0/16}, aws: 1}"), "MC0238", "1", None),
    (_in(NET, APP, "v: {type: vm, for_each: [a], properties: {subnet: '{{ resources.app }}'}}",
         "d: {type: disk, properties: {size_gib: 1, attach_to: '{{ resources.v }}'}}"), "MC0240", "resources.v", '{{ resources.v.values() | list }}'),
    ("policies: {}\n", "MC0232", "policies", None),
    ("resorces: {}\n", "MC0203", "resorces", "resources"),
    # names, references, dependencies
    (_in("net: {type: vcp, properties: {}}"), "MC0301", "vcp", "vpc"),
    (_in("net: {type: amazn.vpc}"), "MC0302", "amazn.vpc", None),
    (_in("net: {type: aws.network}"), "MC0342", "aws.network", None),
    (_in("'web server': {type: key_pair}"), "MC0303", "'web server'", "web_server"),
    (_in("web: {type: key_pair}", "Web: {type: key_pair}"), "MC0304", "Web", None),
    (_in(NET, "s: {type: subnet, properties: {vpc: '{{ resources.nett }}', cidr: 10.0.0.0/24}}"), "MC0305", "resources.nett", "resources.net"),
    ("variables: {size: {type: integer, default: 1}}\noutputs: {a: '{{ vars.size }}', b: '{{ vars.sise }}'}\n", "MC0306", "vars.sise", "vars.size"),
    ("locals: {one: 1}\noutputs: {a: '{{ locals.one }}', b: '{{ locals.on }}'}\n", "MC0307", "locals.on", "locals.one"),
    (_in(NET) + "outputs: {a: '{{ resources.net.cidrr }}'}\n", "MC0308", "resources.net.cidrr", "resources.net.cidr"),
    ("outputs: {a: '{{ data.image.id }}'}\n", "MC0309", "data.image.id", None),
    ("outputs: {a: '{{ each.key }}'}\n", "MC0310", "each.key", None),
    (_in("k: {type: key_pair, for_each: [a], properties: {name: '{{ each.kye }}'}}"), "MC0311", "each.kye", "key"),
    (_in("k: {type: key_pair, for_each: [a]}") + "outputs: {a: '{{ resources.k.fingerprint }}'}\n", "MC0312", "resources.k.fingerprint",
     'resources.k["a"].fingerprint'),
    (_in("k: {type: key_pair, for_each: [alpha]}") + "outputs: {a: '{{ resources.k.alpa.id }}'}\n", "MC0313", "resources.k.alpa.id",
     'resources.k["alpha"]'),
    (_in(NET, "k: {type: key_pair, depends_on: [nett]}"), "MC0314", "nett", "net"),
    (_in("k: {type: key_pair, depends_on: [k]}"), "MC0315", "k", None),
    (_in("a: {type: key_pair, depends_on: [b]}", "b: {type: key_pair, depends_on: [a]}"), "MC0316", "b", None),
    ("locals: {a: '{{ locals.b }}', b: '{{ locals.a }}'}\n", "MC0317", "a", None),
    ("variables: {a: {default: '{{ vars.b }}'}, b: {default: '{{ vars.a }}'}}\n", "MC0318", "'{{ vars.b }}'", None),
    ("variables: {a: {type: string}}\n", "MC0321", "a", "--var a=…"),
    ("variables: {a: {type: integer, default: 3, validation: [{check: '{{ vars.a > 5 }}', message: too few}]}}\n", "MC0325",
     "'{{ vars.a > 5 }}'", None),
    ("variables: {a: {type: integer, default: 3, validation: [{check: '{{ vars.a }}', message: m}]}}\n", "MC0326", "'{{ vars.a }}'", None),
    ("variables: {a: {type: integer, default: three}}\n", "MC0205", "three", None),
    ("variables: {a: {type: integer, default: 9, maximum: 5}}\n", "MC0211", "9", None),
    ("variables: {a: {type: integer, default: 1, pattern: x}}\n", "MC0337", "pattern", None),
    ("variables: {a: {type: string, default: x, pattern: '[a'}}\n", "MC0231", "'[a'", None),
    (_in("k: {type: key_pair, for_each: [{a: 1}]}"), "MC0330", "[{a: 1}]", None),
    (_in("k: {type: key_pair, for_each: [a, a]}"), "MC0331", "[a, a]", None),
    (_in("d: {type: disk, properties: {size_gib: 1}}") + "outputs: {a: '{{ resources.d.size_gib }}'}\n", "MC0332", "resources.d.size_gib",
     "resources.d.inputs.size_gib"),
    ("outputs: {a: '{{ run.env }}'}\n", "MC0333", "run.env", None),
    (_in(NET) + "tags: {a: '{{ resources.net.id }}'}\n", "MC0334", "resources.net.id", None),
    (_in("d: {type: disk, lifecycle: {ignore_changes: [size]}, properties: {size_gib: 1}}"), "MC0335", "size", None),
    ("variables: {w: {default: a}}\noutputs: {a: '{{ resources[vars.w] }}'}\n", "MC0340", "resources[vars.w]", None),
    (_in(NET) + "outputs: {a: '{{ resources.net.inputs.cdir }}'}\n", "MC0341", "resources.net.inputs.cdir", "resources.net.inputs.cidr"),
    # connections
    (_in("net: {type: vpc, connection: labb, properties: {cidr: 10.0.0.0/16}}"), "MC0501", "labb", "lab"),
    (_in("net: {type: aws.vpc, properties: {cidr_block: 10.0.0.0/16}}"), "MC0508", "aws.vpc", None),
]


@pytest.mark.parametrize(("text", "code", "under", "suggestion"), CASES, ids=[f"{case[1]}-{index}" for index, case in enumerate(CASES)])
def test_wrong(tmp_path: Path, text: str, code: str, under: str, suggestion: str | None) -> None:
    found = refused(tmp_path, text)
    assert [one.code for one in found] == [code], [(one.code, one.message) for one in found]
    assert caret(tmp_path, found[0]) == under
    if suggestion is not None:
        assert found[0].suggestion == suggestion
    assert "<" not in found[0].message.replace("--<", "")


HEADS = [
    ("mcflow: 2\nname: shop\n", "MC0226", "2", "1"),
    ("name: shop\n", "MC0204", "", None),
    ("mcflow: 1\nname: My Shop\n", "MC0217", "My Shop", None),
    ("mcflow: 1\nname: '{{ env.X }}'\n", "MC0225", "'{{ env.X }}'", None),
    ("- a\n", "MC0202", "- a", None),
    ("mcflow: 1\nname: shop\nconnections: {a: {driver: moc}}\n", "MC0502", "moc", "mock"),
    ("mcflow: 1\nname: shop\nconnections: {a: {driver: aws, region: x, secret_key: abc}}\n", "MC0504", "abc", "env:SECRET_KEY"),
    ("mcflow: 1\nname: shop\nresources: {k: {type: key_pair}}\n", "MC0505", "k", None),
    ("mcflow: 1\nname: shop\nconnections: {a: {driver: mock}, b: {driver: mock}}\nresources: {k: {type: key_pair}}\n", "MC0506", "k", "connection: a"),
    ("mcflow: 1\nname: shop\nconnections: {a: {driver: mock, region: '{{ resources.k.id }}'}}\nresources: {k: {type: key_pair}}\n", "MC0511", "a", None),
    ("mcflow: 1\nname: shop\nconnections: {a: {region: x}}\n", "MC0204", "a", None),
    ("mcflow: 1\nname: shop\nconnections: {a: {driver: mock, regoin: x}}\n", "MC0203", "regoin", None),
]


@pytest.mark.parametrize(("head", "code", "under", "suggestion"), HEADS, ids=[f"{case[1]}-{index}" for index, case in enumerate(HEADS)])
def test_wrong_at_the_top(tmp_path: Path, head: str, code: str, under: str, suggestion: str | None) -> None:
    found = refused(tmp_path, "", head=head)
    assert found[0].code == code, [(one.code, one.message) for one in found]
    assert len(found) == 1, [(one.code, one.message) for one in found]
    if under:
        assert caret(tmp_path, found[0]).startswith(under)
    if suggestion is not None:
        assert found[0].suggestion == suggestion


def test_handles_of_two_connections(tmp_path: Path) -> None:
    head = "mcflow: 1\nname: shop\nconnections: {a: {driver: mock}, b: {driver: mock}}\n"
    text = _in(
        "n: {type: vpc, connection: a, properties: {cidr: 10.0.0.0/16}}", "s: {type: subnet, properties: {vpc: '{{ resources.n }}', cidr: 10.0.0.0/24}}",
        "k: {type: key_pair, connection: b}", "v: {type: vm, properties: {subnet: '{{ resources.s }}', key_pair: '{{ resources.k }}'}}",
    )
    found = refused(tmp_path, text, head=head)
    assert [one.code for one in found] == ["MC0507"]
    assert caret(tmp_path, found[0]) == "v"


def test_every_finding_at_once_in_the_order_of_the_file(tmp_path: Path) -> None:
    found = refused(tmp_path, _in("net: {type: vpc, properties: {cidr: x, internet: no, stray: 1}}", "k: {type: nothing}") + "outputs: {a: '{{ vars.b }}'}\n")
    assert [one.code for one in found] == ["MC0212", "MC0206", "MC0203", "MC0301", "MC0306"]
    assert HEAD.count("\n") == 3
    assert [one.position.line for one in found if one.position] == [5, 5, 5, 6, 7]


def test_a_cycle_is_told_as_its_shortest_loop_with_every_place(tmp_path: Path) -> None:
    text = _in(
        "a: {type: key_pair, depends_on: [c, b]}", "b: {type: key_pair, depends_on: [c]}", "c: {type: key_pair, properties: {name: '{{ resources.a.id }}'}}",
    )
    found = refused(tmp_path, text)
    assert [one.code for one in found] == ["MC0316"]
    assert found[0].args["loop"] == "a → c → a"
    assert [(one.message, one.position and one.position.line) for one in found[0].related] == [("c needs a", 7)]


def test_a_secret_value_is_in_no_text(tmp_path: Path) -> None:
    text = "variables: {p: {type: string, sensitive: true, maximum: 3, pattern: '^[0-9]+$'}}\n"
    found = refused(tmp_path, text, variables=("p=SENTINEL",))
    assert found
    assert "SENTINEL" not in repr(found)


def test_many_wrong_resources_are_counted(tmp_path: Path) -> None:
    found = refused(tmp_path, _in(*(f"r{index}: {{type: vpc, properties: {{}}}}" for index in range(130))))
    assert sum(one.code == "MC0204" for one in found) == 100
    assert [one.args["count"] for one in found if one.code == "MC0239"] == ["30"]


def test_a_type_that_a_driver_has_not(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delitem(load_driver("mock").lowerings, "bucket")
    found, = refused(tmp_path, _in("files: {type: bucket}"))
    assert (found.code, caret(tmp_path, found)) == ("MC0509", "bucket")
