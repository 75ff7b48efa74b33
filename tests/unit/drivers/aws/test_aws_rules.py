"""Rules: flat and grouped, ports as ranges."""

from __future__ import annotations

from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from mcflow.drivers.aws.native.rules import canonical_rule, canonical_rules, permissions, rules_of
from mcflow.drivers.aws.portable.ports import ranges
from mcflow.drivers.sdk import Unsuitable

PORTS = st.integers(1, 65535)
SPANS = st.tuples(PORTS, PORTS).map(sorted).map(tuple)
SOURCES = st.one_of(
    st.ip_addresses(v=4).map(lambda ip: {"cidr_ip": f"{ip}/32"}), st.ip_addresses(v=6).map(lambda ip: {"cidr_ipv6": f"{ip}/128"}),
    st.sampled_from([{"group_id": "self"}, {"group_id": "sg-2"}, {"prefix_list_id": "pl-1"}]))


@st.composite
def flat_rules(draw: st.DrawFn) -> dict[str, Any]:
    protocol = draw(st.sampled_from(["tcp", "udp", "-1", "icmp"]))
    rule = {"ip_protocol": protocol, **draw(SOURCES), **draw(st.sampled_from([{}, {"description": "why"}]))}
    if protocol != "-1":
        first, last = (-1, -1) if protocol == "icmp" else draw(SPANS)
        rule |= {"from_port": first, "to_port": last}
    return rule


@pytest.mark.slow
@given(st.lists(flat_rules(), max_size=8, unique_by=lambda rule: str(sorted((k, str(v)) for k, v in rule.items() if k != "description"))))
def test_grouping_loses_nothing(rules: list[dict[str, Any]]) -> None:
    back = rules_of(permissions(rules, "sg-1"), "sg-1")
    assert sorted(map(_text, back)) == sorted(map(_text, canonical_rules(rules)))


def _text(rule: dict[str, Any]) -> str:
    return str(sorted(rule.items(), key=str))


@pytest.mark.parametrize(("rule", "expected"), [
    ({"ip_protocol": "6", "from_port": 22, "to_port": 22, "cidr_ip": "10.0.0.7/8"},
     {"ip_protocol": "tcp", "from_port": 22, "to_port": 22, "cidr_ip": "10.0.0.0/8"}),
    ({"ip_protocol": "ALL", "from_port": -1, "to_port": -1, "cidr_ipv6": "::0/0", "description": ""},
     {"ip_protocol": "-1", "cidr_ipv6": "::/0"}),
    ({"ip_protocol": "tcp", "cidr_ip": "not a range"}, {"ip_protocol": "tcp", "cidr_ip": "not a range"}),
])
def test_one_spelling(rule: dict[str, Any], expected: dict[str, Any]) -> None:
    assert canonical_rule(rule) == expected
    assert canonical_rule(expected) == expected


@pytest.mark.parametrize(("protocol", "ports", "expected"), [
    ("tcp", 22, [(22, 22)]), ("tcp", "8000-8080", [(8000, 8080)]), ("tcp", [80, 443], [(80, 80), (443, 443)]),
    ("udp", [81, 80, "82-90", "85-100"], [(80, 100)]),
    ("tcp", None, [(0, 65535)]), ("icmp", None, [(-1, -1)]), ("all", None, [(None, None)]),
])
def test_ports_become_the_fewest_ranges(protocol: str, ports: Any, expected: list[tuple[int, int]]) -> None:
    assert ranges(protocol, ports) == expected


@given(st.lists(st.one_of(PORTS, SPANS.map(lambda span: f"{span[0]}-{span[1]}")), min_size=1, max_size=6))
def test_ranges_hold_exactly_the_ports(ports: list[Any]) -> None:
    asked = set()
    for port in ports:
        first, _, last = str(port).partition("-")
        asked |= set(range(int(first), int(last or first) + 1))
    held = [port for first, last in ranges("tcp", ports) for port in range(first or 0, (last or 0) + 1)]
    assert len(held) == len(set(held))
    assert set(held) == asked


@pytest.mark.parametrize(("protocol", "ports"), [("icmp", 8), ("all", [80]), ("tcp", "90-80")])
def test_impossible_ports_are_refused(protocol: str, ports: Any) -> None:
    with pytest.raises(Unsuitable) as refused:
        ranges(protocol, ports)
    assert refused.value.property == "ports"
    assert refused.value.remedy
